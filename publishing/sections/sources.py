"""What a report was put together from: each study, run of judges and benchmark with its counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from publishing.sections.frame import Book
from reports import numbers
from reports.blocks import CellValue
from reports.summary import Block, Column, Missing, Table, Words, phrase

KINDS = {
    "ranking": _("blind ranking"),
    "rating": _("blind rating"),
    "comparison": _("A/B comparison"),
    "label_review": _("label review"),
    "dialogue": _("dialogue annotation"),
    "screening": _("screening"),
    "judging": _("judges"),
    "benchmark": _("benchmark"),
}


def headline(book: Book) -> Words:
    """Return what the report rests on, in one sentence."""
    material = book.material
    return phrase(
        _("%(sources)s sources: %(systems)s systems, %(items)s items, %(people)s answers of people and %(judges)s of "
          "judges."),
        sources=len(material.studies), systems=len(material.systems), items=numbers.integer(len(material.items)),
        people=numbers.integer(len(answers(book))), judges=numbers.integer(len(calls(book))),
    )  # fmt: skip


def answers(book: Book) -> set[tuple[str, str, str, int]]:
    """Return people's answers that count: a rater's answer to a unit is one, however many values it holds."""
    return {(row.study, row.unit, row.rater, row.repeat) for row in book.material.judgements if row.counts}


def calls(book: Book) -> set[tuple[str, str, str, int]]:
    """Return judges' answers that could be read."""
    return {(row.study, row.judge, row.task, row.round) for row in book.material.verdicts if not row.failed}


def blocks(book: Book) -> Iterator[Block]:
    """Yield the table of sources."""
    columns = [
        Column(key="name", label=phrase(_("Source"))),
        Column(key="kind", label=phrase(_("Kind"))),
        Column(key="items", label=phrase(_("Items")), kind="int"),
        Column(key="systems", label=phrase(_("Systems")), kind="int"),
        Column(key="who", label=phrase(_("Raters or judges")), kind="int"),
        Column(key="answers", label=phrase(_("Answers")), kind="int"),
        Column(key="share", label=phrase(_("Of those planned")), kind="percent"),
    ]
    yield Table(key="sources", caption=phrase(_("What was put together")), columns=columns, rows=list(rows(book)))


def rows(book: Book) -> Iterator[list[CellValue]]:
    """Yield a row a source."""
    items, systems, who = (defaultdict[str, set[str]](set) for _n in range(3))
    owner = {row.handle: row.system for row in book.material.responses}
    for one in book.material.judgements:
        items[one.study].add(one.item)
        who[one.study].add(one.rater)
        systems[one.study] |= {owner[handle] for handle in (one.response, one.other) if handle in owner}
    for verdict in book.material.verdicts:
        items[verdict.study].add(verdict.item)
        who[verdict.study].add(verdict.judge)
        systems[verdict.study] |= {owner[handle] for handle in (verdict.response, verdict.other) if handle in owner}
    for answer in book.material.answers:
        items[answer.study].add(answer.item)
        systems[answer.study].add(answer.system)
    planned = {row.study: row for row in book.material.missing}
    for study in book.material.studies:
        plan, key = planned.get(study.key), study.key
        share: CellValue = plan.done / plan.planned if plan and plan.planned else Missing("no_answers")
        yield [
            book.study(key), phrase(KINDS[study.kind]) if study.kind in KINDS else study.kind, len(items[key]) or None,
            len(systems[key]) or None, len(who[key]) or None, plan.done if plan else None, share,
        ]  # fmt: skip
