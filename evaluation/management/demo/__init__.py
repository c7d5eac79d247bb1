"""The demonstration's systems, the responses they gave, and the test they took. Their texts are in evaluation/demo."""

from __future__ import annotations

from collections.abc import Mapping

from projects.management.demo_parts import Part
from projects.models import Project, User

QUESTIONS, TEST_ITEMS = "questions", "test-items"
ANSWERS_RUN, TEST_RUN = "Answers to ten questions", "Test on labelled items"


def is_whole(project: Project) -> bool:
    """Whether the run that is made last is there."""
    from evaluation.models import Run

    return Run.objects.filter(project=project, name=TEST_RUN, state=Run.State.DONE).exists()


def make(project: Project, accounts: Mapping[str, User]) -> None:
    """Make data sets, systems, responses and the test, each where it is missing."""
    # Readers of file formats come with these: a start with nothing to do should not wait for them.
    from evaluation.management.demo import world

    world.ensure(project, accounts["manager"])


PART = Part(is_whole, make)
