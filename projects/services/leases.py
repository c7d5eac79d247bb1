"""Who holds which unit, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.utils import DEFAULT_DB_ALIAS
from django.utils import timezone

from projects import direct
from projects.models import Assignment, Exposure, Rater, Study, StudyRole
from projects.prepared import Prepared, select
from projects.services import places, tally
from projects.writing import insert_drawing, inserting_from

LEFTOVERS = (Assignment.State.SKIPPED, Assignment.State.RELEASED)
# Releasing in small transactions leaves room for raters who are submitting meanwhile.
RELEASE_CHUNK = 200
# What PostgreSQL calls a deadlock, and how often a claim that runs into one is tried.
DEADLOCK, TRIES = "40P01", 4

# How much a claim shows this rater of this unit by the study's design: (unit id) -> exposure.
Shown = Callable[[int], Exposure]


def lease_end() -> datetime:
    """Return when a lease that is taken or renewed now runs out."""
    return timezone.now() + timedelta(seconds=settings.CONCORD_LEASE_SECONDS)


def _live() -> models.QuerySet[Assignment]:
    rows = Assignment.objects.filter(state=Assignment.State.LEASED)
    return rows.select_related("unit__revision__item__dataset", "draft").order_by("claimed_at", "ordinal", "pk")


LIVE = (
    f"SELECT token FROM {Assignment._meta.db_table}"  # noqa: S608  our own table
    " WHERE rater_id = %s AND study_id = %s AND state = 'leased'"
)
HELD = Prepared(lambda rater, study: _live().filter(rater_id=rater, study_id=study), -1, -2)


def held(part: StudyRole) -> list[Assignment]:
    """Return what this rater has in hand, oldest claim first."""
    found = HELD.rows(part.coded.pk, part.study_id)
    for row in found:
        # Loaded with its settings already; a row of its own would be asked for again.
        row.study = part.study
    return found


def hold(
    part: StudyRole,
    *,
    count: int,
    shown: Shown,
    known: Collection[str] = frozenset(),
    mine: Collection[str] | None = None,
) -> list[Assignment]:
    """Return up to `count` units in this rater's hands, claiming what is missing.

    New units first, then what the rater skipped or let run out, as long as it still has places. Where `known` holds
    the handles of all that was in these hands before, only what is new is returned.

    With empty hands this waits for what others hold at this moment. A caller whose transaction holds rows already may
    not wait: it gives `mine`, the handles in these hands, and gets new units only; IntegrityError is then its own.
    """
    if mine is not None:
        return _hold(part, count, shown, known, mine, patient=False)
    for tried in range(1, TRIES + 1):
        try:
            return _hold(part, count, shown, known, patient=True)
        except IntegrityError:
            # Where writers do not queue, another tab of this rater may have claimed the same unit in the same moment.
            break
        except OperationalError as error:
            # Near a study's end raters may wait for each other's units in a circle; the database sends one away.
            deadlock = getattr(error.__cause__, "sqlstate", "") == DEADLOCK
            if tried == TRIES or connection.in_atomic_block or not deadlock:
                raise
            part.refresh_from_db(fields=["claimed", "cursor"])
    part.refresh_from_db(fields=["claimed", "cursor"])
    return held(part)


def _hold(
    part: StudyRole,
    count: int,
    shown: Shown,
    known: Collection[str],
    mine: Collection[str] | None = None,
    *,
    patient: bool,
) -> list[Assignment]:
    with transaction.atomic(savepoint=False):
        mine = _handles(part) if mine is None else mine
        missing = range(count - len(mine)) if works(part) else range(0)
        claims: list[Assignment | bool | None] = [_claim(part, shown) for _ in missing]
        if patient:
            claims = [claim or _take_up_leftover(part) for claim in claims]
        if patient and claims and not mine and not any(claims):
            # Only with empty hands: a claim that waits while it holds a unit could wait for one that waits for it.
            claims = [_claim(part, shown, wait=True)]
        if patient:
            # In another's transaction they have their keys when that ends.
            direct.flush()
        new = [claim for claim in claims if isinstance(claim, Assignment)]
        if known and set(known).issuperset(mine) and len(new) == len([claim for claim in claims if claim]):
            return new
        return held(part)


def _handles(part: StudyRole) -> list[str]:
    """Return the handles of what this rater has in hand."""
    return [row[0] for row in select(LIVE, part.rater_id, part.study_id)]


def works(part: StudyRole) -> bool:
    return part.study.state == Study.State.OPEN and part.state == StudyRole.State.ACTIVE


def _claim(part: StudyRole, shown: Shown, *, wait: bool = False) -> Assignment | None:
    """Claim one more unit; with `wait` also one that another transaction is holding at this moment."""
    unit = places.wait_for_next(part) if wait else places.take_next(part)
    if unit is None:
        return None
    exposure = shown(unit.pk)
    made = Assignment(
        study=part.study,
        unit=unit,
        rater=part.coded,
        base_exposure=exposure,
        exposure=exposure,
        leased_until=lease_end(),
    )
    # The claim's number as the database counts, not as `part` was loaded: another tab may have claimed since.
    insert_drawing(made, "ordinal", tally.claiming(part, unit.sort_key))
    part.claimed, part.cursor = made.ordinal, unit.sort_key
    # There is none yet; whoever looks for one need not ask.
    Assignment._meta.get_field("draft").set_cached_value(made, None)
    return made


def claim_along(part: StudyRole, exposure: Exposure, *, into: list[Assignment]) -> None:
    """Claim one more unit with whatever is asked next, at the latest with the commit; it is in `into` then.

    One statement finds it, takes its place, counts the claim and writes its row. Nothing comes where nothing is ahead
    of this rater's last unit, or others hold it at this moment. For PostgreSQL, in a transaction.
    """
    made = Assignment(
        study=part.study, rater=part.coded, base_exposure=exposure, exposure=exposure, leased_until=lease_end()
    )
    statement = places.TAKEN.beside(
        "SELECT id FROM written",
        "(SELECT id FROM made), (SELECT claimed FROM drawn)",
        [
            ("written", places.taking_next(part)),
            ("drawn", tally.claiming_if(part, "written")),
            ("made", inserting_from(made, "written, drawn", {"unit_id": "written.id", "ordinal": "drawn.claimed"})),
        ],
    )

    def take(rows: list[direct.Row]) -> None:
        for key, ordinal, *unit in rows:
            made.unit = places.taken_now(places.TAKEN.made([tuple(unit)])[0])
            made.pk, made.ordinal = key, ordinal
            made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
            part.claimed, part.cursor = ordinal, made.unit.sort_key
            Assignment._meta.get_field("draft").set_cached_value(made, None)
            into.append(made)

    direct.later(statement, take)


def _take_up_leftover(part: StudyRole) -> bool:
    """Offer again what this rater skipped or lost, longest ago first."""
    rows = Assignment.objects.filter(rater=part.coded, study=part.study, state__in=LEFTOVERS, unit__open=True)
    if part.study.allotment:
        rows = places.with_place(rows, part)
    leftover = rows.order_by("claimed_at").first()
    if leftover is None:
        return False
    # Loaded with its allotment already; so is the rater.
    leftover.study, leftover.rater = part.study, part.coded
    return take_up(leftover)


def take_up(assignment: Assignment) -> bool:
    """Put a skipped or lost unit back into its rater's hands; False where its place is gone."""
    with transaction.atomic():
        if not places.take_back(assignment):
            return False
        changed = Assignment.objects.filter(pk=assignment.pk, state__in=LEFTOVERS).update(
            state=Assignment.State.LEASED, leased_until=lease_end(), claimed_at=timezone.now()
        )
        if not changed:
            places.hand_back(assignment)
    return bool(changed)


def is_used(assignment: Assignment) -> bool:
    """Whether so much of a lease is used that it should be renewed: a tenth, so that not every save has to."""
    left = assignment.leased_until - timezone.now() if assignment.leased_until else timedelta()
    return left < timedelta(seconds=settings.CONCORD_LEASE_SECONDS) * 0.9


def renew(assignment: Assignment) -> bool:
    """Extend the lease; False where the unit is no longer in this rater's hands."""
    live = Assignment.objects.filter(pk=assignment.pk, state=Assignment.State.LEASED)
    return bool(live.update(leased_until=lease_end()))


def skip(assignment: Assignment, *, reason: str) -> bool:
    """Put a unit to the back of this rater's queue; its place is free for others meanwhile."""
    with transaction.atomic():
        changed = Assignment.objects.filter(pk=assignment.pk, state=Assignment.State.LEASED).update(
            state=Assignment.State.SKIPPED, skip_reason=reason[:300], leased_until=None, claimed_at=timezone.now()
        )
        if changed:
            places.hand_back(assignment, skipped=True)
    return bool(changed)


def release(assignment: Assignment) -> bool:
    """Take a unit out of a rater's hands and free its place; drafts stay."""
    with transaction.atomic():
        changed = Assignment.objects.filter(pk=assignment.pk, state=Assignment.State.LEASED).update(
            state=Assignment.State.RELEASED, leased_until=None
        )
        if changed:
            places.hand_back(assignment)
    return bool(changed)


def release_all(study: Study, rater: Rater) -> int:
    """Free everything a rater holds in a study; returns how many units that were."""
    rows = Assignment.objects.filter(study=study, rater=rater, state=Assignment.State.LEASED).select_related("study")
    return sum(release(row) for row in rows)


def release_expired() -> int:
    """Free every unit whose lease has run out; returns how many."""
    count = 0
    while True:
        rows = Assignment.objects.filter(state=Assignment.State.LEASED, leased_until__lt=timezone.now())
        rows = rows.select_related("study")
        freed = sum(release(row) for row in rows[:RELEASE_CHUNK])
        if not freed:
            return count
        count += freed
