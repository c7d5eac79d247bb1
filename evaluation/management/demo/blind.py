"""The demonstration's blind studies: a finished and a half-done one of each kind, judged by its made-up raters."""

from __future__ import annotations

from collections.abc import Mapping

from projects.management.demo_parts import Part
from projects.models import Project, Study, User

# Names in the order in which they are made; the last tells that all are there.
RANKED, RANKING = "Which answer helps most?", "Which answer helps most? Second round"
COMPARED, COMPARING = "Person or model: which would you rather read?", "Before and after training: which is better?"
RATED, RATING = "Four criteria for three systems", "Quality of the answers, 0 to 4"


def is_whole(project: Project) -> bool:
    """Whether the study that is made last is there with its answers."""
    return Study.objects.filter(project=project, name=RATING, assignments__submitted_at__isnull=False).exists()


def make(project: Project, accounts: Mapping[str, User]) -> None:
    """Make each study with its judgements where it is missing."""
    # Loads statistics with the reports: a start with nothing to do should not wait for them.
    from evaluation.management.demo import blind_work

    blind_work.ensure(project, accounts)


PART = Part(is_whole, make)
