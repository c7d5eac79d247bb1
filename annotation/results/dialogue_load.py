"""A whole dialogue annotation as arrays: sessions, turns, answers, labels and marked words. For the worker.

Texts are not read, only how long they are. Importing this module loads numpy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
import numpy.typing as npt
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast, Length

from annotation.models import Evidence, Label
from annotation.results.arrays import NONE, BoolArray, IntArray, Names, columns, places
from annotation.results.rows import IN_FORCE, INDEPENDENT, JUDGED, fetch
from annotation.schema import FieldKind, Schema, load
from projects.models import Assignment, Rater, Study, Submission, Turn, Unit
from projects.services.exclusions import left_out

STATES = tuple(Label.State.values)
GIVEN = STATES.index(Label.State.VALUE)


@dataclass(frozen=True)
class Sessions:
    """One entry per session that results rest on, in the order of their keys."""

    pk: IntArray
    item: IntArray
    revision: IntArray
    external: list[str]
    language: IntArray
    languages: list[str]
    complete: BoolArray

    def __len__(self) -> int:
        return int(self.pk.size)


@dataclass(frozen=True)
class Turns:
    """One entry per turn of these sessions, in their order; `session` is a place among them, `role` one in `roles`.

    An answer pins the revision it was given to. `keys` holds the turns of every revision of a session, sorted, and
    `place` where each of them stands here.
    """

    session: IntArray
    role: IntArray
    roles: list[str]
    keys: IntArray
    place: IntArray

    def __len__(self) -> int:
        return int(self.session.size)

    def places(self, keys: IntArray) -> IntArray:
        """Return the places of turns by their keys; -1 for what is no turn of these sessions."""
        at = places(self.keys, keys)
        return np.where(at >= 0, self.place[at], NONE) if self.keys.size else at


@dataclass(frozen=True)
class Answers:
    """One entry per submission in force or independent, by key; `session` and `rater` are places."""

    pk: IntArray
    session: IntArray
    rater: IntArray
    independent: BoolArray
    current: BoolArray
    base: IntArray
    exposure: IntArray
    placed: BoolArray
    excluded: BoolArray
    ms: IntArray
    at: npt.NDArray[np.datetime64]

    def __len__(self) -> int:
        return int(self.pk.size)


@dataclass(frozen=True)
class Labels:
    """One entry per label or text: places of its answer, its turn (-1: the session's own) and its field.

    `value` points into `values`, -1 where the state is no value or the field is a text; `length` counts characters.
    """

    answer: IntArray
    turn: IntArray
    field: IntArray
    state: IntArray
    value: IntArray
    values: list[str]
    length: IntArray


@dataclass(frozen=True)
class Dialogues:
    """A dialogue annotation's rows, with the raters' codes and groups."""

    study: Study
    schema: Schema
    sessions: Sessions
    turns: Turns
    answers: Answers
    labels: Labels
    raters: list[str]
    groups: list[str]

    @cached_property
    def field_places(self) -> dict[str, int]:
        """The places of the schema's fields, by key."""
        return {field.key: place for place, field in enumerate(self.schema.fields)}

    @property
    def digest(self) -> str:
        """SHA-256 over the labels under the sessions', turns' and raters' own names, whatever the database's keys."""
        a, found = self.answers, self.labels
        rank = np.argsort(np.argsort(np.asarray(self.sessions.external, dtype=object), kind="stable"), kind="stable")
        spelled = sorted(range(len(found.values)), key=found.values.__getitem__)
        place = np.full(len(found.values) + 1, NONE, dtype=np.int64)
        place[spelled] = np.arange(len(spelled))
        first = np.searchsorted(self.turns.session, self.turns.session, side="left")
        index = np.append(np.arange(len(self.turns)) - first, NONE)
        columns = np.stack([
            rank[a.session[found.answer]], a.rater[found.answer], index[found.turn], found.field, found.state,
            place[found.value], found.length, a.independent[found.answer] + 2 * a.current[found.answer],
        ])  # fmt: skip
        names = [sorted(self.sessions.external), self.raters, sorted(found.values), list(self.field_places)]
        whole = sha256(json.dumps(names, ensure_ascii=False).encode())
        whole.update(np.ascontiguousarray(columns[:, np.lexsort(columns[::-1])]).tobytes())
        return whole.hexdigest()


def load_dialogues(study: Study) -> Dialogues:
    """Read the study. Nothing may be written while its rows are being read (see `load`)."""
    schema = load(study.settings["schema"])
    sessions = _sessions(study)
    turns = _turns(study, sessions)
    rows = Rater.objects.filter(pk__in=Assignment.objects.filter(study=study).values("rater"))
    raters = list(rows.order_by("code").values_list("pk", "code", "group"))
    answers = answers_of(study, sessions, [row[0] for row in raters], given(study).filter(INDEPENDENT | IN_FORCE))
    whole = Q(submission__independent=True) | Q(submission__current=True)
    labels = labels_of(schema, answers, turns, said(study).filter(whole))
    return Dialogues(
        study, schema, sessions, turns, answers, labels, [row[1] for row in raters], [row[2] for row in raters]
    )


def _sessions(study: Study) -> Sessions:
    rows = Unit.objects.filter(study=study, role__in=JUDGED, withdrawn=False)
    names = ("pk", "item_id", "revision_id", "item__external_id", "revision__language", "wanted", "done")
    found = sorted(fetch(rows.values_list(*names)))
    languages = Names()

    def column(place: int) -> IntArray:
        return np.fromiter((row[place] for row in found), dtype=np.int64, count=len(found))

    return Sessions(
        pk=column(0),
        item=column(1),
        revision=column(2),
        external=[row[3] for row in found],
        language=np.fromiter((languages.code(row[4]) for row in found), dtype=np.int64, count=len(found)),
        languages=languages.names,
        complete=column(6) >= column(5),
    )


def _turns(study: Study, sessions: Sessions) -> Turns:
    items = Unit.objects.filter(study=study, role__in=JUDGED, withdrawn=False).values("item")
    names, rows = Turn.Role.values, Turn.objects.filter(revision__item__in=items).order_by()
    found = fetch(rows.values_list("pk", "revision_id", "revision__item_id", "index", "role"))
    coded = ((*row[:4], names.index(row[4])) for row in found)
    pk, revision, item, index, role = columns(coded, 5)
    by_item = np.argsort(sessions.item, kind="stable")
    at = places(sessions.item[by_item], item)
    session = by_item[at] if by_item.size else at
    # A turn of the revision in force comes before its namesakes of other revisions, which stand for it.
    other = (sessions.revision[session] != revision).astype(np.int64) if session.size else session
    order = np.lexsort((other, index, session))
    pk, session, index, other, role = (one[order] for one in (pk, session, index, other, role))
    new = np.ones(pk.size, dtype=bool)
    new[1:] = (session[1:] != session[:-1]) | (index[1:] != index[:-1])
    # Turns that only an older revision has are no part of the session any more.
    place = np.where(other[new] == 0, np.cumsum(other[new] == 0) - 1, NONE)[np.cumsum(new) - 1]
    kept = new & (other == 0)
    by_key = np.argsort(pk)
    return Turns(session[kept], role[kept], list(names), keys=pk[by_key], place=place[by_key])


ANSWER = (
    "pk", "assignment__unit_id", "assignment__rater_id", "assignment_id", "independent", "current",
    "assignment__base_exposure", "exposure", "assignment__surplus", "active_ms",
)  # fmt: skip


def given(study: Study) -> QuerySet[Submission]:
    """Return what was handed in."""
    return Submission.objects.filter(assignment__study=study, assignment__state=Assignment.State.SUBMITTED)


def said(study: Study) -> QuerySet[Label]:
    """Return the labels and texts of what was handed in."""
    return Label.objects.filter(
        submission__assignment__study=study, submission__assignment__state=Assignment.State.SUBMITTED
    )


def answers_of(study: Study, sessions: Sessions, raters: Sequence[int], chosen: QuerySet[Submission]) -> Answers:
    """Return these submissions; `raters` are the keys whose order gives a rater's place."""
    rows = chosen.annotate(moment=Cast("created_at", CharField())).values_list(*ANSWER, "moment")
    found = sorted(fetch(rows))
    numbers = columns((row[: len(ANSWER)] for row in found), len(ANSWER))
    pk, unit, rater, assignment, independent, current, base, seen, surplus, ms = numbers
    # To the second, and without what a database may say of the time zone: both give UTC.
    at = np.asarray([row[len(ANSWER)][:19] for row in found], dtype="datetime64[s]")
    session = places(sessions.pk, unit)
    known = session >= 0
    order = np.argsort(np.asarray(raters, dtype=np.int64))
    who = order[places(np.asarray(raters, dtype=np.int64)[order], rater)] if len(raters) else rater
    out = left_out(study)
    excluded = np.isin(unit, list(out.units)) | np.isin(rater, list(out.raters))
    excluded |= np.isin(assignment, list(out.assignments))
    return Answers(
        pk=pk[known],
        session=session[known],
        rater=who[known],
        independent=independent[known].astype(bool),
        current=current[known].astype(bool),
        base=base[known],
        exposure=seen[known],
        placed=~surplus[known].astype(bool),
        excluded=excluded[known],
        ms=ms[known],
        at=at[known],
    )


def labels_of(schema: Schema, answers: Answers, turns: Turns, rows: QuerySet[Label]) -> Labels:
    """Return those of these labels that belong to the answers."""
    fields = {field.key: place for place, field in enumerate(schema.fields)}
    texts = [field.key for field in schema.fields if field.kind == FieldKind.TEXT]
    values, states = Names(), {state: place for place, state in enumerate(STATES)}
    labelled = rows.exclude(field__in=texts).values_list("submission_id", "turn_id", "field", "state", "value")
    texts_only = rows.filter(field__in=texts).annotate(n=Length("value"))
    written = texts_only.values_list("submission_id", "turn_id", "field", "state", "n")
    coded = (
        (pk, turn or NONE, fields.get(field, NONE), states[state], values.code(value or None), 0)
        for pk, turn, field, state, value in fetch(labelled)
    )
    lengths = (
        (pk, turn or NONE, fields.get(field, NONE), states[state], NONE, n)
        for pk, turn, field, state, n in fetch(written)
    )
    parts = [columns(coded, 6), columns(lengths, 6)]
    pk, turn, field, state, value, length = (np.concatenate(both) for both in zip(*parts, strict=True))
    answer, place = places(answers.pk, pk), turns.places(turn)
    # What belongs to no answer that counts, to a field of an older schema, or to a turn no longer there, is left.
    kept = (answer >= 0) & (field >= 0) & ((place >= 0) | (turn == NONE))
    return Labels(
        answer[kept], place[kept], field[kept], state[kept], value[kept], values.names, length[kept]
    )  # fmt: skip


Span = tuple[int, int, int, int, int]


def marked(study: Study, found: Dialogues) -> Iterator[Span]:
    """Yield marked words: the places of the answer, the turn and the field, and where they start and end."""
    rows = Evidence.objects.filter(submission__independent=True, submission__assignment__study=study)
    names = ("submission_id", "turn_id", "field", "start", "end")
    fields = found.field_places
    coded = ((pk, turn, fields.get(field, NONE), start, end) for pk, turn, field, start, end in fetch(
        rows.order_by().values_list(*names)
    ))  # fmt: skip
    pk, turn, field, start, end = columns(coded, 5)
    answer, place = places(found.answers.pk, pk), found.turns.places(turn)
    kept = (answer >= 0) & (place >= 0) & (field >= 0)
    yield from zip(*(one[kept].tolist() for one in (answer, place, field, start, end)), strict=True)
