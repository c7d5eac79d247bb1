"""Answers that are asked for again under a newer guideline: the first ones stay, results use the newest."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from campaign.models import Recall
from projects.models import Assignment, Study, StudyRole, Unit, User
from projects.services import asking, parts
from projects.services.audit import record

JUDGED = (Unit.Role.MAIN, Unit.Role.OVERLAP)
# One transaction; more is better asked for in pieces.
MOST = 5000


def outdated(study: Study) -> QuerySet[Assignment]:
    """Return the answers made under an earlier version, by raters who take part, that are not asked for already."""
    active = StudyRole.objects.filter(study=study, part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE)
    rows = Assignment.objects.filter(
        study=study,
        state=Assignment.State.SUBMITTED,
        unit__role__in=JUDGED,
        unit__withdrawn=False,
        rater__in=active.values("rater"),
        submissions__current=True,
    )
    rows = rows.exclude(submissions__current=True, submissions__guideline=study.guideline_id)
    return rows.exclude(recalls__guideline=study.guideline_id)


def topics(study: Study) -> list[str]:
    """Return the topics of the units with such answers, by name."""
    found = outdated(study).exclude(unit__stratum="").order_by("unit__stratum")
    return list(found.values_list("unit__stratum", flat=True).distinct())


def unknown(study: Study, ids: Collection[str]) -> list[str]:
    """Return those of `ids` that no item of the study's units has."""
    units = study.units.filter(item__external_id__in=ids)
    known = set(units.values_list("item__external_id", flat=True)) if ids else set()
    return [one for one in ids if one not in known]


def chosen(study: Study, *, ids: Collection[str] = (), stratum: str = "", version: int | None = None) -> QuerySet[Unit]:
    """Return the units with such answers: of these items, of this topic, answered under this version; all must hold."""
    rows = outdated(study)
    if ids:
        rows = rows.filter(unit__item__external_id__in=ids)
    if stratum:
        rows = rows.filter(unit__stratum=stratum)
    if version is not None:
        rows = rows.filter(submissions__current=True, submissions__guideline__number=version)
    return Unit.objects.filter(pk__in=rows.values("unit"))


def recall(study: Study, units: QuerySet[Unit], *, actor: User) -> tuple[int, int]:
    """Ask every rater who answered these units to judge them again; returns how many units and answers that is."""
    parts.need_state(study, Study.State.OPEN, Study.State.PAUSED)
    wanted, guideline = list(units.values_list("pk", flat=True)[: MOST + 1]), study.guideline
    if not wanted or guideline is None:
        raise ValidationError(_("No unit was answered under an earlier version like this."))
    if len(wanted) > MOST:
        raise ValidationError(_("These are more than %(n)s units. Choose fewer at a time.") % {"n": MOST})
    roles = dict(study.roles.filter(rater__isnull=False).values_list("rater", "pk"))
    with transaction.atomic():
        rows = list(outdated(study).filter(unit__in=wanted).values_list("pk", "rater", "unit").distinct())
        made = [
            Recall(study=study, assignment_id=pk, part_id=roles[rater], guideline=guideline, created_by=actor)
            for pk, rater, _unit in rows
        ]
        Recall.objects.bulk_create(made, ignore_conflicts=True)
        asking.ask(*{row.part_id for row in made})
        number = len({unit for _pk, _rater, unit in rows})
        record("study.recalled", actor=actor, project=study.project, target=study, units=number)
    return number, len(made)


def progress(study: Study) -> list[Any]:
    """Return by version how many answers were asked for again, of how many units, and how many have come."""
    rows = Recall.objects.filter(study=study).values(number=F("guideline__number")).order_by("number")
    counted = rows.annotate(
        asked=Count("pk"), units=Count("assignment__unit", distinct=True), done=Count("pk", filter=~Q(done_at=None))
    )
    return list(counted)
