"""The demonstration's systems, the responses they gave, and the test they took. Their texts are in evaluation/demo."""

from __future__ import annotations

from collections.abc import Mapping

from projects.management.demo_parts import Part
from projects.models import Project, User

QUESTIONS, TEST_ITEMS = "questions", "test-items"
ANSWERS_RUN, TEST_RUN = "Answers to ten questions", "Test on labelled items"
BENCHMARK = "Seven systems, labelled items and questions"


def is_whole(project: Project) -> bool:
    """Whether the benchmark that is made last is there."""
    from evaluation.models import Benchmark

    return Benchmark.objects.filter(project=project, name=BENCHMARK).exists()


def make(project: Project, accounts: Mapping[str, User]) -> None:
    """Make data sets, systems, responses, the test, scores and the benchmark, each where it is missing."""
    # Readers of file formats come with these: a start with nothing to do should not wait for them.
    from evaluation.management.demo import world

    world.ensure(project, accounts["manager"])


PART = Part(is_whole, make)
