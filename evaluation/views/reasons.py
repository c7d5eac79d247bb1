"""The reasons that raters wrote, as a list by pair."""

from __future__ import annotations

from itertools import groupby

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.forms.reasons import ReasonFilter
from evaluation.results import reasons as results
from evaluation.services import blinding
from evaluation.views.blind import A_PAGE, blind_study
from projects.access import ANALYST, MANAGER, ProjectRequest, project_view
from projects.views.study_lookup import tab_context


@require_safe
@project_view(MANAGER, ANALYST)
def reasons(request: ProjectRequest, study: str) -> HttpResponse:
    """List reasons by pair; before the study has closed the page says when they can be read."""
    row = blind_study(request.access, study)
    context = tab_context(request.access, row, "reasons") | {"closed": results.may_be_seen(row)}
    if context["closed"]:
        form = ReasonFilter(request.GET, study=row)
        rows = results.chosen(row, form.wanted)
        page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
        shown = rows[page.start_index() - 1 : page.end_index()] if page.paginator.count else rows.none()
        context |= {
            "form": form,
            "page_obj": page,
            "pairs": by_pair(results.read(row, shown, results.criteria_of(row))),
            "filtered": any(request.GET.get(name) for name in form.fields),
            "any": results.of_study(row).exists(),
            "named": blinding.is_open(row),
        }
    return render(request, "evaluation/blind/reasons.html", context)


def by_pair(shown: list[results.Written]) -> list[list[results.Written]]:
    """Return reasons together with those about the same pair; they come in the order of pairs."""
    return [list(own) for _unit, own in groupby(shown, key=lambda one: one.unit)]
