"""How a screening ends: the majority keeps or drops a dialogue; what is dropped leaves the release, not the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from annotation.models import Label, Resolution
from annotation.services.labels import FIELD
from projects.models import Assignment, Item, Submission, Unit

How = Resolution.How
KEEP, DROP = "keep", "drop"
# The field under which the reason for dropping is kept beside the verdict.
REASON = "reason"


@dataclass(frozen=True)
class Vote:
    """One rater's verdict in force."""

    assignment: int
    verdict: str
    reason: str
    comment: str


def store(submission: Submission, verdict: str, reason: str) -> None:
    """Keep a verdict, and the reason for dropping, as rows of the submission."""
    rows = [Label(submission=submission, field=FIELD, value=verdict)]
    rows += [Label(submission=submission, field=REASON, value=reason)] if reason else []
    Label.objects.bulk_create(rows)


def votes(assignments: Sequence[int]) -> dict[int, Vote]:
    """Return the verdicts in force, by assignment id."""
    rows = Label.objects.filter(
        submission__assignment__in=assignments, submission__current=True, submission__assignment__surplus=False
    )
    said: dict[int, dict[str, str]] = {}
    for key, name, value, comment in rows.values_list(
        "submission__assignment", "field", "value", "submission__comment"
    ).order_by("submission__assignment__rater"):
        said.setdefault(key, {"comment": comment})[name] = value
    return {
        key: Vote(key, told.get(FIELD, ""), told.get(REASON, ""), told["comment"]) for key, told in said.items()
    }  # fmt: skip


def of_unit(unit: Unit) -> list[Vote]:
    """Return the verdicts on one dialogue, in the order of the raters."""
    ids = unit.assignments.filter(state=Assignment.State.SUBMITTED, surplus=False).values_list("pk", flat=True)
    return list(votes(list(ids)).values())


def settle(unit: Unit) -> None:
    """Draw the conclusion once a dialogue has all its verdicts; called again at every change of mind."""
    given = of_unit(unit)
    drops = [vote for vote in given if vote.verdict == DROP]
    dropped = 2 * len(drops) > len(given)
    code = Counter(vote.reason for vote in drops).most_common(1)[0][0] if dropped else ""
    words = "\n".join(vote.comment for vote in drops if vote.comment) if dropped else ""
    with transaction.atomic():
        last = Resolution.objects.filter(unit=unit).order_by("number").last()
        if last and last.current and (last.how == How.REMOVED, last.reason_code, last.reason) == (dropped, code, words):
            return
        Resolution.objects.filter(unit=unit, current=True).update(current=False)
        Resolution.objects.create(
            unit=unit,
            number=last.number + 1 if last else 1,
            how=How.REMOVED if dropped else How.VOTED,
            values=[] if dropped else [KEEP],
            reason_code=code,
            reason=words,
        )
        _release(unit, last, code)


def _release(unit: Unit, last: Resolution | None, code: str) -> None:
    """Take the dialogue out of the release, or back in where this study had taken it out."""
    if unit.item_id is None or not unit.study.settings.get("releases", True):
        return
    item = Item.objects.filter(pk=unit.item_id)
    if code:
        item.update(removed=True, removal_reason=code)
    elif last and last.how == How.REMOVED:
        item.update(removed=False, removal_reason="")
