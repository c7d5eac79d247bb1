"""Agreement by the version of the guideline that answers were given under, judged-again sessions in each of theirs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary import ink
from annotation.dialogue_summary.measures import Figures, leading, primary, reading, robust
from annotation.dialogue_summary.parts import Part
from annotation.dialogue_summary.work import Work
from annotation.results.dialogue_versions import by_version
from annotation.summary import ink as shared
from annotation.summary.agreement import axis_for
from reports.blocks import CellValue
from reports.summary import DotWhisker, Estimate, Section, Table, phrase

LEAST = 2
NOTHING = "no_overlap"


def sections(work: Work) -> Iterator[Section]:
    """Yield one section where answers that count were given under more than one version."""
    if work.study.guidelines.count() < LEAST:
        return
    versions = {f"v{number}": Work(found, work.draw) for number, found in by_version(work.found).items()}
    parts = {name: {part.key: part for part in one.parts} for name, one in versions.items()}
    if sum(bool(found) for found in parts.values()) < LEAST:
        return
    rows: list[list[CellValue]] = []
    marks = []
    for part in work.parts:
        for name, found in parts.items():
            own = found.get(part.key)
            figures = leading(own.table, own.sessions, reading(own), work.draw) if own else {}
            marks += [shared.mark(part.title, figures[primary(part)], name)] if figures else []
            rows.append([part.title, name, *cells(part, own, figures)])
    plot = DotWhisker(
        key="plot", title=phrase(_("The primary coefficient under each version")), rows=marks, axis=axis_for(marks),
        n=int(work.found.sessions.complete.sum()), n_unit=ink.SESSIONS,
    )  # fmt: skip
    said = phrase(_("A session that was judged again counts in each version with the answers given under it."))
    title = phrase(_("Agreement by version of the guideline"))
    yield Section(key="by-guideline", title=title, intro=said, blocks=[plot, table(rows)], folded=True)


def cells(part: Part, own: Part | None, figures: Figures) -> list[CellValue]:
    """Return the leading figures under one version, or why there are none."""
    if own is None:
        return [*(Estimate(None, None, None, NOTHING) for _name in range(3)), 0, 0]
    lead = figures[primary(part)]
    names = (primary(part), robust(part), "percent_agreement")
    return [*(shared.estimate(figures[name]) for name in names), lead.n_items, np.unique(own.sessions).size]


def table(rows: list[list[CellValue]]) -> Table:
    """Return the figures with what they rest on."""
    columns = [
        shared.text("field", _("Field")),
        shared.text("version", _("Guideline")),
        shared.value("primary", _("Alpha")),
        shared.value("robust", _("AC1; AC2 on scales; Jaccard alpha for sets")),
        shared.percentage("percent", _("Percent agreement")),
        shared.count("n", _("Turns, or sessions")),
        shared.count("sessions", _("Sessions")),
    ]
    return Table(key="table", caption=phrase(_("The leading figures by version")), columns=columns, rows=rows)
