"""What the rows of a file of pairs say: a pair each, or why not. Strict: nothing is guessed or left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.responses.rows import said
from projects.formats.headers import plain
from projects.formats.messages import ROW_MESSAGES
from projects.formats.records import FaultyRow
from projects.formats.table import Table

MOST_RATERS = 50
FAULTS: dict[str, str | Promise] = {
    "pair_no_item": _("The row does not say which item it is about. Fill in the id."),
    "pair_no_side": _("The row does not name both sides. Fill in the left and the right one."),
    "pair_same": _("Both sides are the same: “%(name)s”. Correct one of them."),
    "pair_raters": _("The number of raters “%(value)s” is no whole number from 1 to 50. Correct it."),
    "pair_unknown_item": _("The data set “%(dataset)s” has no item “%(item)s”. Correct the id, or remove the row."),
    "pair_unknown_system": _("The project has no system “%(name)s”. Use its name or its short name."),
    "pair_no_response": _("“%(name)s” has no response to item “%(item)s”. Import it first, or remove the row."),
    "pair_twice": _("Row %(first)s lists the same pair. Keep one of them."),
    "pair_item_twice": _("Item “%(item)s” stands in row %(first)s already. An item is compared once."),
}
NAMES = {
    "item": "item itemid externalid questionid qid promptid prompt id 条目 编号 题目编号",
    "left_item": "leftitem itema lefta left_id aitem 左条目 甲条目",
    "right_item": "rightitem itemb rightb right_id bitem 右条目 乙条目",
    "left": "left leftsystem systema modelx modela a 左 甲 系统甲",
    "right": "right rightsystem systemb modely modelb b 右 乙 系统乙",
    "raters": "raters ratersneeded needed wanted n votes 评审人数 人数",
    "topic": "topic theme category 主题 话题",
}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Which column holds what; a name is empty where there is none."""

    item: str = ""
    left_item: str = ""
    right_item: str = ""
    left: str = ""
    right: str = ""
    raters: str = ""
    topic: str = ""

    @property
    def of_items(self) -> bool:
        """Whether the rows pair items of two data sets, rather than two systems' responses to one item."""
        return bool(self.left_item and self.right_item)


@dataclass(frozen=True)
class Row:
    """One pair as the file says it: items on both sides, and systems where responses are compared."""

    row: int
    left: str
    right: str
    left_system: str = ""
    right_system: str = ""
    wanted: int | None = None
    topic: str = ""


@dataclass(frozen=True)
class Fault:
    """A row that cannot be used, and why."""

    row: int
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def told(code: str, params: Mapping[str, Any]) -> str:
    """Return a fault in the language active now."""
    return str(FAULTS[code] if code in FAULTS else ROW_MESSAGES[code]) % dict(params)


def columns_of(names: Iterable[str]) -> Columns:
    """Return which column is what, by the names. Raises ValidationError where a pair cannot be told from them."""
    by_plain = {plain(name): name for name in names}
    found: dict[str, str] = {}
    for part, wanted in NAMES.items():
        free = (by_plain[plain(name)] for name in wanted.split() if plain(name) in by_plain)
        found[part] = next((name for name in free if name not in found.values()), "")
    columns = Columns(**found)
    if not columns.of_items and not (columns.item and columns.left and columns.right):
        words = gettext(
            "The columns do not say what is paired. Name them item, left, right (and raters, topic) for two systems' "
            "responses to an item, or left_item, right_item for items of two data sets."
        )
        raise ValidationError(words)
    return columns


def read(table: Table) -> Iterator[Row | Fault]:
    """Yield what each row says, in the order of the file. Raises FormatError where the rest cannot be read."""
    columns = columns_of(table.columns)
    for number, values in table.rows():
        if isinstance(values, FaultyRow):
            yield Fault(number, values.error.code, dict(values.error.params))
        else:
            yield _of_items(number, values, columns) if columns.of_items else _of_systems(number, values, columns)


def _of_items(number: int, values: Mapping[str, Any], columns: Columns) -> Row | Fault:
    left, right = said(values, columns.left_item), said(values, columns.right_item)
    if not left or not right:
        return Fault(number, "pair_no_side")
    return _counted(Row(number, left, right, topic=said(values, columns.topic)), said(values, columns.raters))


def _of_systems(number: int, values: Mapping[str, Any], columns: Columns) -> Row | Fault:
    item, left, right = (said(values, name) for name in (columns.item, columns.left, columns.right))
    if not item:
        return Fault(number, "pair_no_item")
    if not left or not right:
        return Fault(number, "pair_no_side")
    if left.casefold() == right.casefold():
        return Fault(number, "pair_same", {"name": left[:80]})
    return _counted(
        Row(number, item, item, left, right, topic=said(values, columns.topic)), said(values, columns.raters)
    )


def _counted(row: Row, raters: str) -> Row | Fault:
    """Return the row with its number of raters; none given means as many as the study says."""
    if not raters:
        return row
    if not raters.isdecimal() or not 1 <= int(raters) <= MOST_RATERS:
        return Fault(row.row, "pair_raters", {"value": raters[:40]})
    return Row(row.row, row.left, row.right, row.left_system, row.right_system, int(raters), row.topic)
