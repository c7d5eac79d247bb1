"""Holding the counters against the rows they stand for."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from projects.models import Assignment, Dataset, Item, Place, Study, StudyRole, Unit

State = Assignment.State
PLACES = Q(assignments__state=State.LEASED) | Q(assignments__state=State.SUBMITTED, assignments__surplus=False)
DONE = Q(assignments__state=State.SUBMITTED, assignments__surplus=False)


def wrong_counters() -> Iterator[str]:
    """Yield a sentence for each counter that does not equal its rows; nothing where all is well."""
    yield from _units()
    yield from _parts()
    yield from _datasets()
    yield from _studies()
    yield from _named_places()


def _units() -> Iterator[str]:
    rows = Unit.objects.annotate(
        held=Count("assignments", filter=PLACES), finished=Count("assignments", filter=DONE)
    ).exclude(taken=F("held"), done=F("finished"))
    for unit in rows.iterator(chunk_size=500):
        yield f"unit {unit.pk}: taken {unit.taken} for {unit.held}, done {unit.done} for {unit.finished}"


def _parts() -> Iterator[str]:
    for part in StudyRole.objects.filter(part=StudyRole.Part.RATER).select_related("rater").iterator(chunk_size=500):
        mine = Assignment.objects.filter(study_id=part.study_id, rater=part.coded)
        found = mine.filter(state=State.SUBMITTED, surplus=False).exclude(unit__role=Unit.Role.TRAINING).count()
        if found != part.submitted:
            yield f"part {part.pk}: submitted {part.submitted} for {found}"


def _datasets() -> Iterator[str]:
    for dataset in Dataset.objects.all():
        found = Item.objects.filter(dataset=dataset).visible().count()
        if found != dataset.item_count:
            yield f"data set {dataset.pk}: item_count {dataset.item_count} for {found}"


def _studies() -> Iterator[str]:
    opened = Study.objects.exclude(state__in=[Study.State.DRAFT, Study.State.OPENING])
    for study in opened.annotate(found=Count("units", filter=~Q(units__role=Unit.Role.TRAINING))).exclude(
        unit_count=F("found")
    ):
        yield f"study {study.pk}: unit_count {study.unit_count} for {study.found}"


def _named_places() -> Iterator[str]:
    """In studies with named places: a unit has one for each rater it wants, and whoever has a unit has one of them."""
    rows = Unit.objects.exclude(study__allotment="").exclude(withdrawn=True)
    for unit in rows.annotate(n=Count("named_places")).exclude(n=F("wanted")).iterator(chunk_size=500):
        yield f"unit {unit.pk}: wanted {unit.wanted} for {unit.n} places"
    named = Place.objects.filter(unit=OuterRef("unit"), rater=OuterRef("rater"))
    held = Assignment.objects.filter(Q(state=State.LEASED) | Q(state=State.SUBMITTED, surplus=False))
    # What is withdrawn takes no raters by its places: it is trained on, or was.
    held = held.exclude(study__allotment="").exclude(unit__withdrawn=True)
    for row in held.exclude(Exists(named)).iterator(chunk_size=500):
        yield f"assignment {row.pk}: rater {row.rater_id} has no place in unit {row.unit_id}"
