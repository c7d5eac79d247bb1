"""Words that may not leave with a bundle: what systems, models and servers are called, and who works here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evaluation.models import StudySystem, System, SystemVersion
from projects.models import Membership, Project, Rater

# Shorter ones, such as a rater's code R1, would be found in any text; they name nobody.
SHORTEST = 3


@dataclass(frozen=True)
class Names:
    """The words of one project, looked for as whole words, whatever their case."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, project: Project) -> Names:
        """Collect the words of a project."""
        found = {word.strip().casefold() for word in _words(project) if word}
        return cls(
            tuple(sorted((word for word in found if len(word) >= SHORTEST), key=lambda word: (-len(word), word)))
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self.words:
            return None
        return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in self.words)})(?!\w)")

    def told_by(self, content: Any) -> bool:
        """Whether a text, or any text within plain data, holds one of the words."""
        if isinstance(content, str):
            return self._pattern is not None and self._pattern.search(content.casefold()) is not None
        if isinstance(content, dict):
            return any(self.told_by(part) for pair in content.items() for part in pair)
        return isinstance(content, list | tuple) and any(self.told_by(part) for part in content)


def _words(project: Project) -> Iterator[str]:
    systems = System.objects.filter(project=project).values_list("name", "slug", "group")
    versions = SystemVersion.objects.filter(system__project=project)
    servers = versions.values_list("model_id", "endpoint__name", "endpoint__base_url").distinct()
    sources = StudySystem.objects.filter(study__project=project).values_list("dataset__name", "dataset__slug")
    people = Membership.objects.filter(project=project).values_list("user__email", "user__name")
    raters = Rater.objects.filter(project=project).values_list("code", "user__email", "user__name")
    rows: list[Iterable[str | None]] = [*systems, *servers, *sources, *people, *raters]
    for row in rows:
        yield from _pieces(row)


def _pieces(row: Iterable[str | None]) -> Iterator[str]:
    """A name as it is, and what stands behind the last stroke of "maker/model"."""
    for word in row:
        if word:
            yield word
            yield word.rpartition("/")[2]
