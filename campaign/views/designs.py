"""Who judges what: a draft's design, chosen by picture, and what it comes to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.forms.designs import TEXTS, DesignForm
from campaign.models import DesignPreview
from campaign.pictures import cells
from campaign.services import design_preview as service
from projects.access import MANAGER, ProjectRequest, project_view
from projects.models import Job, Study
from projects.services import jobs
from projects.services.plans import How, design_of
from projects.services.studies import subject
from projects.views.http import PAGE, form_status, posted
from projects.views.study_lookup import get_study, tab_context


@require_http_methods(PAGE)
@project_view(MANAGER)
def assignment(request: ProjectRequest, study: str) -> HttpResponse:
    """Choose a draft's design and see what it comes to; later, read what it was."""
    row = get_study(request.access, study)
    job = Job.objects.filter(kind=service.PREVIEW, subject=subject(row)).order_by("-pk").first()
    working = job is not None and job.state in jobs.UNFINISHED
    if request.headers.get("HX-Target") == "design-job":
        if not working:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "campaign/designs/_job.html", {"job": job, "here": request.path})
    draft = row.state == Study.State.DRAFT
    form = DesignForm(posted(request), request.FILES or None, study=row)
    if request.method == "POST" and draft and form.is_valid() and form.save(actor=request.user):
        return saved(request, row)
    context = tab_context(request.access, row, "assignment") | {
        "form": form,
        "draft": draft,
        "cards": [{"key": how, "name": how.label, "text": TEXTS[how], "cells": cells(how)} for how in How],
        "lines": row.listed.count() if draft else 0,
        "job": job if working or (job and job.state == Job.State.FAILED) else None,
        "here": request.path,
        **found(row, draft=draft),
    }
    return render(request, "campaign/designs/design.html", context, status=form_status(request))


def saved(request: ProjectRequest, study: Study) -> HttpResponse:
    """Let a worker work out what was chosen."""
    if study.dataset is not None:
        jobs.enqueue(service.PREVIEW, subject(study), project=study.project, actor=request.user)
    messages.success(request, _("The design is saved."))
    return redirect(reverse("study_assignment", args=[study.project.slug, study.slug]))


def found(study: Study, *, draft: bool) -> dict[str, Any]:
    """Return what was worked out, and whether it still holds."""
    preview = DesignPreview.objects.filter(study=study).first()
    figures = preview.figures if preview else {}
    design = design_of(study.settings)
    return {
        "design": design,
        "design_name": How(design.how).label,
        "figures": figures,
        "most": service.outcome(figures),
        "stale": draft and preview is not None and preview.basis != service.basis(study),
    }
