"""Which column of a file of responses is what: told by its names, or chosen by a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import PurePath
from typing import Any, Self

from projects.formats.headers import plain

FASTCHAT = frozenset({"question_id", "choices"})
# Better names first; compared as the headers of items are.
_NAMES = {
    "item": "itemid externalid questionid qid promptid item id 条目编号 题目编号 问题编号 编号 题号",
    "text": "response responsetext answer answertext output text generated generation completion reply content "
    "回复 回答 回应 输出 文本",
    "system": "system systemname model modelid modelname source generator 系统 模型 模型名称 来源",
    "round": "round repeat sampleindex iteration 轮次 轮 次数",
    "explanation": "explanation reason rationale reasoning 解释 说明 理由",
    "score": "score rating qascore humanscore 评分 得分 分数",
}
NAMES = {field: names.split() for field, names in _NAMES.items()}
COLUMNS = tuple(NAMES)


@dataclass(frozen=True)
class Columns:
    """Which column feeds what; `system_name` stands for every row where no column names the system."""

    item: str = ""
    text: str = ""
    system: str = ""
    system_name: str = ""
    round: str = ""
    explanation: str = ""
    score: str = ""
    scorer: str = ""
    criterion: str = "overall"
    low: float = 0.0
    high: float = 4.0
    fastchat: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data, for the row of the import."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote; unknown names are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})

    def missing(self) -> list[str]:
        """The names of what has to be chosen and is not: item, text, system, scorer."""
        wanted = {
            "item": self.item, "text": self.text or self.fastchat, "system": self.system or self.system_name,
            "scorer": self.scorer or not self.score,
        }  # fmt: skip
        return [name for name, given in wanted.items() if not given]


def guess(columns: Iterable[str], filename: str) -> Columns:
    """The likeliest choice. A FastChat answer file is named after its model, as FastChat itself reads it."""
    names = list(columns)
    stem = PurePath(filename).stem
    if set(names) >= FASTCHAT:
        return Columns(item="question_id", text="", system_name=stem, fastchat=True)
    found: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    taken: set[str] = set()
    for field, wanted in NAMES.items():
        found[field] = _first(names, wanted, taken)
        taken.add(found[field])
    return replace(
        Columns(system_name="" if found["system"] else stem, scorer=stem if found["score"] else ""),
        **found,
    )


def _first(names: Iterable[str], wanted: Iterable[str], taken: set[str]) -> str:
    by_plain = {plain(name): name for name in names if name not in taken}
    return next((by_plain[name] for name in wanted if name in by_plain), "")
