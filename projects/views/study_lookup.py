"""Finding a study, and what every page under one shows: its tabs."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from projects import kinds
from projects.access import Access, named_in_project
from projects.models import Study
from projects.prepared import Prepared
from projects.views.study_tabs import grouped, tabs

NAMED = Prepared(
    lambda project, slug: Study.objects.filter(project_id=project, slug=slug).select_related(
        "version", "guideline", "dataset", "source"
    ),
    -1,
    "a study",
)
named_in_project["study"] = NAMED


def get_study(access: Access, slug: str) -> Study:
    """Return a study of the project at hand with its settings; Http404 for any other."""
    study = NAMED.first(access.project.pk, slug)
    if study is None:
        raise Http404
    study.project = access.project
    return study


def tab_context(access: Access, study: Study, tab: str) -> dict[str, Any]:
    """Return what `projects/studies/base.html` needs: `tab` is the key of the page in hand."""
    rows = tabs(access, study)
    return {
        "study": study,
        "project": study.project,
        "kind": kinds.of(study),
        "tabs": rows,
        "tab_groups": grouped(rows, tab),
        "tab": tab,
        "manages": access.is_manager,
    }
