"""Storing what a rater says of the responses in hand, as rows of a submission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evaluation.models import Mark, Preference, Rank, Reason, Score
from projects.models import Submission


def competition_ranks(places: Mapping[int, int]) -> dict[int, tuple[int, bool]]:
    """Return each member's rank and whether it is tied, from places that may leave gaps: 1, 1, 4 becomes 1, 1, 3."""
    given = list(places.values())
    return {
        member: (1 + sum(other < place for other in given), given.count(place) > 1) for member, place in places.items()
    }


def store_ranks(submission: Submission, places: Mapping[int, int]) -> None:
    """Store a ranking, member -> place."""
    rows = competition_ranks(places).items()
    Rank.objects.bulk_create(
        Rank(submission=submission, member_id=member, rank=rank, tied=tied) for member, (rank, tied) in rows
    )


def store_preferences(submission: Submission, choices: Mapping[str, str]) -> None:
    """Store a choice for each criterion."""
    Preference.objects.bulk_create(
        Preference(submission=submission, criterion=key, choice=choice) for key, choice in choices.items()
    )


def store_scores(submission: Submission, scores: Mapping[tuple[int, str], int]) -> None:
    """Store scores, (member, criterion) -> value."""
    Score.objects.bulk_create(
        Score(submission=submission, member_id=member, criterion=key, value=value)
        for (member, key), value in scores.items()
    )


def store_marks(submission: Submission, marks: Mapping[int, Iterable[str]]) -> None:
    """Store the concerns about each member."""
    Mark.objects.bulk_create(
        Mark(submission=submission, member_id=member, concern=concern)
        for member, concerns in marks.items()
        for concern in dict.fromkeys(concerns)
    )


def store_reasons(submission: Submission, reasons: Sequence[tuple[int | None, str]]) -> None:
    """Store reasons: (member, or None for the whole judgement, words)."""
    Reason.objects.bulk_create(
        Reason(submission=submission, member_id=member, text=text.strip()) for member, text in reasons if text.strip()
    )
