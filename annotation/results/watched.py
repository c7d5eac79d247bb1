"""Independent answers of label reviews, screenings and dialogues, as the quality page compares them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from annotation.models import Label
from annotation.services.labels import FIELD
from projects.kinds import WatchedAnswer
from projects.models import Study


def labels(study: Study) -> Iterator[WatchedAnswer]:
    """Yield every answer to an item: its label, or its set of labels."""
    rows = Label.objects.filter(
        submission__assignment__study=study, submission__independent=True, field=FIELD, turn__isnull=True
    )
    given: dict[int, list[str]] = defaultdict(list)
    for submission, state, value in rows.values_list("submission_id", "state", "value"):
        given[submission].append(value or f"({state})")
    for submission, values in given.items():
        said = "|".join(sorted(values))
        yield WatchedAnswer(submission, {(FIELD, ""): said}, said)


def turns(study: Study, fields: Collection[str]) -> Iterator[WatchedAnswer]:
    """Yield every answer to a session: what it says in each of `fields`, turn by turn."""
    rows = Label.objects.filter(
        submission__assignment__study=study, submission__independent=True, field__in=list(fields)
    )
    given: dict[int, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for submission, field, turn, state, value in rows.values_list(
        "submission_id", "field", "turn__index", "state", "value"
    ):
        given[submission][field, "" if turn is None else str(turn)].append(value or f"({state})")
    for submission, answers in given.items():
        said = {key: "|".join(sorted(values)) for key, values in answers.items()}
        # Sessions differ in length: what repeats is the same set of values, whatever the number of turns.
        pattern = ";".join(sorted({f"{field}={value}" for (field, _turn), value in said.items()}))
        yield WatchedAnswer(submission, said, pattern)
