"""Systems and their versions."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.access import RUN_READERS
from evaluation.forms.systems import SystemForm
from evaluation.models import Response, System, SystemVersion
from evaluation.services import systems as service
from projects.access import MANAGER, Access, ProjectRequest, project_view
from projects.listing import Listing, page_of
from projects.views.http import PAGE, form_status, posted

A_PAGE, VERSIONS_A_PAGE = 50, 20
# Of the systems shown only: a join would count the versions of every system before the page is cut out.
COUNTED = Coalesce(
    Subquery(SystemVersion.objects.filter(system=OuterRef("pk")).order_by().values("system").values(n=Count("pk"))), 0
)


def get_system(access: Access, slug: str) -> System:
    """Return a system of the project at hand; Http404 for any other."""
    row = access.project.systems.select_related("version__endpoint", "version__prompt__template").filter(slug=slug)
    found = row.first()
    if found is None:
        raise Http404
    found.project = access.project
    return found


LISTED = Listing(
    lambda project: (
        System.objects.filter(project_id=project)
        .only("slug", "name", "group", "role", "kind", "archived")
        .annotate(
            model_id=F("version__model_id"),
            endpoint=F("version__endpoint__name"),
            prompt=F("version__prompt__template__name"),
            prompt_number=F("version__prompt__number"),
            version_count=COUNTED,
        )
        .order_by("archived", "group", "name", "pk")
    ),
    -1,
    per_page=A_PAGE,
    counted=lambda project: System.objects.filter(project_id=project),
)


@require_safe
@project_view(*RUN_READERS)
def systems(request: ProjectRequest) -> HttpResponse:
    """List the project's systems."""
    project = request.access.project
    page = LISTED.page(request.GET.get("page"), project.pk)
    context = {"project": project, "page_obj": page, "tab": "systems"}
    return render(request, "evaluation/systems/list.html", context)


@require_http_methods(PAGE)
@project_view(MANAGER)
def system_new(request: ProjectRequest) -> HttpResponse:
    """Add a system."""
    return edit(request, None)


@require_http_methods(PAGE)
@project_view(MANAGER)
def system_edit(request: ProjectRequest, system: str) -> HttpResponse:
    """Change a system; what has been sent stays in its earlier versions."""
    return edit(request, get_system(request.access, system))


def edit(request: ProjectRequest, row: System | None) -> HttpResponse:
    """Show the form and carry it out."""
    project = request.access.project
    form = SystemForm(posted(request), project=project, system=row)
    if request.method == "POST" and form.is_valid() and (saved := form.keep(request.user)):
        messages.success(request, _("The system is saved."))
        return redirect("system", project.slug, saved.slug)
    context = {"project": project, "form": form, "system": row, "tab": "systems"}
    context["frozen"] = row is not None and service.frozen(row.in_force)
    return render(request, "evaluation/systems/edit.html", context, status=form_status(request))


@require_safe
@project_view(*RUN_READERS)
def system(request: ProjectRequest, system: str) -> HttpResponse:
    """Show a system with its versions, in pages, and how many responses each has."""
    row = get_system(request.access, system)
    rows = row.versions.select_related("endpoint", "prompt__template", "created_by").order_by("-number")
    page = page_of(rows, request.GET.get("page"), VERSIONS_A_PAGE)
    counts = Response.objects.filter(system_version__in=list(page)).visible().values_list("system_version")
    found = dict(counts.annotate(n=Count("pk")).order_by())
    context = {
        "project": row.project,
        "system": row,
        "versions": [(version, found.get(version.pk, 0)) for version in page],
        "page_obj": page,
        "tab": "systems",
    }
    return render(request, "evaluation/systems/system.html", context)


@require_POST
@project_view(MANAGER)
def system_away(request: ProjectRequest, system: str) -> HttpResponse:
    """Put a system away, or take it up again."""
    row = get_system(request.access, system)
    service.put_away(row, away=not row.archived, actor=request.user)
    return redirect("system", row.project.slug, row.slug)
