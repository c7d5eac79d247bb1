"""The datasheet of a single study of people, as a file."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from evaluation.access import RUN_READERS
from projects.access import ProjectRequest, project_view
from projects.models import Study
from projects.services.audit import record
from publishing.exports.files import SHEETS, datasheet
from publishing.heds.sheet import BLIND
from publishing.services.study_reports import UNOPENED


@require_safe
@project_view(*RUN_READERS)
def study_datasheet(request: ProjectRequest, study: str, suffix: str) -> HttpResponse:
    """Hand out the datasheet of a study that has been opened, filled in as far as the database can."""
    rows = Study.objects.select_related("project", "version", "guideline", "blind__rubric")
    row = rows.filter(project=request.access.project, slug=study, kind__in=BLIND).exclude(state__in=UNOPENED).first()
    if row is None or suffix not in SHEETS:
        raise Http404
    made = datasheet(row.slug, row.name, [row], suffix)
    record("study.datasheet_exported", actor=request.user, project=row.project, target=row, format=suffix)
    response = HttpResponse(made.content, content_type=made.content_type)
    response["Content-Disposition"] = content_disposition_header(True, made.filename)
    return response
