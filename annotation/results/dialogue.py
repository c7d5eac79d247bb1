"""Rows of a dialogue annotation: labels, final answers, comments, and what became of proposals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from annotation.models import CuratedValue, Label, SuggestionDecision, TurnComment
from annotation.schema import Schema, load
from projects.models import Assignment, Item, Study, Submission, Suggestion, Turn
from projects.services import exclusions
from projects.services.exclusions import left_out

Decision = SuggestionDecision.Decision


@dataclass(frozen=True)
class Uptake:
    """What raters did with the proposals of one source for one field.

    `shown` counts proposals once for each answer that could see them; `distance` is the sum over those edited.
    """

    source: str
    field: str
    shown: int = 0
    accepted: int = 0
    bulk: int = 0
    edited: int = 0
    rejected: int = 0
    distance: int = 0

    @property
    def undecided(self) -> int:
        """How many were shown and left alone."""
        return self.shown - self.accepted - self.bulk - self.edited - self.rejected

    @property
    def mean_distance(self) -> float | None:
        """How far an edited answer is from its proposal, on average; None where none was edited."""
        return self.distance / self.edited if self.edited else None


def uptake(study: Study) -> list[Uptake]:
    """Return what became of proposals by source and field, in the order of the schema, then by source.

    Counted are the answers in force whose raters had seen the proposals, and that are not left out.
    """
    counted = Assignment.objects.filter(study=study, surplus=False).exclude(exclusions.assignments_left_out())
    answers = Submission.objects.filter(assignment__in=counted, current=True, exposure__gte=1)
    schema = load(study.settings["schema"])
    # The field that a proposal's own name for it means.
    names = _Keys(schema)
    decided: dict[tuple[str, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    rows = SuggestionDecision.objects.filter(submission__in=answers)
    grouped = rows.values_list("suggestion__source", "suggestion__field", "decision")
    for source, field, decision, n, apart in grouped.annotate(n=Count("pk"), apart=Sum("distance")):
        before = decided[source, names[field]].get(decision, (0, 0))
        decided[source, names[field]][decision] = (before[0] + n, before[1] + apart)
    shown: dict[tuple[str, str], int] = defaultdict(int)
    for (source, field), n in _shown(answers):
        shown[source, names[field]] += n
    found = [_uptake(source, field, n, decided[source, field]) for (source, field), n in shown.items() if field]
    order = {field.key: n for n, field in enumerate(schema.fields)}
    return sorted(found, key=lambda row: (order[row.field], row.source))


class _Keys(dict[str, str]):
    """The key of the field that a name means; empty where the schema has none."""

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self.schema = schema

    def __missing__(self, name: str) -> str:
        field = self.schema.meant(name)
        return field.key if field else ""


def _uptake(source: str, field: str, shown: int, counts: Mapping[str, tuple[int, int]]) -> Uptake:
    n = {decision: counts.get(decision, (0, 0))[0] for decision in Decision.values}
    return Uptake(source, field, shown=shown, distance=counts.get(Decision.EDITED, (0, 0))[1], **n)


def _shown(answers: Any) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield how many proposals each source made for each field, counted once for each answer."""
    times = dict(answers.values_list("assignment__unit__revision").annotate(n=Count("pk")))
    rows = Suggestion.objects.filter(revision__in=times).values_list("source", "field", "revision")
    found: dict[tuple[str, str], int] = defaultdict(int)
    for source, field, revision, n in rows.annotate(n=Count("pk")):
        found[source, field] += n * times[revision]
    yield from found.items()


LABEL_COLUMNS = ["case", "session", "turn", "role", "rater", "field", "state", "value", "exposure", "number",
                 "excluded"]  # fmt: skip


def labels(study: Study) -> Iterator[Mapping[str, Any]]:
    """Yield every label of the answers in force, session by session; `excluded` is why one is left out of results."""
    out = left_out(study)
    rows = Label.objects.filter(submission__assignment__study=study, submission__current=True)
    rows = rows.select_related(
        "turn", "submission__assignment__rater", "submission__assignment__unit__item__case"
    ).order_by("submission__assignment__unit", "submission__assignment__rater__code", "turn__index", "pk")
    for row in rows.iterator(chunk_size=2000):
        given = row.submission
        held = given.assignment
        item: Item | None = held.unit.item
        yield {
            "case": item.case.external_id if item and item.case else "",
            "session": item.external_id if item else "",
            "turn": row.turn.index if row.turn else "",
            "role": row.turn.role if row.turn else "",
            "rater": given.assignment.rater.code,
            "field": row.field,
            "state": row.state,
            "value": row.value,
            "exposure": given.exposure,
            "number": given.number,
            "excluded": out.reason(held.unit_id, held.rater_id, held.pk),
        }


CURATED_COLUMNS = ["case", "session", "turn", "role", "field", "state", "values", "how", "reason", "decided_at"]


def curated(study: Study) -> Iterator[Mapping[str, Any]]:
    """Yield every final answer, session by session, with how it came about; not of sessions that are left out."""
    rows = CuratedValue.objects.filter(unit__study=study, current=True).exclude(exclusions.units_left_out("unit"))
    rows = rows.select_related("turn", "unit__item__case")
    for row in rows.order_by("unit__item__position", "unit", "turn__index", "pk").iterator(chunk_size=2000):
        yield {
            **_place(row.unit.item, row.turn),
            "field": row.field,
            "state": row.state,
            "values": row.values,
            "how": row.how,
            "reason": row.reason,
            "decided_at": row.created_at.isoformat(),
        }


DECISION_COLUMNS = ["case", "session", "turn", "role", "rater", "field", "source", "score", "proposed", "decision",
                    "final", "distance"]  # fmt: skip


def decisions(study: Study) -> Iterator[Mapping[str, Any]]:
    """Yield what each rater did with each proposal on which they decided."""
    rows = SuggestionDecision.objects.filter(
        submission__assignment__study=study, submission__current=True
    ).select_related("suggestion__turn", "submission__assignment__rater", "submission__assignment__unit__item__case")
    order = ("submission__assignment__unit", "submission__assignment__rater__code", "suggestion__turn__index", "pk")
    for row in rows.order_by(*order).iterator(chunk_size=2000):
        held, proposal = row.submission.assignment, row.suggestion
        yield {
            **_place(held.unit.item, proposal.turn),
            "rater": held.rater.code,
            "field": proposal.field,
            "source": proposal.source,
            "score": proposal.score,
            "proposed": proposal.values,
            "decision": row.decision,
            "final": row.values,
            "distance": row.distance,
        }


COMMENT_COLUMNS = ["case", "session", "turn", "role", "by", "text", "written_at"]


def comments(study: Study) -> Iterator[Mapping[str, Any]]:
    """Yield what was said about turns and sessions, under raters' codes or as the adjudicator."""
    rows = TurnComment.objects.filter(unit__study=study).select_related("turn", "rater", "unit__item__case")
    for row in rows.order_by("unit__item__position", "unit", "created_at", "pk").iterator(chunk_size=2000):
        yield {
            **_place(row.unit.item, row.turn),
            "by": row.rater.code if row.rater else "adjudicator",
            "text": row.text,
            "written_at": row.created_at.isoformat(),
        }


def _place(item: Item | None, turn: Turn | None) -> dict[str, Any]:
    return {
        "case": item.case.external_id if item and item.case else "",
        "session": item.external_id if item else "",
        "turn": turn.index if turn else "",
        "role": turn.role if turn else "",
    }
