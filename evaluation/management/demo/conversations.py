"""The demonstration's pairs of whole dialogues: two small data sets, matched by topic and text, half judged."""

from __future__ import annotations

from collections.abc import Mapping

from projects.management.demo_parts import Part
from projects.models import Project, Study, User

# The listeners' side and the program's.
LISTENER, PROGRAM = "listeners-sessions", "program-sessions"
COMPARED = "Which conversation would you rather have had?"


def is_whole(project: Project) -> bool:
    """Whether the study is there with its answers."""
    return Study.objects.filter(project=project, name=COMPARED, assignments__submitted_at__isnull=False).exists()


def make(project: Project, accounts: Mapping[str, User]) -> None:
    """Make data sets, pairs, study and answers, each where it is missing."""
    # Loads what compares texts: a start with nothing to do should not wait for it.
    from evaluation.management.demo import conversations_work

    conversations_work.ensure(project, accounts)


PART = Part(is_whole, make)
