"""An invitation's link by e-mail."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from projects.models import Invitation, Study

log = logging.getLogger(__name__)


def send(invitation: Invitation, link: str) -> bool:
    """Send the link in the language active now; returns whether the mail server took it."""
    context = {
        "project": invitation.project,
        "invitation": invitation,
        "studies": shown(invitation),
        "link": link,
        "site": settings.SITE_NAME,
    }
    subject = " ".join(render_to_string("projects/people/invitation_subject.txt", context).split())
    try:
        send_mail(subject, render_to_string("projects/people/invitation_mail.txt", context), None, [invitation.email])
    except (SMTPException, OSError) as error:
        # The error's own text repeats the address.
        log.warning("Invitation %s could not be sent: %s.", invitation.pk, type(error).__name__)
        return False
    return True


def shown(invitation: Invitation) -> list[Study]:
    """Return the studies it names of which its person is told: a draft is nobody's to see but the managers'."""
    return list(invitation.studies.filter(state__in=[Study.State.OPEN, Study.State.PAUSED]).order_by("name", "pk"))


def reaches_people() -> bool:
    """Whether mail leaves this machine: not where it is only written to the terminal."""
    return not settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "dummy.EmailBackend"))
