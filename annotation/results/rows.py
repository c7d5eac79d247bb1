"""What results and files are made from: units in the order of the data set, their items, pre-labels and answers."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import FilteredRelation, Q, QuerySet

from annotation.services.labels import FIELD
from projects.models import Assignment, Exposure, Item, Rater, Study, Submission, Suggestion, Unit

CHUNK = 1000
JUDGED = (Unit.Role.MAIN, Unit.Role.OVERLAP)
EXPOSURE = {Exposure.NOTHING: "nothing", Exposure.PRELABEL: "prelabel", Exposure.OTHERS: "others"}
Row = dict[str, Any]
Value = str | list[str] | None


def unit_ids(study: Study) -> array[int]:
    """Return the units' keys in the order of the data set: eight bytes each, so a million are no burden."""
    rows = Unit.objects.filter(study=study, role__in=JUDGED).order_by("item__position", "item_id", "repeat")
    return array("q", rows.values_list("pk", flat=True).iterator(chunk_size=5000))


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """Yield the keys in pieces that fit a query."""
    for start in range(0, len(ids), CHUNK):
        yield list(ids[start : start + CHUNK])


def several(kind: str) -> bool:
    """Whether items of this kind have a set of labels as answer."""
    return kind == Item.Kind.MULTIPLE_CHOICE


def shaped(values: Sequence[str] | None, kind: str) -> Value:
    """Return an answer as a file shows it: one label as text, a set of labels as a sorted list."""
    if values is None:
        return None
    return sorted(values) if several(kind) else ", ".join(values)


def in_words(values: Sequence[str], options: Sequence[Mapping[str, str]], kind: str) -> Value:
    """Return an answer by the texts of the item's own options, in the order of their keys; else as it is shaped."""
    texts = {option["key"]: option["text"] for option in options}
    words = [texts.get(value, value) for value in sorted(values)]
    return words if several(kind) else ", ".join(words)


ITEM_COLUMNS = ["id", "text", "kind", "options", "topic", "subtopic", "language"]


def items(ids: list[int]) -> dict[int, Row]:
    """Return by unit what the file says of the item, as the raters saw it, with `revision` and `position` beside."""
    names = ("external_id", "text", "kind", "options", "topic", "subtopic", "language")
    paths = [f"item__{name}" if name in ("external_id", "kind") else f"revision__{name}" for name in names]
    rows = Unit.objects.filter(pk__in=ids).values_list("pk", "revision_id", "withdrawn", *paths)
    return {
        row[0]: {"revision": row[1], "withdrawn": row[2], **dict(zip(ITEM_COLUMNS, row[3:], strict=True))}
        for row in rows
    }


def items_briefly(ids: list[int]) -> dict[int, tuple[str, str, str, str, str]]:
    """Return by unit: external id, kind, topic, subtopic, language."""
    names = ("item__external_id", "item__kind", "revision__topic", "revision__subtopic", "revision__language")
    return {row[0]: row[1:] for row in Unit.objects.filter(pk__in=ids).values_list("pk", *names)}


def prelabels(revisions: Iterable[int]) -> dict[int, tuple[list[str], str, float | None]]:
    """Return by revision the pre-label that counts, the first one: its values, source and score."""
    # Turns are sorted out here: asked for those without, SQLite walks through every proposal there is.
    rows = Suggestion.objects.filter(revision__in=list(revisions), field=FIELD).order_by("-pk")
    found: dict[int, tuple[list[str], str, float | None]] = {}
    names = ("revision", "values", "source", "score", "turn")
    for revision, values, source, score, *turn in rows.values_list(*names):
        if turn == [None]:
            found[revision] = (values, source, score)
    return found


def codes(study: Study) -> dict[int, str]:
    """Return the codes of the raters with an assignment, by key, in the order of the codes."""
    raters = Rater.objects.filter(pk__in=Assignment.objects.filter(study=study).values("rater"))
    return dict(raters.order_by("code").values_list("pk", "code"))


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: who gave it, its labels, and the submission as the database holds it."""

    assignment: int
    rater: int
    values: list[str]
    row: tuple[Any, ...]


SUBMISSION = (
    "pk", "assignment__unit_id", "assignment_id", "assignment__rater_id", "number", "independent", "current",
    "assignment__base_exposure", "exposure", "assignment__surplus", "unsure", "comment", "active_ms", "created_at",
    "version__number", "guideline__number",
)  # fmt: skip
IN_FORCE = Q(current=True)
INDEPENDENT = Q(independent=True)


def own_labels() -> FilteredRelation:
    """Return the join to a submission's labels of the item itself.

    From the submission's side: asked for the other way round, SQLite walks through every label there is. Made anew each
    time, because a query keeps it and writes its own name into it.
    """
    return FilteredRelation("labels", condition=Q(labels__field=FIELD, labels__turn__isnull=True))


def given(ids: list[int], chosen: Q) -> dict[int, list[Given]]:
    """Return by unit the answers whose submission is `chosen`; those without a place (surplus) are among them."""
    rows = Submission.objects.filter(chosen, assignment__unit__in=ids, assignment__state=Assignment.State.SUBMITTED)
    rows = rows.annotate(own=own_labels())
    by_submission: dict[int, Given] = {}
    found: dict[int, list[Given]] = defaultdict(list)
    for *row, value in fetch(rows.values_list(*SUBMISSION, "own__value")):
        one = by_submission.get(row[0])
        if one is None:
            one = by_submission[row[0]] = Given(row[2], row[3], [], tuple(row))
            found[row[1]].append(one)
        if value:
            one.values.append(value)
    return found


def placed(answers: Iterable[Given]) -> list[Given]:
    """Return the answers that fill a place of their unit."""
    return [one for one in answers if not one.row[SURPLUS]]


SURPLUS = SUBMISSION.index("assignment__surplus")


def fetch(rows: QuerySet[Any, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield rows as the database's driver gives them: a report reads half a million, and converting costs most.

    Truth values may be 0 and 1, and times may not say that they are UTC (see `moment`).
    """
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        # Asked for among no ids at all: there is no such statement, and nothing to find.
        return
    with connections[rows.db].cursor() as cursor:
        cursor.execute(sql, parameters)
        while some := cursor.fetchmany(2000):
            yield from some


def moment(value: datetime) -> str:
    """Return a time from `fetch` in ISO 8601, in UTC."""
    # SQLite's driver gives UTC without saying so.
    return value.isoformat() if value.tzinfo else value.isoformat() + "+00:00"


def said(answers: Iterable[Given], kind: str, names: Mapping[int, str]) -> dict[str, Value]:
    """Return answers under the raters' codes, in the order of the codes."""
    return dict(sorted((names[one.rater], shaped(one.values, kind)) for one in answers))
