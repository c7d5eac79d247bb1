"""The demonstration's texts: read from projects/demo, dealt into two rounds, written as files to import."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain, zip_longest
from typing import Any

from django.conf import settings

from projects.formats.mapping import Mapping, Source

# True/false items up to this number belong to the first round, the others and all choice items to the second.
LAST_OF_FIRST_ROUND = 22
KINDS = {"single": "single_choice", "multiple": "multiple_choice"}
# What the file to import has. The right answer and the difficulty stay out: no page of the product may know them.
COLUMNS = ("id", "kind", "text", "options", "prelabel", "prelabel_score", "prelabel_source", "topic", "subtopic",
           "language", "life_stage", "setting")  # fmt: skip
MAPPING = Mapping(
    text="text",
    external_id="id",
    kind=Source(column="kind"),
    prelabel="prelabel",
    prelabel_score="prelabel_score",
    prelabel_source=Source(column="prelabel_source"),
    topic=Source(column="topic"),
    subtopic=Source(column="subtopic"),
    language=Source(column="language"),
)
MAPPING_WITH_OPTIONS = replace(MAPPING, options=("options",))


@dataclass(frozen=True)
class Decision:
    """What the adjudicator made of a contested item: an answer, or its removal with a kind of reason."""

    values: tuple[str, ...]
    remove: str
    reason: str


@dataclass(frozen=True)
class Discussion:
    """The dispute over a contested item. Votes by rater's code; posts as (code, text)."""

    votes: dict[str, tuple[str, ...]]
    changed: dict[str, tuple[str, ...]]
    posts: tuple[tuple[str, str], ...]
    decision: Decision


@dataclass(frozen=True)
class DemoItem:
    """An item with what only the simulated raters know: the answer careful people agree on, and how hard it is."""

    id: str
    language: str
    text: str
    kind: str
    keys: tuple[str, ...]
    prelabel: tuple[str, ...]
    answer: tuple[str, ...]
    difficulty: str
    row: dict[str, Any] = field(repr=False)
    discussion: Discussion | None = None


def text(name: str) -> str:
    """Return one of the texts in both languages, each part marked, so that a reader gets one of them."""
    folder = settings.BASE_DIR / "projects" / "demo"
    paths = {language: folder / f"{name}_{language}.md" for language in ("en", "zh")}
    return "\n\n".join(
        f"::: {language}\n{path.read_text(encoding='utf-8').strip()}" for language, path in paths.items()
    )


def _load(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((settings.BASE_DIR / "projects" / "demo" / f"{name}.json").read_bytes())
    return rows


def _values(value: str | list[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _discussion(row: dict[str, Any]) -> Discussion:
    decision = row["decision"]
    return Discussion(
        votes={code: _values(vote) for code, vote in row["votes"].items()},
        changed={code: _values(vote) for code, vote in row["changed_votes"].items()},
        posts=tuple((post["author"], post["text"]) for post in row["posts"]),
        decision=Decision(_values(decision["label"]), decision["reason_code"] or "", decision["reason"]),
    )


def _item(row: dict[str, Any], discussion: Discussion | None) -> DemoItem:
    options = row.get("options", [])
    kind = KINDS.get(row.get("kind", ""), "true_false")
    plain = {name: row.get(name, "") for name in COLUMNS} | row["metadata"] | {"id": row["external_id"], "kind": kind}
    return DemoItem(
        id=row["external_id"],
        language=row["language"],
        text=row["text"],
        kind=kind,
        keys=tuple(option["key"] for option in options) or ("positive", "negative"),
        prelabel=_values(row["prelabel"]),
        answer=_values(row["answer"]),
        difficulty=row["difficulty"],
        row={name: plain[name] for name in COLUMNS},
        discussion=discussion,
    )


@cache
def items() -> dict[str, DemoItem]:
    """Return every item by its id."""
    talk = {row["external_id"]: _discussion(row) for row in _load("discussion")}
    rows = [*_load("items_true_false"), *_load("items_choice")]
    return {row["external_id"]: _item(row, talk.get(row["external_id"])) for row in rows}


def _alternate(*lists: Iterable[DemoItem]) -> list[DemoItem]:
    """Take one of each list in turn until all are empty."""
    return [one for one in chain.from_iterable(zip_longest(*lists)) if one is not None]


def _of(prefix: str, numbers: range) -> list[DemoItem]:
    return [found for n in numbers if (found := items().get(f"{prefix}-{n:03}"))]


def first_round() -> list[DemoItem]:
    """Return the first round's true/false items, the two languages in turn."""
    numbers = range(1, LAST_OF_FIRST_ROUND + 1)
    return _alternate(_of("en-tf", numbers), _of("zh-tf", numbers))


def second_round() -> list[DemoItem]:
    """Return the second round's items, kinds and languages in turn, the contested ones in the half that is done."""
    rest, every = range(LAST_OF_FIRST_ROUND + 1, 100), range(1, 100)
    lists = [_of("en-tf", rest), _of("zh-ch", every), _of("zh-tf", rest), _of("en-ch", every)]
    return _alternate(*(_contested_early(one) for one in lists))


def _contested_early(found: Sequence[DemoItem]) -> list[DemoItem]:
    plain = [one for one in found if one.discussion is None]
    contested = [one for one in found if one.discussion]
    return _alternate(plain[: len(contested)], contested) + plain[len(contested) :]


def as_csv(found: Iterable[DemoItem]) -> bytes:
    """Return true/false items as a CSV file."""
    columns = [name for name in COLUMNS if name != "options"]
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(one.row for one in found)
    return file.getvalue().encode()


def as_jsonl(found: Iterable[DemoItem]) -> bytes:
    """Return items of every kind as JSON Lines, options as lists."""
    return "".join(json.dumps(one.row, ensure_ascii=False) + "\n" for one in found).encode()
