"""What every report says about how it was made, whatever its study is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from django.utils.translation import gettext_noop as _

from projects.models import Exclusion, Report, Study
from projects.services import exclusions
from reports import ink
from reports.blocks import CellValue
from reports.summary import Parameter, Table, Words, phrase
from stats.result import VERSION

Rows = Iterable[tuple[str, Words | int | float | None]]


def parameters(report: Report, *, seed: int, replicates: int, more: Rows = ()) -> list[Parameter]:
    """Return everything somebody needs to compute the same again; `more` is what only this kind of study has."""
    study = report.study
    rows: Rows = [
        (_("Study"), f"{study.project.slug}/{study.slug}"),
        (_("Settings, version"), study.in_force.number),
        (_("Guideline, version"), study.guideline.number if study.guideline else None),
        (_("Seed of the bootstrap"), seed),
        (_("Replicates"), replicates),
        (_("Level of intervals"), 0.95),
        (_("Version of the computations"), VERSION),
        *((name, number) for name, number in report.versions.items()),
        (_("Fingerprint of the inputs"), report.inputs_hash),
        *more,
    ]
    return [Parameter(label=phrase(label) if label[:1].isupper() else label, value=value) for label, value in rows]


def libraries(report: Report) -> Words:
    """Return the sentence that says with what agreement was computed."""
    return phrase(
        _("Cohen's kappa was computed with scikit-learn, alpha with krippendorff, the rest with Concord %(version)s."),
        version=report.versions.get("Concord", VERSION),
    )


def limits(*, surplus: int, excluded: int, preliminary: bool) -> Iterable[Words]:
    """Yield what is not counted, and that figures may still change."""
    if surplus:
        words = _("Answers that came after their place had been given away, kept but counted nowhere: %(n)s.")
        yield phrase(words, n=surplus)
    if excluded:
        yield phrase(_("Answers left out, for the reasons listed above: %(n)s."), n=excluded)
    if preliminary:
        yield phrase(_("The study is not closed: these figures are preliminary."))


def left_out(study: Study) -> Table | None:
    """Return what a person left out of the study's figures, with the reasons; None where it is nothing."""
    rows = exclusions.in_force(study).select_related(
        "unit__item", "rater", "assignment__unit__item", "assignment__rater"
    )
    listed: list[list[CellValue]] = [
        [*named(row), row.reason, row.created_at.date().isoformat()] for row in rows.order_by("pk")
    ]
    columns = [
        ink.text("what", _("Left out")),
        ink.text("which", _("Which")),
        ink.text("reason", _("Reason")),
        ink.text("day", _("On")),
    ]
    if not listed:
        return None
    return Table(key="list", caption=phrase(_("Left out of the figures")), columns=columns, rows=listed)


def named(row: Exclusion) -> tuple[Words, str]:
    """Return what an exclusion leaves out: the kind of thing, and its name."""
    if row.rater and row.is_period:
        return phrase(_("a rater's answers of a period")), f"{row.rater.code}: {period_of(row)}"
    if row.rater:
        return phrase(_("a rater")), row.rater.code
    if row.unit:
        return phrase(_("an item")), row.unit.item.external_id if row.unit.item else str(row.unit)
    if row.assignment is None:
        raise ValueError("An exclusion names a rater, a unit or an answer.")
    item = row.assignment.unit.item
    return phrase(_("an answer")), f"{row.assignment.rater.code}: {item.external_id if item else row.assignment.unit}"


def period_of(row: Exclusion) -> str:
    """Return the period of an exclusion in UTC, with an open end left empty: "2026-03-01 09:00 / 2026-03-02 17:00"."""
    return " / ".join(f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "" for at in (row.since, row.until)).strip()
