"""The work of a study as its manager sees it: units, skips, and what is left out of results."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects import kinds
from projects.access import MANAGER, ProjectRequest, project_view
from projects.forms.exclusions import ExclusionForm, RaterExclusionForm
from projects.listing import Listing
from projects.models import Assignment, Exclusion, Exposure, Rater, Study, StudyRole, Submission, Unit
from projects.prepared import Prepared
from projects.querysets.units import SHOWS, key_of, page_of
from projects.services import exclusions, sightings
from projects.services.exclusions import Target
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import COUNTED_AT_ONCE, study_context
from projects.views.study_lookup import get_study

SKIPS_A_PAGE = 25
EXCLUSIONS_A_PAGE = 50
MOST_STRATA = 200


STRATA: Prepared[Any] = Prepared(
    lambda study: (
        Unit.objects.filter(study_id=study)
        .exclude(stratum="")
        .order_by("stratum")
        .values_list("stratum")
        .distinct()[:MOST_STRATA]
    ),
    -1,
)


@lru_cache(maxsize=500)
def strata_of(study: int, token: str, units: int) -> list[str]:
    """Return a study's strata. A unit keeps its own, so that they are read once for as long as no units are added."""
    return [name for (name,) in STRATA.tuples(study)]


class UnitFilter(forms.Form):
    """Which units to list."""

    show = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("all")), *SHOWS.items()]
    )
    stratum: forms.Field = forms.CharField(label=gettext_lazy("Topic"), required=False, max_length=200)
    id = forms.CharField(label=gettext_lazy("Item"), required=False, max_length=200)

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Offer the study's strata; in a large study they are typed, since finding them reads every unit."""
        super().__init__(*args, **kwargs)
        if study.unit_count <= COUNTED_AT_ONCE:
            choices = [("", _("all")), *((name, name) for name in strata_of(study.pk, study.token, study.unit_count))]
            self.fields["stratum"] = forms.ChoiceField(label=_("Topic"), required=False, choices=choices)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"


@require_safe
@project_view(MANAGER)
def study_units(request: ProjectRequest, study: str) -> HttpResponse:
    """List the study's units in their order, with their counters."""
    row = get_study(request.access, study)
    form = UnitFilter(request.GET, study=row)
    wanted = form.cleaned_data if form.is_valid() else {}
    after, before = key_of(request.GET.get("after", "")), key_of(request.GET.get("before", ""))
    context = study_context(request, row, "units") | {
        "form": form,
        "filtered": any(wanted.values()),
        "page": page_of(row, wanted, after=after, before=before),
    }
    return render(request, "projects/studies/units.html", context, status=200 if form.is_valid() else 422)


def unit_of(study: Study, pk: int) -> Unit:
    """Return a unit of this very study; Http404 for any other."""
    rows = study.units.select_related("item__dataset", "revision__item__dataset")
    unit = get_object_or_404(rows.annotate(in_work=F("taken") - F("done")), pk=pk)
    unit.study = study
    return unit


def assignments_of(unit: Unit) -> list[Assignment]:
    """Return who has had a unit in hand, by code, each with the answer in force beside it."""
    given = Submission.objects.filter(current=True)
    rows = unit.assignments.select_related("rater").prefetch_related(Prefetch("submissions", given, to_attr="current"))
    return list(rows.order_by("rater__code"))


def answers_shown(unit: Unit) -> bool:
    """Whether a manager may read the answers: everybody has answered, or nobody will any more."""
    return unit.study.state == Study.State.CLOSED or unit.done >= unit.wanted


def targets_of(unit: Unit, rows: list[Assignment]) -> list[tuple[str, str, Target]]:
    """Return what can be left out on a unit's page: the unit, or one answer to it."""
    answered = [row for row in rows if row.state == Assignment.State.SUBMITTED]
    answers = [(f"answer-{row.pk}", _("the answer of %(code)s") % {"code": row.rater.code}, row) for row in answered]
    return [("unit", _("the whole unit"), unit), *answers]


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_unit(request: ProjectRequest, study: str, unit: int) -> HttpResponse:
    """Show a unit's text and work; answers once all are in. Take an exclusion of it or of one answer."""
    row = get_study(request.access, study)
    found = unit_of(row, unit)
    rows, shown = assignments_of(found), answers_shown(found)
    form = ExclusionForm(posted(request), targets=targets_of(found, rows), initial={"what": "unit"})
    if request.method == "POST" and form.is_valid() and form.save(study=row, actor=request.user):
        messages.success(request, _("Left out of the results. You can lift it again."))
        return redirect("study_unit", row.project.slug, row.slug, found.pk)
    # Whoever reads here has met the item; whoever reads answers has seen those of others.
    sightings.see(found, user=request.user, exposure=Exposure.OTHERS if shown else Exposure.NOTHING)
    words = kinds.of(row).answers(found) if shown else {}
    here = row.exclusions.filter(unit=found) | row.exclusions.filter(assignment__unit=found)
    context = study_context(request, row, "units") | {
        "unit": found,
        "rows": [(one, words.get(one.pk, ""), one.current[0] if one.current else None) for one in rows],  # type: ignore[attr-defined]  # set by the prefetch
        "answers_shown": shown,
        "exclusions": described(here),
        "form": form,
    }
    return render(request, "projects/studies/unit.html", context, status=form_status(request))


def described(rows: Any) -> Any:
    """Return exclusions with everything their rows show, newest first."""
    joined = ("unit__item", "rater", "assignment__rater", "assignment__unit__item", "created_by", "lifted_by")
    return rows.select_related(*joined).order_by("-pk")


def skips(study: int, *, everything: bool) -> QuerySet[Assignment]:
    """Return who skipped what in a study, latest first: what still waits, or also what was answered since."""
    rows = Assignment.objects.filter(study_id=study).exclude(skip_reason="")
    if not everything:
        raters = StudyRole.objects.filter(study_id=study, part=StudyRole.Part.RATER).values("rater")
        # By rater and without a time of submission: an index leads past all finished work.
        rows = rows.filter(rater__in=raters, submitted_at=None)
    shown = rows.only("skip_reason", "claimed_at", "state", "unit")
    return shown.annotate(code=F("rater__code"), item=F("unit__item__external_id")).order_by("-claimed_at", "-pk")


SKIPS = {every: Listing(partial(skips, everything=every), -1, per_page=SKIPS_A_PAGE) for every in (False, True)}


@require_safe
@project_view(MANAGER)
def study_skips(request: ProjectRequest, study: str) -> HttpResponse:
    """List who skipped what and why: what still waits, or also what was answered since."""
    row = get_study(request.access, study)
    everything = "all" in request.GET
    page = SKIPS[everything].page(request.GET.get("page"), row.pk)
    context = study_context(request, row, "skips") | {"page_obj": page, "everything": everything}
    return render(request, "projects/studies/skips.html", context)


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_exclusions(request: ProjectRequest, study: str) -> HttpResponse:
    """List what is left out, and what was; leave out a rater, or a period of one."""
    row = get_study(request.access, study)
    parts = row.roles.filter(part=StudyRole.Part.RATER).values("rater")
    external = Q(nature=Rater.Nature.EXTERNAL) if kinds.of(row).reads_external else Q()
    raters = row.project.raters.filter(Q(pk__in=parts) | external).order_by("code")
    form = RaterExclusionForm(posted(request), raters=raters)
    if request.method == "POST" and form.is_valid() and form.save(study=row, actor=request.user):
        messages.success(request, _("Left out of the results. You can lift it again."))
        return redirect("study_exclusions", row.project.slug, row.slug)
    pages = Paginator(described(row.exclusions.all()), EXCLUSIONS_A_PAGE)
    context = study_context(request, row, "exclusions") | {
        "form": form,
        "page_obj": pages.get_page(request.GET.get("page")),
    }
    return render(request, "projects/studies/exclusions.html", context, status=form_status(request))


@require_POST
@project_view(MANAGER)
def exclusion_lift(request: ProjectRequest, study: str, exclusion: int) -> HttpResponse:
    """Count again what was left out."""
    row = get_study(request.access, study)
    found = get_object_or_404(Exclusion.objects.select_related("study__project", "rater"), study=row, pk=exclusion)
    try:
        exclusions.lift(found, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Lifted: it counts again."))
    return redirect("study_exclusions", row.project.slug, row.slug)
