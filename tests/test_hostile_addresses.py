"""Addresses that nobody types: no value in a path or a query makes the server fail."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from role_table import TABLE
from role_urls import addresses, values_of
from role_world import World, again, build

pytestmark = pytest.mark.long

NAMES = [
    "page", "page_size", "cursor", "state", "cause", "topic", "language", "agenda", "meeting", "prelabel", "before",
    "after", "show", "stratum", "id", "kind", "verb", "who", "person", "since", "until", "version", "preset", "code",
    "external_id", "detail", "again", "all", "next", "q",
]  # fmt: skip
VALUES = ("\x00", "²", "9" * 40, "-1", "𝒳" * 300, "../..", "%s", "2026-13-45")


@pytest.fixture(scope="module")
def built(module_db: None) -> World:
    """Two projects with everything in them."""
    return build(computed=False)


@pytest.fixture
def world(db: None, built: World) -> World:
    """The same, as if made for each test."""
    return again(built)


@pytest.mark.parametrize("who", ["manager", "adjudicator", "rater"])
def test_no_query_breaks_a_page(world: World, who: str) -> None:
    broken = []
    for address in addresses():
        if TABLE[address.name][0].get(who) != 200 or address.route.startswith(("accounts/", "admin/")):
            continue
        for value in VALUES:
            cache.clear()
            url = address.url(values_of(world.here, address)) + "?" + urlencode(dict.fromkeys(NAMES, value))
            response = world.client(who).get(url)
            if response.status_code >= 500:
                broken.append(f"{address.name} {value!r}")
    assert "\n".join(broken) == ""


@pytest.mark.parametrize(
    "path",
    [
        "/rate/%00/", "/rate/{study}/%00/", "/rate/{study}/%00/dispute/", "/join/%00/", "/p/{project}/raters/{big}/",
        "/p/{project}/people/{big}/", "/p/{project}/studies/{slug}/units/{big}/", "/rate/%F0%9D%92%B3/",
        "/api/v1/rating/%00/", "/api/v1/projects/{project}/datasets/%00/", "/p/{project}/data/{dataset}/items/{big}/",
        "/p/{project}/studies/{slug}/results/{big}/", "/p/{project}/studies/{slug}/disputes/{big}/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", ["manager", "rater"])
def test_made_up_path_is_not_there(world: World, who: str, path: str) -> None:
    here = world.here
    names = {"study": here.study.token, "project": here.project.slug, "slug": here.study.slug, "big": "9" * 30}
    response = world.client(who).get(path.format(**names, dataset=here.dataset.slug))
    assert response.status_code in {403, 404, 410}
