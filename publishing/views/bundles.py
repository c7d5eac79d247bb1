"""The reproduction bundle of an edition, and the key to its codes, as two separate files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.access import RUN_READERS
from projects.access import Access, ProjectRequest, project_view
from projects.models import Job
from projects.services.audit import record
from projects.views.http import PAGE
from projects.views.snapshots import unfinished
from publishing.models import EditionBundle, StudyReportEdition
from publishing.services import bundle, bundles


def get_edition(access: Access, report: int, edition: int) -> StudyReportEdition:
    """Return a computed edition of the project at hand; Http404 for any other."""
    rows = StudyReportEdition.objects.filter(report__project=access.project, report=report, computed_at__isnull=False)
    return get_object_or_404(rows.select_related("report__project").defer("summary", "figures"), pk=edition)


@require_http_methods(PAGE)
@project_view(*RUN_READERS)
def study_report_bundle(request: ProjectRequest, paper: int, edition: int) -> HttpResponse:
    """Take the wish for a bundle, say how far it is, offer what was made; htmx asks for the progress alone."""
    row, manager = get_edition(request.access, paper, edition), request.access.is_manager
    if request.method == "POST":
        texts = request.POST.get("texts") == "1"
        if texts and not manager:
            raise PermissionDenied
        bundles.ask(row, texts=texts, actor=request.user)
        return redirect("study_report_bundle", row.report.project.slug, paper, edition)
    job = bundles.last_job(row, texts=manager)
    context: dict[str, Any] = {"project": row.report.project, "report": row.report, "edition": row, "job": job}
    context["page_url"] = reverse("study_report_bundle", args=[row.report.project.slug, paper, edition])
    if request.headers.get("HX-Target") == "bundle-job":
        if not unfinished(job):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "publishing/_bundle_job.html", context)
    made = list(bundles.kept(row, texts=None if manager else False))
    failed = job is not None and job.state == Job.State.FAILED
    context |= {"made": made, "codes_made": any(not one.texts for one in made)}
    context |= {"job": job if unfinished(job) or failed else None, "manager": manager}
    context["may_have_key"] = bundle.may_have_key(row, request.user, manager=manager)
    return render(request, "publishing/bundle.html", context)


@require_safe
@project_view(*RUN_READERS)
def study_report_bundle_file(request: ProjectRequest, paper: int, edition: int, bundle: int) -> HttpResponse:
    """Hand out a bundle that a worker made; one with texts to managers alone, and for a day."""
    row = get_edition(request.access, paper, edition)
    found: EditionBundle = get_object_or_404(bundles.kept(row), pk=bundle)
    if found.texts and not request.access.is_manager:
        raise PermissionDenied
    said = "with" if found.texts else "without"
    record("study_report.bundled", actor=request.user, project=row.report.project, target=row.report, texts=said)
    name = f"study-report-{paper}-{edition}-bundle{'-texts' if found.texts else ''}.zip"
    return download(bytes(found.content), "application/zip", name)


@require_safe
@project_view()
def study_report_key(request: ProjectRequest, paper: int, edition: int) -> HttpResponse:
    """Hand out the key to the codes, to managers and key-holders, once every key in it is open."""
    row = get_edition(request.access, paper, edition)
    if not bundle.may_have_key(row, request.user, manager=request.access.is_manager):
        raise PermissionDenied
    made = bundles.kept(row, texts=False).first()
    try:
        if made is None:
            raise ValidationError(_("Have the bundle made first: the key says which file it belongs to."))
        content = bundle.key_file(row, made.sha256)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("study_report_bundle", row.report.project.slug, paper, edition)
    record("study_report.key_taken", actor=request.user, project=row.report.project, target=row.report)
    return download(content, "application/json", f"study-report-{paper}-{edition}-key.json")


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """Return a file that no cache keeps."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store"
    return response
