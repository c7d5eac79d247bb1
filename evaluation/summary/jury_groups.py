"""Judges beside each group of people: whether they stand nearer to experts than to students, say."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from evaluation.results.people import People
from evaluation.summary.groups import LEAST, MOST
from evaluation.summary.jury_beside import Beside, of_study
from evaluation.summary.jury_frame import Work
from reports import ink
from reports.blocks import CellValue
from reports.summary import Block, Table, phrase
from stats.groups import group_names


def by_group(work: Work, people: People, lead: Beside) -> Iterator[Block]:
    """Yield each judge beside each group of people, on the criterion that the chapter leads with."""
    names = group_names([people.groups[code] for code in people.raters])
    if not LEAST <= len(names) <= MOST:
        return
    rows: list[list[CellValue]] = []
    for name in names:
        own = people.of_group(name)
        for one in of_study(work, own):
            if one.criterion == lead.criterion and one.shared:
                icc: CellValue = ink.estimate(one.figures["icc_a1"]) if one.scaled else None
                gap: CellValue = ink.estimate(one.figures["mean_difference"]) if one.scaled else None
                rho = ink.estimate(one.figures["spearman"])
                rows.append([work.judge(one.judge), name, len(own.raters), len(one.shared), rho, icc, gap])
    columns = [
        ink.text("judge", _("Judge")),
        ink.text("group", _("Group")),
        ink.count("raters", _("Raters")),
        ink.count("n", _("Responses")),
        ink.value("spearman", _("Spearman's rho")),
        ink.value("icc", _("ICC(A,1)")),
        ink.value("difference", _("Mean difference")),
    ]
    note = _("Each group's means over its own raters; a group may have judged other responses than another.")
    caption = phrase(_("Judges beside each group of people"))
    yield Table(key="groups", caption=caption, columns=columns, rows=rows, notes=[phrase(note)])
