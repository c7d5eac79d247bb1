"""Studies: drafts made, opened, paused, closed; who takes part; how they go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from projects import kinds
from projects.api import drafts, keys
from projects.api.base import ProjectView
from projects.api.errors import Conflict
from projects.api.pagination import Newest
from projects.api.shapes_study import (
    JobShape,
    NewRaters,
    NewStudy,
    PauseMessage,
    ProgressShape,
    RaterWorkShape,
    StudyShape,
)
from projects.models import Rater, Study
from projects.services import exclusions, parts, progress
from projects.services import studies as service


class StudiesView(ProjectView):
    """A project's studies."""

    pagination_class = Newest

    @extend_schema(responses=StudyShape(many=True))
    def get(self, request: Request, project: str) -> Response:
        """List the studies, newest first."""
        rows = self.access.project.studies.select_related("version", "guideline", "dataset", "source")
        return self.paged(rows, StudyShape)

    @extend_schema(parameters=[keys.PARAMETER], request=NewStudy, responses={200: StudyShape, 201: StudyShape})
    def post(self, request: Request, project: str) -> Response:
        """Make a draft, checked like the page's form."""
        home, data = self.access.project, self.given(NewStudy)
        key, rows = keys.taken(request, data), home.studies.all()
        made, code = self.once(lambda: drafts.make(self.access, data), rows, f"study:{home.pk}", key)
        return Response(StudyShape(made).data, status=code)


class StudyDetail(ProjectView):
    """One study."""

    @extend_schema(responses=StudyShape)
    def get(self, request: Request, project: str, study: str) -> Response:
        """Describe a study with the settings in force."""
        return Response(StudyShape(self.study()).data)


class LifeView(ProjectView):
    """One step of a study's life."""

    def move(self, change: Callable[[Study], object], code: int = status.HTTP_200_OK) -> Response:
        """Carry out a change of state; a Conflict where the study is not in the state for it."""
        row = self.study()
        try:
            change(row)
        except DjangoValidationError as error:
            raise Conflict(" ".join(error.messages)) from error
        row.refresh_from_db()
        return Response(StudyShape(row).data, status=code)


class OpenView(LifeView):
    """Opening."""

    @extend_schema(request=None, responses={202: StudyShape})
    def post(self, request: Request, project: str, study: str) -> Response:
        """Freeze the settings and let a worker prepare the study; it is open once the preparation is done."""
        return self.move(self.open, status.HTTP_202_ACCEPTED)

    def open(self, study: Study) -> None:
        """Open the study unless something stands in the way."""
        blocking = [str(problem.text) for problem in kinds.of(study).problems(study) if problem.blocking]
        if blocking:
            raise DjangoValidationError(blocking)
        service.open_study(study, actor=self.user)


class PauseView(LifeView):
    """Pausing."""

    @extend_schema(request=PauseMessage, responses=StudyShape)
    def post(self, request: Request, project: str, study: str) -> Response:
        """Stop handing out and taking work; raters read the message."""
        return self.move(self.pause)

    def pause(self, study: Study) -> None:
        """Pause with the message in the body."""
        message = self.given(PauseMessage).get("message", "")
        service.pause(study, message=message, actor=self.user)


class ResumeView(LifeView):
    """Going on."""

    @extend_schema(request=None, responses=StudyShape)
    def post(self, request: Request, project: str, study: str) -> Response:
        """Take up a paused study again."""
        return self.move(lambda row: service.resume(row, actor=self.user))


class CloseView(LifeView):
    """Closing."""

    @extend_schema(request=None, responses=StudyShape)
    def post(self, request: Request, project: str, study: str) -> Response:
        """End a study for good. What was submitted stays; a report is computed."""
        return self.move(lambda row: service.close(row, actor=self.user))


class RatersView(ProjectView):
    """The raters of a study, by code."""

    @extend_schema(responses=RaterWorkShape(many=True))
    def get(self, request: Request, project: str, study: str) -> Response:
        """List the raters, each with how much they have done."""
        return self.paged(progress.raters_of(self.study()), RaterWorkShape)

    @extend_schema(request=NewRaters, responses={204: None})
    def post(self, request: Request, project: str, study: str) -> Response:
        """Let raters take part, all or nobody; those who do already stay."""
        row, codes = self.study(), self.given(NewRaters)["raters"]
        parts.add_people(row, raters=raters_with(self.access.project.raters.all(), codes), actor=self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def raters_with(raters: QuerySet[Rater], codes: list[str]) -> list[Rater]:
    """Return the raters with these codes; raises ValidationError naming those there are not."""
    found = {rater.code: rater for rater in raters.filter(code__in=codes).select_related("user")}
    missing = [code for code in codes if code not in found]
    if missing:
        raise ValidationError({"raters": [_("There is no rater %(code)s.") % {"code": code} for code in missing]})
    return list(found.values())


class ProgressView(ProjectView):
    """How a study goes."""

    @extend_schema(responses=ProgressShape)
    def get(self, request: Request, project: str, study: str) -> Response:
        """Count, and look for what will be missing."""
        return Response(ProgressShape(counted(self.study())).data)


def counted(study: Study) -> dict[str, Any]:
    """Return a study's counts; before it has opened, what keeps it from opening."""
    job = service.job_of(study)
    draft = study.state == Study.State.DRAFT
    working = study.state not in (Study.State.DRAFT, Study.State.OPENING)
    return {
        "state": study.state,
        "units": study.unit_count,
        "places": study.place_count,
        "done": min(study.place_count, progress.submitted_of(study)),
        "pace": progress.pace_of(study),
        "short": progress.count_short(study) if working else 0,
        "left_out": exclusions.in_force(study).count(),
        "strata": progress.by_stratum(study) if working else [],
        "opening": JobShape(job).data if job else None,
        "problems": [str(problem.text) for problem in kinds.of(study).problems(study)] if draft else [],
    }
