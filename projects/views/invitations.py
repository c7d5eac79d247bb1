"""Inviting people by link, and what they see who follow one."""

from __future__ import annotations

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from projects.access import MANAGER, ProjectRequest, project_view
from projects.cookies import keep_preferences
from projects.forms.invitations import InvitationForm, JoinForm
from projects.models import Invitation, Role, User
from projects.services import invitation_mail
from projects.services import invitations as service
from projects.views.http import PAGE, form_status, posted

BACKEND = "projects.backends.AccountBackend"


@require_http_methods(PAGE)
@project_view(MANAGER)
def invitation_new(request: ProjectRequest) -> HttpResponse:
    """Create an invitation and show its link, this once."""
    project = request.access.project
    studies = list(service.joinable(project).filter(slug=request.GET.get("study", "")))
    initial = {"roles": [str(Role.RATER)], "rater_code": request.GET.get("code", ""), "studies": studies}
    form = InvitationForm(posted(request), initial=initial, project=project)
    if form.is_valid() and (made := form.save(project=project, actor=request.user)):
        return invitation_made(request, *made, send=form.cleaned_data["send"])
    context = {"form": form, "project": project, "days": settings.CONCORD_INVITATION_DAYS}
    return render(request, "projects/people/invitation_new.html", context, status=form_status(request))


def invitation_made(request: ProjectRequest, invitation: Invitation, token: str, *, send: bool) -> HttpResponse:
    """Show the link in the answer itself: kept for a page after this one, it would be stored somewhere."""
    link = request.build_absolute_uri(reverse("join", args=[token]))
    context = {
        "project": request.access.project,
        "invitation": invitation,
        "studies": service.named([invitation])[invitation.pk],
        "link": link,
        "sending": send,
        "sent": send and invitation_mail.send(invitation, link),
    }
    return render(request, "projects/people/invitation_made.html", context, status=201)


@require_POST
@project_view(MANAGER)
def invitation_revoke(request: ProjectRequest, invitation: int) -> HttpResponse:
    """End an invitation that was not used yet."""
    project = request.access.project
    row = get_object_or_404(project.invitations.select_related("project"), pk=invitation)
    if service.revoke(invitation=row, actor=request.user):
        messages.success(request, _("The invitation is revoked. Its link does not work any more."))
    else:
        messages.warning(request, _("This invitation had been used or revoked before."))
    return redirect(reverse("people", args=[project.slug]) + "#invitations")


@require_http_methods(PAGE)
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Follow an invitation: one click with an account, a short form without."""
    response = follow(request, token)
    # Django logs the path of every answer from 400 on, and this path is a secret that may still work.
    response._has_been_logged = True  # type: ignore[attr-defined]  # the only switch Django offers
    return response


def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Answer according to the invitation's state and to who follows it."""
    invitation = service.find(token)
    if invitation is None or not invitation.usable:
        return gone(request, invitation)
    try:
        if isinstance(request.user, User):
            return join_with_account(request, invitation, request.user)
        return join_as_new(request, invitation)
    except service.InvitationGone:
        invitation.refresh_from_db()
        return gone(request, invitation)


def gone(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    """Give one answer for unknown, used, revoked and expired links: nothing is to be learnt here."""
    if invitation and isinstance(request.user, User) and invitation.used_by_id == request.user.pk:
        # The second of two clicks, or a bookmark: they are in already.
        return redirect("project", invitation.project.slug)
    return render(request, "projects/people/join_gone.html", status=410)


def join_with_account(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    """Ask for one click, then join."""
    if request.method != "POST":
        return render(request, "projects/people/join.html", join_context(request, invitation))
    service.join(invitation=invitation, user=user)
    messages.success(request, _("Welcome. You are in."))
    return redirect("project", invitation.project.slug)


def join_as_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Make an account and log in with it."""
    form = JoinForm(posted(request), invitation=invitation)
    context = {**join_context(request, invitation), "form": form}
    if request.method != "POST":
        return render(request, "projects/people/join.html", context)
    # The answer says whether an address has an account: nobody shall ask for many.
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="signup")
    if refused:
        return refused
    user = form.save(language=get_language() or "") if form.is_valid() else None
    if user is None:
        return render(request, "projects/people/join.html", context, status=422)
    # After the commit: no session may outlive an account that was rolled back.
    login(request, user, backend=BACKEND)
    response = redirect("project", invitation.project.slug)
    keep_preferences(response, user)
    return response


def join_context(request: HttpRequest, invitation: Invitation) -> dict[str, object]:
    """Return what both ways in show."""
    return {
        "invitation": invitation,
        "project": invitation.project,
        "roles": [Role(role).label for role in invitation.roles],
        "studies": invitation_mail.shown(invitation),
        "here": request.path,
    }
