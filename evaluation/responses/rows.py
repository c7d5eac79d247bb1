"""What the rows of a file of responses say: a response each, or why not. Strict: nothing is guessed or cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.responses.columns import Columns
from evaluation.storing import storable
from projects.formats.messages import ROW_MESSAGES
from projects.formats.records import FaultyRow
from projects.formats.table import Table

MOST_ROUNDS = 100
LONGEST_NAME = 200
FAULTS: dict[str, str | Promise] = {
    "no_item": _("The row does not say which item it answers. Fill in the id."),
    "no_text": _("The row has no text. Fill it in, or remove the row."),
    "no_system": _("The row does not say which system wrote it. Fill in the system."),
    "long_name": _("The system's name is longer than %(limit)s characters. Shorten it."),
    "bad_round": _("The round “%(value)s” is no whole number from 1 to 100. Correct it."),
    "bad_score": _("The score “%(value)s” is no number. Correct it."),
    "off_scale": _("The score %(value)s is not between %(low)s and %(high)s. Correct it, or choose another scale."),
    "no_choices": _("The row holds no answer under “choices”. Remove it, or fill it in."),
    "several_turns": _("The row answers %(count)s turns in a row; an item takes one response. Split it."),
    "unknown_item": _("The data set has no item “%(item)s”. Import the item first, or remove the row."),
    "contradiction": _("Row %(first)s says something else for the same system, item and round. Keep one of them."),
    "conflict": _("“%(system)s” has another response to this item. Import it as another system, or as a round."),
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """One response as the file says it. `row` is the number a person sees; `score` is on the file's scale."""

    row: int
    system: str
    item: str
    text: str
    round: int = 1
    explanation: str = ""
    score: float | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """What a response is stored once for."""
        return self.system.casefold(), self.item, self.round


@dataclass(frozen=True)
class Fault:
    """A row that cannot be used, and why."""

    row: int
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def told(code: str, params: Mapping[str, Any]) -> str:
    """A fault in the language active now."""
    return str(FAULTS[code] if code in FAULTS else ROW_MESSAGES[code]) % dict(params)


class _Unusable(Exception):  # noqa: N818  it never leaves this module
    """Ends the reading of one response."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def read(table: Table, columns: Columns) -> Iterator[Answer | Fault]:
    """Yield what each row says, in the order of the file. Raises FormatError where the rest cannot be read."""
    for row, values in table.rows():
        if isinstance(values, FaultyRow):
            yield Fault(row, values.error.code, dict(values.error.params))
            continue
        try:
            yield from _answers(row, values, columns)
        except _Unusable as error:
            yield Fault(row, error.code, error.params)


def _answers(row: int, values: Mapping[str, Any], columns: Columns) -> Iterator[Answer]:
    item = said(values, columns.item)
    if not item:
        raise _Unusable("no_item")
    system = said(values, columns.system) or columns.system_name.strip()
    if not system:
        raise _Unusable("no_system")
    if len(system) > LONGEST_NAME:
        raise _Unusable("long_name", limit=LONGEST_NAME)
    if columns.fastchat:
        yield from _choices(row, system, item, values)
        return
    text = said(values, columns.text)
    if not text:
        raise _Unusable("no_text")
    number, score = _round(said(values, columns.round)), _score(said(values, columns.score), columns)
    yield Answer(row, system, item, text, number, said(values, columns.explanation), score)


def _choices(row: int, system: str, item: str, values: Mapping[str, Any]) -> Iterator[Answer]:
    """FastChat's answers: each choice is a round."""
    choices = values.get("choices")
    if not isinstance(choices, list) or not choices:
        raise _Unusable("no_choices")
    found = []
    for number, choice in enumerate(choices, start=1):
        turns = choice.get("turns") if isinstance(choice, dict) else None
        if not isinstance(turns, list) or not turns:
            raise _Unusable("no_choices")
        if len(turns) > 1:
            raise _Unusable("several_turns", count=len(turns))
        text = storable(str(turns[0] or "")).strip()
        if not text:
            raise _Unusable("no_text")
        found.append(Answer(row, system, item, text, number))
    yield from found


def said(values: Mapping[str, Any], column: str) -> str:
    """A cell as text; a number without its empty fraction, for workbooks turn the id 7 into 7.0."""
    value = values.get(column) if column else None
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return storable(str(value)).strip()


def _round(text: str) -> int:
    if not text:
        return 1
    if not text.isdecimal() or not 1 <= int(text) <= MOST_ROUNDS:
        raise _Unusable("bad_round", value=text[:40])
    return int(text)


def _score(text: str, columns: Columns) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise _Unusable("bad_score", value=text[:40]) from None
    if not columns.low <= value <= columns.high:
        raise _Unusable("off_scale", value=text[:40], low=f"{columns.low:g}", high=f"{columns.high:g}")
    return value
