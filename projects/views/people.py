"""Members with their roles, coded raters, and what invitations there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects.access import ADJUDICATOR, ANALYST, MANAGER, ProjectRequest, project_view
from projects.forms.people import MemberForm, NewRaterForm, RaterForm
from projects.listing import LONG_AGO, Among, Listing
from projects.models import Invitation, Membership, Project, Rater, Role, User
from projects.prepared import Prepared, Question, foreseen
from projects.querysets.people import spent, usable
from projects.services import invitations as inviting
from projects.services import people as service
from projects.views.http import PAGE, form_status, posted
from projects.views.projects import managers

PEOPLE_A_PAGE = 25
SPENT_SHOWN = 30


@dataclass(frozen=True)
class Member:
    """A person in a project, with all their roles."""

    user: User
    roles: list[str | Promise]


def accounts_of(project: int) -> QuerySet[User]:
    """Return everybody in a project, by name."""
    here = Membership.objects.filter(project_id=project, user=OuterRef("pk"))
    return User.objects.filter(Exists(here)).only("name", "email").order_by("name", "email", "pk")


ACCOUNTS = Listing(accounts_of, -1, per_page=PEOPLE_A_PAGE)
ROLES: Among[Any] = Among(
    lambda users, project: (
        Membership.objects.filter(user_id__in=users, project_id=project).order_by("pk").values_list("user_id", "role")
    ),
    -1,
)


def members(project: int, number: str | None) -> tuple[Page[User], list[Member]]:
    """Return a page of the people in a project, with all roles of those on it."""
    page = ACCOUNTS.page(number, project)
    roles: dict[int, list[str | Promise]] = {user.pk: [] for user in page}
    for user, role in ROLES.tuples(roles, project):
        roles[user].append(Role(role).label)
    return page, [Member(user, roles[user.pk]) for user in page]


# What a line shows of a rater.
CODED = ("code", "languages", "group", "qualification", "nature", "active", "user")


def rater_rows(project: int, *, accounts: bool) -> QuerySet[Rater]:
    """Return a project's raters; who is behind them only where `accounts` says so."""
    rows = Rater.objects.filter(project_id=project).order_by("code")
    return rows.select_related("user").only(*CODED, "user__name", "user__email") if accounts else rows.defer("user")


def invitations(project: int) -> QuerySet[Invitation]:
    """Return a project's invitations with who has used them."""
    return Invitation.objects.filter(project_id=project).select_related("used_by")


# With the accounts behind the codes, or without.
RATERS = {
    accounts: Listing(partial(rater_rows, accounts=accounts), -1, per_page=PEOPLE_A_PAGE) for accounts in (False, True)
}
OPEN_INVITATIONS = Listing(lambda project, now: usable(invitations(project), now), -1, LONG_AGO, per_page=PEOPLE_A_PAGE)
SPENT_INVITATIONS = Prepared(lambda project, now: spent(invitations(project), now)[:SPENT_SHOWN], -1, LONG_AGO)


@require_safe
@project_view(MANAGER, ADJUDICATOR, ANALYST)
def people(request: ProjectRequest) -> HttpResponse:
    """List people, raters and invitations; nobody but a manager learns who is behind a code."""
    access, project = request.access, request.access.project
    if not access.is_manager:
        raters = RATERS[False].page(request.GET.get("page"), project.pk)
        context = {"project": project, "page_obj": raters, "managers": managers(project)}
        return render(request, "projects/people/people.html", context)
    now, get = timezone.now(), request.GET.get
    asked: list[Question] = [(SPENT_INVITATIONS, (project.pk, now))]
    asked += RATERS[True].asks(get("page"), project.pk)
    asked += ACCOUNTS.asks(get("members"), project.pk)
    asked += OPEN_INVITATIONS.asks(get("invitations"), project.pk, now)
    with foreseen(*asked):
        accounts, rows = members(project.pk, get("members"))
        waiting = OPEN_INVITATIONS.page(get("invitations"), project.pk, now)
        named = inviting.named(list(waiting)) if waiting else {}
        context = {
            "project": project,
            "page_obj": RATERS[True].page(get("page"), project.pk),
            "member_page": accounts,
            "members": rows,
            "invitation_page": waiting,
            "open_invitations": [(row, named[row.pk]) for row in waiting],
            "spent_invitations": SPENT_INVITATIONS.rows(project.pk, now),
        }
    return render(request, "projects/people/people.html", context)


def member_of(project: Project, pk: int) -> User:
    """Return a member by the account's id; Http404 for anybody else, so that ids tell nothing."""
    return get_object_or_404(User.objects.filter(memberships__project=project).distinct(), pk=pk)


@require_http_methods(PAGE)
@project_view(MANAGER)
def member(request: ProjectRequest, user: int) -> HttpResponse:
    """Change a member's roles."""
    project = request.access.project
    person = member_of(project, user)
    roles = [str(role) for role in service.roles_of(project, person)]
    form = MemberForm(posted(request), initial={"roles": roles})
    if form.is_valid() and form.save(project=project, user=person, actor=request.user):
        messages.success(request, _("The roles are saved."))
        # Whoever gave up managing has no business on the page of people any more.
        return redirect("people" if may_stay(request) else "project", project.slug)
    last = Role.MANAGER in roles and not service.has_other_manager(project, person)
    rater = project.raters.filter(user=person).first()
    context = {"form": form, "project": project, "person": person, "rater": rater, "last_manager": last}
    return render(request, "projects/people/member.html", context, status=form_status(request))


def may_stay(request: ProjectRequest) -> bool:
    """Whether this person may still see the page of people."""
    mine = Membership.objects.filter(project=request.access.project, user=request.user)
    return request.user.is_superuser or mine.filter(role__in=[MANAGER, ADJUDICATOR, ANALYST]).exists()


@require_POST
@project_view(MANAGER)
def member_remove(request: ProjectRequest, user: int) -> HttpResponse:
    """Take a person out of the project; what they judged stays under their code."""
    project = request.access.project
    person = member_of(project, user)
    try:
        service.remove_member(project=project, user=person, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("member", project.slug, person.pk)
    messages.success(request, _("%(who)s is no member any more. What they judged stays.") % {"who": person})
    return redirect("people", project.slug) if may_stay(request) else redirect("home")


@require_http_methods(PAGE)
@project_view(MANAGER)
def rater_new(request: ProjectRequest) -> HttpResponse:
    """Create a rater without an account."""
    project = request.access.project
    form = NewRaterForm(posted(request))
    if form.is_valid() and (made := form.create(project=project, actor=request.user)):
        messages.success(request, _("Rater %(code)s is there.") % {"code": made.code})
        return redirect("people", project.slug)
    context = {"form": form, "project": project}
    return render(request, "projects/people/rater_new.html", context, status=form_status(request))


@require_http_methods(PAGE)
@project_view(MANAGER)
def rater(request: ProjectRequest, rater: int) -> HttpResponse:
    """Change a rater's code and details."""
    project = request.access.project
    row = get_object_or_404(project.raters.select_related("user", "project"), pk=rater)
    names = ("code", "languages", "qualification", "group", "active")
    form = RaterForm(posted(request), initial={name: getattr(row, name) for name in names})
    if form.is_valid() and form.save(rater=row, actor=request.user):
        messages.success(request, _("Rater %(code)s is saved.") % {"code": row.code})
        return redirect("people", project.slug)
    context = {"form": form, "project": project, "rater": row}
    return render(request, "projects/people/rater.html", context, status=form_status(request))
