"""The first page after log-in, and small things that belong to no project."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from projects import home_hooks
from projects.access import UserRequest
from projects.context import THEMES
from projects.cookies import keep_theme
from projects.models import Membership, Project, Role, Study, StudyRole, User
from projects.prepared import Prepared, foreseen
from projects.querysets.people import behind, rating, share, with_limit
from projects.services.accounts import change_account
from projects.services.projects import may_create

MOST = 50


def parts_of(rows: QuerySet[StudyRole]) -> QuerySet[StudyRole]:
    """Keep the parts in which somebody rates now, open ones first, with what is done there."""
    rows = with_limit(rating(rows)).select_related("study__project")
    return rows.order_by("study__state", "-study__opened_at", "pk")[:MOST]


PARTS = Prepared(lambda user: parts_of(StudyRole.objects.filter(user_id=user)), -1)
PARTS_HERE = Prepared(
    lambda user, project: parts_of(StudyRole.objects.filter(user_id=user, study__project_id=project)), -1, -2
)
PARTS_BEHIND = Prepared(
    lambda user, project: (
        behind(StudyRole.objects.filter(user_id=user, study__project_id=project))
        .select_related("study")
        .order_by("-study__opened_at", "-pk")[:MOST]
    ),
    -1,
    -2,
)


def work_of(user: User, project: Project | None = None) -> list[StudyRole]:
    """Return the studies `user` rates in now, open ones first, with how far they are and about how far they will go.

    Those of one project, where one is given.
    """
    parts = PARTS.rows(user.pk) if project is None else PARTS_HERE.rows(user.pk, project.pk)
    for part in parts:
        part.share = share(part, given=part.given, people=part.people)  # type: ignore[attr-defined]  # annotated by with_limit
    return parts


def behind_of(user: User, project: Project) -> list[StudyRole]:
    """Return the studies of a project that `user` rated in and rates in no more, the newest first."""
    return PARTS_BEHIND.rows(user.pk, project.pk)


def with_open_count(rows: QuerySet[Project]) -> QuerySet[Project]:
    """Add the number of open studies to some projects, in their order."""
    is_open = Count("studies", filter=Q(studies__state=Study.State.OPEN))
    # Ordered by hand: counting would drop the model's own order.
    return Project.objects.filter(pk__in=rows.values("pk")).order_by("name", "pk").annotate(open_count=is_open)


PROJECTS = Prepared(
    lambda user: with_open_count(Project.objects.filter(memberships__user_id=user).distinct())[:MOST], -1
)
OWN = Prepared(lambda user: Membership.objects.filter(user_id=user).order_by("pk"), -1)


def projects_of(user: User, own: Iterable[Membership]) -> list[Project]:
    """Return the projects of `user` with their own memberships there and the number of open studies."""
    if user.is_superuser:
        rows = list(with_open_count(Project.objects.of(user))[:MOST])
    else:
        rows = PROJECTS.rows(user.pk)
    for project in rows:
        project.own = [row for row in own if row.project_id == project.pk]  # type: ignore[attr-defined]  # for the page
    return rows


def lead_of(parts: Iterable[StudyRole]) -> int | None:
    """Return the part whose button is the page's primary one: the first with something left to do."""
    ready = (part for part in parts if part.study.state == Study.State.OPEN and part.submitted < part.limit)  # type: ignore[attr-defined]  # annotated by with_limit
    return next((part.pk for part in ready), None)


@require_safe
@login_required
def home(request: UserRequest) -> HttpResponse:
    """List what waits for this person: studies to rate in, and projects they belong to."""
    user = request.user
    key = (user.pk,)
    with foreseen((PARTS, key), (OWN, key), (PROJECTS, key), *home_hooks.questions(user)):
        return listed(request, user)


def listed(request: UserRequest, user: User) -> HttpResponse:
    """Return the page of what waits for `user`."""
    parts, own = work_of(user), OWN.rows(user.pk)
    roles = {row.role for row in own}
    context = {
        "parts": parts,
        "lead": lead_of(parts),
        "panels": home_hooks.panels(user),
        "projects": projects_of(user, own),
        "rates": Role.RATER in roles,
        "may_create": may_create(user, roles),
    }
    return render(request, "projects/home.html", context)


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme and go back to where the person was."""
    theme, target = request.POST.get("theme", ""), request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = redirect(target if safe else "home")
    if theme in THEMES:
        keep_theme(response, theme)
        if isinstance(request.user, User):
            change_account(user=request.user, theme=theme)
    return response


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Say that the web process answers; for load balancers and start scripts."""
    return HttpResponse("ok", content_type="text/plain")
