"""Independent answers to blind studies, as the quality page compares raters: by response, never by system.

What is judged is named by the key of the unit's response, which says nothing of who wrote it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce, Length

from evaluation.models import BlindStudy, Placement, Preference, Rank, ResponseSet, Score, UnitResponse
from evaluation.services import checks, conversations
from projects.kinds import WatchedAnswer
from projects.models import Study

OVERALL = "overall"
MINE = Q(submission__independent=True)
Slots = Mapping[int, Mapping[int, int]]


def slots(study: Study) -> dict[int, dict[int, int]]:
    """Return by assignment where each response stood, from 1."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    rows = Placement.objects.filter(assignment__study=study).values_list("assignment_id", "member_id", "slot")
    for assignment, member, slot in rows:
        found[assignment][member] = slot
    return found


class Checks:
    """What a study's checks expect, and whether an answer meets it."""

    def __init__(self, study: Study) -> None:
        """Read what is expected: a query, and another where anything is."""
        rows = ResponseSet.objects.filter(unit__study=study, expected__isnull=False).values_list("unit_id", "expected")
        self.expected: dict[int, dict[str, Any]] = {unit: expected for unit, expected in rows if expected}
        members = UnitResponse.objects.filter(unit__in=list(self.expected)).values_list("pk", "system__code")
        self.codes = dict(members) if self.expected else {}

    def passed(self, unit: int, worth: Mapping[int, float]) -> bool | None:
        """Whether the worth of a unit's responses is as expected; None where nothing is."""
        expected = self.expected.get(unit)
        if not expected:
            return None
        named = {self.codes[member]: value for member, value in worth.items()}
        return checks.holds(named, expected["system"], expected["is"], middle=0.0)


def _given(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[int, int, int], list[tuple[Any, ...]]]:
    """Gather rows by (submission, assignment, unit)."""
    found: dict[tuple[int, int, int], list[tuple[Any, ...]]] = defaultdict(list)
    for submission, assignment, unit, *rest in rows:
        found[submission, assignment, unit].append(tuple(rest))
    return found


WHOSE = ("submission_id", "submission__assignment_id", "submission__assignment__unit_id")


def rankings(study: Study) -> Iterator[WatchedAnswer]:
    """Yield rankings as the orders of every two responses; the hand's pattern is the ranks by place on the page."""
    where, expected = slots(study), Checks(study)
    rows = Rank.objects.filter(MINE, submission__assignment__study=study).values_list(*WHOSE, "member_id", "rank")
    for (submission, assignment, unit), given in _given(rows).items():
        ranks = dict(given)
        at = where.get(assignment, {})
        values: dict[tuple[str, str], str | int] = {
            ("order", f"{a}-{b}"): "=" if ranks[a] == ranks[b] else "<" if ranks[a] < ranks[b] else ">"
            for a, b in combinations(sorted(ranks), 2)
        }
        best = [member for member, rank in ranks.items() if rank == 1]
        worth = {member: (len(ranks) + 1) / 2 - rank for member, rank in ranks.items()}
        yield WatchedAnswer(
            submission,
            values,
            " ".join(str(rank) for _slot, rank in sorted((at.get(member, 0), rank) for member, rank in ranks.items())),
            first=at[best[0]] == 1 if len(best) == 1 and best[0] in at else None,
            places=len(ranks),
            passed=expected.passed(unit, worth),
        )


def comparisons(study: Study) -> Iterator[WatchedAnswer]:
    """Yield comparisons as the response preferred on each criterion; the hand's pattern is the sides."""
    where, expected = slots(study), Checks(study)
    rows = Preference.objects.filter(MINE, submission__assignment__study=study)
    worths = {"first": (1.0, -1.0), "tie": (0.0, 0.0), "second": (-1.0, 1.0)}
    for (submission, assignment, unit), given in _given(rows.values_list(*WHOSE, "criterion", "choice")).items():
        choices: dict[str, str] = dict(given)
        sides = [member for _slot, member in sorted((s, m) for m, s in where.get(assignment, {}).items())]
        overall = choices.get(OVERALL, "tie")
        worth = dict(zip(sides, worths[overall], strict=False))
        yield WatchedAnswer(
            submission,
            {(name, ""): _preferred(choice, sides) for name, choice in choices.items() if len(sides) == 2},
            " ".join(f"{name}={choice}" for name, choice in sorted(choices.items())),
            first=None if overall == "tie" else overall == "first",
            places=2,
            passed=expected.passed(unit, worth),
        )


def _preferred(choice: str, sides: list[int]) -> str:
    return "=" if choice == "tie" else str(sides[0] if choice == "first" else sides[1])


def ratings(study: Study) -> Iterator[WatchedAnswer]:
    """Yield ratings as scores by criterion and response; `level` where every criterion got the same score."""
    where, expected, middles = slots(study), Checks(study), _middles(study)
    rows = Score.objects.filter(MINE, submission__assignment__study=study)
    named = rows.values_list(*WHOSE, "member_id", "criterion", "value")
    for (submission, assignment, unit), given in _given(named).items():
        at = where.get(assignment, {})
        by_member: dict[int, list[float]] = defaultdict(list)
        for member, criterion, value in given:
            by_member[member].append(value - middles.get(criterion, 0.0))
        laid = sorted((at.get(member, 0), criterion, value) for member, criterion, value in given)
        criteria = {criterion for _member, criterion, _value in given}
        yield WatchedAnswer(
            submission,
            {(criterion, str(member)): value for member, criterion, value in given},
            " ".join(str(value) for _slot, _criterion, value in laid),
            level=len({value for _member, _criterion, value in given}) == 1 if len(criteria) > 1 else None,
            passed=expected.passed(unit, {member: sum(one) / len(one) for member, one in by_member.items()}),
        )


def _middles(study: Study) -> dict[str, float]:
    """Return the middle of each criterion's scale."""
    blind = BlindStudy.objects.select_related("rubric").filter(study=study).first()
    criteria = blind.rubric.criteria if blind and blind.rubric else []
    return {one["key"]: (one["points"][0]["value"] + one["points"][-1]["value"]) / 2 for one in criteria}


def lengths(study: Study) -> dict[int, int]:
    """Return by unit how many characters its item and its responses have, or its whole dialogues."""
    members = UnitResponse.objects.filter(unit__study=study)
    said = dict(members.values_list("unit_id").annotate(n=Coalesce(Sum(Length("response__text")), 0)).order_by())
    asked = study.units.filter(members__revision__isnull=True).annotate(n=Coalesce(Length("revision__text"), 0))
    found = Counter(said) + Counter(dict(asked.values_list("pk", "n")))
    whole = list(members.filter(revision__isnull=False).values_list("unit_id", "revision_id"))
    spoken = conversations.lengths(revision for _unit, revision in whole)
    for unit, revision in whole:
        found[unit] += spoken.get(revision or 0, 0)
    return dict(found)
