"""How a study's raters work, while it runs: by rater, never by system; and the units behind every number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaign import words
from campaign.forms.watch import RulesForm
from campaign.models import RaterQuality, StudyQuality, WatchRules
from campaign.services import watching
from campaign.summary import quality as shown
from projects.access import ADJUDICATOR, MANAGER, Access, ProjectRequest, project_view
from projects.listing import Listing
from projects.models import Assignment, Job, Study, StudyRole, Submission, User
from projects.services.audit import record
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study
from projects.views.study_tabs import UNOPENED

A_PAGE, UNITS_A_PAGE = 25, 50
READERS = (MANAGER, ADJUDICATOR)


def rates_in(user: User, study: Study) -> bool:
    """Whether somebody rates in a study: then nothing of others' work there is for them."""
    return StudyRole.objects.filter(study=study, user=user, part=StudyRole.Part.RATER).exists()


def watched_study(access: Access, slug: str) -> Study:
    """Return a study that has opened, for somebody who does not rate in it."""
    study = get_study(access, slug)
    if study.state in UNOPENED:
        raise Http404
    if rates_in(access.user, study):
        raise PermissionDenied(_("You rate in this study, so nothing about the others' answers is shown to you."))
    return study


def address(study: Study, rater: int, show: str) -> str:
    """Return where the units behind a number are listed."""
    return reverse("study_quality_rater", args=[study.project.slug, study.slug, rater]) + f"?show={show}"


LISTED = Listing(
    lambda study: (
        RaterQuality.objects.filter(study_id=study).select_related("rater").defer("lists").order_by("rater__code")
    ),
    -1,
    per_page=A_PAGE,
)


def job_of(study: Study) -> Job | None:
    """Return a look that is under way, or that ended without an outcome."""
    job = watching.last_job(study)
    return job if job is not None and job.state != Job.State.DONE else None


@require_safe
@project_view(*READERS)
def study_quality(request: ProjectRequest, study: str) -> HttpResponse:
    """Show how the raters work; htmx asks here again while a worker looks."""
    row = watched_study(request.access, study)
    job = job_of(row)
    if request.headers.get("HX-Target") == "quality-job":
        if job is None or job.finished:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "campaign/quality/_job.html", {"study": row, "project": row.project, "job": job})
    page = LISTED.page(request.GET.get("page"), row.pk)
    here = list(page.object_list)
    context = study_context(request, row, "quality") | {
        "job": job,
        "looked": StudyQuality.objects.filter(study=row).first(),
        "page_obj": page,
        "rows": [shown.row(one, partial(address, row, one.rater_id)) for one in here],
        "plots": shown.plots(here) if here else [],
        "levels": any(one.figures["level"]["n"] for one in here),
        "sides": any(one.figures["side"].get("n_items") for one in here),
        "checked": any(one.figures["checks"]["n"] for one in here),
    }
    return render(request, "campaign/quality/study.html", context)


@require_POST
@project_view(*READERS)
def study_quality_ask(request: ProjectRequest, study: str) -> HttpResponse:
    """Ask a worker to look again."""
    row = watched_study(request.access, study)
    watching.ask(row, actor=request.user)
    return redirect("study_quality", row.project.slug, row.slug)


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_quality_rules(request: ProjectRequest, study: str) -> HttpResponse:
    """Say from where on work counts as too fast, and a run as long."""
    row = watched_study(request.access, study)
    rules = WatchRules.objects.filter(study=row).first() or WatchRules(study=row)
    form = RulesForm(posted(request), instance=rules)
    if request.method == "POST" and form.is_valid():
        form.save()
        record("study.watch_rules_set", actor=request.user, project=row.project, target=row)
        watching.ask(row, actor=request.user)
        messages.success(request, _("The bounds are saved; a worker looks again."))
        return redirect("study_quality", row.project.slug, row.slug)
    context = study_context(request, row, "quality") | {"form": form}
    return render(request, "campaign/quality/rules.html", context, status=form_status(request))


def quality_of(study: Study, rater: int) -> RaterQuality:
    """Return what is known of a rater's work in a study; Http404 for anybody else."""
    found = RaterQuality.objects.filter(study=study, rater_id=rater).select_related("rater").first()
    if found is None:
        raise Http404
    return found


def lists_of(quality: RaterQuality) -> Mapping[str, str]:
    """Return the lists that there are of a rater's answers, with their names."""
    named = {key: str(name) for key, name in words.SHOWN.items() if quality.lists.get(key) or key == "all"}
    blocks = quality.figures["drift"]["blocks"]
    return named | {f"block-{n}": words.BLOCK % {"n": n} for n in range(1, len(blocks) + 1)}


def behind(ids: list[int]) -> QuerySet[Assignment]:
    """Return assignments with what their list shows, in the order in which they were answered."""
    joined = ("unit__item", "unit__revision")
    first = Assignment.objects.filter(pk__in=ids).select_related(*joined).order_by("pk")
    return first.only(
        "submitted_at", "unit__item__external_id", "unit__revision__text", "unit__language", "unit__role", "study"
    )


def page_of(ids: list[int], number: str | None) -> Page[Any]:
    """Return a page of the assignments, in the order of the list, each with the time of its first answer."""
    page: Page[Any] = Paginator(ids, UNITS_A_PAGE).get_page(number)
    here: list[int] = list(page.object_list)
    rows = {one.pk: one for one in behind(here)}
    took = dict(
        Submission.objects.filter(assignment__in=here, independent=True).values_list("assignment_id", "active_ms")
    )
    page.object_list = [(rows[pk], took.get(pk, 0)) for pk in here if pk in rows]
    return page


@require_safe
@project_view(*READERS)
def study_quality_rater(request: ProjectRequest, study: str, rater: int) -> HttpResponse:
    """Show one rater's figures, and the units behind one of them."""
    row = watched_study(request.access, study)
    quality = quality_of(row, rater)
    named = lists_of(quality)
    show = request.GET.get("show", "all")
    known = show if show in words.SHOWN or show in named else "all"
    href = partial(address, row, quality.rater_id)
    drift = quality.figures["drift"]
    context = study_context(request, row, "quality") | {
        "quality": quality,
        "row": shown.row(quality, href),
        "show": known,
        "name": named.get(known) or words.SHOWN.get(known, ""),
        "lists": [(name, href(key), key == known) for key, name in named.items()],
        "page_obj": page_of(quality.lists.get(known, []), request.GET.get("page")),
        "blocks": [(one, parse_datetime(one["until"]), href(f"block-{n}")) for n, one in enumerate(drift["blocks"], 1)],
        "time_trend": shown.trend_words(drift["time"]),
        "agreement_trend": shown.trend_words(drift["agreement"]),
    }
    return render(request, "campaign/quality/rater.html", context)
