"""The report of a dialogue annotation: how far it is, and what became of proposals."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from annotation.models import Label
from annotation.results.dialogue import uptake
from annotation.schema import load
from projects.models import Report, Study
from reports import numbers
from reports.summary import Column, Missing, Section, Summary, Table, phrase


def summarise(report: Report, tell: Callable[[int, int], None]) -> Summary:
    """Compute the figures; `tell(done, total)` reports progress."""
    study = report.study
    tell(0, 2)
    sections = [progress(study)]
    tell(1, 2)
    sections += [proposals(study)]
    done = sum(study.units.values_list("done", flat=True))
    return Summary(
        key=f"{study.slug}-report",
        title=study.name,
        headline=phrase(
            _("%(done)s of %(total)s answers are in."),
            done=numbers.integer(done),
            total=numbers.integer(study.place_count),
        ),
        sections=sections,
        warnings=[] if study.state == Study.State.CLOSED else [
            phrase(_("The study is still open: these figures are preliminary."))
        ],
        generated_at=timezone.now(),
    )  # fmt: skip


def progress(study: Study) -> Section:
    """Return how many answers each field has."""
    rows = Label.objects.filter(submission__assignment__study=study, submission__current=True)
    found = dict(rows.values_list("field").annotate(n=Count("pk")))
    table = Table(
        key="fields",
        caption=phrase(_("Labels and texts by field")),
        columns=[
            Column(key="field", label=phrase(_("Field"))),
            Column(key="n", label=phrase(_("Given")), kind="int"),
        ],
        rows=[[field.words, found.get(field.key, 0)] for field in load(study.settings["schema"]).fields],
    )
    return Section(key="progress", title=phrase(_("Progress")), blocks=[table])


def proposals(study: Study) -> Section:
    """Return what became of proposals, by field and source."""
    names = {field.key: field.words for field in load(study.settings["schema"]).fields}
    heads = {
        "shown": _("Shown"), "accepted": _("Accepted"), "bulk": _("Accepted in bulk"), "edited": _("Edited"),
        "rejected": _("Rejected"), "undecided": _("Left alone"),
    }  # fmt: skip
    table = Table(
        key="proposals",
        caption=phrase(_("What raters did with proposals")),
        columns=[
            Column(key="field", label=phrase(_("Field"))),
            Column(key="source", label=phrase(_("Source"))),
            *(Column(key=key, label=phrase(words), kind="int") for key, words in heads.items()),
            Column(key="distance", label=phrase(_("Mean edit distance")), kind="number", decimals=1),
        ],
        rows=[
            [
                names[row.field],
                row.source,
                *(getattr(row, key) for key in heads),
                Missing("no_value") if row.mean_distance is None else row.mean_distance,
            ]
            for row in uptake(study)
        ],
    )
    return Section(key="proposals", title=phrase(_("Proposals")), blocks=[table])
