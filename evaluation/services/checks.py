"""Items to practise on and items that check attention: named by the manager, judged by everybody, never counted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaluation.models import Preference, Rank, ResponseSet, Score, UnitResponse
from projects.models import Submission, Unit

BEST, WORST = "best", "worst"


@dataclass(frozen=True)
class Line:
    """One line of a list: an item, a system, what it is held to be, and words for the rater."""

    item: str
    slug: str
    place: str
    words: str = ""


def lines(text: str) -> list[Line]:
    """Return the lines of a list that can be read: item, system, best or worst, words; tabs or bars between them."""
    return [line for line in map(_line, text.splitlines()) if line is not None]


def unread(text: str) -> list[int]:
    """Return the numbers of the lines that cannot be read, from 1; empty lines count as read."""
    return [at for at, row in enumerate(text.splitlines(), start=1) if row.strip() and _line(row) is None]


def _line(row: str) -> Line | None:
    parts = [part.strip() for part in re.split(r"[\t|]", row, maxsplit=3)]
    if len(parts) < 3 or parts[2].lower() not in (BEST, WORST) or not parts[0] or not parts[1]:
        return None
    return Line(parts[0], parts[1], parts[2].lower(), parts[3] if len(parts) > 3 else "")


def named(settings: Mapping[str, object]) -> Iterator[tuple[str, Line]]:
    """Yield every line with the part that its item plays."""
    for role, name in ((Unit.Role.PRACTICE, "practice"), (Unit.Role.GOLD, "gold")):
        for line in lines(str(settings.get(name) or "")):
            yield str(role), line


def met(submission: Submission) -> bool | None:
    """Whether an answer is what its unit's check expects; None where the unit expects nothing."""
    unit = submission.assignment.unit_id
    expected = ResponseSet.objects.filter(unit=unit).values_list("expected", flat=True).first()
    if not expected:
        return None
    members = dict(UnitResponse.objects.filter(unit=unit).values_list("pk", "system__code"))
    worth = {members[member]: value for member, value in values(submission).items()}
    return holds(worth, expected["system"], expected["is"], middle=0.0)


def values(submission: Submission) -> dict[int, float]:
    """Return how good each member is by an answer: the higher, the better, and 0 in the middle of what could be."""
    ranks = dict(Rank.objects.filter(submission=submission).values_list("member_id", "rank"))
    if ranks:
        return {member: (len(ranks) + 1) / 2 - rank for member, rank in ranks.items()}
    choice = Preference.objects.filter(submission=submission, criterion="overall").values_list("choice", flat=True)
    if choice:
        return preferred(submission, choice[0])
    return scored(submission)


def preferred(submission: Submission, choice: str) -> dict[int, float]:
    """Return the worth of the two sides of an overall verdict."""
    sides = submission.assignment.placements.order_by("slot").values_list("member_id", flat=True)
    first = {"first": 1.0, "tie": 0.0, "second": -1.0}[choice]
    return dict(zip(sides, (first, -first), strict=False))


def scored(submission: Submission) -> dict[int, float]:
    """Return each member's mean score as its distance from the middle of its criteria's scales."""
    from evaluation.models import BlindStudy

    rubric = BlindStudy.objects.select_related("rubric").get(study=submission.assignment.study_id).rubric
    middles = {
        one["key"]: (one["points"][0]["value"] + one["points"][-1]["value"]) / 2
        for one in (rubric.criteria if rubric else [])
    }
    found: dict[int, list[float]] = {}
    for member, criterion, value in Score.objects.filter(submission=submission).values_list(
        "member_id", "criterion", "value"
    ):
        found.setdefault(member, []).append(value - middles[criterion])
    return {member: sum(rows) / len(rows) for member, rows in found.items()}


def holds(worth: Mapping[str, float], code: str, place: str, *, middle: float) -> bool:
    """Whether the system with this code comes out alone as best or worst; alone on a page it is held to the middle."""
    if code not in worth:
        return False
    sign = 1 if place == BEST else -1
    others: Sequence[float] = [value for other, value in worth.items() if other != code] or [middle]
    return all(sign * worth[code] > sign * value for value in others)
