"""Results of a study: the newest report's numbers, and the study's files, streamed."""

from __future__ import annotations

from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from projects import kinds, reporting
from projects.api.base import READERS, ProjectView
from projects.api.errors import Conflict
from projects.api.shapes_study import ExportShape, JobShape, ReportShape, ResultsShape
from projects.models import Study
from projects.services import exporting, reports
from projects.services.audit import record

UNOPENED = (Study.State.DRAFT, Study.State.OPENING)
LINES = "application/x-ndjson"


class ResultsView(ProjectView):
    """The results of a study."""

    writers = READERS

    @extend_schema(responses=ResultsShape)
    def get(self, request: Request, project: str, study: str) -> Response:
        """Give the newest report's numbers; `report` is null while there is none."""
        row = self.study()
        newest, job = reports.latest(row), reports.last_job(row)
        if newest is not None:
            newest.stale = reporting.is_stale(newest, row)  # type: ignore[attr-defined]  # for the shape
        found = {"report": ReportShape(newest).data if newest else None, "job": JobShape(job).data if job else None}
        return Response(found)

    @extend_schema(request=None, responses={202: JobShape})
    def post(self, request: Request, project: str, study: str) -> Response:
        """Ask a worker for a new report; while one is being computed, that one is meant."""
        row = self.study()
        if row.state in UNOPENED:
            raise Conflict
        asked = reports.ask(row, actor=self.user)
        return Response(JobShape(asked.job).data, status=status.HTTP_202_ACCEPTED)


class ExportsView(ProjectView):
    """The files of a study."""

    @extend_schema(responses=ExportShape(many=True), operation_id="studies_exports")
    def get(self, request: Request, project: str, study: str) -> Response:
        """Name the files: few, so that they come on one page."""
        row = self.study()
        offers = kinds.of(row).exports()
        found = [{"key": one.key, "name": str(one.name), "columns": one.columns(row)} for one in offers]
        return Response({"next": None, "previous": None, "results": ExportShape(found, many=True).data})


class ExportFile(ProjectView):
    """One file of a study."""

    @extend_schema(responses={(200, LINES): OpenApiTypes.STR})
    def get(self, request: Request, project: str, study: str, key: str) -> StreamingHttpResponse:
        """Stream a file as JSON lines: `final` is the final data set. The log keeps who took it."""
        row = self.study()
        offer = next((one for one in kinds.of(row).exports() if one.key == key), None)
        if offer is None:
            raise Http404
        record("study.exported", actor=self.user, project=row.project, target=row, file=key, format="jsonl")
        response = StreamingHttpResponse(exporting.stream(row, offer, "jsonl"), content_type=f"{LINES}; charset=utf-8")
        name = exporting.filename(row, offer, "jsonl")
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response
