"""Checked sessions against each other and against the data set: new, known and unchanged, or in conflict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from projects.formats.dialogues.records import Session, SessionFault, SessionRecord, Values, turn_error
from projects.formats.dialogues.settings import SUGGEST, Settings
from projects.formats.records import Unchanged
from projects.models import Dataset, ImportedAnswer, Item, ItemRevision, Suggestion, Turn
from projects.services.dialogue_raters import FOREIGN
from projects.services.import_compare import DERIVED
from projects.services.import_report import CONFLICT

Outcome = SessionRecord | SessionFault | Unchanged
# Of a turn (0: of the session), a rater's code ("" where nobody is named) and a field.
Place = tuple[int, str, str]


@dataclass
class Known:
    """One revision of a known item, with all that an import can have brought."""

    content_hash: str
    topic: str
    language: str
    case: str
    metadata: Mapping[str, Any]
    turns: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    labels: dict[Place, Values] = field(default_factory=dict)
    answers: dict[Place, Values] = field(default_factory=dict)

    def differences(self, record: SessionRecord, settings: Settings) -> tuple[str, ...]:
        """What the session says otherwise than the revision."""
        given = {
            "text": record.content_hash == self.content_hash,
            "topic": record.topic in ("", self.topic),
            "language": record.language in ("", self.language),
            "case": record.case in ("", self.case),
            "metadata": record.metadata == self.metadata and self._same_turns(record),
            "prelabel": settings.labels != SUGGEST or labels_of(record) == self.labels,
            "answer": answers_of(record) == self.answers,
        }
        return tuple(name for name, same in given.items() if not same)

    def _same_turns(self, record: SessionRecord) -> bool:
        return all(turn.metadata == self.turns.get(index) for index, turn in enumerate(record.turns, 1))


def labels_of(record: SessionRecord) -> dict[Place, Values]:
    """The session's labels that no rater is named for."""
    found = {(0, "", name): values for name, values in record.labels.items()}
    for index, turn in enumerate(record.turns, 1):
        found |= {(index, "", name): values for name, values in turn.labels.items()}
    return found


def answers_of(record: SessionRecord) -> dict[Place, Values]:
    """What the file's raters said."""
    turns = enumerate(record.turns, 1)
    said = [*((0, one) for one in record.answers), *((index, one) for index, turn in turns for one in turn.answers)]
    return {(index, one.rater.removeprefix(FOREIGN), one.field): one.values for index, one in said}


class Comparer:
    """Follows one file from its start, chunk by chunk, and remembers the ids and the places in cases it has met."""

    def __init__(self, dataset: Dataset, settings: Settings) -> None:
        """Compare with what the data set holds now."""
        self.dataset, self.settings = dataset, settings
        self.met: dict[str, int] = {}
        self.met_texts: dict[str, int] = {}
        # By case: which session has which place; 0 stands for one that was there before.
        self.places: dict[str, dict[int, int]] = {}

    def chunk(self, sessions: Sequence[Session]) -> Iterator[Outcome]:
        """Yield each session as it stands to the ones before it and to the data set."""
        records = [one for one in sessions if isinstance(one, SessionRecord)]
        known = self._known({with_id(record).external_id for record in records})
        self._load_places({record.case for record in records if record.case})
        for one in sessions:
            yield self._outcome(one, known) if isinstance(one, SessionRecord) else one

    def _outcome(self, record: SessionRecord, known: Mapping[str, list[Known]]) -> Outcome:
        if (fault := self._twice(record)) is not None:
            return fault
        record = with_id(record)
        revisions = known.get(record.external_id)
        if revisions is None:
            return self._placed(record)
        found = min((one.differences(record, self.settings) for one in revisions), key=len)
        if not found:
            return Unchanged(record.row, record.external_id, record.content_hash)
        return self._refused(record, CONFLICT, value=record.external_id, fields=",".join(found))

    def _twice(self, record: SessionRecord) -> SessionFault | None:
        """A fault where the file has this id, or without ids these very turns, already."""
        met, key = (self.met, record.external_id) if record.external_id else (self.met_texts, record.content_hash)
        first = met.setdefault(key, record.row)
        if first == record.row:
            return None
        code = "session_duplicate" if record.external_id else "session_same_text"
        return self._refused(record, code, value=record.external_id, first=first)

    def _refused(self, record: SessionRecord, code: str, **params: object) -> SessionFault:
        error = turn_error(record.row, record.line, record.external_id, None, code, **params)
        return SessionFault(record.row, record.line, record.external_id, (error,), record)

    def _placed(self, record: SessionRecord) -> Outcome:
        """The session with its place in its case: the one it names, or the next."""
        if not record.case:
            return replace(record, case_order=None)
        taken = self.places[record.case]
        place = record.case_order or max(taken, default=0) + 1
        if place in taken:
            told = {"value": place, "case": record.case, "first": taken[place] or "–"}
            return self._refused(record, "case_order_taken", **told)
        taken[place] = record.row
        return replace(record, case_order=place)

    def _load_places(self, cases: Iterable[str]) -> None:
        new = {case for case in cases if case not in self.places}
        self.places |= {case: {} for case in new}
        rows = Item.objects.visible().filter(dataset=self.dataset, case__external_id__in=new)
        for case, place in rows.values_list("case__external_id", "case_order"):
            self.places[case or ""][place or 0] = 0

    def _known(self, external_ids: Iterable[str]) -> dict[str, list[Known]]:
        """What the data set's items with these ids say, revision by revision."""
        found: dict[str, list[Known]] = {}
        rows: dict[int, Known] = {}
        items = Item.objects.visible().filter(dataset=self.dataset, external_id__in=list(external_ids))
        columns = (
            "pk",
            "item__external_id",
            "content_hash",
            "topic",
            "language",
            "item__case__external_id",
            "metadata",
        )
        for key, name, digest, topic, language, case, metadata in ItemRevision.objects.filter(
            item__in=items
        ).values_list(*columns):
            rows[key] = Known(digest, topic, language, case or "", metadata)
            found.setdefault(name, []).append(rows[key])
        _load_turns(rows, self.settings.source)
        return found


def _load_turns(rows: dict[int, Known], source: str) -> None:
    """Add turns, suggestions and answers to the revisions."""
    if not rows:
        return
    keys = list(rows)
    for revision, index, metadata in Turn.objects.filter(revision__in=keys).values_list(
        "revision_id", "index", "metadata"
    ):
        rows[revision].turns[index] = metadata
    proposed = Suggestion.objects.filter(revision__in=keys, source=source)
    for revision, turn, name, values in proposed.values_list("revision_id", "turn__index", "field", "values"):
        rows[revision].labels[turn or 0, "", name] = tuple(values)
    said = ImportedAnswer.objects.filter(revision__in=keys)
    columns = ("revision_id", "turn__index", "rater__code", "field", "values")
    for revision, turn, code, name, values in said.values_list(*columns):
        rows[revision].answers[turn or 0, code.removeprefix(FOREIGN), name] = tuple(values)


def with_id(record: SessionRecord) -> SessionRecord:
    """The session with an id: its own, or one that follows from its turns and so is the same next time."""
    if record.external_id:
        return record
    return replace(record, external_id=DERIVED + record.content_hash[:32])
