"""The reasons that raters wrote, as a list by pair."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.forms.reasons import ReasonFilter
from evaluation.results import reasons as results
from evaluation.services import blinding
from evaluation.views.blind import blind_study
from projects.access import ANALYST, MANAGER, ProjectRequest, project_view
from projects.prepared import foreseen
from projects.views.study_lookup import tab_context


@require_safe
@project_view(MANAGER, ANALYST)
def reasons(request: ProjectRequest, study: str) -> HttpResponse:
    """List reasons by pair; before the study has closed the page says when they can be read."""
    row = blind_study(request.access, study)
    context = tab_context(request.access, row, "reasons") | {"closed": results.may_be_seen(row)}
    if context["closed"]:
        asked = ((blinding.OPENED, (row.pk,)), (results.RATERS, (row.pk,)), (results.CRITERIA, (row.pk,)))
        with foreseen(*asked):
            opened, raters, names = blinding.is_open(row), results.raters(row), results.criteria_of(row)
        called = blinding.names(row, opened=opened)
        form = ReasonFilter(request.GET, names=names, called=called, raters=raters)
        page = results.chosen(row, form.wanted, request.GET.get("page"))
        context |= {
            "form": form,
            "page_obj": page,
            "pairs": by_pair(results.read(row, page, names, called)),
            "filtered": any(request.GET.get(name) for name in form.fields),
            "any": bool(raters),
            "named": opened,
        }
    return render(request, "evaluation/blind/reasons.html", context)


def by_pair(shown: list[results.Written]) -> list[list[results.Written]]:
    """Return reasons together with those about the same pair; they come in the order of pairs."""
    return [list(own) for _unit, own in groupby(shown, key=lambda one: one.unit)]
