"""A blind judgement as values that can be compared: by code, whatever place and letter the rater saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from evaluation.models import Placement, Preference, Rank, Score, UnitResponse
from projects.models import Assignment, Submission

TIE = "tie"
# Parts a code from a criterion: no code has it in it.
BETWEEN = "|"


def said(submission: Submission) -> dict[str, Any]:
    """Return ranks by code, scores by code and criterion, and by criterion the code that was preferred."""
    codes = dict(UnitResponse.objects.filter(unit=submission.assignment.unit_id).values_list("pk", "system__code"))
    found: dict[str, Any] = {}
    for member, rank in Rank.objects.filter(submission=submission).values_list("member_id", "rank"):
        found[codes[member]] = rank
    scores = Score.objects.filter(submission=submission).order_by("criterion")
    for member, criterion, value in scores.values_list("member_id", "criterion", "value"):
        found[f"{codes[member]}{BETWEEN}{criterion}"] = value
    sides = list(submission.assignment.placements.order_by("slot").values_list("member_id", flat=True))
    choices = Preference.objects.filter(submission=submission).order_by("criterion")
    for criterion, choice in choices.values_list("criterion", "choice"):
        side = {"first": 0, "second": 1}.get(choice)
        found[criterion] = [TIE if side is None else codes[sides[side]]]
    return dict(sorted(found.items()))


def named(assignment: Assignment, values: Mapping[str, Any], letters: Mapping[int, str]) -> list[tuple[str, str]]:
    """Return such values with the letters this rater knows the responses by; `letters` are by slot.

    Codes are the same in every unit, so a rater is never told one.
    """
    rows = Placement.objects.filter(assignment=assignment).values_list("member__system__code", "slot")
    names = {code: _("Response %(letter)s") % {"letter": letters[slot]} for code, slot in rows}
    found = []
    for key, value in values.items():
        code, _between, criterion = key.partition(BETWEEN)
        if isinstance(value, list):
            # A preference: the key is the criterion, the value a code.
            found.append((key, ", ".join(_("tie") if one == TIE else names.get(one, "") for one in value)))
        else:
            found.append((", ".join(part for part in (names.get(code, ""), criterion) if part), str(value)))
    return found
