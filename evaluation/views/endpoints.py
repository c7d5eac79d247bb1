"""Endpoints: the site admin's pages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation import words
from evaluation.access import admin_view
from evaluation.forms.endpoints import EndpointForm, TryForm
from evaluation.models import Endpoint
from evaluation.services import endpoints as service
from projects.access import UserRequest
from projects.listing import Listing
from projects.models import Job
from projects.views.http import PAGE, form_status, posted

A_PAGE = 25
SHOWN = 20


LISTED = Listing(
    lambda: Endpoint.objects.annotate(projects=Count("grants", distinct=True)).order_by("name"), per_page=A_PAGE
)


@require_safe
@admin_view
def endpoints(request: UserRequest) -> HttpResponse:
    """List the endpoints with their health."""
    page = LISTED.page(request.GET.get("page"))
    return render(request, "evaluation/endpoints/list.html", {"page_obj": page})


@sensitive_post_parameters("key")
@require_http_methods(PAGE)
@admin_view
def endpoint_new(request: UserRequest) -> HttpResponse:
    """Add an endpoint."""
    return edit(request, None)


@sensitive_post_parameters("key")
@require_http_methods(PAGE)
@admin_view
def endpoint_edit(request: UserRequest, endpoint: int) -> HttpResponse:
    """Change an endpoint, its key, its limits and who may use it."""
    return edit(request, get_object_or_404(Endpoint, pk=endpoint))


def edit(request: UserRequest, row: Endpoint | None) -> HttpResponse:
    """Show the form and carry it out."""
    form = EndpointForm(posted(request), endpoint=row)
    if request.method == "POST" and form.is_valid() and (saved := form.keep(request.user)):
        messages.success(request, _("The endpoint is saved. Test the connection next."))
        return redirect("endpoint", saved.pk)
    context = {"form": form, "endpoint": row}
    return render(request, "evaluation/endpoints/edit.html", context, status=form_status(request))


@require_safe
@admin_view
def endpoint(request: UserRequest, endpoint: int) -> HttpResponse:
    """Show an endpoint's health, the last test and who uses it; htmx asks for the test alone."""
    row = get_object_or_404(Endpoint, pk=endpoint)
    job = Job.objects.filter(kind="test_endpoint", subject=f"endpoint:{row.pk}").order_by("-pk").first()
    context: dict[str, Any] = {"endpoint": row, "job": job}
    context["form"] = TryForm(initial={"model": row.test_result.get("model", "")})
    if request.headers.get("HX-Target") == "connection":
        if job is None or job.finished:
            # The endpoint's health stands elsewhere on the page too.
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "evaluation/endpoints/_test.html", context)
    context["reason"] = words.reason(row.circuit_reason) if row.circuit_since else None
    context["in_flight"] = service.in_flight(row)
    context["grants"] = row.grants.select_related("project").order_by("project__name")
    used = row.system_versions.select_related("system__project").order_by("system__project__name", "system__name")
    context["used"] = used[:SHOWN]
    return render(request, "evaluation/endpoints/endpoint.html", context)


@require_POST
@admin_view
def endpoint_test(request: UserRequest, endpoint: int) -> HttpResponse:
    """Have a worker test the connection."""
    row = get_object_or_404(Endpoint, pk=endpoint)
    form = TryForm(request.POST)
    if form.is_valid():
        service.ask_for_test(row, model_id=form.cleaned_data["model"], actor=request.user)
    return redirect("endpoint", row.pk)


@require_POST
@admin_view
def endpoint_close(request: UserRequest, endpoint: int) -> HttpResponse:
    """Close an open circuit."""
    row = get_object_or_404(Endpoint, pk=endpoint)
    if service.close_circuit(row, actor=request.user):
        messages.success(request, _("Calls go through again. What was waiting is sent now."))
    return redirect("endpoint", row.pk)


@require_POST
@admin_view
def endpoint_delete(request: UserRequest, endpoint: int) -> HttpResponse:
    """Remove an endpoint that no system names."""
    row = get_object_or_404(Endpoint, pk=endpoint)
    if service.delete(row, actor=request.user):
        messages.success(request, _("The endpoint is removed."))
        return redirect("endpoints")
    messages.error(request, _("Nothing was removed: systems name this endpoint. Take it out of use instead."))
    return redirect("endpoint", row.pk)
