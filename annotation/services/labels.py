"""Writing and comparing the labels of one unit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from annotation.models import Label
from projects.direct import Row, Statement
from projects.listing import Among
from projects.models import Assignment, Item, Submission, Suggestion, Unit
from projects.prepared import select
from projects.writing import inserting

FIELD = "label"


@dataclass(frozen=True)
class Vote:
    """One rater's answer to one unit: the chosen option keys, in the order of the alphabet."""

    assignment_id: int
    rater_id: int
    values: tuple[str, ...]
    unsure: bool
    comment: str
    exposure: int


def storing(submission: Submission, values: Iterable[str]) -> list[Statement]:
    """Return the statements that keep an answer as rows, one for each chosen value."""
    return [inserting(Label(submission=submission, field=FIELD, value=value)) for value in values]


def _votes(force: str) -> str:
    """Return the query for the values of a unit's answers of which the column `force` is true, by rater and value."""
    label, submission, assignment = (model._meta.db_table for model in (Label, Submission, Assignment))
    # The condition on the turn lets the index of labels without one be used.
    return (
        "SELECT a.id, a.rater_id, l.value, s.unsure, s.comment, s.exposure"  # noqa: S608  our own tables
        f" FROM {assignment} a JOIN {submission} s ON s.assignment_id = a.id JOIN {label} l ON l.submission_id = s.id"
        f" WHERE a.unit_id = %s AND NOT a.surplus AND s.{force} AND l.turn_id IS NULL AND l.field = '{FIELD}'"
        " ORDER BY a.rater_id, l.value"
    )


CURRENT, INDEPENDENT = _votes("current"), _votes("independent")


def votes(unit: Unit, *, independent: bool = False) -> list[Vote]:
    """Return every rater's answer in force (or their last independent one), surplus left out, by rater id."""
    return votes_of(select(INDEPENDENT if independent else CURRENT, unit.pk))


def votes_of(rows: Iterable[Row]) -> list[Vote]:
    """Return the votes that the rows of CURRENT or INDEPENDENT stand for."""
    found: dict[int, Vote] = {}
    for key, rater, value, unsure, comment, exposure in rows:
        before = found[key].values if key in found else ()
        found[key] = Vote(key, rater, (*before, value), bool(unsure), comment, exposure)
    return list(found.values())


def values_of(submission: Submission) -> list[str]:
    """Return the option keys of one answer."""
    return list(submission.labels.filter(field=FIELD).order_by("value").values_list("value", flat=True))


def by_place(submission: Submission, fields: Collection[str]) -> dict[str, list[str]]:
    """Return an answer's labels in these fields by place: "field" of the whole, "3 field" of the third turn."""
    found: dict[str, list[str]] = {}
    rows = (
        submission.labels.filter(field__in=fields)
        .order_by("turn__index", "field", "value")
        .values_list("turn__index", "field", "value")
    )
    for index, field, value in rows:
        found.setdefault(field if index is None else f"{index + 1} {field}", []).append(value)
    return found


def place_in_words(place: str) -> str:
    """Return such a place as people speak of it."""
    number, _blank, field = place.partition(" ")
    return _("turn %(number)s: %(field)s") % {"number": number, "field": field} if field else place


VALUES: Among[Any] = Among(
    lambda assignments: (
        Label.objects.filter(submission__assignment_id__in=assignments, submission__current=True, field=FIELD)
        .order_by("value")
        .values_list("submission__assignment_id", "value")
    )
)


def current_values(assignment_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the option keys of each assignment's answer in force, by assignment id."""
    found: dict[int, list[str]] = {}
    for pk, value in VALUES.tuples(assignment_ids):
        found.setdefault(pk, []).append(value)
    return found


def prelabel(assignment_or_unit: Assignment | Unit) -> Suggestion | None:
    """Return the item's pre-label: the first proposal written for its label."""
    unit = assignment_or_unit.unit if isinstance(assignment_or_unit, Assignment) else assignment_or_unit
    rows = Suggestion.objects.filter(revision_id=unit.revision_id, turn__isnull=True, field=FIELD)
    return rows.order_by("pk").first()


@dataclass(frozen=True)
class Option:
    """One possible answer: its key, its words in the item's language, and its number on the keyboard.

    `own` says that the item brings it along, so that people speak of it by its key ("B").
    """

    key: str
    text: str
    number: int
    own: bool = False

    @property
    def spoken(self) -> str:
        """The answer as it is spoken of away from the work page: its words, an item's own after its key."""
        return f"{self.key}. {self.text}" if self.own and self.key != self.text else self.text


def options(unit: Unit) -> list[Option]:
    """Return a unit's possible answers, in the order that everybody sees them."""
    revision = unit.revision
    if revision is None:
        return []
    listed = revision.options or revision.item.dataset.labels
    own = bool(revision.options)
    return [Option(entry["key"], _words(entry, revision.language), n, own) for n, entry in enumerate(listed, start=1)]


def _words(entry: Mapping[str, Any], language: str) -> str:
    """Return a label's name in a language or, where there is none, in a form of the same tongue (zh-Hans for zh)."""
    names: Mapping[str, str] = entry.get("names", {})
    tongue = language.partition("-")[0]
    akin = next((name for code, name in names.items() if code.partition("-")[0] == tongue), "")
    return names.get(language) or akin or entry.get("text") or entry["key"]


def read(unit: Unit, typed: str) -> list[str]:
    """Return the keys of the options that somebody typed, by key or in words, with commas between; sorted."""
    known: dict[str, str] = {}
    for option in options(unit):
        known |= {option.text.casefold(): option.key, option.key.casefold(): option.key}
    parts = [part.strip().casefold() for part in re.split("[,，]", typed) if part.strip()]
    if typed.strip().casefold() in known:
        parts = [typed.strip().casefold()]
    found = sorted({known[part] for part in parts if part in known})
    if not parts or not known.keys() >= set(parts) or (len(found) > 1 and not takes_several(unit)):
        raise ValidationError(_("“%(typed)s” is no answer to this item.") % {"typed": typed.strip()})
    return found


def takes_several(unit: Unit) -> bool:
    """Whether the unit's answer may have several values."""
    return bool(unit.revision and unit.revision.item.kind == Item.Kind.MULTIPLE_CHOICE)
