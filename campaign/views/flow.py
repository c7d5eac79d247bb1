"""The flow of a running study: how many came how far. Counts only, nothing of what anybody answered."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaign.summary import flow
from projects.access import ProjectRequest, project_view
from projects.views.studies import COUNTED_AT_ONCE, study_context
from projects.views.study_lookup import get_study
from projects.views.study_tabs import READERS, UNOPENED
from reports.present import plot_view


@require_safe
@project_view(*READERS)
def study_flow(request: ProjectRequest, study: str) -> HttpResponse:
    """Draw the flow of a study as it stands; a large one is counted when somebody asks for it."""
    row = get_study(request.access, study)
    counted = row.unit_count <= COUNTED_AT_ONCE or "count" in request.GET
    context = study_context(request, row, "flow") | {"opened": row.state not in UNOPENED, "counted": counted}
    if counted and context["opened"]:
        to = flow.links(row) if request.access.is_manager else flow.Links()
        context["block"] = plot_view(flow.plot(flow.count(row), to), "flow")
    return render(request, "campaign/flow.html", context)
