"""What was left out of the figures, with the reasons, and the leading figures with and without it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary.measures import leading, primary, reading, robust
from annotation.dialogue_summary.parts import counted, parts
from annotation.dialogue_summary.work import Work
from annotation.summary import ink as shared
from projects import made
from reports.summary import CellValue, Section, Table, phrase


def sections(work: Work) -> Iterator[Section]:
    """Yield a section where anything is left out."""
    table = made.left_out(work.study)
    if table is None:
        return
    title = phrase(_("With and without what was left out"))
    yield Section(key="left-out", title=title, blocks=[table, _both_ways(work)])


def _both_ways(work: Work) -> Table:
    without = {part.key: work.coefficients[part.key] for part in work.parts}
    rows: list[list[CellValue]] = []
    for part in parts(work.found, counted(work.found, excluded=True)):
        ways = [(phrase(_("with everything")), leading(part.table, part.sessions, reading(part), work.draw))]
        if part.key in without:
            ways.insert(0, (phrase(_("without it")), without[part.key]))
        for words, figures in ways:
            cells = [shared.estimate(figures[name]) for name in (primary(part), robust(part), "percent_agreement")]
            lead = figures[primary(part)]
            rows.append([part.title, words, *cells, lead.n_items, lead.n_raters])
    columns = [
        shared.text("part", _("Field")),
        shared.text("way", _("Computed")),
        shared.value("primary", _("Alpha")),
        shared.value("robust", _("AC1; AC2 on scales; Jaccard alpha for sets")),
        shared.percentage("percent", _("Percent agreement")),
        shared.count("n", _("Turns, or sessions")),
        shared.count("raters", _("Raters")),
    ]
    return Table(key="both", caption=phrase(_("The leading figures both ways")), columns=columns, rows=rows)
