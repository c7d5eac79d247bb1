"""The appendix for a paper: asked for, followed while it is made, downloaded."""

from __future__ import annotations

from io import BytesIO

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaign.appendix.making import last_job
from campaign.forms.appendix import AppendixForm
from projects.access import MANAGER, ProjectRequest, project_view
from projects.services.audit import record
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study
from projects.views.study_tabs import UNOPENED

SHOWN = 10
FILES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "latex": "application/zip",
}


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_appendix(request: ProjectRequest, study: str) -> HttpResponse:
    """Take the wish for an appendix, say how far it is, list what was made; htmx asks for the progress alone."""
    row = get_study(request.access, study)
    job = last_job(row)
    if request.headers.get("HX-Target") == "appendix-job":
        if job is None or job.finished:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "campaign/_appendix_job.html", {"job": job, "project": row.project, "study": row})
    form = AppendixForm(posted(request), study=row)
    opened = row.state not in UNOPENED
    if request.method == "POST" and opened and form.is_valid() and form.save(actor=request.user):
        messages.success(request, _("The appendix is being made."))
        return redirect("study_appendix", row.project.slug, row.slug)
    made = row.appendices.exclude(made_at=None).select_related("created_by")[:SHOWN]
    unfinished = job is not None and not job.finished
    failed = job is not None and job.state == job.State.FAILED
    context = study_context(request, row, "appendix") | {"form": form, "made": made, "opened": opened}
    context |= {"job": job if unfinished or failed else None}
    return render(request, "campaign/appendix.html", context, status=form_status(request))


@require_safe
@project_view(MANAGER)
def appendix_file(request: ProjectRequest, study: str, appendix: int, suffix: str) -> HttpResponseBase:
    """Give out one of an appendix's files."""
    row = get_study(request.access, study)
    found = get_object_or_404(row.appendices.exclude(made_at=None), pk=appendix)
    if suffix not in FILES:
        raise Http404
    stored = found.docx if suffix == "docx" else found.latex
    try:
        with stored.open("rb") as file:
            content = file.read()
    except (FileNotFoundError, ValueError) as error:
        raise Http404 from error
    record("study.exported", actor=request.user, project=row.project, target=row, file="appendix", format=suffix)
    name = f"{row.slug}-appendix.{'docx' if suffix == 'docx' else 'zip'}"
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=FILES[suffix])
