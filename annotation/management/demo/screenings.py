"""The demonstration's review around its sessions: three counsellors screen them, two readers flag, two people talk."""

from __future__ import annotations

from collections.abc import Mapping

from projects.management.demo_parts import Part
from projects.models import Project, Study, User

SLUG = "screening-of-the-sessions"


def is_whole(project: Project) -> bool:
    """Whether the report of the screening has been asked for, which is done last."""
    return Study.objects.filter(project=project, slug=SLUG, reports__isnull=False).exists()


def make(project: Project, accounts: Mapping[str, User]) -> None:
    """Make flags, comments, the screening and its report, each where it is missing."""
    # Readers of file formats come with these: a start with nothing to do should not wait for them.
    from annotation.management.demo import screening

    screening.ensure(project, accounts)


PART = Part(is_whole, make)
