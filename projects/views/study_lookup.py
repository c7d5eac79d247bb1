"""Finding a study, and what every page under one shows: its tabs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects import kinds
from projects.access import ADJUDICATOR, ANALYST, MANAGER, Access
from projects.models import Study
from projects.prepared import Prepared

READERS = (MANAGER, ADJUDICATOR, ANALYST)
# Before a study has opened there is nothing behind these tabs.
UNOPENED = (Study.State.DRAFT, Study.State.OPENING)


@dataclass(frozen=True)
class Tab:
    """One page of a study: `count` stands beside the name where it is not zero."""

    key: str
    name: str | Promise
    url: str
    count: int | None = None


@dataclass(frozen=True)
class TabRule:
    """A page that every study has: who may read it, and whether a draft has it already."""

    key: str
    name: str | Promise
    url_name: str
    roles: Collection[str] = READERS
    in_draft: bool = True


TABS = (
    TabRule("overview", _("Overview"), "study"),
    TabRule("people", _("People"), "study_people", (MANAGER,)),
    TabRule("units", _("Units"), "study_units", (MANAGER,), in_draft=False),
    TabRule("skips", _("Skips"), "study_skips", (MANAGER,), in_draft=False),
    TabRule("guideline", _("Guideline"), "study_guideline"),
    TabRule("settings", _("Settings"), "study_settings"),
    TabRule("results", _("Results"), "results", in_draft=False),
)


NAMED = Prepared(
    lambda project, slug: Study.objects.filter(project_id=project, slug=slug).select_related(
        "version", "guideline", "dataset", "source"
    ),
    -1,
    "a study",
)


def get_study(access: Access, slug: str) -> Study:
    """Return a study of the project at hand with its settings; Http404 for any other."""
    study = NAMED.first(access.project.pk, slug)
    if study is None:
        raise Http404
    study.project = access.project
    return study


def tabs(access: Access, study: Study) -> list[Tab]:
    """Return the pages of `study` that this person may read; the kind's own panels stand behind the overview."""
    opened = study.state not in UNOPENED
    args = [study.project.slug, study.slug]
    shown = [
        Tab(rule.key, rule.name, reverse(rule.url_name, args=args))
        for rule in TABS
        if (opened or rule.in_draft) and access.roles.intersection(rule.roles)
    ]
    panels = [
        Tab(panel.key, panel.name, reverse(panel.url_name, args=args), panel.count(study) if panel.count else None)
        for panel in kinds.of(study).panels()
        if (opened or panel.in_draft) and access.roles.intersection(panel.roles)
    ]
    return [*shown[:1], *panels, *shown[1:]]


def tab_context(access: Access, study: Study, tab: str) -> dict[str, Any]:
    """Return what `projects/studies/base.html` needs: `tab` is the key of the page in hand."""
    return {
        "study": study,
        "project": study.project,
        "kind": kinds.of(study),
        "tabs": tabs(access, study),
        "tab": tab,
        "manages": access.is_manager,
    }
