"""The demonstration's study report: over every study that has closed, every run of judges and the benchmark."""

from __future__ import annotations

from collections.abc import Mapping

from projects.management.demo_parts import Part
from projects.models import Project, Study, User

KEY = "demonstration-study-report"
TITLE = "What the demonstration found"
CAPTIONS = {
    "ranks": "People put the answers in order without knowing whose answer is whose.",
}


def is_whole(project: Project) -> bool:
    """Whether the report is there."""
    from publishing.models import StudyReport

    return StudyReport.objects.filter(project=project, made_key=KEY).exists()


def make(project: Project, accounts: Mapping[str, User]) -> None:
    """Make the report; a worker computes it."""
    from publishing.services import study_reports as service
    from publishing.words import USUAL

    content = service.Content(
        title=TITLE,
        studies=list(service.studies_of(project).filter(state=Study.State.CLOSED)),
        judges=list(service.judges_of(project)),
        benchmarks=list(service.benchmarks_of(project)),
        sections=[{"key": key, "caption": CAPTIONS.get(key, "")} for key in USUAL],
    )
    service.create(project=project, content=content, client_key=KEY, actor=accounts["manager"])


PART = Part(is_whole, make)
