"""A project at a glance for its managers: studies, raters, disputes, flags, runs. Computed figures are stored ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from campaign.forms.watch import DashboardFilter
from campaign.models import RaterQuality, StudyDates, StudyQuality
from campaign.summary import quality as shown
from campaign.views.messages import told
from campaign.views.quality import address
from evaluation.models import Run, RunItem
from projects import kinds
from projects.access import MANAGER, ProjectRequest, project_view
from projects.models import Flag, Project, Rater, Study, StudyRole
from projects.querysets.people import with_progress
from projects.services import progress

STUDIES_A_PAGE, RATERS_A_PAGE, RUNS_SHOWN = 20, 30, 8
Waits = Mapping[int, list[tuple[str | Promise, int, str]]]


def waits_of(studies: list[Study]) -> Waits:
    """Return what waits in each study on its kind's own pages, with the addresses; a query for each kind and page."""
    by_kind: dict[str, list[Study]] = defaultdict(list)
    for study in studies:
        by_kind[study.kind].append(study)
    found: dict[int, list[tuple[str | Promise, int, str]]] = defaultdict(list)
    for key, rows in by_kind.items():
        for panel in kinds.registry()[key].panels():
            counts = panel.counts([row.pk for row in rows]) if panel.counts and "manager" in panel.roles else {}
            for row in rows:
                if counts.get(row.pk):
                    url = reverse(panel.url_name, args=[row.project.slug, row.slug])
                    found[row.pk].append((panel.name, counts[row.pk], url))
    return found


def studies_of(project: Project, wanted: Mapping[str, str]) -> QuerySet[Study]:
    """Return the project's studies that a filter asks for, newest first, with progress and pace."""
    rows = project.studies.all()
    if wanted.get("study"):
        rows = rows.filter(slug=wanted["study"])
    if wanted.get("state"):
        rows = rows.filter(state=wanted["state"])
    return progress.with_pace(with_progress(rows)).select_related("quality", "dates").order_by("-created_at", "-pk")


def fitting(raters: list[Rater], wanted: Mapping[str, str]) -> list[int] | None:
    """Return the raters of a group and a language; None where neither is asked for."""
    group, language = wanted.get("group", ""), wanted.get("language", "")
    if not group and not language:
        return None
    return [
        one.pk
        for one in raters
        if (not group or one.group == group) and (not language or not one.languages or language in one.languages)
    ]


def parts_of(project: Project, studies: QuerySet[Study], raters: list[int] | None, viewer: int) -> QuerySet[StudyRole]:
    """Return the raters' parts in some studies; none of a study in which the viewer rates."""
    own = StudyRole.objects.filter(user=viewer, part=StudyRole.Part.RATER, study__project=project).values("study")
    rows = StudyRole.objects.filter(study__in=studies.values("pk"), part=StudyRole.Part.RATER)
    rows = rows if raters is None else rows.filter(rater__in=raters)
    return rows.exclude(study__in=own).select_related("rater", "study").order_by("rater__code", "study__name", "pk")


def lines_of(parts: list[StudyRole], project: Project) -> list[tuple[StudyRole, shown.Row | None]]:
    """Return parts with what is known of their work; one query for all of them."""
    known = RaterQuality.objects.filter(
        study__in={one.study_id for one in parts}, rater__in={one.coded.pk for one in parts}
    ).defer("lists")
    found = {(one.study_id, one.rater_id): one for one in known}
    lines: list[tuple[StudyRole, shown.Row | None]] = []
    for part in parts:
        part.study.project = project
        quality = found.get((part.study_id, part.rater_id or 0))
        if quality is None:
            lines.append((part, None))
            continue
        quality.rater = part.coded
        lines.append((part, shown.row(quality, partial(address, part.study, quality.rater_id))))
    return lines


def runs_of(project: Project) -> list[tuple[Run, int, int, list[tuple[str, Any]]]]:
    """Return the newest runs with calls done, calls at all, and what they cost by currency; three queries."""
    rows = list(project.runs.order_by("-created_at", "-pk")[:RUNS_SHOWN])
    keys = [row.pk for row in rows]
    done: dict[int, int] = defaultdict(int)
    total: dict[int, int] = defaultdict(int)
    states = RunItem.objects.filter(run__in=keys).order_by().values_list("run", "state").annotate(n=Count("pk"))
    for run, state, n in states:
        total[run] += n
        done[run] += n if state == RunItem.State.DONE else 0
    costs: dict[int, list[tuple[str, Any]]] = defaultdict(list)
    spent = Run.objects.filter(pk__in=keys, parts__cost__isnull=False).order_by()
    for run, currency, amount in spent.values_list("pk", "parts__system_version__endpoint__currency").annotate(
        amount=Sum("parts__cost")
    ):
        costs[run].append((currency or "", amount))
    return [(row, done[row.pk], total[row.pk], costs[row.pk]) for row in rows]


def _dates(study: Study) -> StudyDates | None:
    return getattr(study, "dates", None)


def _forecast(study: Study) -> dict[str, Any] | None:
    kept: StudyQuality | None = getattr(study, "quality", None)
    return told(kept.forecast) if kept else None


@require_safe
@project_view(MANAGER)
def dashboard(request: ProjectRequest) -> HttpResponse:
    """Show how the project's studies, raters and runs are."""
    project = request.access.project
    raters = list(project.raters.only("project", "group", "languages").order_by("code"))
    form = DashboardFilter(
        request.GET,
        studies=list(project.studies.order_by("name").values_list("slug", "name")[:500]),
        groups=sorted({one.group for one in raters if one.group}),
        languages=sorted({language for one in raters for language in one.languages}),
    )
    wanted = form.cleaned_data if form.is_valid() else {}
    studies = studies_of(project, wanted)
    page = Paginator(studies, STUDIES_A_PAGE).get_page(request.GET.get("page"))
    here = list(page.object_list)
    for one in here:
        one.project = project
    waits = waits_of(here)
    parts = parts_of(project, studies.order_by(), fitting(raters, wanted), request.user.pk)
    people = Paginator(parts, RATERS_A_PAGE).get_page(request.GET.get("raters"))
    context = {
        "project": project,
        "form": form,
        "filtered": any(wanted.values()),
        "page_obj": page,
        "studies": [(one, _dates(one), _forecast(one), waits.get(one.pk, [])) for one in here],
        "people": people,
        "lines": lines_of(list(people.object_list), project),
        "flags": project.flags.filter(state=Flag.State.OPEN).count(),
        "runs": runs_of(project),
    }
    return render(request, "campaign/dashboard.html", context, status=200 if form.is_valid() else 422)
