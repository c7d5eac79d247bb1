"""The demonstration's judges: two made-up ones that scored, compared and ordered what its raters judged as well."""

from __future__ import annotations

from collections.abc import Mapping

from projects.management.demo_parts import Part
from projects.models import Project, User

SCORED, PAIRED, ORDERED = "Two judges score seven systems", "Two judges compare", "Two judges put in order"
# The reports, in the order in which they are made; the last tells that all are there.
RANKED_REPORT, RATED_REPORT = "Judges beside the ranking", "Judges beside ratings and comparison"


def is_whole(project: Project) -> bool:
    """Whether the report that is made last is there."""
    from evaluation.models import Jury

    return Jury.objects.filter(project=project, name=RATED_REPORT).exists()


def make(project: Project, accounts: Mapping[str, User]) -> None:
    """Make judges, their runs with verdicts, and the reports, each where it is missing."""
    # Reads every answer as a worker would: a start with nothing to do should not wait for that.
    from evaluation.management.demo import judge_work

    judge_work.ensure(project, accounts)


PART = Part(is_whole, make)
