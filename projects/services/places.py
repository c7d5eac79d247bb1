"""Places of a unit: how many raters it still takes. The counters change only here, and only together.

One SQL statement finds and takes a place, so no two raters can get the last one. The literal `"open"` in the
statement matters: SQLite uses a partial index only where the query repeats its condition, not for a bound parameter.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from projects.direct import Statement
from projects.models import Assignment, Place, Sighting, Study, StudyRole, Unit
from projects.prepared import Prepared, select

UNIT, ASSIGNMENT, PLACE, SIGHTING = (model._meta.db_table for model in (Unit, Assignment, Place, Sighting))
QUOTAS, LISTED = Study.Allotment.QUOTAS, Study.Allotment.LISTED

# Keeps PostgreSQL from joining whole tables before it looks at the first unit, which it would where its statistics are
# young: with an offset a subquery is asked once for each candidate, and the first candidate is nearly always the one.
ONE_BY_ONE = " LIMIT 1 OFFSET 0"
NOT_HAD = f"NOT EXISTS (SELECT 1 FROM {ASSIGNMENT} a WHERE a.unit_id = u.id AND a.rater_id = %s{ONE_BY_ONE})"  # noqa: S608  table names are ours
# Neither given to this rater in another study, nor read by them in a dispute or while adjudicating.
NOT_MET = (
    f"NOT EXISTS (SELECT 1 FROM {UNIT} x JOIN {ASSIGNMENT} b ON b.unit_id = x.id"  # noqa: S608  table names are ours
    f" WHERE x.item_id = u.item_id AND x.study_id <> u.study_id AND b.rater_id = %s{ONE_BY_ONE})"
    f" AND NOT EXISTS (SELECT 1 FROM {SIGHTING} s WHERE s.item_id = u.item_id AND s.user_id = %s{ONE_BY_ONE})"
)


AHEAD, BEHIND = "u.sort_key > %s", "u.sort_key <= %s"
FOR_UPDATE, SKIPPING = " FOR UPDATE", " SKIP LOCKED"
TAKEN = Prepared(lambda pk: Unit.objects.filter(pk=pk).select_related("revision__item__dataset"), -1)


def take_next(part: StudyRole) -> Unit | None:
    """Take a place in the next unit for this rater: ahead of the last one they had, else one left behind it.

    Starting at the cursor keeps the cost of a claim flat however many units lie behind. In a study with named places
    a rater gets units on their own places; where none is left, on one that nobody has (see `_adopt`).
    """
    if part.study.allotment:
        return _take_named(part)
    if part.cursor is not None:
        ahead = _take(part, AHEAD, part.cursor)
        return ahead or _take(part, BEHIND, part.cursor)
    return _take(part)


def wait_for_next(part: StudyRole) -> Unit | None:
    """Take a place in a unit that `take_next` passed over because another transaction had it locked.

    It may have places left when that transaction ends, and near a study's end it may be the only one. Where writers
    queue, nothing was passed over.
    """
    if not connection.features.has_select_for_update_skip_locked:
        return None
    if part.study.allotment:
        return _take_named(part, wait=True)
    return _take(part, lock=FOR_UPDATE)


def take_back(assignment: Assignment) -> bool:
    """Take a place again in a unit that this rater had before; False where it has none left for them."""
    if assignment.study.allotment and not _own(assignment):
        return False
    return take(assignment.unit_id)


def with_place(rows: QuerySet[Assignment], part: StudyRole) -> QuerySet[Assignment]:
    """Keep the rater's assignments in whose units they have a named place, or could get one."""
    mine = Q(rater=part.coded)
    if part.study.allotment != LISTED:
        mine |= Q(rater=None, group__in=["", part.coded.group])
    return rows.filter(Exists(Place.objects.filter(mine, unit=OuterRef("unit"))))


def hand_back(assignment: Assignment, *, skipped: bool = False) -> None:
    """Return the place of a unit that this rater does not judge now.

    A named place stays theirs, unless it only bore their name while they had the unit, or they would not judge it.
    """
    study = assignment.study
    if study.allotment == QUOTAS or (skipped and study.allotment and study.allotment != LISTED):
        Place.objects.filter(unit=assignment.unit_id, rater=assignment.rater_id).update(rater=None)
    give_back(assignment.unit_id)


def take(unit_id: int) -> bool:
    """Take a place in this very unit; False where it has none left."""
    return bool(
        Unit.objects.filter(pk=unit_id, open=True).update(taken=F("taken") + 1, open=Q(taken__lt=F("wanted") - 1))
    )


def give_back(unit_id: int) -> None:
    """Return a place that was taken and not used."""
    Unit.objects.filter(pk=unit_id, taken__gt=F("done")).update(
        taken=F("taken") - 1,
        open=Case(When(withdrawn=True, then=Value(False)), default=Value(True), output_field=BooleanField()),
    )


def finishing(unit_id: int) -> Statement:
    """Return the statement that counts one more finished judgement in a unit whose place was taken."""
    return f"UPDATE {UNIT} SET done = done + 1 WHERE id = %s", [unit_id]  # noqa: S608  our own table


def taking_next(part: StudyRole) -> Statement:
    """Return the statement of `take_next`'s first attempt; its row is the unit's key and its place in the order."""
    if part.cursor is None:
        return _taking(part, returning="id, sort_key")
    return _taking(part, AHEAD, part.cursor, returning="id, sort_key")


def taken_now(unit: Unit) -> Unit:
    """Return a unit that was read as it was before its place was taken, as it is now."""
    unit.taken, unit.open = unit.taken + 1, unit.taken + 1 < unit.wanted
    return unit


def _take_named(part: StudyRole, *, wait: bool = False) -> Unit | None:
    """Take the next unit in which this rater has a place; else one in which a place has become nobody's."""
    unit: Unit | None = None
    lock = FOR_UPDATE if wait else ""
    if part.study.allotment != QUOTAS:
        windows = [AHEAD, BEHIND] if part.cursor is not None else [""]
        found = (_take(part, window, *([part.cursor or 0] if window else []), lock=lock) for window in windows)
        unit = next((one for one in found if one), None)
    if unit is None and part.study.allotment != LISTED:
        adopted = _adopt(part, wait=wait)
        unit = _take(part, "u.id = %s", adopted, lock=lock) if adopted else None
    return unit


def _adopt(part: StudyRole, *, wait: bool) -> int | None:
    """Put this rater's name on a place that nobody has, ahead of the cursor first; returns its unit.

    Place and unit are locked together, so that the place is only ever taken with its unit.
    """
    conditions, params = _eligible(part)
    conditions += [
        "p.study_id = %s AND p.rater_id IS NULL AND p.\"group\" IN ('', %s)",
        f"NOT EXISTS (SELECT 1 FROM {PLACE} o WHERE o.unit_id = p.unit_id AND o.rater_id = %s{ONE_BY_ONE})",  # noqa: S608  our own table
    ]
    params += [part.study_id, part.coded.group, part.coded.pk]
    lock = ""
    if connection.features.has_select_for_update_skip_locked:
        lock = FOR_UPDATE if wait else FOR_UPDATE + SKIPPING
    for window in [AHEAD, BEHIND] if part.cursor is not None else [""]:
        bounds = [part.cursor or 0] if window else []
        rows = select(
            f"UPDATE {PLACE} SET rater_id = %s WHERE rater_id IS NULL AND id = (SELECT p.id FROM {PLACE} p"  # noqa: S608  only our own fragments
            f" JOIN {UNIT} u ON u.id = p.unit_id WHERE {' AND '.join([*conditions, *([window] if window else [])])}"
            f" ORDER BY p.sort_key LIMIT 1{lock}) RETURNING unit_id",
            part.coded.pk,
            *params,
            *bounds,
        )
        if rows:
            return int(rows[0][0])
    return None


def _own(assignment: Assignment) -> bool:
    """Whether this rater has a place in the unit, or gets one that nobody has."""
    mine = Place.objects.filter(unit=assignment.unit_id, rater=assignment.rater_id)
    if mine.exists():
        return True
    free = Place.objects.filter(unit=assignment.unit_id, rater=None, group__in=["", assignment.rater.group])
    if assignment.study.allotment == LISTED or (found := free.values_list("pk", flat=True).first()) is None:
        return False
    return bool(Place.objects.filter(pk=found, rater=None).update(rater=assignment.rater_id))


def _take(part: StudyRole, window: str = "", *bounds: int, lock: str = "") -> Unit | None:
    """Find and take in one statement; `window` limits the search along the order, `lock` waits for who is first."""
    unit = TAKEN.first_of(_taking(part, window, *bounds, lock=lock))
    # On PostgreSQL it is read in the same statement.
    return taken_now(unit) if unit is not None and connection.vendor == "postgresql" else unit


def _taking(part: StudyRole, window: str = "", *bounds: int, lock: str = "", returning: str = "id") -> Statement:
    conditions, params = _eligible(part)
    rows, order = f"{UNIT} u", "u.sort_key"
    if part.study.allotment:
        # Along the rater's own places, which are in the units' order.
        rows, order = f"{PLACE} p JOIN {UNIT} u ON u.id = p.unit_id", "p.sort_key"
        conditions.append("p.rater_id = %s AND p.study_id = %s")
        params += [part.coded.pk, part.study_id]
    if window:
        conditions.append(window.replace("u.sort_key", order))
        params.extend(bounds)
    if connection.features.has_select_for_update_skip_locked:
        lock = f"{lock or FOR_UPDATE + SKIPPING}".replace(FOR_UPDATE, f"{FOR_UPDATE} OF u")
    candidate = (
        f"SELECT u.id FROM {rows} WHERE {' AND '.join(conditions)}"  # noqa: S608  only our own fragments
        f" ORDER BY {order} LIMIT 1{lock}"
    )
    statement = (
        f'UPDATE {UNIT} SET taken = taken + 1, "open" = (taken + 1 < wanted)'  # noqa: S608  only our own fragments
        f" WHERE id = ({candidate}) AND taken < wanted RETURNING {returning}"
    )
    return statement, params


def _eligible(part: StudyRole) -> tuple[list[str], list[int | str]]:
    """Return the conditions a unit must meet for this rater, with their parameters in order."""
    rater, study = part.coded, part.study
    conditions: list[str] = ["u.study_id = %s", 'u."open"', NOT_HAD]
    params: list[int | str] = [study.pk, rater.pk]
    if rater.languages and not set(study.languages) <= set(rater.languages):
        spoken = ["", *rater.languages]
        conditions.append(f"u.language IN ({', '.join(['%s'] * len(spoken))})")
        params.extend(spoken)
    conditions.append("u.\"group\" IN ('', %s)")
    params.append(rater.group)
    if study.fresh_raters:
        conditions.append(NOT_MET)
        params.extend([rater.pk, part.user_id])
    return conditions, params
