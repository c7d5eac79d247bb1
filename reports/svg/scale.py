"""From values to places: linear scales and ticks on round numbers."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..plots import Axis, Mark

# What lies closer is one place: ticks are not told apart beyond it.
NEAR = 1e-9


@dataclass(frozen=True)
class Scale:
    """A linear map from [low, high] to [start, end] in drawing units."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def step(low: float, high: float, wanted: int) -> float:
    """Return a round distance (1, 2, 2.5 or 5 times a power of ten) for about `wanted` ticks."""
    rough = (high - low) / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """Return round values within [low, high]."""
    distance = step(low, high, wanted)
    first = math.ceil(low / distance - 1e-9)
    last = math.floor(high / distance + 1e-9)
    return [round(place * distance, 10) for place in range(first, last + 1)]


def decimals(marks: Sequence[float]) -> int:
    """Return how many decimals tell the ticks apart."""
    return next((n for n in range(6) if all(abs(m - round(m, n)) < 1e-9 for m in marks)), 6)


def extent(axis: Axis, values: Iterable[float | None]) -> tuple[float, float]:
    """Return the ends of an axis: those it asks for, widened so that no value is cut off."""
    found = [value for value in values if value is not None]
    wanted = [end for end in (axis.low, axis.high) if end is not None]
    points = [*found, *wanted] or [0.0, 1.0]
    low, high = min(points), max(points)
    size = max(abs(low), abs(high))
    if high - low <= max(size, 1.0) * NEAR:
        # Values too close to tell apart need an axis with some length all the same.
        low, high = (low - max(size * 0.1, 0.5), high + max(size * 0.1, 0.5)) if size > NEAR else (0.0, 1.0)
    distance = step(low, high, 5)
    low = low if low == axis.low else min(low, math.floor(low / distance + 1e-9) * distance)
    high = high if high == axis.high else max(high, math.ceil(high / distance - 1e-9) * distance)
    return low, high


def reach(marks: Iterable[Mark]) -> list[float | None]:
    """Return every number a set of marks needs room for."""
    return [number for mark in marks for number in (mark.value, mark.low, mark.high)]
