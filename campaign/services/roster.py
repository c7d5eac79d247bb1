"""A project's raters with what is known of them: who is there, who is away, who has been invited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.models import Availability
from projects.models import Invitation, Project, Rater, User
from projects.querysets.people import usable
from projects.services import raters
from projects.services.audit import record


class Status(models.TextChoices):
    """Where a rater stands."""

    ACTIVE = "active", _("active")
    AWAY = "away", _("away")
    INVITED = "invited", _("invited")
    WAITING = "waiting", _("no account")
    LEFT = "left", _("left")


def today() -> date:
    """Return the day it is where the server is."""
    return timezone.localdate()


def listed(project: Project) -> Any:
    """Return a project's people who rate, by code, with availability, account and `status`."""
    asked = usable(Invitation.objects.filter(project=project, rater_code=OuterRef("code")))
    day = today()
    away = Q(availability__away=True) | Q(availability__since__gt=day) | Q(availability__until__lt=day)
    status = Case(
        When(active=False, then=Value(Status.LEFT)),
        When(Q(user=None) & Exists(asked), then=Value(Status.INVITED)),
        When(user=None, then=Value(Status.WAITING)),
        When(away, then=Value(Status.AWAY)),
        default=Value(Status.ACTIVE),
        output_field=models.CharField(),
    )
    rows = Rater.objects.filter(project=project, nature=Rater.Nature.PERSON)
    return rows.select_related("availability", "user").annotate(status=status).order_by("code")


def chosen(rows: Any, wanted: Mapping[str, Any]) -> Any:
    """Keep the raters of a status, a group, a language, or with a code or qualification like a word."""
    if wanted.get("status"):
        rows = rows.filter(status=wanted["status"])
    if wanted.get("group"):
        rows = rows.filter(group=wanted["group"])
    if wanted.get("q"):
        rows = rows.filter(Q(code__icontains=wanted["q"]) | Q(qualification__icontains=wanted["q"]))
    if wanted.get("language"):
        keys = [
            key for key, spoken in rows.values_list("pk", "languages") if not spoken or wanted["language"] in spoken
        ]
        rows = rows.filter(pk__in=keys)
    return rows


def groups_of(project: Project) -> list[str]:
    """Return the groups that a project's raters are in."""
    rows = project.raters.exclude(group="").order_by("group")
    return list(rows.values_list("group", flat=True).distinct())


def languages_of(project: Project) -> list[str]:
    """Return the languages that a project's raters are named with."""
    spoken: Iterable[list[str]] = project.raters.values_list("languages", flat=True)
    return sorted({language for languages in spoken for language in languages})


def change(
    *, rater: Rater, actor: User, code: str, details: raters.RaterDetails, availability: Mapping[str, Any]
) -> Rater:
    """Set what is known of a rater; raises ValidationError where the code is taken."""
    with transaction.atomic():
        raters.change_rater(rater=rater, actor=actor, code=code, details=details)
        had = Availability.objects.filter(rater=rater).first() or Availability(rater=rater)
        changed = [name for name, value in availability.items() if getattr(had, name) != value]
        for name in changed:
            setattr(had, name, availability[name])
        if changed:
            had.save()
            record("rater.availability_changed", actor=actor, project=rater.project, target=rater)
    return rater
