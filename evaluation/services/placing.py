"""Placements: which response a rater sees where, drawn in the claim's transaction and never changed."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.models import BlindStudy, Placement, ResponseSet, UnitResponse
from evaluation.order import arrange
from projects.models import Assignment, StudyRole


def deal(part: StudyRole, held: Sequence[Assignment]) -> None:
    """Place the responses of every unit in hand that has no placements yet."""
    dealt = set(
        Placement.objects.filter(assignment__in=[row.pk for row in held]).values_list("assignment_id", flat=True)
    )
    for row in held:
        if row.pk not in dealt:
            _place(part, row)


def _place(part: StudyRole, assignment: Assignment) -> None:
    about = ResponseSet.objects.get(unit=assignment.unit_id)
    key = BlindStudy.objects.values_list("key", flat=True).get(study=part.study_id)
    members = {
        row.system.code: row
        for row in UnitResponse.objects.filter(unit=assignment.unit_id).select_related("system", "response")
    }
    order = arrange(
        part.study.settings["order_design"],
        key=bytes.fromhex(key),
        # A rater's code and the codes that are judged together name one sequence of claims.
        rater="\x1f".join([part.coded.code, *sorted(members)]),
        unit=about.key,
        ordinal=_ordinal(part, assignment),
        codes=sorted(members),
    )
    Placement.objects.bulk_create(
        Placement(
            assignment=assignment,
            member=members[code],
            slot=slot,
            wording_id=_wording(members[code]),
        )
        for slot, code in enumerate(order, start=1)
    )


def _wording(member: UnitResponse) -> int | None:
    return member.response.current_id if member.response else None


def _ordinal(part: StudyRole, assignment: Assignment) -> int:
    """Return how many units with the same systems the rater had claimed before, from 0."""
    earlier = Assignment.objects.filter(study=part.study_id, rater=part.coded, ordinal__lt=assignment.ordinal)
    return earlier.filter(unit__variant=assignment.unit.variant).count()


def placed(assignment: Assignment) -> list[Placement]:
    """Return what this rater sees in this unit, in order, with its texts: one query."""
    rows = Placement.objects.filter(assignment=assignment)
    return list(
        rows.select_related("member__response", "member__revision", "member__system", "wording").order_by("slot")
    )
