"""A project: what is in it, making one, describing it anew."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from projects.access import ADJUDICATOR, ANALYST, MANAGER, RATER, Access, ProjectRequest, UserRequest, project_view
from projects.forms.people import NewProjectForm, ProjectForm
from projects.markdown import to_html
from projects.models import Project, Role, Study, User
from projects.querysets.people import with_progress
from projects.services.projects import FIELDS, may_create
from projects.views.home import behind_of, lead_of, work_of
from projects.views.http import PAGE, form_status, posted


def managers(project: Project) -> QuerySet[User]:
    """Return those who run a project: whom to ask."""
    rows = User.objects.filter(memberships__project=project, memberships__role=Role.MANAGER)
    return rows.order_by("name", "email")


@require_safe
@project_view()
def project(request: ProjectRequest) -> HttpResponse:
    """Show a project: to a rater their own work, to everybody else its studies."""
    access = request.access
    # Who runs the project sees the notices in every language, as they are written.
    inside_it = access.can(MANAGER, ADJUDICATOR, ANALYST)
    language = "" if inside_it else get_language() or ""
    parts = work_of(access.user, study__project=access.project)
    context: dict[str, Any] = {
        "project": access.project,
        "managers": managers(access.project),
        "content_notice": to_html(access.project.content_notice, language),
        "help_lines": to_html(access.project.help_text, language),
        "parts": parts,
        "lead": lead_of(parts),
        "behind": behind_of(access.user, access.project) if access.can(RATER) else [],
    }
    if inside_it:
        context |= inside(access)
    return render(request, "projects/project/overview.html", context)


def inside(access: Access) -> dict[str, Any]:
    """Return what only those see who may know how the whole goes."""
    project = access.project
    studies = list(with_progress(project.studies.all())[:100])
    counts = {
        "datasets": project.datasets.count(),
        "people": project.memberships.values("user").distinct().count(),
        "raters": project.raters.filter(active=True).count(),
    }
    started = any(study.state != Study.State.DRAFT for study in studies)
    fresh = access.can(MANAGER) and not (counts["datasets"] and counts["raters"] and started)
    return {"inside": True, "studies": studies, "counts": counts, "fresh": fresh, "started": started}


@login_required
@require_http_methods(PAGE)
def project_new(request: UserRequest) -> HttpResponse:
    """Start a project."""
    if not may_create(request.user):
        raise PermissionDenied
    form = NewProjectForm(posted(request))
    if form.is_valid() and (made := form.create(actor=request.user)):
        return redirect("project", made.slug)
    return render(request, "projects/project/new.html", {"form": form}, status=form_status(request))


@require_http_methods(PAGE)
@project_view(MANAGER)
def project_edit(request: ProjectRequest) -> HttpResponse:
    """Describe a project anew."""
    project = request.access.project
    form = ProjectForm(posted(request), initial={name: getattr(project, name) for name in FIELDS})
    if form.is_valid() and form.save(project=project, actor=request.user):
        messages.success(request, _("The project is saved."))
        return redirect("project", project.slug)
    context = {"form": form, "project": project}
    return render(request, "projects/project/edit.html", context, status=form_status(request))
