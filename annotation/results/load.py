"""A whole label review as arrays: one query for the units, one for the answers, no objects. For the worker.

Half a million answers take about a second and some 100 MB. Importing this module loads numpy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import CharField, FilteredRelation, Q
from django.db.models.functions import Cast

from annotation.results.arrays import NONE, BoolArray, DayArray, IntArray, Names, blocks_of
from annotation.results.rows import IN_FORCE, INDEPENDENT, JUDGED, fetch, own_labels
from annotation.services.labels import FIELD
from projects.models import Assignment, Item, Rater, Study, Submission, Unit
from projects.services.exclusions import left_out

Values = tuple[str, ...]

KINDS = (Item.Kind.TRUE_FALSE.value, Item.Kind.SINGLE_CHOICE.value, Item.Kind.MULTIPLE_CHOICE.value)


@dataclass(frozen=True)
class Units:
    """One entry per unit that results rest on; codes point into the lists beside them, -1 means none."""

    pk: IntArray
    item: IntArray
    external: list[str]
    kind: IntArray
    topic: IntArray
    topics: list[str]
    language: IntArray
    languages: list[str]
    options: IntArray
    option_sets: list[tuple[Values, str]]
    complete: BoolArray
    prelabel: IntArray
    final: IntArray
    how: IntArray
    hows: list[str]
    reason: IntArray
    reasons: list[str]

    def __len__(self) -> int:
        return int(self.pk.size)


@dataclass(frozen=True)
class Answers:
    """One entry per submission in force or independent; `unit` and `rater` are places, `value` a code of a set."""

    unit: IntArray
    rater: IntArray
    value: IntArray
    independent: BoolArray
    current: BoolArray
    base: IntArray
    exposure: IntArray
    placed: BoolArray
    excluded: BoolArray
    unsure: BoolArray
    ms: IntArray
    at: DayArray

    def __len__(self) -> int:
        return int(self.unit.size)


@dataclass(frozen=True)
class Review:
    """A label review's rows: units, answers, the raters' codes and groups, and the distinct answers as sorted keys."""

    study: Study
    units: Units
    answers: Answers
    raters: list[str]
    groups: list[str]
    values: list[Values]

    @property
    def digest(self) -> str:
        """SHA-256 over the answers under the items' and raters' own names: the same for the same data anywhere."""
        order = np.argsort(np.asarray(self.units.external, dtype=object), kind="stable")
        rank = np.empty(len(self.units), dtype=np.int64)
        rank[order] = np.arange(order.size)
        spelled = sorted(range(len(self.values)), key=self.values.__getitem__)
        place = np.empty(len(self.values), dtype=np.int64)
        place[spelled] = np.arange(len(spelled))
        a = self.answers
        value = np.where(a.value >= 0, place[a.value] if place.size else a.value, NONE)
        flags = a.independent + 2 * a.current + 4 * a.placed + 8 * a.base + 64 * a.exposure
        columns = np.stack([rank[a.unit], a.rater, value, flags])
        names = [[self.units.external[i] for i in order], self.raters, [self.values[i] for i in spelled]]
        whole = sha256(json.dumps(names, ensure_ascii=False).encode())
        whole.update(np.ascontiguousarray(columns[:, np.lexsort(columns[::-1])]).tobytes())
        return whole.hexdigest()


def load(study: Study) -> Review:
    """Read the study.

    Nothing may be written while its rows are being read: on SQLite a reading connection cannot become a writing one
    once another has written. So progress is reported before and after, not in between.
    """
    values = Names()
    units = _load_units(study, values)
    rows = Rater.objects.filter(pk__in=Assignment.objects.filter(study=study).values("rater"))
    raters = list(rows.order_by("code").values_list("pk", "code", "group"))
    answers = _load_answers(study, units, [row[0] for row in raters], values)
    return Review(study, units, answers, [row[1] for row in raters], [row[2] for row in raters], values.names)


# --- units ------------------------------------------------------------------------------------------------

UNIT = (
    "pk", "item_id", "item__external_id", "item__kind", "revision__topic", "revision__language", "revision__options",
    "wanted", "done", "proposal__pk", "proposal__turn", "proposal__values", "ending__values", "ending__how",
    "ending__reason_code",
)  # fmt: skip


class Spelled:
    """Lists of option keys as JSON text, decoded once each."""

    def __init__(self, values: Names) -> None:
        self.values = values
        self.known: dict[str, int] = {}

    def code(self, text: str | None) -> int:
        """Return the code of the set of keys a JSON list names; -1 for None and for an empty list."""
        if text is None:
            return NONE
        if text not in self.known:
            keys = tuple(sorted(json.loads(text)))
            self.known[text] = self.values.code(keys or None)
        return self.known[text]


def _load_units(study: Study, values: Names) -> Units:
    rows = Unit.objects.filter(study=study, role__in=JUDGED, withdrawn=False).annotate(
        proposal=FilteredRelation("revision__suggestions", condition=Q(revision__suggestions__field=FIELD)),
        ending=FilteredRelation("resolutions", condition=Q(resolutions__current=True)),
    )
    first: dict[int, tuple[Any, ...]] = {}
    for row in fetch(rows.values_list(*UNIT)):
        row = row if row[10] is None else (*row[:9], None, None, None, *row[12:])
        before = first.get(row[0])
        # A row for each proposal: the oldest one is the pre-label.
        if before is None or (row[9] is not None and (before[9] is None or row[9] < before[9])):
            first[row[0]] = row
    return _coded([first[pk] for pk in sorted(first)], study, values)


def _coded(rows: list[tuple[Any, ...]], study: Study, values: Names) -> Units:
    topics, languages, options, hows, reasons = Names(), Names(), Names(), Names(), Names()
    spelled, sets = Spelled(values), OptionSets(study, options)
    kinds = {kind: place for place, kind in enumerate(KINDS)}

    def column(make: Callable[[tuple[Any, ...]], int]) -> IntArray:
        return np.fromiter((make(row) for row in rows), dtype=np.int64, count=len(rows))

    return Units(
        pk=column(lambda row: row[0]),
        item=column(lambda row: row[1]),
        external=[row[2] for row in rows],
        kind=column(lambda row: kinds.get(row[3], NONE)),
        topic=column(lambda row: topics.code(row[4])),
        topics=topics.names,
        language=column(lambda row: languages.code(row[5])),
        languages=languages.names,
        options=column(lambda row: sets.code(row[6])),
        option_sets=options.names,
        complete=column(lambda row: row[8] >= row[7]).astype(bool),
        prelabel=column(lambda row: spelled.code(row[11])),
        final=column(lambda row: spelled.code(row[12])),
        how=column(lambda row: hows.code(row[13])),
        hows=hows.names,
        reason=column(lambda row: reasons.code(row[14] or None)),
        reasons=reasons.names,
    )


class OptionSets:
    """What could be answered: the keys in their order, and the options in full, each decoded once."""

    def __init__(self, study: Study, names: Names) -> None:
        self.labels = study.dataset.labels if study.dataset else []
        self.names = names
        self.known: dict[str, int] = {}

    def code(self, text: str | None) -> int:
        """Return the code of the options in a JSON list; an empty one stands for the data set's labels."""
        text = text or "[]"
        if text not in self.known:
            listed = json.loads(text) or self.labels
            keys = tuple(option["key"] for option in listed)
            self.known[text] = self.names.code((keys, json.dumps(listed, sort_keys=True)))
        return self.known[text]


# --- answers ----------------------------------------------------------------------------------------------

ANSWER = (
    "pk", "assignment__unit_id", "assignment__rater_id", "assignment_id", "independent", "current",
    "assignment__base_exposure", "exposure", "assignment__surplus", "unsure", "active_ms",
)  # fmt: skip


def _load_answers(study: Study, units: Units, raters: list[int], values: Names) -> Answers:
    rows = Submission.objects.filter(
        INDEPENDENT | IN_FORCE, assignment__study=study, assignment__state=Assignment.State.SUBMITTED
    ).annotate(own=own_labels(), moment=Cast("created_at", CharField()))
    blocks = blocks_of(fetch(rows.values_list(*ANSWER, "own__value", "moment")))
    columns = [np.concatenate(column) for column in zip(*_numbers(blocks, values), strict=True)]
    if not columns:
        columns = [np.empty(0, dtype=np.int64)] * (len(ANSWER) + 1) + [np.empty(0, dtype="datetime64[s]")]
    columns = _joined(columns, values)
    return _answers(study, units, raters, columns)


def _numbers(blocks: Iterable[list[tuple[Any, ...]]], values: Names) -> Iterator[list[npt.NDArray[Any]]]:
    """Yield the columns of each block as arrays: whole numbers, the value's code, the time in seconds."""
    singles: dict[str | None, int] = {}
    for block in blocks:
        *numbers, said, moments = zip(*block, strict=True)
        codes = [singles[one] if one in singles else singles.setdefault(one, _single(one, values)) for one in said]
        # To the second, and without what a database may say of the time zone: both give UTC.
        times = np.asarray([one[:19] for one in moments], dtype="datetime64[s]")
        yield [np.asarray(column, dtype=np.int64) for column in (*numbers, codes)] + [times]


def _single(value: str | None, values: Names) -> int:
    return values.code((value,) if value else None)


def _joined(columns: list[npt.NDArray[Any]], values: Names) -> list[npt.NDArray[Any]]:
    """Make one row of an answer with several labels, which came as one row for each."""
    order = np.argsort(columns[0], kind="stable")
    pk, value = columns[0][order], columns[len(ANSWER)][order]
    first = np.flatnonzero(np.r_[True, pk[1:] != pk[:-1]]) if pk.size else np.empty(0, dtype=np.int64)
    counts = np.diff(np.r_[first, pk.size])
    joined, names = value[first].copy(), values.names
    for place in np.flatnonzero(counts > 1):
        codes = value[first[place] : first[place] + counts[place]]
        joined[place] = values.code(tuple(sorted(names[code][0] for code in codes)))
    kept = [column[order][first] for column in columns]
    kept[len(ANSWER)] = joined
    return kept


def _answers(study: Study, units: Units, raters: Sequence[int], columns: list[npt.NDArray[Any]]) -> Answers:
    _, unit_pk, rater_pk, assignment, independent, current, base, seen, surplus, unsure, ms, value, at = columns
    known = np.isin(unit_pk, units.pk)
    excluded = _excluded(study, unit_pk, rater_pk, assignment)
    by_pk = np.argsort(np.asarray(raters, dtype=np.int64))
    place = by_pk[np.searchsorted(np.asarray(raters, dtype=np.int64)[by_pk], rater_pk)] if len(raters) else rater_pk
    return Answers(
        unit=np.searchsorted(units.pk, unit_pk)[known],
        rater=place[known],
        value=value[known],
        independent=independent[known].astype(bool),
        current=current[known].astype(bool),
        base=base[known],
        exposure=seen[known],
        placed=~surplus[known].astype(bool),
        excluded=excluded[known],
        unsure=unsure[known].astype(bool),
        ms=ms[known],
        at=at[known],
    )


def _excluded(study: Study, unit: IntArray, rater: IntArray, assignment: IntArray) -> BoolArray:
    out = left_out(study)
    return (
        np.isin(unit, list(out.units)) | np.isin(rater, list(out.raters)) | np.isin(assignment, list(out.assignments))
    )
