"""What may be pooled: answers to one kind of item, given under one condition, as a table of items by raters.

Answers given with the pre-label in view and without it are never pooled, because the first are not independent of it.
Kinds of items are never pooled in a coefficient that corrects for chance, because chance depends on what could be
answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop as _

from annotation.results.arrays import NONE, BoolArray, IntArray
from annotation.results.load import KINDS, Review
from reports.summary import Words, phrase
from stats.table import Table

KIND_WORDS = (_("true/false items"), _("single-choice items"), _("multiple-choice items"))
BASE_WORDS = (_("pre-label not in view"), _("pre-label in view"))
SEVERAL = KINDS.index("multiple_choice")
HIDDEN, SHOWN = 0, 1


@dataclass(frozen=True)
class Part:
    """Answers that may be pooled. `unit` gives for each row of the table its place among the review's units."""

    kind: int
    base: int
    table: Table
    unit: IntArray
    key: str
    title: Words
    # Empty where all answers were given under one condition.
    condition: Words = ""
    note: Words = ""

    @property
    def kind_words(self) -> Words:
        """What the items are called."""
        return phrase(KIND_WORDS[self.kind])

    @property
    def several(self) -> bool:
        """Whether an answer is a set of labels."""
        return self.kind == SEVERAL


def counted(review: Review, *, independent: bool = True, excluded: bool = False) -> BoolArray:
    """Return which answers results rest on: of complete units, with a place, and not left out unless `excluded`."""
    a = review.answers
    chosen = a.independent if independent else a.current
    mask: BoolArray = chosen & a.placed & review.units.complete[a.unit] & (a.value >= 0)
    return mask if excluded else mask & ~a.excluded


def parts(review: Review, mask: BoolArray) -> list[Part]:
    """Return the parts of the chosen answers, those without the pre-label first."""
    a, found = review.answers, []
    kinds = review.units.kind[a.unit]
    shown = np.minimum(a.base, SHOWN)
    conditions = sorted(set(shown[mask].tolist()))
    for base in conditions:
        for kind in sorted(set(kinds[mask].tolist()) - {NONE}):
            chosen = mask & (kinds == kind) & (shown == base)
            if chosen.any():
                found.append(_part(review, chosen, kind, base, several_conditions=len(conditions) > 1))
    return found


def _part(review: Review, chosen: BoolArray, kind: int, base: int, *, several_conditions: bool) -> Part:
    table, unit = table_of(review, chosen, kind)
    words, condition = phrase(KIND_WORDS[kind]), phrase(BASE_WORDS[base])
    note = _option_note(review, unit, kind)
    if not several_conditions:
        return Part(kind, base, table, unit, KINDS[kind], words, note=note)
    title = phrase(_("%(kind)s, %(condition)s"), kind=words, condition=condition)
    return Part(kind, base, table, unit, KINDS[kind] + ("-shown" if base else ""), title, condition, note)


def table_of(review: Review, chosen: BoolArray, kind: int) -> tuple[Table, IntArray]:
    """Return the chosen answers as units x raters, and the units' places; categories in their declared order."""
    a = review.answers
    unit, rows = np.unique(a.unit[chosen], return_inverse=True)
    raters, columns = np.unique(a.rater[chosen], return_inverse=True)
    categories, lookup = _categories(review, unit, a.value[chosen], kind)
    dtype = np.int8 if len(categories) <= np.iinfo(np.int8).max else np.int32
    codes = np.full((unit.size, raters.size), NONE, dtype=dtype)
    codes[rows.reshape(-1), columns.reshape(-1)] = lookup[a.value[chosen]]
    names = tuple(review.raters[place] for place in raters)
    return Table(tuple(range(unit.size)), names, tuple(categories), codes), unit


def _categories(review: Review, unit: IntArray, value: IntArray, kind: int) -> tuple[list[Any], IntArray]:
    """Return the categories and for each code of an answer its category."""
    used = [int(code) for code in np.unique(value)]
    lookup = np.full(len(review.values), NONE, dtype=np.int64)
    if kind == SEVERAL:
        sets = sorted(used, key=lambda code: review.values[code])
        lookup[sets] = np.arange(len(sets))
        return [frozenset(review.values[code]) for code in sets], lookup
    keys = {key: None for options in option_sets(review, unit) for key in options}
    keys |= {review.values[code][0]: None for code in used}
    places = {key: place for place, key in enumerate(keys)}
    for code in used:
        lookup[code] = places[review.values[code][0]]
    return list(keys), lookup


def option_sets(review: Review, unit: IntArray) -> list[Sequence[str]]:
    """Return the distinct keys that could be chosen in some units, the longest first."""
    places = np.unique(review.units.options[unit])
    found = {review.units.option_sets[place][0] for place in places if place >= 0}
    return sorted(found, key=lambda keys: (-len(keys), keys))


def _option_note(review: Review, unit: IntArray, kind: int) -> Words:
    """Say what the categories stand for where options differ from item to item."""
    if kind == SEVERAL or len(np.unique(review.units.options[unit])) < 2:
        return ""
    if len(option_sets(review, unit)) == 1:
        return phrase(
            _(
                "Options differ from item to item. Categories are the options' keys (A, B, ...), so chance means "
                "how often raters chose each key."
            )
        )
    return phrase(
        _(
            "Options and their number differ from item to item. Categories are all keys that occur, so chance "
            "means how often raters chose each key; the table by number of options keeps them apart."
        )
    )


def split(part: Part, codes: IntArray, names: Sequence[str]) -> Iterator[tuple[str, Table]]:
    """Yield the part's table for each value of a column of the units (topic, language, ...), by name."""
    own = codes[part.unit]
    for code in sorted(set(own.tolist()) - {NONE}, key=lambda code: names[code]):
        yield names[code], part.table.keep_units(own == code)
