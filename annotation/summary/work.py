"""What every section of the report builds on: the rows, how intervals are drawn, and the parts that may be pooled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from annotation.results.arrays import BoolArray
from annotation.results.load import Review
from annotation.summary.measures import Draw, Figures, coefficients
from annotation.summary.parts import Part, counted, parts
from projects.models import Study

REPLICATES = 1000


@dataclass(frozen=True)
class Work:
    """A review with what its report is computed by."""

    review: Review
    draw: Draw

    @property
    def study(self) -> Study:
        """The study reported on."""
        return self.review.study

    @property
    def preliminary(self) -> bool:
        """Whether work may still change the figures."""
        return self.study.state != Study.State.CLOSED

    @cached_property
    def first(self) -> BoolArray:
        """Which answers agreement rests on: first, independent ones of complete units, nothing left out."""
        return counted(self.review)

    @cached_property
    def parts(self) -> list[Part]:
        """The first answers in the parts that may be pooled."""
        return parts(self.review, self.first)

    @cached_property
    def coefficients(self) -> dict[str, Figures]:
        """Every coefficient of every part, by the part's key."""
        return {part.key: coefficients(part.table, self.draw, several=part.several) for part in self.parts}

    @property
    def leading(self) -> Part | None:
        """The part that speaks in the headline: the one with most items, without the pre-label before with it."""
        return max(self.parts, key=lambda part: (-part.base, part.table.n_pairable), default=None)


def primary(part: Part) -> str:
    """Return the name of the part's primary coefficient."""
    return "masi_alpha" if part.several else "krippendorff_alpha"


def robust(part: Part) -> str:
    """Return the name of the part's robust coefficient."""
    return "jaccard_alpha" if part.several else "gwet_ac1"
