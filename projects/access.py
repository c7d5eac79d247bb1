"""The one place that decides who reaches what: every page and API view goes through here.

Somebody who is no member of a project learns nothing of it (404); a member without the needed role is refused (403).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from projects import kept
from projects.backends import BY_ID, loaded
from projects.models import Membership, Project, Role, StudyRole, User
from projects.prepared import Prepared, Question, foreseen
from projects.services import handling
from projects.sessions import BY_KEY, SessionStore

P = ParamSpec("P")
# Whom a visit was from.
W = TypeVar("W")

MANAGER, ADJUDICATOR, ANALYST, RATER = Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST, Role.RATER
# A site admin helps out anywhere, but judges nothing: what they could see would end the blindness.
ADMIN_ROLES = frozenset({MANAGER, ADJUDICATOR, ANALYST})
ANY_ROLE = tuple(Role)


@dataclass(frozen=True)
class Access:
    """What one person may do in one project."""

    user: User
    project: Project
    roles: frozenset[Role]

    def can(self, *roles: Role) -> bool:
        """Whether the person has one of `roles`."""
        return bool(self.roles.intersection(roles))

    def need(self, *roles: Role) -> None:
        """Raise PermissionDenied unless the person has one of `roles`."""
        if not self.can(*roles):
            raise PermissionDenied

    @property
    def is_manager(self) -> bool:
        """Whether the person manages the project (for templates)."""
        return self.can(MANAGER)


class UserRequest(HttpRequest):
    """A request of somebody who is logged in."""

    user: User


class ProjectRequest(UserRequest):
    """A request of a member of the project in its URL."""

    access: Access


class RaterRequest(UserRequest):
    """A request of a rater of the study in its URL."""

    part: StudyRole


MEMBER = Prepared(
    lambda slug, user: Membership.objects.filter(project__slug=slug, user_id=user).select_related("project"),
    "a project",
    -1,
)


def access_to(user: User, slug: str) -> Access:
    """Return what `user` may do in the project `slug`; Http404 where they are no member."""
    rows = MEMBER.rows(slug, user.pk)
    if rows:
        return Access(user, rows[0].project, frozenset(Role(row.role) for row in rows))
    if user.is_superuser and (project := Project.objects.filter(slug=slug).first()):
        return Access(user, project, ADMIN_ROLES)
    raise Http404


PART = Prepared(
    lambda token, user: StudyRole.objects.filter(
        study__token=token, user_id=user, part=StudyRole.Part.RATER
    ).select_related("study__project", "study__version", "rater", "user"),
    "a token",
    -1,
)


def part_in(user: User, token: str) -> StudyRole:
    """Return the part of a rater in the study with `token`; Http404 where they have none."""
    return _active(PART.first(token, user.pk))


def _active(part: StudyRole | None) -> StudyRole:
    if part is None or part.rater is None or not part.rater.active:
        raise Http404
    return part


def project_view(
    *roles: Role,
) -> Callable[[Callable[Concatenate[ProjectRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guard a page under `/p/<project>/`: sets `request.access`, and lets in only members with one of `roles`."""

    def guard(
        view: Callable[Concatenate[ProjectRequest, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def inner(request: ProjectRequest, project: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            request.access = access_to(request.user, project)
            _remember(_members, visit_of(request, project), (request.user.pk, request.access.project.pk))
            request.access.need(*(roles or ANY_ROLE))
            return view(request, *args, **kwargs)

        @wraps(view)
        def outer(request: ProjectRequest, project: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            # What every such page begins with, in one go: session, account, role, and what the address names.
            with foreseen(*_member_foresight(request.session, visit_of(request, project), kwargs)):
                return inner(request, project, *args, **kwargs)

        return outer

    return guard


Visit = tuple[str, str]


def visit_of(request: HttpRequest, place: str) -> Visit:
    """Return what tells one browser's visits to a place (a project, a study) from others."""
    return request.session.session_key or "", place


# What an address may name under a project, by the parameter's name: a query by the project's key and that name.
named_in_project: dict[str, Prepared[Any]] = {}


def _member_foresight(session: SessionBase, visit: Visit, named: Mapping[str, object]) -> Iterator[Question]:
    """Yield the queries that this request will begin with, if it comes from whom the last one with its session did."""
    if known := _members.get(visit):
        user, project = known
        if isinstance(session, SessionStore):
            yield BY_KEY, (visit[0],)
        yield BY_ID, (user,)
        yield MEMBER, (visit[1], user)
        for name, query in named_in_project.items():
            if isinstance(slug := named.get(name), str):
                yield query, (project, slug)


def is_known(request: HttpRequest) -> bool:
    """Whether somebody is logged in."""
    return request.user.is_authenticated


def rater_view(
    view: Callable[Concatenate[RaterRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Guard a page under `/rate/<study>/`: sets `request.part`; a foreign or unknown study is a 404.

    A form about a unit that comes after the log-in has run out is kept until the next one.
    """

    @login_required
    @wraps(view)
    def inner(
        request: RaterRequest, part: StudyRole | None, study: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        if request.method == "POST":
            kept.sent(request)
        mine = part is not None and part.user_id == request.user.pk
        request.part = _active(part) if mine else part_in(request.user, study)
        return view(request, *args, **kwargs)

    @wraps(view)
    def outer(request: RaterRequest, study: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        # The session names the account, so account and part are read in one query; whether the session may use the
        # account is Django's to say, afterwards.
        visit = visit_of(request, study)
        with foreseen(*_foresight(request.session, visit, kwargs.get("token"), kwargs.get("turn"))):
            key = str(request.session.get(SESSION_KEY, ""))
            part = PART.first(study, int(key)) if key.isdecimal() else None
            if part is not None and part.rater_id is not None:
                _remember(_visits, visit, (part.user_id, part.rater_id, part.study_id))
            token = loaded.set(part.user if part else None)
            handle = kwargs.get("token")
            try:
                if handle and kept.is_plain(request) and not is_known(request):
                    return kept.keep(request, study, str(handle))
                return inner(request, part, study, *args, **kwargs)
            finally:
                loaded.reset(token)

    return outer


def former_rater_view(
    view: Callable[Concatenate[RaterRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Guard a page under `/rate/<study>/` that a rater who was taken out of the project can still open: consent."""

    @login_required
    @wraps(view)
    def inner(request: RaterRequest, study: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        part = PART.first(study, request.user.pk)
        if part is None or part.rater is None:
            raise Http404
        request.part = part
        return view(request, *args, **kwargs)

    return inner


# Who came with which session to which study last: account, rater and study; and to which project: account and project.
# It only says what to ask together.
_visits: dict[Visit, tuple[int, int, int]] = {}
_members: dict[Visit, tuple[int, int]] = {}
MOST_VISITS = 10_000


def _foresight(session: SessionBase, visit: Visit, token: object, turn: object) -> Iterator[Question]:
    """Yield the queries that this request will make, if it comes from whom the last one with its session came from."""
    if known := _visits.get(visit):
        user, rater, study = known
        if isinstance(session, SessionStore):
            yield BY_KEY, (visit[0],)
        yield PART, (visit[1], user)
        if isinstance(token, str):
            yield handling.OWN, (token, rater, study)
            if isinstance(turn, int) and turn < handling.MOST_TURNS:
                yield handling.TURN, (token, turn)


def _remember(visits: dict[Visit, W], visit: Visit, who: W) -> None:
    if len(visits) >= MOST_VISITS:
        visits.clear()
    visits[visit] = who
