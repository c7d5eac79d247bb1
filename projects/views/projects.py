"""A project: what is in it, making one, describing it anew."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from projects.access import ADJUDICATOR, ANALYST, MANAGER, RATER, Access, ProjectRequest, UserRequest, project_view
from projects.forms.people import NewProjectForm, ProjectForm
from projects.markdown import to_html
from projects.models import Dataset, Membership, Project, Rater, Role, Study, User
from projects.prepared import Counting, Prepared, Question, foreseen
from projects.querysets.people import with_progress
from projects.services.projects import FIELDS, may_create
from projects.views.home import PARTS_HERE, behind_of, lead_of, work_of
from projects.views.http import PAGE, form_status, posted

# So many of its studies stand on a project's own page; a page lists them all.
STUDIES_SHOWN = 25
MANAGERS = Prepared(
    lambda project: (
        User.objects.filter(memberships__project_id=project, memberships__role=Role.MANAGER)
        .only("name", "email")
        .order_by("name", "email")
    ),
    -1,
)
STUDIES: Prepared[Any] = Prepared(
    lambda project: (
        with_progress(Study.objects.filter(project_id=project))
        .only("slug", "name", "state", "unit_count", "place_count", "closed_at", "opened_at", "created_at")
        .order_by("-created_at", "-pk")[: STUDIES_SHOWN + 1]
    ),
    -1,
)
COUNTED: dict[str, Prepared[Any]] = {
    "datasets": Prepared(lambda project: Dataset.objects.filter(project_id=project).order_by().values_list("pk"), -1),
    "people": Prepared(
        lambda project: Membership.objects.filter(project_id=project).order_by().values_list("user").distinct(), -1
    ),
    "raters": Prepared(
        lambda project: Rater.objects.filter(project_id=project, active=True).order_by().values_list("pk"), -1
    ),
    "started": Prepared(
        lambda project: (
            Study.objects.filter(project_id=project).exclude(state=Study.State.DRAFT).order_by().values_list("pk")[:1]
        ),
        -1,
    ),
}


def managers(project: Project) -> list[User]:
    """Return those who run a project: whom to ask."""
    return MANAGERS.rows(project.pk)


@require_safe
@project_view()
def project(request: ProjectRequest) -> HttpResponse:
    """Show a project: to a rater their own work, to everybody else its studies."""
    access, key = request.access, (request.access.project.pk,)
    # Who runs the project sees the notices in every language, as they are written.
    inside_it = access.can(MANAGER, ADJUDICATOR, ANALYST)
    asked: list[Question] = [(MANAGERS, key), (PARTS_HERE, (access.user.pk, *key))]
    if inside_it:
        asked += [(STUDIES, key), *((Counting(rows), key) for rows in COUNTED.values())]
    with foreseen(*asked):
        return overview(request, inside_it=inside_it)


def overview(request: ProjectRequest, *, inside_it: bool) -> HttpResponse:
    """Return a project's page, for somebody inside it or for a rater."""
    access = request.access
    language = "" if inside_it else get_language() or ""
    parts = work_of(access.user, access.project)
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
    key = access.project.pk
    studies, counts = STUDIES.rows(key), {name: rows.count(key) for name, rows in COUNTED.items()}
    started = bool(counts.pop("started"))
    fresh = access.can(MANAGER) and not (counts["datasets"] and counts["raters"] and started)
    return {
        "inside": True,
        "studies": studies[:STUDIES_SHOWN],
        "more_studies": len(studies) > STUDIES_SHOWN,
        "counts": counts,
        "fresh": fresh,
        "started": started,
    }


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
