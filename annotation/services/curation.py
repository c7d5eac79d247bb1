"""Curation: raters' answers to a session side by side; what they agree on is taken over, the rest is decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation import answers
from annotation.answers import VALUE, Given
from annotation.models import CuratedValue, Curation, Label
from annotation.schema import Field, FieldKind, Schema
from annotation.services.turns import in_words, schema_of
from projects.listing import Among
from projects.models import Assignment, Study, Turn, Unit, User
from projects.services import exclusions
from projects.services.audit import record

How = CuratedValue.How
REASON_LIMIT = 5000
# A turn's index, or None for the session, and the field's key.
Place = tuple[int | None, str]


class CurationConflict(Exception):  # noqa: N818  it is the outcome's name
    """Somebody else has decided one of these fields meanwhile."""


@dataclass
class Compared:
    """One field of one turn, or of the session: what each rater said, by code in their order, and the final answer."""

    field: Field
    said: dict[str, Given | None]
    final: CuratedValue | None = None

    @property
    def answered(self) -> bool:
        """Whether anybody has answered."""
        return any(given is not None for given in self.said.values())

    @property
    def agreed(self) -> Given | None:
        """What everybody said, where it is the same."""
        given = list(self.said.values())
        return given[0] if given and all(one == given[0] for one in given) else None

    @property
    def open(self) -> bool:
        """Whether somebody has to decide."""
        return self.answered and self.agreed is None and self.final is None

    @property
    def decided(self) -> bool:
        """Whether an adjudicator has decided."""
        return self.final is not None and self.final.how == How.ADJUDICATED

    @property
    def state(self) -> str:
        """In one word, for the page: open, decided, agreed, or blank."""
        if self.open:
            return "open"
        return "decided" if self.decided else "agreed" if self.answered else "blank"

    @property
    def number(self) -> int:
        """The final answer's number; 0 where there is none yet."""
        return self.final.number if self.final else 0

    @property
    def different(self) -> list[tuple[Given, list[str]]]:
        """The different answers with the codes of those who gave them, most frequent first."""
        found: dict[Given, list[str]] = {}
        for code, given in self.said.items():
            if given is not None:
                found.setdefault(given, []).append(code)
        return sorted(found.items(), key=lambda entry: -len(entry[1]))

    def words(self, given: Given | None) -> str:
        """Return an answer as people read it."""
        return in_words(self.field, given) if given else ""

    @property
    def by_rater(self) -> list[tuple[str, str]]:
        """Each rater's code with what they said, in words."""
        return [(code, self.words(given)) for code, given in self.said.items()]

    @property
    def final_words(self) -> str:
        """The final answer in words."""
        return self.words(given_of(self.final)) if self.final else ""


@dataclass
class ComparedPart:
    """A turn with its fields, or the session where `turn` is none."""

    turn: Turn | None
    fields: list[Compared] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether anything here has to be decided."""
        return any(one.open for one in self.fields)

    @property
    def differs(self) -> bool:
        """Whether raters differ anywhere here, decided or not."""
        return any(one.answered and one.agreed is None for one in self.fields)

    @property
    def name(self) -> str:
        """What addresses call it: the turn's index, or "session"."""
        return str(self.turn.index) if self.turn else "session"


@dataclass(frozen=True)
class Comparison:
    """A whole session: its turns in order, then the session itself."""

    raters: list[str]
    parts: list[ComparedPart]
    # The codes of those whose answers are left out; they stand nowhere here.
    left_out: list[str] = field(default_factory=list)

    @property
    def rows(self) -> Iterator[tuple[Place, Compared]]:
        """Every field of every part, with its place."""
        for part in self.parts:
            for one in part.fields:
                yield (part.turn.index if part.turn else None, one.field.key), one

    def part(self, name: str) -> ComparedPart | None:
        """Return a part by what addresses call it."""
        return next((part for part in self.parts if part.name == name), None)

    def next_open(self, after: str = "") -> ComparedPart | None:
        """Return the next part that waits for a decision, starting over at the end."""
        names = [part.name for part in self.parts]
        at = names.index(after) + 1 if after in names else 0
        return next((part for part in (*self.parts[at:], *self.parts[:at]) if part.open), None)


def given_of(row: CuratedValue) -> Given:
    """Return a curated value as an answer."""
    return Given(row.state, tuple(row.values))


def compare(unit: Unit, schema: Schema | None = None) -> Comparison:
    """Load what every rater said, and what is final, side by side: five queries, however long the session is."""
    schema = schema or schema_of(unit.study)
    said, codes, left_out = _said(unit, schema)
    final = {(row.turn.index if row.turn else None, row.field): row for row in _current(unit)}
    turns = Turn.objects.filter(revision=unit.revision_id).order_by("index")
    asked: list[tuple[Turn | None, Sequence[Field]]] = [(turn, schema.turn(turn.role)) for turn in turns]
    parts = []
    for turn, fields in [*asked, (None, schema.session)]:
        index = turn.index if turn else None
        rows = [
            Compared(
                one,
                {code: said.get((index, one.key), {}).get(code) for code in codes},
                final.get((index, one.key)),
            )
            for one in fields
        ]
        parts.append(ComparedPart(turn, rows))
    return Comparison(codes, parts, left_out)


def _current(unit: Unit) -> QuerySet[CuratedValue]:
    return CuratedValue.objects.filter(unit=unit, current=True).select_related("turn", "by")


def _said(unit: Unit, schema: Schema) -> tuple[dict[Place, dict[str, Given]], list[str], list[str]]:
    """Return the answers in force by place and rater, the codes of all whose answers count, and of those left out."""
    handed_in = Assignment.objects.filter(unit=unit, state=Assignment.State.SUBMITTED, surplus=False)
    people = handed_in.annotate(out=exclusions.assignments_left_out()).order_by("rater__code")
    told = list(people.values_list("pk", "rater__code", "out"))
    done = [pk for pk, _code, out in told if not out]
    codes, left_out = ([code for _pk, code, out in told if out is which] for which in (False, True))
    rows = Label.objects.filter(submission__assignment__in=done, submission__current=True)
    columns = ("turn__index", "field", "submission__assignment__rater__code", "state", "value")
    values: dict[tuple[int | None, str, str], list[str]] = {}
    states: dict[tuple[int | None, str, str], str] = {}
    for index, key, code, state, value in rows.values_list(*columns).order_by("pk"):
        states[index, key, code] = state
        values.setdefault((index, key, code), []).extend([value] if state == VALUE else [])
    found: dict[Place, dict[str, Given]] = {}
    for (index, key, code), state in states.items():
        one = schema.field(key)
        if one is not None:
            found.setdefault((index, key), {})[code] = Given(state, _in_order(one, values[index, key, code]))
    return found, codes, left_out


def _in_order(one: Field, values: Sequence[str]) -> tuple[str, ...]:
    """Return values in the order of the schema, so that the same answers are equal; a text without blanks around it."""
    if one.kind == FieldKind.TEXT:
        return tuple(value.strip() for value in values)
    order = {value: place for place, value in enumerate(one.values)}
    return tuple(sorted(values, key=lambda value: (order.get(value, len(order)), value)))


def settle(unit: Unit) -> None:
    """Take over what raters agree on once a session has all its answers; called again at every change of mind.

    What an adjudicator has decided stays decided.
    """
    compared = compare(unit)
    stale: list[int] = []
    new: list[tuple[Place, Compared, Given]] = []
    for place, row in compared.rows:
        wanted = row.agreed if row.answered else None
        if row.decided or (row.final and wanted == given_of(row.final)):
            continue
        if row.final:
            stale.append(row.final.pk)
            row.final = None
        if wanted is not None:
            new.append((place, row, wanted))
    CuratedValue.objects.filter(pk__in=stale).update(current=False)
    _write(unit, compared, new, how=How.AGREED)
    _count(unit, compared)


def _write(
    unit: Unit, compared: Comparison, rows: Sequence[tuple[Place, Compared, Given]], **details: Any
) -> None:  # fmt: skip
    if not rows:
        return
    last: dict[Place, int] = {}
    earlier = CuratedValue.objects.filter(unit=unit).values_list("turn__index", "field", "number")
    for index, key, number in earlier:
        last[index, key] = max(number, last.get((index, key), 0))
    turns = {part.turn.index: part.turn for part in compared.parts if part.turn}
    made = [
        CuratedValue(
            unit=unit, turn=None if place[0] is None else turns[place[0]], field=place[1], state=given.state,
            values=list(given.values), number=last.get(place, 0) + 1, **details,
        )
        for place, _row, given in rows
    ]  # fmt: skip
    for row, (_place, compared_row, _given) in zip(CuratedValue.objects.bulk_create(made), rows, strict=True):
        compared_row.final = row


def _count(unit: Unit, compared: Comparison) -> None:
    counts = Counter(row.state for _place, row in compared.rows)
    told = {name: counts[name] for name in ("open", "agreed", "decided")} | {"updated_at": timezone.now()}
    Curation.objects.update_or_create(unit=unit, defaults=told)


def decide(
    unit: Unit,
    part: str,
    *,
    chosen: Mapping[str, Given],
    based_on: Mapping[str, int],
    reason: str,
    by: User,
) -> int:
    """Set the final answers to fields of one part ("session", or a turn's index); returns how many changed.

    `based_on` holds the numbers of the final answers that the page showed. Raises ValidationError without a reason, for
    an answer that the schema does not know, and once the study is only a draft; CurationConflict where somebody else
    was quicker.
    """
    reason = reason.strip()
    with transaction.atomic():
        # One decision at a time in a session.
        if not Curation.objects.select_for_update().filter(unit=unit).exists():
            raise ValidationError(_("Not everybody has handed this session in yet."))
        compared = compare(unit)
        found = compared.part(part)
        if found is None:
            raise ValidationError(_("This session has no such turn."))
        changed = [one for one in found.fields if _changes(one, chosen)]
        if any(one.number != based_on.get(one.field.key, 0) for one in changed):
            raise CurationConflict
        _check(changed, chosen, reason, found.turn)
        CuratedValue.objects.filter(pk__in=[one.final.pk for one in changed if one.final]).update(current=False)
        index = found.turn.index if found.turn else None
        rows = [((index, one.field.key), one, chosen[one.field.key]) for one in changed]
        _write(unit, compared, rows, how=How.ADJUDICATED, by=by, reason=reason)
        _count(unit, compared)
        if changed:
            record("curation.decided", actor=by, project=unit.study.project, target=unit, fields=len(changed))
    return len(changed)


def take_over(unit: Unit, key: str, code: str, *, reason: str, by: User) -> int:
    """Make one rater's answers to a field final wherever they are still open; returns how many."""
    compared = compare(unit)
    taken = 0
    with transaction.atomic():
        for part in compared.parts:
            for one in part.fields:
                given = one.said.get(code)
                if one.field.key == key and one.open and given is not None:
                    numbers = {key: one.number}
                    taken += decide(unit, part.name, chosen={key: given}, based_on=numbers, reason=reason, by=by)
    return taken


def _changes(one: Compared, chosen: Mapping[str, Given]) -> bool:
    given = chosen.get(one.field.key)
    return given is not None and (one.final is None or given != given_of(one.final))


def _check(changed: Sequence[Compared], chosen: Mapping[str, Given], reason: str, turn: Turn | None) -> None:
    if not changed:
        return
    if not reason:
        raise ValidationError({"reason": _("Give the reason; it stays with the final answer.")})
    if len(reason) > REASON_LIMIT:
        raise ValidationError(
            {"reason": _("This is too long: at most %(limit)s characters.") % {"limit": REASON_LIMIT}}
        )
    known = {one.field.key: one for one in changed}
    foreign = {
        key: given.to_json() for key, given in chosen.items() if key in known and given not in known[key].said.values()
    }
    try:
        # What a rater said was checked when it was handed in, perhaps by an earlier version of the schema.
        answers.read({"fields": foreign}, [one.field for one in changed], turn.text if turn else "")
    except answers.AnswerError as error:
        raise ValidationError(error.faults) from error


def of_study(study: Study, state: str) -> QuerySet[Curation]:
    """Return the sessions that can be curated, in the order of the data set: with open fields, or all, or done."""
    rows = Curation.objects.filter(unit__study=study).select_related("unit__item__case", "unit__revision")
    rows = rows.annotate(left_out=exclusions.units_left_out("unit"))
    if state == "done":
        rows = rows.filter(open=0, left_out=False)
    elif state != "all":
        rows = rows.filter(open__gt=0)
    return rows.order_by("unit__item__position", "unit_id")


def waiting(study: Study) -> int:
    """Return in how many sessions something is to be decided."""
    return Curation.objects.filter(unit__study=study, open__gt=0).count()


WAITING: Among[Any] = Among(
    lambda studies: (
        Curation.objects.filter(unit__study__in=studies, open__gt=0)
        .order_by()
        .values_list("unit__study")
        .annotate(n=Count("pk"))
    )
)


def waiting_in(studies: Collection[int]) -> dict[int, int]:
    """Return the same for several studies, in one query; those without any are missing."""
    return dict(WAITING.tuples(studies))
