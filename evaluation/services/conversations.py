"""Whole dialogues as raters of a blind study read them.

Who speaks is told by the person's part, in the dialogue's language: a data set's own names for its speakers would tell
two data sets apart. Words that were taken out for a study are left out here; the revision itself never changes, and
decisions on words are frozen when the study opens, so everybody reads the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.db.models.functions import Length

from evaluation import lexicon
from evaluation.lexicon import Clue, Hit
from evaluation.models import LexiconHit
from projects.listing import Among
from projects.models import ItemRevision, Turn

SPEAKERS = {
    "en": {Turn.Role.CLIENT: "Client", Turn.Role.THERAPIST: "Counsellor", Turn.Role.OTHER: "Speaker"},
    "zh": {Turn.Role.CLIENT: "来访者", Turn.Role.THERAPIST: "咨询师", Turn.Role.OTHER: "说话人"},
}

TURNS: Among[Turn] = Among(
    lambda revisions: (
        Turn.objects.filter(revision__in=revisions)
        .order_by("revision", "index")
        .only("revision", "role", "speaker", "text")
    )
)
OUT: Among[Any] = Among(
    lambda revisions, study: (
        LexiconHit.objects.filter(study=study, revision__in=revisions, decision=LexiconHit.Decision.REDACTED)
        .order_by("start")
        .values_list("revision_id", "start", "end")
    ),
    -1,
)


@dataclass(frozen=True)
class Line:
    """One turn as a rater reads it."""

    role: str
    speaker: str
    text: str


@dataclass(frozen=True)
class Conversation:
    """What a rater reads of an item: its turns, or its text where it has none."""

    lines: Sequence[Line] = ()
    text: str = ""

    @property
    def words(self) -> str:
        """All of it in one piece, each turn behind its speaker."""
        return "\n".join(f"{line.speaker}: {line.text}" for line in self.lines) or self.text


def shown(study: int, revisions: Iterable[ItemRevision]) -> dict[int, Conversation]:
    """Return what a study's raters read of these revisions, by their keys. Two queries, for any number."""
    rows = {row.pk: row for row in revisions}
    if not rows:
        return {}
    turns: dict[int, list[Turn]] = defaultdict(list)
    for turn in TURNS.rows(rows):
        turns[turn.revision_id].append(turn)
    out = taken_out(study, rows)
    return {pk: _conversation(row, turns[pk], out.get(pk, ())) for pk, row in rows.items()}


def taken_out(study: int, revisions: Iterable[int]) -> dict[int, list[Hit]]:
    """Return the places that were taken out of these revisions for a study."""
    found: dict[int, list[Hit]] = defaultdict(list)
    for revision, start, end in OUT.tuples(revisions, study):
        found[revision].append(Hit(start, end, "", Clue.SYSTEM))
    return dict(found)


def parts(revisions: Iterable[int]) -> dict[int, list[str]]:
    """Return the texts of each revision in which places are counted: its turns', or its own where it has none."""
    keys = list(revisions)
    found: dict[int, list[str]] = defaultdict(list)
    rows = Turn.objects.filter(revision__in=keys).order_by("revision", "index")
    for revision, text in rows.values_list("revision_id", "text"):
        found[revision].append(text)
    bare = ItemRevision.objects.filter(pk__in=[key for key in keys if key not in found])
    return dict(found) | {pk: [text] for pk, text in bare.values_list("pk", "text")}


def lengths(revisions: Iterable[int | None]) -> dict[int, int]:
    """Return how many characters each revision says: its turns', or its own where it has none."""
    keys = {key for key in revisions if key is not None}
    own = ItemRevision.objects.filter(pk__in=keys).values_list("pk", Length("text"))
    turns = Turn.objects.filter(revision__in=keys).values_list("revision_id")
    return dict(own) | dict(turns.annotate(n=Sum(Length("text"))).order_by())


def _conversation(revision: ItemRevision, turns: Sequence[Turn], out: Sequence[Hit]) -> Conversation:
    if not turns:
        return Conversation(text=lexicon.redact(revision.text, out))
    names = _names(turns, revision.language)
    texts = lexicon.redact_parts([turn.text for turn in turns], out)
    return Conversation(
        tuple(Line(turn.role, names[turn.role, turn.speaker], text) for turn, text in zip(turns, texts, strict=True))
    )


def _names(turns: Sequence[Turn], language: str) -> Mapping[tuple[str, str], str]:
    """Return what each speaker is called; those who share a part are numbered as they come."""
    words = SPEAKERS["zh" if language.startswith("zh") else "en"]
    people: dict[str, list[str]] = defaultdict(list)
    for turn in turns:
        if turn.speaker not in people[turn.role]:
            people[turn.role].append(turn.speaker)
    return {
        (role, speaker): f"{words[Turn.Role(role)]} {number}" if len(speakers) > 1 else words[Turn.Role(role)]
        for role, speakers in people.items()
        for number, speaker in enumerate(speakers, start=1)
    }
