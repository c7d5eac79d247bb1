"""A table with one turn a row; rows of the same turn by several raters are those raters' labels."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from projects.formats import headers
from projects.formats.dialogues import out
from projects.formats.dialogues.labels import values_of
from projects.formats.dialogues.records import Said, Values
from projects.formats.dialogues.settings import FormatKey, Layout
from projects.formats.text import CellError

KEY: FormatKey = "turns-csv"
# How tables write that a label does not apply.
NOTHING = frozenset({"", "n/a", "nan"})
SEVERAL_MARK = "|"
NAMES = {
    "id": (
        "transcript_id dialog_id dialogue_id session_id conversation_id conv_id transcript session dialogue dialog id "
        "对话编号 会话编号"
    ),
    "index": "turn_index utterance_id utterance_index turn_id turn_number turn index position 轮次 话轮 序号",
    "speaker": "speaker interlocutor participant author sender from name role 说话人 角色",
    "role": "role part 角色",
    "text": "text utterance_text utterance content message sentence turn_text 文本 内容 话语",
    "rater": "rater annotator_id annotator rater_id coder coder_id worker_id labeller 评分员 标注者",
    "case": "case case_id client_id 案例",
    "case_title": "case_title",
    "case_order": "case_order session_number",
    "topic": "topic problem_type theme 主题",
    "language": "language lang 语言",
}
# Columns that are taken for labels by their name; a person names the others.
LABEL_WORDS = ("strategy", "emotion", "label", "behaviour", "behavior", "talk_type", "reasoning", "observation")
# Fields of free text: a | in them parts nothing.
TEXTS = frozenset({"reasoning", "observation", "background", "guide", "summary", "theme", "explanation", "comment"})
OWN = ("transcript_id", "case", "case_title", "case_order", "topic", "language", "turn_index", "speaker", "role",
       "text", "rater")  # fmt: skip
SESSION_PREFIX = "session."


def guess(columns: Sequence[str]) -> Layout:
    """The likeliest layout of a table with these columns."""
    named = {headers.plain(column): column for column in columns}
    taken: dict[str, str] = {}
    for place, names in NAMES.items():
        known = (named.get(headers.plain(name), "") for name in names.split())
        taken[place] = next((column for column in known if column and column not in taken.values()), "")
    rest = [column for column in columns if column not in taken.values()]
    wide = {column.removeprefix(SESSION_PREFIX): column for column in rest if column.startswith(SESSION_PREFIX)}
    turn = {
        field_name(column): column
        for column in rest
        if column not in wide.values() and any(word in field_name(column) for word in LABEL_WORDS)
    }
    return Layout(**taken, session=wide, turn=turn)


def field_name(column: str) -> str:
    """A column's name as the name of a field."""
    return "_".join(column.casefold().replace("-", " ").replace("_", " ").split())[:60]


def cell_values(cell: object, *, whole: bool = False) -> Values:
    """The values in a cell: a JSON list, several between |, or one; n/a and the like are none. Raises CellError.

    A `whole` cell is one text, in which | is a sign like any other.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if text.casefold() in NOTHING:
            return ()
        if text.startswith("["):
            with suppress(ValueError):
                parsed = json.loads(text)
                return values_of(parsed) if isinstance(parsed, list) else (text,)
        return (text,) if whole else values_of(text.split(SEVERAL_MARK))
    return values_of(cell)


def cell_of(values: Values) -> str:
    """The values as one cell, which `cell_values` reads as the same values."""
    plain = SEVERAL_MARK.join(values)
    with suppress(CellError):
        if cell_values(plain) == values:
            return plain
    return json.dumps(list(values), ensure_ascii=False)


def columns(session_fields: Iterable[str], turn_fields: Iterable[str], others: Iterable[str]) -> list[str]:
    """The columns of a file with these fields; `others` are the columns that came with the sessions."""
    own = [*OWN, *turn_fields, *(SESSION_PREFIX + name for name in session_fields)]
    return [*own, *(name for name in others if name not in own)]


def rows(one: out.SessionOut) -> Iterator[dict[str, Any]]:
    """The session's rows: for each turn one without a rater, if it has labels or nobody rated it; one a rater.

    What the session itself is labelled with stands in the rows without a rater, what a rater says of it in theirs.
    """
    told = {
        "transcript_id": one.external_id,
        "case": one.case,
        "case_title": one.case_title,
        "case_order": one.case_order,
        "topic": one.topic,
        "language": one.language,
    }
    wide, wide_said = _wide(one.labels), {code: _wide(labels) for code, labels in _by_rater(one.said).items()}
    objects = one.came_as_object() is not None
    for place, turn in enumerate(one.turns):
        others = {} if objects else dict(turn.form)
        number = others.get("turn_index", turn.index)
        base = {**others, **told, "turn_index": number, "speaker": turn.speaker, "role": turn.role}
        base["text"] = turn.text
        by_rater = _by_rater(turn.said)
        if place == 0:
            by_rater |= {code: {} for code in wide_said if code not in by_rater}
        if turn.labels or not by_rater or (wide and place == 0):
            yield base | wide | _cells(turn.labels)
        for rater, labels in by_rater.items():
            yield base | wide_said.get(rater, {}) | {"rater": rater} | _cells(labels)


def _wide(labels: Mapping[str, Values]) -> dict[str, str]:
    return {SESSION_PREFIX + name: cell for name, cell in _cells(labels).items()}


def _by_rater(answers: Iterable[Said]) -> dict[str, dict[str, Values]]:
    found: dict[str, dict[str, Values]] = {}
    for said in answers:
        found.setdefault(said.rater, {})[said.field] = said.values
    return found


def _cells(labels: Mapping[str, Values]) -> dict[str, str]:
    return {name: cell_of(values) for name, values in labels.items()}
