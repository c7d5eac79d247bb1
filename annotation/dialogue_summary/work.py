"""What every section of the report builds on: the rows, how intervals are drawn, and the parts that may be pooled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from annotation.dialogue_summary.measures import Draw, Figures, coefficients, reading
from annotation.dialogue_summary.parts import Part, counted, parts
from annotation.results.arrays import BoolArray
from annotation.results.dialogue_external import External, load_external
from annotation.results.dialogue_load import Dialogues
from projects.models import Study

REPLICATES = 1000


@dataclass(frozen=True)
class Work:
    """A dialogue annotation with what its report is computed by."""

    found: Dialogues
    draw: Draw

    @property
    def study(self) -> Study:
        """The study reported on."""
        return self.found.study

    @property
    def preliminary(self) -> bool:
        """Whether work may still change the figures."""
        return self.study.state != Study.State.CLOSED

    @cached_property
    def first(self) -> BoolArray:
        """Which answers agreement rests on: first, independent ones of complete sessions, nothing left out."""
        return counted(self.found)

    @cached_property
    def parts(self) -> list[Part]:
        """The first answers, by field, role and condition."""
        return parts(self.found, self.first)

    @cached_property
    def coefficients(self) -> dict[str, Figures]:
        """Every coefficient of every part, by the part's key."""
        return {
            part.key: coefficients(part.table, part.sessions, reading(part), self.draw) for part in self.parts
        }  # fmt: skip

    @cached_property
    def external(self) -> External | None:
        """What external raters say of the same sessions."""
        return load_external(self.found, self.first)

    @cached_property
    def apart(self) -> Work | None:
        """The external raters alone."""
        return Work(self.external.apart, self.draw) if self.external else None

    @cached_property
    def together(self) -> Work | None:
        """The study's own raters and the external ones, where both say something."""
        return Work(self.external.together, self.draw) if self.external and self.first.any() else None
