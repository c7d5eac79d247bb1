"""Labels as they were written, to codes in a declared or observed order."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

Label = Hashable
# How files say that there is no rating, as far as programs write it.
NO_RATING = frozenset({"nan", "na", "n/a", "none", "null", "missing", "-", "."})


class RowNames:
    """What a message calls a row; "row 3" unless the reader of a file knows better."""

    def __init__(self, names: Sequence[str] | None) -> None:
        self._names = names

    def __call__(self, index: int) -> str:
        return self._names[index] if self._names is not None else f"row {index + 1}"


def code_labels(
    labels: Sequence[tuple[int, Any]],
    categories: Sequence[Label] | None,
    *,
    level: str,
    names: RowNames,
) -> tuple[tuple[Label, ...], list[int]]:
    """The category tuple and one code per label. Raises ValueError naming the row of an undeclared label."""
    if categories is None:
        known = observed_categories(labels, level=level, names=names)
    else:
        known = tuple(categories)
        if len(set(known)) != len(known):
            raise ValueError("a category is declared twice")
    position = {label: code for code, label in enumerate(known)}
    aliases = {} if set(map(type, position)) - {str} else _numeric_aliases(known)
    codes = []
    for index, label in labels:
        code = position.get(label)
        if code is None:
            code = aliases.get(as_number(label))
        if code is None:
            raise ValueError(
                f"{names(index)}: label {label!r} is not among the declared categories "
                + ", ".join(str(c) for c in known)
            )
        codes.append(code)
    return known, codes


def _numeric_aliases(known: Sequence[Label]) -> dict[float | None, int]:
    """Number -> code, so that 1.0 finds the category 1: spreadsheets write whole numbers so beside gaps."""
    numbers = [as_number(label) for label in known]
    if None in numbers or len(set(numbers)) != len(numbers):
        return {}
    return {number: code for code, number in enumerate(numbers)}


def observed_categories(labels: Sequence[tuple[int, Any]], *, level: str, names: RowNames) -> tuple[Label, ...]:
    """The labels that occur, in numeric order where all are numbers, otherwise in text order.

    Beyond the nominal level the order matters, so labels that are not numbers must be declared (ValueError).
    """
    first: dict[Label, int] = {}
    for index, label in labels:
        first.setdefault(label, index)
    numbers = {label: as_number(label) for label in first}
    if level != "nominal":
        for label, number in numbers.items():
            if number is None:
                raise ValueError(f"{names(first[label])}: {label!r} is not a number; {_advice(label, level)}")
        by_number: dict[float, Label] = {}
        for label, number in numbers.items():
            by_number.setdefault(number or 0.0, label)
        return tuple(by_number[number] for number in sorted(by_number))
    if all(number is not None for number in numbers.values()):
        ordered = sorted(first, key=lambda label: (numbers[label] or 0.0, str(label)))
        return _without_decimal_twins(ordered)
    return tuple(sorted(first, key=str))


def _without_decimal_twins(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Drop "1.0" where "1" occurs too: one rater's column with gaps is written so, it is no category of its
    own."""
    kept = tuple(
        label for label in labels if not (isinstance(label, str) and label.endswith(".0") and label[:-2] in labels)
    )
    return kept if _numeric_aliases(kept) else tuple(labels)


def _advice(label: Label, level: str) -> str:
    """What to do about a label that is no number."""
    if str(label).strip().casefold() in NO_RATING:
        return "leave the place empty where nothing was rated"
    return f"declare the categories in their order for the {level} level"


def as_number(label: Any) -> float | None:
    """The finite number a label spells, or None. "nan", "inf", "1_000" and truth values are no numbers
    here."""
    if isinstance(label, bool):
        return None
    if isinstance(label, str) and "_" in label:
        return None
    try:
        number = float(label)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
