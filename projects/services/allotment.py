"""Places with a name on them: made from a study's design when it opens, handed on when somebody leaves.

The design stands among a study's settings under `design`: {"how": see `plans.How`, "core": percent of the items that
everybody judges, "quotas": {group: raters of it per unit}}. Without one, units go to whoever comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, F, Min, OuterRef, Q, Sum

from projects.models import Assignment, ListedItem, Place, Rater, Study, StudyRole, Unit
from projects.services import bulk, jobs, plans
from projects.services.audit import record
from projects.services.plans import Design, How, design_of

CHUNK = 5000
PLACE = ("study", "unit", "rater", "group", "sort_key")
Allotment = Study.Allotment
Tell = Callable[[int], None]


def raters_of(study: Study) -> list[Rater]:
    """Return those who take part now, by code."""
    parts = study.roles.filter(part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE, rater__active=True)
    return [part.coded for part in parts.select_related("rater").order_by("rater__code")]


def listed(study: Study) -> dict[int, set[int]]:
    """Return the fixed lists: the raters' keys by item."""
    found: dict[int, set[int]] = {}
    for item, rater in study.listed.values_list("item", "rater"):
        found.setdefault(item, set()).add(rater)
    return found


def make(study: Study, tell: Tell) -> int:
    """Give the units of a study that is being prepared their places; returns how many were on nobody's list and went.

    Starts over after a crash.
    """
    design = design_of(study.settings)
    Study.objects.filter(pk=study.pk).update(allotment=design.allotment)
    if design.how == How.FREE and not design.quotas:
        return 0
    rows = [plans.Row.of(unit) for unit in units_of(study)]
    planned = plans.make(rows, raters_of(study), design, seed=study.seed, listed=listed(study), tell=tell)
    _write(study, rows, planned, design)
    return sum(not slots for slots in planned)


def units_of(study: Study) -> models.QuerySet[Unit]:
    """Return a study's units in their order, with what a plan looks at."""
    columns = ("item_id", "role", "repeat", "variant", "language", "group", "wanted", "sort_key")
    return study.units.filter(withdrawn=False).order_by("sort_key", "pk").only(*columns)


def extend(study: Study) -> int:
    """Give places to units that were added after the study had opened; returns how many units that were.

    A unit about the same responses to the same item goes to the raters of the earlier one who still take part; others
    are planned as at the opening. Called in the transaction that adds them; nothing happens in a study without places.
    """
    design = design_of(study.settings)
    if not design.allotment:
        return 0
    bare = units_of(study).filter(~Exists(Place.objects.filter(unit=OuterRef("pk"))))
    rows = [plans.Row.of(unit) for unit in bare]
    team = raters_of(study)
    before = _earlier(study, team)
    planned = plans.make(
        rows, team, design, seed=study.seed, listed=listed(study), tell=lambda done: None, before=before
    )
    _write(study, rows, planned, design)
    return len(rows)


def _earlier(study: Study, team: Sequence[Rater]) -> dict[tuple[int | None, int], list[plans.Slot]]:
    """Return whose places there are already, by item and variant; the first unit of each counts."""
    found: dict[tuple[int | None, int], list[plans.Slot]] = {}
    active = {rater.pk for rater in team}
    units: dict[tuple[int | None, int], int] = {}
    rows = study.named_places.order_by("unit__repeat", "unit", "pk")
    for item, variant, unit, rater, group in rows.values_list("unit__item", "unit__variant", "unit", "rater", "group"):
        if units.setdefault((item, variant), unit) == unit:
            found.setdefault((item, variant), []).append(plans.Slot(rater if rater in active else None, group))
    return found


def _write(study: Study, rows: Sequence[plans.Row], planned: Sequence[plans.Slots], design: Design) -> None:
    """Write places, and how many raters each unit wants now; a unit on nobody's list is taken out."""
    named = bool(design.allotment)
    for start in range(0, len(rows), CHUNK):
        pairs = list(zip(rows, planned, strict=True))[start : start + CHUNK]
        with transaction.atomic():
            if named:
                bulk.insert(Place, PLACE, [_place(study, row, slot) for row, slots in pairs for slot in slots])
            _want([(len(slots), row.pk) for row, slots in pairs if slots and len(slots) != row.wanted])
            Unit.objects.filter(pk__in=[row.pk for row, slots in pairs if not slots]).delete()


def _place(study: Study, row: plans.Row, slot: plans.Slot) -> tuple[Any, ...]:
    return study.pk, row.pk, slot.rater, slot.group, row.sort_key


def _want(pairs: Sequence[tuple[int, int]]) -> None:
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(Unit._meta.db_table)
        cursor.executemany(f"UPDATE {table} SET wanted = %s WHERE id = %s", list(pairs))  # noqa: S608  our own table


def open_places(study: Study, rater: Rater) -> models.QuerySet[Place]:
    """Return a rater's places in units that they have not submitted."""
    submitted = Assignment.objects.filter(
        unit=OuterRef("unit"), rater=OuterRef("rater"), state=Assignment.State.SUBMITTED, surplus=False
    )
    return Place.objects.filter(~Exists(submitted), study=study, rater=rater)


def vacate(study: Study, rater: Rater, *, actor: Any) -> int:
    """Let others have the places of a rater who has left, what they submitted aside; fixed lists stay as they are.

    What everybody judges is judged by one person fewer from now on: nobody else could take such a place.
    """
    shrink(study, rater, actor=actor)
    if study.allotment != Allotment.PLANNED:
        return 0
    return open_places(study, rater).update(rater=None)


def shrink(study: Study, rater: Rater, *, actor: Any) -> None:
    """Let units that everybody judges do without a rater who has left; a worker settles those that are complete now."""
    rows = for_everybody(study, rater)
    ids = list(rows.values_list("pk", flat=True)) if rows is not None else []
    if not ids:
        return
    units = Unit.objects.filter(pk__in=ids)
    Place.objects.filter(unit__in=ids, rater=rater).delete()
    units.update(wanted=F("wanted") - 1, open=Q(taken__lt=F("wanted") - 1))
    Study.objects.filter(pk=study.pk).update(place_count=F("place_count") - len(ids))
    complete = list(units.filter(done=F("wanted")).values_list("pk", flat=True))
    if complete:
        name = f"study:{study.pk}:{rater.pk}"
        jobs.enqueue("settle_units", name, project=study.project, actor=actor, params={"units": complete})


def for_everybody(study: Study, rater: Rater) -> models.QuerySet[Unit] | None:
    """Return the units that everybody judges and this rater has not submitted; None where the design has no such."""
    design = design_of(study.settings)
    mine = Assignment.objects.filter(unit=OuterRef("pk"), rater=rater, state=Assignment.State.SUBMITTED, surplus=False)
    rows = study.units.filter(~Exists(mine), role=Unit.Role.MAIN, withdrawn=False, taken__lt=F("wanted"), wanted__gt=1)
    if design.how == How.ALL:
        rows = rows.filter(group__in=["", rater.group])
        return rows.filter(language__in=["", *rater.languages]) if rater.languages else rows
    if design.how != How.CORE:
        return None
    # Those with more places than the rest have.
    least = study.units.filter(role=Unit.Role.MAIN, withdrawn=False).aggregate(least=Min("wanted"))["least"] or 0
    here = Place.objects.filter(unit=OuterRef("pk"), rater=rater)
    return rows.filter(Exists(here), wanted__gt=least)


def inherit(study: Study, old: Rater, new: Rater) -> int:
    """Put a replacement on the open places of the one who left; returns how many.

    Places in units that the new rater has had already, or that are not for them, stay with nobody.
    """
    if study.allotment not in (Allotment.PLANNED, Allotment.LISTED):
        return 0
    had = Place.objects.filter(unit=OuterRef("unit"), rater=new)
    met = Assignment.objects.filter(unit=OuterRef("unit"), rater=new, state=Assignment.State.SUBMITTED)
    rows = open_places(study, old).filter(group__in=["", new.group], unit__group__in=["", new.group])
    if new.languages:
        rows = rows.filter(unit__language__in=["", *new.languages])
    return rows.filter(~Exists(had), ~Exists(met)).update(rater=new)


def places_wanted(study: Study) -> int:
    """Return how many answers all units of a study want."""
    return work_of(study).aggregate(total=Sum("wanted"))["total"] or 0


def work_of(study: Study) -> models.QuerySet[Unit]:
    """Return the units that are the study's work: what is there to train on is none of it."""
    return study.units.exclude(role=Unit.Role.TRAINING)


def keep_lists(study: Study, pairs: Iterable[tuple[int, int]], *, actor: Any) -> int:
    """Make (rater, item) the fixed lists of a draft; returns how many lines that are."""
    rows = [ListedItem(study=study, rater_id=rater, item_id=item) for rater, item in sorted(set(pairs))]
    with transaction.atomic():
        study.listed.all().delete()
        ListedItem.objects.bulk_create(rows, batch_size=500)
        record("study.lists_kept", actor=actor, project=study.project, target=study, lines=len(rows))
    return len(rows)
