"""Invitations by the dozen: made at once, sent one by one by a worker, each with a link of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.models import Invitation, Job, Project, Rater, Role, Study, User
from projects.services import invitation_mail, invitations, jobs

SEND = "send_invitations"


@dataclass(frozen=True)
class Link:
    """An invitation with its link, which is shown this once."""

    invitation: Invitation
    url: str


def prepare(
    project: Project, wanted: Iterable[tuple[Rater, str]], *, actor: User, studies: Iterable[Study] = ()
) -> list[tuple[Invitation, str]]:
    """Make invitations for raters who have no account; returns them with the secrets of their links.

    Whoever accepts takes part in `studies`.
    """
    until = timezone.now() + timedelta(days=settings.CONCORD_INVITATION_DAYS)
    made = []
    for rater, email in wanted:
        token = secrets.token_urlsafe(32)
        invitation = Invitation(
            project=project,
            email=email,
            roles=[str(Role.RATER)],
            rater_code=rater.code,
            languages=rater.languages,
            group=rater.group,
            token_hash=invitations.token_hash(token),
            created_by=actor,
            expires_at=until,
        )
        made.append((invitation, token))
    rows = Invitation.objects.bulk_create([invitation for invitation, _token in made], batch_size=500)
    invitations.name_studies(project, rows, studies, actor=actor)
    return made


def subject(project: Project) -> str:
    """Return what a project's sending is filed under."""
    return f"project:{project.pk}"


def send(made: Iterable[tuple[Invitation, str]], *, base: str, actor: User) -> Job | list[Link]:
    """Have a worker send what was just made, one mail each; where mail reaches nobody, return the links instead.

    `base` is the address of this site.
    """
    pairs = list(made)
    if invitation_mail.reaches_people() and pairs:
        return ask([invitation for invitation, _token in pairs], base=base, actor=actor)
    links = [Link(invitation, joining(base, token)) for invitation, token in pairs]
    for link in links:
        invitation_mail.send(link.invitation, link.url)
    return links


def send_again(rows: Iterable[Invitation], *, base: str, actor: User) -> Job | list[Link]:
    """Give invitations new links and send those that have an address; where mail reaches nobody, return the links."""
    found = list(rows)
    if invitation_mail.reaches_people() and found:
        return ask(found, base=base, actor=actor)
    links = [link for invitation in found if (link := renewed(invitation, base=base, actor=actor))]
    for link in links:
        if link.invitation.email:
            invitation_mail.send(link.invitation, link.url)
    return links


def ask(rows: Iterable[Invitation], *, base: str, actor: User) -> Job:
    """Let a worker send invitations of one project."""
    found = list(rows)
    project = found[0].project
    params = {"ids": [row.pk for row in found], "base": base, "language": translation.get_language() or "en"}
    name = f"{subject(project)}:{secrets.token_hex(8)}"
    return jobs.enqueue(SEND, name, project=project, actor=actor, params=params)


def joining(base: str, token: str) -> str:
    """Return the address behind which somebody joins."""
    return base.rstrip("/") + reverse("join", args=[token])


def waiting(project: Project, ids: Iterable[int]) -> QuerySet[Invitation]:
    """Return the project's invitations among `ids` that were neither used nor withdrawn; those that ran out as well."""
    rows = Invitation.objects.filter(project=project, pk__in=list(ids), used_at=None, revoked_at=None)
    return rows.select_related("project").order_by("pk")


def renewed(invitation: Invitation, *, base: str, actor: User) -> Link | None:
    """Give an invitation a new link; None where it was used or withdrawn meanwhile."""
    token = invitations.renew(invitation=invitation, actor=actor)
    return Link(invitation, joining(base, token)) if token else None


def run(job: Job, progress: jobs.Progress) -> str:
    """Send the invitations in the job's parameters. Started over, it goes on behind those that were sent."""
    project, actor = job.project, job.created_by
    if project is None or actor is None:
        return ""
    rows = waiting(project, job.params["ids"])
    # Nobody gets two because a worker died half-way.
    left = [row for row in rows if row.pk not in set(job.params.get("sent", []))]
    failed = 0
    with translation.override(job.params["language"]):
        for n, invitation in enumerate(left):
            progress.report(n, len(left))
            link = renewed(invitation, base=job.params["base"], actor=actor)
            if link and invitation.email and not invitation_mail.send(invitation, link.url):
                failed += 1
            job.params["sent"] = [*job.params.get("sent", []), invitation.pk]
            Job.objects.filter(pk=job.pk).update(params=job.params)
    if failed:
        words = ngettext("%(n)s mail was not taken.", "%(n)s mails were not taken.", failed)
        return words % {"n": failed} + " " + _("Send them again later.")
    return ""
