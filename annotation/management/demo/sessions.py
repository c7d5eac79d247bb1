"""The demonstration's counselling sessions under annotation. Their texts and proposals are in projects/demo."""

from __future__ import annotations

from collections.abc import Mapping

from annotation.models import Curation
from projects.management.demo_parts import Part
from projects.models import Project, User

# The sessions that are curated, one in each language, which is done last.
CURATED = {
    "en-grief-1": "The client’s own words carry this reading better.",
    "zh-work-1": "来访者自己的话更支持这一理解。",
}


def is_whole(project: Project) -> bool:
    """Whether the sessions are annotated and curated."""
    rows = Curation.objects.filter(unit__study__project=project, unit__item__external_id__in=CURATED)
    return rows.filter(open=0).count() == len(CURATED)


def make(project: Project, accounts: Mapping[str, User]) -> None:
    """Make data set, study, answers and curation, each where it is missing."""
    # Readers of file formats come with these: a start with nothing to do should not wait for them.
    from annotation.management.demo import annotating

    annotating.ensure(project, accounts)


PART = Part(is_whole, make)
