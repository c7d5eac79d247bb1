"""What every computation returns: a value or the reason why there is none, with what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

VERSION = "1.1"
"""Version of the computations; it changes when a figure for the same data would change."""


class Reason(StrEnum):
    """Why a figure is undefined. The names are stable: stored reports and exports use them."""

    NO_VARIATION = "no_variation"
    NO_OVERLAP = "no_overlap"
    TOO_FEW_ITEMS = "too_few_items"
    TOO_FEW_RATERS = "too_few_raters"
    SINGLE_CATEGORY = "single_category"
    INCOMPLETE_BLOCKS = "incomplete_blocks"
    TOO_FEW_SYSTEMS = "too_few_systems"
    NOT_CONNECTED = "not_connected"
    NO_DECISIONS = "no_decisions"
    NOT_NUMERIC = "not_numeric"
    UNSTABLE = "unstable"
    NOT_APPLICABLE = "not_applicable"
    NOT_INSTALLED = "not_installed"
    DIFFERENT_SCALES = "different_scales"


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval with its nominal level (0.95) and the name of the method that made it."""

    low: float
    high: float
    level: float
    method: str

    def to_json(self) -> dict[str, object]:
        """The four fields, JSON-safe."""
        return {"low": self.low, "high": self.high, "level": self.level, "method": self.method}


@dataclass(frozen=True, slots=True)
class Figure:
    """One result.

    `value` is a number, or None with a `reason`. A result of many numbers (one per pair, per system) stands
    in `values` and is what JSON shows under "value". `n_items` counts the items that entered the figure,
    `n_pairs` the pairs of raters (or of systems) it speaks of. `extra` holds what only this statistic has
    (df, p, ...).
    """

    value: float | None
    reason: Reason | None = None
    ci: Interval | None = None
    n_items: int | None = None
    n_raters: int | None = None
    n_pairs: int | None = None
    method: str = ""
    seed: int | None = None
    version: str = VERSION
    values: Mapping[str, Any] | Sequence[Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a silent NaN, a missing reason, and an extra that would hide a field."""
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"a figure must be finite or None with a reason, got {self.value!r}")
        if self.value is None and self.values is None and self.reason is None:
            raise ValueError("a figure without a value needs a reason")
        clash = set(self.extra) & {f.name for f in fields(self)}
        if clash:
            raise ValueError(f"extra may not use the names of fields: {sorted(clash)}")

    def to_json(self) -> dict[str, Any]:
        """A JSON-safe object; the entries of `extra` stand beside the fields."""
        return {
            "value": json_safe(self.values if self.values is not None else self.value),
            "reason": None if self.reason is None else str(self.reason),
            "ci": None if self.ci is None else self.ci.to_json(),
            "n_items": self.n_items,
            "n_raters": self.n_raters,
            "n_pairs": self.n_pairs,
            "method": self.method,
            "seed": self.seed,
            "version": self.version,
            **{key: json_safe(value) for key, value in self.extra.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The figure that `to_json` wrote."""
        known = {f.name for f in fields(cls)} - {"values", "extra"}
        many = isinstance(data["value"], (dict, list))
        plain = {key: data[key] for key in known if key in data}
        plain["value"] = None if many else data["value"]
        plain["reason"] = None if data.get("reason") is None else Reason(data["reason"])
        plain["ci"] = None if data.get("ci") is None else Interval(**data["ci"])
        rest = {key: value for key, value in data.items() if key not in known}
        return cls(**plain, values=data["value"] if many else None, extra=rest)


def json_safe(value: Any) -> Any:
    """Plain Python data: figures, enums, numpy numbers and arrays unpacked; NaN and infinity become None."""
    if isinstance(value, (Figure, Interval)):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, StrEnum):
        return str(value)
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "tolist"):
        return json_safe(value.tolist())
    if isinstance(value, Sequence):
        return [json_safe(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")
