"""Designs as small pictures: a row for each of four raters, a column for each of eight units."""

from __future__ import annotations

from dataclasses import dataclass

from projects.services.plans import How

RATERS, UNITS, STEP = 4, 8, 12
# Who judges which unit, by the unit's column; in balanced pairs every two raters meet equally often.
PAIRS = ((0, 1), (2, 3), (0, 2), (1, 3), (0, 3), (1, 2), (0, 1), (2, 3))
LISTS = ((0,), (0,), (1,), (1,), (2,), (2,), (3,), (3,))
FREE = ((0, 2), (1, 2), (0, 3), (0, 1), (1, 3), (0, 1), (2, 3), (0, 2))
EVERYBODY = tuple(tuple(range(RATERS)) for _ in range(UNITS))
PICTURES = {
    How.FREE: FREE,
    How.ALL: EVERYBODY,
    How.BALANCED: PAIRS,
    How.CORE: EVERYBODY[:2] + PAIRS[:6],
    How.LISTS: LISTS,
}


@dataclass(frozen=True)
class Cell:
    """A square of the picture."""

    kind: str
    x: int
    y: int


def cells(how: How) -> list[Cell]:
    """Return a design's picture; under `free` who comes first may be anybody, so the squares are dashed."""
    mark = "some" if how == How.FREE else "on"
    return [
        Cell(mark if rater in PICTURES[how][unit] else "off", unit * STEP + 1, rater * STEP + 1)
        for rater in range(RATERS)
        for unit in range(UNITS)
    ]
