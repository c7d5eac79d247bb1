"""A dialogue under annotation: its turns, what a rater has saved of each, and what is written once it is handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models, transaction
from django.utils.translation import gettext as _

from annotation import answers
from annotation.answers import BULK, EDITED, REJECTED, VALUE, Copy, Given
from annotation.models import Evidence, Label, Remark, SuggestionDecision, TurnDraft
from annotation.schema import Field, Schema, load
from annotation.services.saving import of_turn
from annotation.services.saving import save as save
from projects.models import Assignment, Item, Study, Submission, Suggestion, Turn
from projects.services import handling


@dataclass(frozen=True)
class Proposal:
    """One proposal for a field: `given` is what it means, or None where the schema does not know its values."""

    suggestion: Suggestion
    given: Given | None

    @property
    def source(self) -> str:
        """Who proposes; it tells the proposals for one field apart."""
        return self.suggestion.source


@dataclass
class Part:
    """A turn, or the session's own fields where `turn` is none: what is asked, what is proposed, what is saved."""

    turn: Turn | None
    asked: tuple[Field, ...]
    copy: Copy = field(default_factory=Copy)
    version: int = 0
    proposals: Mapping[str, list[Proposal]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What is said in the turn; nothing for the session."""
        return self.turn.text if self.turn else ""

    @property
    def complete(self) -> bool:
        """Whether every required field has an answer."""
        return not self.copy.missing(self.asked)

    @property
    def finished(self) -> bool:
        """Whether the rater has marked it as done, or it asks nothing."""
        return not self.asked or (self.copy.done and self.complete)


@dataclass(frozen=True)
class Work:
    """A whole session in one rater's hands: its turns in order, and the session's own fields."""

    schema: Schema
    turns: tuple[Part, ...]
    session: Part

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every turn, then the session."""
        return (*self.turns, self.session)

    @property
    def version(self) -> int:
        """A number that grows with every save of any part, wherever it was made."""
        return sum(part.version for part in self.parts)

    def first_unfinished(self) -> int:
        """Return the place of the first turn that is not done; of the first turn where all are."""
        return next((n for n, part in enumerate(self.turns) if not part.finished), 0)


def schema_of(study: Study) -> Schema:
    """Return what a study asks, by its settings in force."""
    return load(study.settings["schema"])


def open_work(assignment: Assignment, *, proposals: bool) -> Work:
    """Load a session as one rater has it; with `proposals` also what is proposed for its fields."""
    schema, revision = schema_of(assignment.study), assignment.unit.revision_id
    saved = {row.turn_id: row for row in TurnDraft.objects.filter(assignment=assignment)}
    proposed: dict[int | None, list[Suggestion]] = {}
    if proposals:
        for row in Suggestion.objects.filter(revision=revision).order_by("pk"):
            proposed.setdefault(row.turn_id, []).append(row)
    turns = list(Turn.objects.filter(revision=revision).order_by("index"))
    return Work(
        schema=schema,
        turns=tuple(_part(turn, schema.turn(turn.role), saved.get(turn.pk), proposed.get(turn.pk)) for turn in turns),
        session=_part(None, schema.session, saved.get(None), proposed.get(None)),
    )


def open_part(assignment: Assignment, index: int | None, *, proposals: bool) -> Part | None:
    """Load one turn by its index, or the session's own fields for none; None where there is no such turn."""
    part = asked_part(assignment, index)
    if part is None:
        return None
    rows = Suggestion.objects.filter(revision=assignment.unit.revision_id)
    saved = of_turn(TurnDraft.objects.filter(assignment=assignment), part.turn).first()
    return _part(part.turn, part.asked, saved, list(of_turn(rows, part.turn).order_by("pk")) if proposals else [])


def asked_part(assignment: Assignment, index: int | None) -> Part | None:
    """Return what is asked of one turn, or of the session for none, without what is saved and proposed."""
    schema = schema_of(assignment.study)
    if index is None:
        return Part(None, schema.session)
    turn = handling.turn(assignment, index)
    return Part(turn, schema.turn(turn.role)) if turn else None


def _part(
    turn: Turn | None, asked: tuple[Field, ...], saved: TurnDraft | None, proposed: Sequence[Suggestion] | None
) -> Part:
    part = Part(turn, asked)
    if saved:
        part.copy, part.version = answers.fit(saved.payload, asked, part.text), saved.version
    if proposed:
        part.proposals = _proposals(Schema(asked), proposed)
    return part


def _proposals(asked: Schema, proposed: Sequence[Suggestion]) -> dict[str, list[Proposal]]:
    """Return proposals by the key of the field they mean; each source counts once, under the field's own key first."""
    found: dict[str, list[Proposal]] = {}
    for row in sorted(proposed, key=lambda row: asked.field(row.field) is None):
        one = asked.meant(row.field)
        rows = found.setdefault(one.key, []) if one else []
        if one and all(other.source != row.source for other in rows):
            rows.append(Proposal(row, answers.proposed(one, row.values)))
    return found


def version_of(assignment: Assignment) -> int:
    """Return `Work.version` of a session without loading it."""
    saved = TurnDraft.objects.filter(assignment=assignment).aggregate(sum=models.Sum("version"))
    return saved["sum"] or 0


def next_index(turn: Turn) -> int | None:
    """Return the index of the turn behind this one; None behind the last."""
    rows = Turn.objects.filter(revision=turn.revision_id, index__gt=turn.index).order_by("index")
    return rows.values_list("index", flat=True).first()


def accept_all(assignment: Assignment) -> int:
    """Take over the first usable proposal for every field that has no answer yet; returns how many.

    Each is marked as accepted in bulk, with the others that propose the same. What has been answered stays as it is,
    and nothing is marked as done.
    """
    taken = 0
    with transaction.atomic():
        for part in open_work(assignment, proposals=True).parts:
            copy = part.copy
            for one in part.asked:
                usable = [row for row in part.proposals.get(one.key, ()) if row.given]
                if not usable or one.key in copy.given:
                    continue
                first, taken = usable[0].given, taken + 1
                for row in usable:
                    if row.given and row.given == first:
                        copy = answers.accept(copy, one, row.given, row.source, BULK)
            if copy is not part.copy:
                save(assignment, part.turn, copy=copy, version=part.version)
    return taken


def write(submission: Submission, work: Work) -> None:
    """Store a session that is handed in: labels, evidence, remarks and decisions, as rows of this submission."""
    rows = [row for part in work.parts for row in _labels(submission, part)]
    Label.objects.bulk_create(rows)
    Evidence.objects.bulk_create([row for part in work.turns for row in _evidence(submission, part)])
    Remark.objects.bulk_create(
        Remark(submission=submission, turn=part.turn, text=part.copy.note)
        for part in work.parts
        if part.copy.note.strip()
    )
    SuggestionDecision.objects.bulk_create(row for part in work.parts for row in _decisions(submission, part))


def _labels(submission: Submission, part: Part) -> Iterator[Label]:
    for key, given in part.copy.given.items():
        for value in given.values or ("",):
            yield Label(submission=submission, turn=part.turn, field=key, state=given.state, value=value)


def _evidence(submission: Submission, part: Part) -> Iterator[Evidence]:
    for span in part.copy.spans:
        yield Evidence(
            submission=submission,
            turn=part.turn,
            field=span.field,
            value=span.value,
            start=span.start,
            end=span.end,
        )


def _decisions(submission: Submission, part: Part) -> Iterator[SuggestionDecision]:
    """Yield what became of each proposal on which the rater decided, as the final values show it."""
    for one in part.asked:
        said, final = part.copy.decisions.get(one.key, {}), part.copy.given.get(one.key)
        for row in part.proposals.get(one.key, ()):
            decision = said.get(row.source, "")
            if decision == REJECTED or (decision and row.given):
                apart = answers.distance(one, row.given, final)
                yield SuggestionDecision(
                    submission=submission,
                    suggestion=row.suggestion,
                    decision=settled(decision, apart),
                    values=list(final.values) if final else [],
                    distance=apart,
                )


def settled(decision: str, apart: int) -> str:
    """Return what a decision came to: taken over, then changed is edited; changed back to the proposal is accepted."""
    if decision == REJECTED:
        return REJECTED
    if apart:
        return EDITED
    return answers.ACCEPTED if decision == EDITED else decision


def counts(assignments: Sequence[int]) -> dict[int, int]:
    """Return how many turns have an answer in each assignment's submission in force, by assignment id."""
    rows = Label.objects.filter(submission__assignment__in=assignments, submission__current=True, turn__isnull=False)
    found = rows.values_list("submission__assignment").annotate(n=models.Count("turn", distinct=True))
    return dict(found)


def earlier(item: Item) -> list[Item]:
    """Return the sessions of the same case before this one, in their order."""
    if item.case_id is None:
        return []
    rows = Item.objects.visible().kept().filter(case=item.case_id, case_order__lt=item.case_order)
    return list(rows.select_related("current").order_by("case_order"))


def in_words(one: Field, given: Given) -> str:
    """Return an answer as people read it."""
    if given.state != VALUE:
        return _("none of these") if given.state == answers.NONE else _("unknown")
    return ", ".join(one.say(value) for value in given.values)
