"""Holding the counters against the rows they stand for."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Q

from projects.models import Assignment, Dataset, Item, Study, StudyRole, Unit

State = Assignment.State
PLACES = Q(assignments__state=State.LEASED) | Q(assignments__state=State.SUBMITTED, assignments__surplus=False)
DONE = Q(assignments__state=State.SUBMITTED, assignments__surplus=False)


def wrong_counters() -> Iterator[str]:
    """Yield a sentence for each counter that does not equal its rows; nothing where all is well."""
    yield from _units()
    yield from _parts()
    yield from _datasets()
    yield from _studies()


def _units() -> Iterator[str]:
    rows = Unit.objects.annotate(
        held=Count("assignments", filter=PLACES), finished=Count("assignments", filter=DONE)
    ).exclude(taken=F("held"), done=F("finished"))
    for unit in rows.iterator(chunk_size=500):
        yield f"unit {unit.pk}: taken {unit.taken} for {unit.held}, done {unit.done} for {unit.finished}"


def _parts() -> Iterator[str]:
    for part in StudyRole.objects.filter(part=StudyRole.Part.RATER).select_related("rater").iterator(chunk_size=500):
        mine = Assignment.objects.filter(study_id=part.study_id, rater=part.coded)
        found = mine.filter(state=State.SUBMITTED, surplus=False).count()
        if found != part.submitted:
            yield f"part {part.pk}: submitted {part.submitted} for {found}"


def _datasets() -> Iterator[str]:
    for dataset in Dataset.objects.all():
        found = Item.objects.filter(dataset=dataset).visible().count()
        if found != dataset.item_count:
            yield f"data set {dataset.pk}: item_count {dataset.item_count} for {found}"


def _studies() -> Iterator[str]:
    opened = Study.objects.exclude(state__in=[Study.State.DRAFT, Study.State.OPENING])
    for study in opened.annotate(found=Count("units")).exclude(unit_count=F("found")):
        yield f"study {study.pk}: unit_count {study.unit_count} for {study.found}"
