"""Agreement by the version of the guideline that answers were given under, judged-again units in each of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from django.db.models import F
from django.utils.translation import gettext_noop as _

from annotation.models import Label
from annotation.results.arrays import NONE
from annotation.services.labels import FIELD
from annotation.summary.breakdowns import LEAST, breakdown
from annotation.summary.parts import Part
from annotation.summary.work import Work
from projects.models import Study
from projects.services import exclusions
from reports.summary import Section, phrase
from stats.table import Table

# By version, unit and rater: the last answer under that version that was given without having seen more.
Given = dict[int, dict[tuple[int, str], tuple[int, set[str]]]]


def sections(work: Work) -> Iterator[Section]:
    """Yield one section where answers that count were given under more than one version."""
    if work.study.guidelines.count() < LEAST:
        return
    given = given_under(work.study)
    blocks = [
        block
        for part in work.parts
        for block in breakdown(work, part, _("Guideline"), list(_tables(work, part, given)))
    ]
    if blocks:
        said = phrase(_("A unit that was judged again counts in each version with the answers given under it."))
        title = phrase(_("Agreement by version of the guideline"))
        yield Section(key="by-guideline", title=title, intro=said, blocks=blocks)


def given_under(study: Study) -> Given:
    """Return what raters said before seeing more, by version; of several answers under one version the last."""
    out = exclusions.left_out(study)
    rows = Label.objects.filter(
        field=FIELD,
        turn=None,
        submission__assignment__study=study,
        submission__assignment__surplus=False,
        submission__guideline__isnull=False,
        submission__exposure=F("submission__assignment__base_exposure"),
    )
    names = ("guideline__number", "assignment__unit", "assignment__rater", "assignment__rater__code", "assignment")
    columns = [f"submission__{name}" for name in (*names, "number")]
    found: Given = {}
    for version, unit, rater, code, assignment, number, value in rows.values_list(*columns, "value").iterator():
        if out.reason(unit, rater, assignment):
            continue
        under = found.setdefault(version, {})
        last, values = under.get((unit, code), (0, set()))
        if number > last:
            under[unit, code] = (number, {value})
        elif number == last:
            values.add(value)
    return found


def _tables(work: Work, part: Part, given: Given) -> Iterator[tuple[str, Table]]:
    """Yield the part's units under each version, with a name for it; undefined where no two raters have met."""
    place = {int(pk): at for at, pk in enumerate(work.review.units.pk[part.unit])}
    for version in sorted(given):
        table = _table(part, place, given[version])
        if (table.codes >= 0).any():
            yield f"v{version}", table


def _table(part: Part, place: Mapping[int, int], under: Mapping[tuple[int, str], tuple[int, set[str]]]) -> Table:
    columns = {name: at for at, name in enumerate(part.table.raters)}
    categories: dict[Any, int] = {category: at for at, category in enumerate(part.table.categories)}
    cells = []
    for (unit, code), (_number, values) in under.items():
        if unit in place and code in columns:
            answer = frozenset(values) if part.several else next(iter(values))
            cells.append((place[unit], columns[code], categories.setdefault(answer, len(categories))))
    codes = np.full((len(part.table.units), len(columns)), NONE, dtype=np.int32)
    for row, column, category in cells:
        codes[row, column] = category
    return Table(part.table.units, part.table.raters, tuple(categories), codes)
