"""Reminders and weekly digests by e-mail: counts and dates only, never a text that is judged, nothing about systems.

A row is written before a mail leaves, under a key that says what it is about, for whom and for when. So no mail is sent
twice: where a worker dies in between, the row stays at "being sent" and nobody tries again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from campaign.models import MessageChoice, SentMessage
from projects.models import Project, Study, User

SALT = "campaign.messages"
MOST_ATTEMPTS = 3
KINDS = {SentMessage.Kind.REMINDER: "reminders", SentMessage.Kind.DIGEST: "digests"}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """A mail to be: what it is about, for whom, and what its templates show."""

    kind: SentMessage.Kind
    user: User
    key: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    project: Project | None = None
    study: Study | None = None


def absolute(path: str) -> str:
    """Return an address as it stands in a mail; no request says there what this installation is called."""
    return settings.CONCORD_SITE_URL.rstrip("/") + path


def off_token(user: User, kind: str) -> str:
    """Return the signed name of what a link in a mail switches off."""
    return signing.dumps({"u": user.pk, "k": str(kind)}, salt=SALT)


def read_token(token: str) -> tuple[User, str] | None:
    """Return whose mail of which kind a link speaks of; None for a made-up one."""
    try:
        told = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=told["u"], is_active=True).first()
    return (user, told["k"]) if user is not None and told["k"] in KINDS else None


def wants(user: User, kind: str) -> bool:
    """Whether somebody wants mails of a kind; without a choice of their own they do."""
    choice = MessageChoice.objects.filter(user=user).first()
    return bool(getattr(choice, KINDS[SentMessage.Kind(kind)])) if choice else True


def switch(user: User, *, kind: str, on: bool) -> None:
    """Keep whether somebody wants mails of a kind."""
    MessageChoice.objects.update_or_create(user=user, defaults={KINDS[SentMessage.Kind(kind)]: on})


def deliver(letter: Letter) -> bool:
    """Send a mail unless there is one under its key, or its reader wants none; returns whether one was sent now."""
    if not letter.user.is_active or not wants(letter.user, letter.kind):
        return False
    row = _claim(letter)
    if row is None:
        return False
    try:
        compose(letter).send()
    except Exception as error:  # a mail server fails in a hundred ways; the row says that it did
        logger.warning("A mail could not be sent: %s", type(error).__name__)
        SentMessage.objects.filter(pk=row.pk).update(state=SentMessage.State.FAILED, error=type(error).__name__[:80])
        return False
    SentMessage.objects.filter(pk=row.pk).update(state=SentMessage.State.SENT, sent_at=timezone.now(), error="")
    return True


def _claim(letter: Letter) -> SentMessage | None:
    """Return the mail's own row: a new one, or one whose sending failed; None where another has it."""
    try:
        with transaction.atomic():
            return SentMessage.objects.create(
                key=letter.key, kind=letter.kind, user=letter.user, project=letter.project, study=letter.study
            )
    except IntegrityError:
        failed = SentMessage.objects.filter(
            key=letter.key, state=SentMessage.State.FAILED, attempts__lt=MOST_ATTEMPTS
        ).first()
        if failed is None:
            return None
        mine = SentMessage.objects.filter(
            pk=failed.pk, state=SentMessage.State.FAILED, attempts=failed.attempts
        ).update(state=SentMessage.State.SENDING, attempts=failed.attempts + 1)
        return failed if mine else None


def compose(letter: Letter) -> EmailMultiAlternatives:
    """Return the mail in its reader's language, as plain text and as simple HTML."""
    off = absolute(reverse("messages_off", args=[off_token(letter.user, letter.kind)]))
    language = letter.user.language or settings.LANGUAGE_CODE
    with translation.override(language):
        context = letter.context | {
            "user": letter.user, "off_url": off, "choices_url": absolute(reverse("message_choices")),
            "site_name": settings.SITE_NAME, "language": language,
        }  # fmt: skip
        subject = render_to_string(f"campaign/mail/{letter.template}_subject.txt", context)
        mail = EmailMultiAlternatives(
            " ".join(subject.split()), render_to_string(f"campaign/mail/{letter.template}.txt", context), None,
            [letter.user.email],
            headers={"List-Unsubscribe": f"<{off}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )  # fmt: skip
        mail.attach_alternative(render_to_string(f"campaign/mail/{letter.template}.html", context), "text/html")
    return mail


def week_of(day: date) -> str:
    """Return the ISO week of a day, as "2026-W47"."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"
