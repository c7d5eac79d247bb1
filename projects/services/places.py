"""Places of a unit: how many raters it still takes. The counters change only here, and only together.

One SQL statement finds and takes a place, so no two raters can get the last one. The literal `"open"` in the
statement matters: SQLite uses a partial index only where the query repeats its condition, not for a bound parameter.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import BooleanField, Case, F, Q, Value, When

from projects.direct import Statement
from projects.models import Assignment, Item, Sighting, StudyRole, Unit
from projects.prepared import Prepared

UNIT, ASSIGNMENT, ITEM, SIGHTING = (model._meta.db_table for model in (Unit, Assignment, Item, Sighting))

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


TAKEN = Prepared(lambda pk: Unit.objects.filter(pk=pk).select_related("revision__item__dataset"), -1)


def take_next(part: StudyRole) -> Unit | None:
    """Take a place in the next unit for this rater: ahead of the last one they had, else one left behind it.

    Starting at the cursor keeps the cost of a claim flat however many units lie behind.
    """
    if part.cursor is not None:
        ahead = _take(part, "u.sort_key > %s", part.cursor)
        return ahead or _take(part, "u.sort_key <= %s", part.cursor)
    return _take(part)


def wait_for_next(part: StudyRole) -> Unit | None:
    """Take a place in a unit that `take_next` passed over because another transaction had it locked.

    It may have places left when that transaction ends, and near a study's end it may be the only one. Where writers
    queue, nothing was passed over.
    """
    return _take(part, lock=" FOR UPDATE") if connection.features.has_select_for_update_skip_locked else None


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


def _take(part: StudyRole, window: str = "", *bounds: int, lock: str = "") -> Unit | None:
    """Find and take in one statement; `window` limits the search along the order, `lock` waits for who is first."""
    conditions, params = _eligible(part)
    if window:
        conditions.append(window)
        params.extend(bounds)
    if connection.features.has_select_for_update_skip_locked:
        lock = lock or " FOR UPDATE SKIP LOCKED"
    candidate = (
        f"SELECT u.id FROM {UNIT} u WHERE {' AND '.join(conditions)}"  # noqa: S608  only our own fragments
        f" ORDER BY u.sort_key LIMIT 1{lock}"
    )
    statement = (
        f'UPDATE {UNIT} SET taken = taken + 1, "open" = (taken + 1 < wanted)'  # noqa: S608  only our own fragments
        f" WHERE id = ({candidate}) AND taken < wanted RETURNING id"
    )
    unit = TAKEN.first_of((statement, params))
    if unit is not None and connection.vendor == "postgresql":
        # Read as it was before.
        unit.taken, unit.open = unit.taken + 1, unit.taken + 1 < unit.wanted
    return unit


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
