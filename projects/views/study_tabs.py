"""The pages of one study in five groups, so that a manager with all of them finds each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects import kinds, study_pages
from projects.access import ADJUDICATOR, ANALYST, MANAGER, Access
from projects.models import Study

READERS = (MANAGER, ADJUDICATOR, ANALYST)
# Before a study has opened there is nothing behind some tabs.
UNOPENED = (Study.State.DRAFT, Study.State.OPENING)
GROUPS: dict[str, str | Promise] = {
    "overview": _("Overview"),
    "setup": _("Setup"),
    "people": _("People"),
    "work": _("Work"),
    "results": _("Results"),
}


@dataclass(frozen=True)
class Tab:
    """One page of a study: `count` stands beside the name where it is not zero."""

    key: str
    name: str | Promise
    url: str
    group: str
    count: int | None = None


@dataclass(frozen=True)
class TabGroup:
    """The pages of a group; its link is that of the first."""

    name: str | Promise
    pages: list[Tab]
    current: bool

    @property
    def url(self) -> str:
        """Where the group's own link leads."""
        return self.pages[0].url

    @property
    def count(self) -> int:
        """What waits on all of its pages."""
        return sum(page.count or 0 for page in self.pages)


@dataclass(frozen=True)
class TabRule:
    """A page that every study has: who may read it, and whether a draft has it already."""

    key: str
    name: str | Promise
    url_name: str
    group: str
    roles: Collection[str] = READERS
    in_draft: bool = True


TABS = (
    TabRule("overview", _("Overview"), "study", "overview"),
    TabRule("settings", _("Settings"), "study_settings", "setup"),
    TabRule("guideline", _("Guideline"), "study_guideline", "setup"),
    TabRule("people", _("People"), "study_people", "people", (MANAGER,)),
    TabRule("units", _("Units"), "study_units", "work", (MANAGER,), in_draft=False),
    TabRule("skips", _("Skips"), "study_skips", "work", (MANAGER,), in_draft=False),
    TabRule("exclusions", _("Left out"), "study_exclusions", "work", (MANAGER,), in_draft=False),
    TabRule("results", _("Results"), "results", "results", in_draft=False),
)


@cache
def _pieces(url_name: str, _urlconf: str, _prefix: str) -> tuple[str, str, str]:
    """Return what stands before, between and behind the two names in the address of a study's page."""
    before, _mark, rest = reverse(url_name, args=["--project--", "--study--"]).partition("--project--")
    between, _mark, behind = rest.partition("--study--")
    return before, between, behind


def address(url_name: str, study: Study) -> str:
    """Return where a study has this page; `reverse` is asked once, since there are many tabs on every page."""
    urlconf = get_urlconf() or settings.ROOT_URLCONF
    return _filled(url_name, study.project.slug, study.slug, urlconf, get_script_prefix())


@lru_cache(maxsize=5000)
def _filled(url_name: str, project: str, study: str, urlconf: str, prefix: str) -> str:
    before, between, behind = _pieces(url_name, urlconf, prefix)
    return f"{before}{project}{between}{study}{behind}"


def tabs(access: Access, study: Study) -> list[Tab]:
    """Return the pages of `study` that this person may read, group by group; what waits in the work comes first."""
    opened = study.state not in UNOPENED

    def readable(roles: Collection[str], *, in_draft: bool) -> bool:
        return (opened or in_draft) and bool(access.roles.intersection(roles))

    panels = [
        Tab(
            panel.key, panel.name, address(panel.url_name, study), panel.group,
            panel.count(study) if panel.count else None,
        )
        for panel in kinds.of(study).panels()
        if readable(panel.roles, in_draft=panel.in_draft)
    ]  # fmt: skip
    own = [rule for rule in TABS if readable(rule.roles, in_draft=rule.in_draft)]
    further = [
        page for page in study_pages.installed() if readable(page.roles, in_draft=page.in_draft) and page.shown(study)
    ]
    both: Iterable[TabRule | study_pages.StudyPage] = chain(own, further)
    pages = [Tab(page.key, page.name, address(page.url_name, study), page.group) for page in both]
    rows = [*(panel for panel in panels if panel.group == "work"), *pages]
    rows += [panel for panel in panels if panel.group != "work"]
    order = list(GROUPS)
    return sorted(rows, key=lambda tab: order.index(tab.group))


def grouped(rows: Iterable[Tab], current: str) -> list[TabGroup]:
    """Return the groups that have pages; the one with the page in hand is current."""
    found: dict[str, list[Tab]] = {}
    for tab in rows:
        found.setdefault(tab.group, []).append(tab)
    return [
        TabGroup(GROUPS[key], pages, any(page.key == current for page in pages)) for key, pages in found.items()
    ]  # fmt: skip
