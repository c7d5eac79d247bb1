"""Rows of a screening: what became of each dialogue, and every verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotation.models import Label, Resolution
from annotation.results.rows import EXPOSURE, JUDGED
from annotation.services.labels import FIELD
from annotation.services.screening import DROP, REASON
from projects.models import Assignment, Exposure, Study, Submission, Unit
from projects.services.exclusions import left_out

OUTCOME_COLUMNS = ["case", "session", "topic", "language", "outcome", "reason_code", "reason", "keep", "drop", "wanted"]
VERDICT_COLUMNS = [
    "case", "session", "rater", "group", "verdict", "reason_code", "comment", "number", "independent", "current",
    "shown_before", "surplus", "excluded", "active_seconds", "submitted_at",
]  # fmt: skip
CHUNK = 1000


def _case(item: Any) -> tuple[str, str]:
    return (item.case.external_id if item and item.case else "", item.external_id if item else "")


def outcomes(study: Study) -> Iterator[Mapping[str, Any]]:
    """Yield each dialogue with what became of it, in the order of the data set."""
    units = study.units.filter(role__in=JUDGED, withdrawn=False).select_related("item__case", "revision")
    ids = list(units.order_by("item__position", "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        ended = {row.unit_id: row for row in Resolution.objects.filter(unit__in=some, current=True)}
        counts = _counts(some)
        for unit in sorted(units.filter(pk__in=some), key=lambda one: some.index(one.pk)):
            case, session = _case(unit.item)
            yield _outcome(unit, ended.get(unit.pk), counts.get(unit.pk, {})) | {"case": case, "session": session}


def _outcome(unit: Unit, row: Resolution | None, counts: Mapping[str, int]) -> dict[str, Any]:
    outcome = "" if row is None else DROP if row.how == Resolution.How.REMOVED else "keep"
    return {
        "topic": unit.revision.topic if unit.revision else "",
        "language": unit.language,
        "outcome": outcome,
        "reason_code": row.reason_code if row else "",
        "reason": row.reason if row else "",
        "keep": counts.get("keep", 0),
        "drop": counts.get(DROP, 0),
        "wanted": unit.wanted,
    }


def _counts(units: list[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    rows = Label.objects.filter(
        submission__assignment__unit__in=units, submission__current=True, submission__assignment__surplus=False,
        field=FIELD,
    )  # fmt: skip
    for unit, value in rows.values_list("submission__assignment__unit", "value"):
        own = found.setdefault(unit, {})
        own[value] = own.get(value, 0) + 1
    return found


def verdicts(study: Study) -> Iterator[Mapping[str, Any]]:
    """Yield every verdict in force, and the independent one before it where they differ."""
    out = left_out(study)
    rows = Submission.objects.filter(assignment__study=study, assignment__state=Assignment.State.SUBMITTED)
    rows = rows.filter(current=True) | rows.filter(independent=True)
    rows = rows.select_related("assignment__rater", "assignment__unit__item__case").prefetch_related("labels")
    for row in rows.order_by("assignment__unit", "assignment__rater__code", "number").iterator(chunk_size=CHUNK):
        given, held = {label.field: label.value for label in row.labels.all()}, row.assignment
        case, session = _case(held.unit.item)
        yield {
            "case": case,
            "session": session,
            "rater": held.rater.code,
            "group": held.rater.group,
            "verdict": given.get(FIELD, ""),
            "reason_code": given.get(REASON, ""),
            "comment": row.comment,
            "number": row.number,
            "independent": row.independent,
            "current": row.current,
            "shown_before": EXPOSURE[Exposure(row.exposure)],
            "surplus": held.surplus,
            "excluded": out.reason(held.unit_id, held.rater_id, held.pk),
            "active_seconds": row.active_ms / 1000,
            "submitted_at": row.created_at.isoformat(),
        }
