"""A study's pages stand in five groups; each person sees the ones they may open, and where they are."""

from __future__ import annotations

import re

import pytest

from projects import study_pages
from projects.kinds import registry
from projects.views.study_tabs import GROUPS, TABS

LINK = re.compile(r'<a href="([^"]+)"(?: aria-current="(\w+)")?>([^<]+?)(?: <span[^>]*>\d+</span>)?</a>')


def strips(page: str) -> list[list[tuple[str, str, str]]]:
    """Return (address, current, name) of the groups, and of the pages of the group in hand where it has several."""
    found = re.findall(r'<nav class="(?:tabs|subtabs)"[^>]*>(.*?)</nav>', page, re.S)
    return [LINK.findall(strip) for strip in found]


@pytest.fixture
def study(stage):
    """An open study with one rater."""
    stage.items(2)
    return stage.opened(stage.rater("R1"), raters_per_item=1)


def test_manager_finds_every_page_in_its_group(stage, study):
    client = stage.client(stage.manager)
    groups, *rest = strips(client.get(f"/p/{stage.project.slug}/studies/{study.slug}/").content.decode())
    assert [name for _url, _here, name in groups] == ["Overview", "Setup", "People", "Work", "Results"]
    assert (rest, groups[0][1]) == ([], "page")
    found = {}
    for url, _here, name in groups[1:]:
        top, pages = strips(client.get(url).content.decode())
        assert [one[2] for one in top if one[1] == "true"] == [name]
        assert [one[1] for one in pages] == ["page", *[""] * (len(pages) - 1)]
        found[name] = [one[2] for one in pages]
    assert found["Setup"][:4] == ["Settings", "Guideline", "Training", "Consent"]
    assert found["People"] == ["People", "Who judges what", "Dates and messages", "Pay"]
    assert found["Work"] == ["Disputes", "Units", "Skips", "Left out", "Quality", "Questions"]
    assert found["Results"] == ["Results", "Flow", "Appendix"]


def test_every_page_says_where_it_is(stage, study):
    client = stage.client(stage.manager)
    groups = strips(client.get(f"/p/{stage.project.slug}/studies/{study.slug}/").content.decode())[0]
    for url, _here, _name in groups[1:]:
        for address, _current, name in strips(client.get(url).content.decode())[-1]:
            assert [one[2] for one in strips(client.get(address).content.decode())[-1] if one[1] == "page"] == [name]


def test_who_may_open_one_page_of_a_group_gets_no_second_line(stage, study):
    client = stage.client(stage.user("ana", "analyst"))
    groups, pages = strips(client.get(f"/p/{stage.project.slug}/studies/{study.slug}/settings/").content.decode())
    assert [one[2] for one in groups] == ["Overview", "Setup", "Results"]
    assert [one[2] for one in pages] == ["Settings", "Guideline", "Training", "Consent"]
    adjudicator = stage.client(stage.user("ada", "adjudicator"))
    page = adjudicator.get(f"/p/{stage.project.slug}/studies/{study.slug}/quality/").content.decode()
    assert [one[2] for one in strips(page)[1]] == ["Disputes", "Quality"]


def test_pages_stand_in_groups_that_there_are(stage):
    named = {rule.group for rule in TABS} | {page.group for page in study_pages.installed()}
    named |= {panel.group for kind in registry().values() for panel in kind.panels()}
    assert named == set(GROUPS)
