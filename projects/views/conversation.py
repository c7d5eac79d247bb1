"""A dialogue as a conversation to read: who says what, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from projects.formats.dialogues.records import Proposal, Said, SessionRecord, TurnRecord, Values
from projects.models import ImportedAnswer, ItemRevision, Suggestion, Turn

ROLES = dict(Turn.Role.choices)
# Between several values of one field.
BETWEEN = " · "


@dataclass(frozen=True)
class Note:
    """The values of a field, whose they are ("" for the file's own), and how sure a proposal is."""

    field: str
    words: str
    whose: str = ""
    score: float | None = None


@dataclass(frozen=True)
class Line:
    """One turn as a page shows it; the therapist's stand to the right."""

    number: int
    speaker: str
    role: str
    text: str
    right: bool
    notes: list[Note]


def of_record(session: SessionRecord, most: int) -> list[Line]:
    """The first turns of a session that was read from a file."""
    return [
        Line(number, turn.speaker, str(ROLES[turn.role]), turn.text, turn.role == "therapist", notes_of(turn))
        for number, turn in enumerate(session.turns[:most], 1)
    ]


def notes_of(told: SessionRecord | TurnRecord) -> list[Note]:
    """What a file says about a session or a turn."""
    own = [Note(field, words(values)) for field, values in told.labels.items()]
    return [*own, *map(_of_proposal, told.proposals), *map(_of_answer, told.answers)]


def _of_proposal(one: Proposal) -> Note:
    return Note(one.field, words(one.values), one.source, one.score)


def _of_answer(one: Said) -> Note:
    return Note(one.field, words(one.values), one.rater)


def words(values: Values | list[str]) -> str:
    """Values in one line; a dash where somebody chose none."""
    return BETWEEN.join(values) or "–"


def of_revision(revision: ItemRevision, *, notes: bool) -> tuple[list[Note], list[Line]]:
    """The notes on a stored session and its turns; without `notes`, the bare conversation."""
    told = stored_notes(revision) if notes else {}
    lines = [
        Line(
            turn.index, turn.speaker, turn.get_role_display(), turn.text, turn.role == Turn.Role.THERAPIST,
            told.get(turn.index, []),
        )
        for turn in revision.turns.all()
    ]  # fmt: skip
    return told.get(0, []), lines


def stored_notes(revision: ItemRevision) -> Mapping[int, list[Note]]:
    """Proposals and the answers of imported raters, by the turn's number (0: the session)."""
    found: dict[int, list[Note]] = {}
    proposed = Suggestion.objects.filter(revision=revision).order_by("pk")
    for index, *rest in proposed.values_list("turn__index", "field", "values", "source", "score"):
        field, values, source, score = rest
        found.setdefault(index or 0, []).append(Note(field, words(values), source, score))
    said: Iterable[tuple[int | None, str, list[str], str]] = (
        ImportedAnswer.objects.filter(revision=revision)
        .order_by("pk")
        .values_list("turn__index", "field", "values", "rater__code")
    )
    for place, field, values, code in said:
        found.setdefault(place or 0, []).append(Note(field, words(values), code))
    return found
