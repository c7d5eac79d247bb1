"""Studies: the list of them, and each one's overview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from projects import kinds
from projects.access import Access, ProjectRequest, project_view
from projects.listing import LONG_AGO, Listing, page_of
from projects.models import Job, Study, StudyRole
from projects.querysets.people import with_progress
from projects.services import exclusions, progress
from projects.services.studies import job_of
from projects.views.study_lookup import get_study, tab_context
from projects.views.study_next import next_step
from projects.views.study_tabs import READERS

A_PAGE = 25
RATERS_A_PAGE = 50
# In a draft the codes stand one beside the other.
CODES_SHOWN = 200
# Counting by topic and looking for shortfalls reads every unit: in a larger study only when somebody asks for it.
COUNTED_AT_ONCE = 20_000
Waiting = Mapping[int, list[tuple[str | Promise, int]]]


def study_context(request: ProjectRequest, study: Study, tab: str) -> dict[str, Any]:
    """Return what a page of a study needs beside its own: study, project, kind, tabs, tab, manages.

    `tab` is the key of the tab in hand: one of TABS in `study_lookup`, or of the kind's panels.
    """
    return tab_context(request.access, study, tab)


# What the list shows of each.
SHOWN = ("slug", "name", "kind", "state", "place_count", "created_at", "opened_at", "closed_at", "dataset__name")
LISTED = Listing(
    lambda project, since: progress.with_pace(
        with_progress(Study.objects.filter(project_id=project).select_related("dataset").only(*SHOWN)), since
    ).order_by("-created_at", "-pk"),
    -1,
    LONG_AGO,
    per_page=A_PAGE,
    counted=lambda project: Study.objects.filter(project_id=project),
)


@require_safe
@project_view(*READERS)
def studies(request: ProjectRequest) -> HttpResponse:
    """List the project's studies, newest first, with how each goes."""
    project = request.access.project
    page = LISTED.page(request.GET.get("page"), project.pk, timezone.now() - progress.PACE)
    waits = waiting(request.access, page.object_list)
    listed = [(study, kinds.of(study), waits.get(study.pk, [])) for study in page.object_list]
    return render(request, "projects/studies/list.html", {"project": project, "page_obj": page, "listed": listed})


def waiting(access: Access, studies: Iterable[Study]) -> Waiting:
    """Return what waits in each study on the kinds' own pages, for someone who may read them; a query for each page."""
    ids: dict[str, list[int]] = defaultdict(list)
    for study in studies:
        ids[study.kind].append(study.pk)
    found: dict[int, list[tuple[str | Promise, int]]] = defaultdict(list)
    for key, of_kind in ids.items():
        for panel in kinds.registry()[key].panels():
            if panel.counts and access.roles.intersection(panel.roles):
                for study_id, count in panel.counts(of_kind).items():
                    found[study_id].append((panel.name, count))
    return found


@require_safe
@project_view(*READERS)
def overview(request: ProjectRequest, study: str) -> HttpResponse:
    """Show how a study goes and what to do next; htmx asks here again while it is being prepared."""
    row = get_study(request.access, study)
    job = job_of(row)
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == "opening":
        return opening(request, row, job)
    context = study_context(request, row, "overview")
    context |= numbers(row, detail="detail" in request.GET, number=request.GET.get("page"))
    context |= {"job": job} | next_step(row, context)
    return render(request, "projects/studies/overview.html", context)


def opening(request: ProjectRequest, study: Study, job: Job | None) -> HttpResponse:
    """Return how far the preparation is; once it has ended the whole page is new."""
    if study.state != Study.State.OPENING:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"study": study, "project": study.project, "job": job, "manages": request.access.is_manager}
    return render(request, "projects/studies/_opening.html", context)


def rater_lines(study: Study, number: str | None) -> dict[str, Any]:
    """Return a page of raters, with what all of them together have done and whether anybody takes part."""
    page, active = page_of(progress.raters_of(study), number, RATERS_A_PAGE), StudyRole.State.ACTIVE
    if page.has_other_pages():
        given = progress.submitted_of(study)
        anybody = progress.parts_of(study).filter(state=active).exists()
    else:
        given, anybody = sum(part.submitted for part in page), any(part.state == active for part in page)
    return {"page_obj": page, "done": min(study.place_count, given), "active": anybody}


def numbers(study: Study, *, detail: bool, number: str | None = None) -> dict[str, Any]:
    """Return the counts of a study's overview: by rater, by stratum, shortfalls, pace, what is left out."""
    if study.state == Study.State.DRAFT:
        people = study.roles.filter(part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE).select_related("rater")
        shown = list(people.order_by("rater__code")[: CODES_SHOWN + 1])
        more = people.count() - CODES_SHOWN if len(shown) > CODES_SHOWN else 0
        return {"problems": kinds.of(study).problems(study), "people": shown[:CODES_SHOWN], "more_people": more}
    if study.state == Study.State.OPENING:
        return {}
    found: dict[str, Any] = rater_lines(study, number) | {
        "pace": progress.pace_of(study),
        "left_out": exclusions.in_force(study).count(),
        "detailed": detail or study.unit_count <= COUNTED_AT_ONCE,
    }
    if found["detailed"]:
        found |= {"strata": progress.by_stratum(study), "short": progress.count_short(study)}
    return found
