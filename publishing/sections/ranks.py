"""Ranks by people, block by block, and of judges that put responses in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_noop as _

from publishing.sections.frame import Book, Found, named, number, plain, strong, text, why
from reports.blocks import CellValue, Column
from reports.nodes import Words
from reports.summary import Axis, Block, CriticalDifference, Mark, Table, phrase


def blocks(book: Book) -> Iterator[Block]:
    """Yield for each block its mean ranks, a plot with the critical difference, and one table of the tests."""
    found = book.figures("ranks")
    every = [*found.get("people", ()), *found.get("judges", ())]
    for n, one in enumerate(every, start=1):
        yield means(book, n, one)
        yield from plot(book, n, one)
    if every:
        yield tests(book, every)


def name(book: Book, one: Found) -> Words:
    """Return what a block is called: its study, and its block or judge."""
    if one.get("judge"):
        return phrase(_("%(study)s, %(part)s"), study=book.study(one["study"]), part=book.judge(one["judge"]))
    if one.get("block"):
        return phrase(_("%(study)s, %(part)s"), study=book.study(one["study"]), part=book.block(one["block"]))
    return book.study(one["study"])


def means(book: Book, n: int, one: Found) -> Table:
    """Return each system's mean rank, the best first, with how often it came first and its strength."""
    values: dict[str, Any] = dict(one["mean_rank"].get("value") or {})
    order = sorted(one["systems"], key=lambda code: (values.get(code) is None, values.get(code) or 0.0))
    columns = [
        text("system", _("System")),
        Column(key="mean", label=phrase(_("Mean rank")), kind="ci"),
        Column(key="first", label=phrase(_("Ranked first")), kind="percent"),
        Column(key="strength", label=phrase(_("Plackett-Luce strength")), kind="ci"),
    ]
    rows: list[list[CellValue]] = [
        [
            book.system(code),
            strong(named(one["mean_rank"], code), when=code in one["best"]),
            number(first(one, code), "no_answers"),
            named(one["plackett_luce"], code),
        ]
        for code in order
    ]
    caption = phrase(_("Mean ranks: %(block)s"), block=name(book, one))
    return Table(key=f"ranks-{n}", caption=caption, columns=columns, rows=rows)


def first(one: Found, code: str) -> float | None:
    """Return the share of rankings that a system leads."""
    counts = (one["rank_histogram"].get("value") or {}).get(code)
    if isinstance(counts, dict):
        total, top = sum(counts.values()), counts.get("1", 0)
    elif isinstance(counts, list):
        total, top = sum(counts), counts[0] if counts else 0
    else:
        return None
    return top / total if total else None


def plot(book: Book, n: int, one: Found) -> Iterator[Block]:
    """Yield the mean ranks on an axis; bars join what differs by less than the critical difference."""
    critical = one["nemenyi"].get("value")
    values: dict[str, Any] = dict(one["mean_rank"].get("value") or {})
    known = sorted((value, code) for code, value in values.items() if value is not None)
    if not critical or len(known) < 2:
        return
    marks = []
    for value, code in known:
        cell = named(one["mean_rank"], code)
        marks.append(Mark(label=book.system(code), value=value, low=cell.low, high=cell.high))
    yield CriticalDifference(
        key=f"critical-{n}", title=phrase(_("Mean ranks and critical difference: %(block)s"), block=name(book, one)),
        rows=marks, axis=Axis(label=phrase(_("Mean rank, 1 is best")), low=1.0, high=float(len(one["systems"]))),
        critical=float(critical), n=one["mean_rank"].get("n_items"), n_unit=phrase(_("items")),
    )  # fmt: skip


def tests(book: Book, every: list[Found]) -> Table:
    """Return Friedman's test of each block with the critical difference of Nemenyi's."""
    columns = [
        text("block", _("Ranking")),
        Column(key="items", label=phrase(_("Items")), kind="int"),
        Column(key="chi", label=phrase(_("Friedman's chi-square")), kind="number"),
        Column(key="p", label=phrase(_("p")), kind="p"),
        Column(key="critical", label=phrase(_("Critical difference")), kind="number"),
    ]
    rows: list[list[CellValue]] = []
    for one in every:
        friedman, nemenyi = one["friedman"], one["nemenyi"]
        rows.append([
            name(book, one), friedman.get("n_items"), plain(friedman), number(friedman.get("p"), why(friedman)),
            number(nemenyi.get("value"), why(nemenyi)),
        ])  # fmt: skip
    notes = [phrase(_("Raters are averaged within items first; items are the blocks of the test."))]
    return Table(key="tests", caption=phrase(_("Do the systems differ?")), columns=columns, rows=rows, notes=notes)
