"""What every page has in common: nothing stays in a cache, nothing inline can run, nobody's text is markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.cache import cache
from role_table import TABLE
from role_urls import Address, addresses, values_of
from role_world import MARK, World, again, build

pytestmark = pytest.mark.once
READERS = ("manager", "adjudicator", "analyst", "rater", "admin")
# Pages on which a text that somebody typed or imported has to be found, so that a test of it means something.
SHOWN = {
    "home": "manager", "project": "rater", "project_edit": "manager", "people": "manager", "member": "manager",
    "datasets": "analyst", "dataset": "manager", "item": "manager", "studies": "analyst", "study": "analyst",
    "study_settings": "manager", "study_guideline": "manager", "study_people": "manager", "study_units": "manager",
    "study_unit": "manager", "study_skips": "manager", "study_exclusions": "manager", "results": "analyst",
    "rate": "rater", "rate_unit": "rater", "rate_mine": "rater", "rate_dispute": "rater", "rate_disputes": "rater",
    "disputes": "adjudicator", "dispute": "adjudicator", "meetings": "adjudicator",
    "endpoints": "admin", "endpoint": "admin", "systems": "analyst", "system": "analyst", "prompts": "analyst",
    "prompt": "analyst", "runs": "analyst", "run": "analyst", "run_calls": "analyst", "run_call": "analyst",
    "responses": "analyst", "response_import": "manager",
    "benchmarks": "analyst", "benchmark": "analyst", "benchmark_edit": "manager",
    "study_reports": "analyst", "study_report": "analyst", "study_report_edit": "manager",
    "study_report_bundle": "analyst",
    "juries": "analyst", "jury": "analyst", "jury_edit": "manager",
}  # fmt: skip


@dataclass
class Markup(HTMLParser):
    """What a page's markup holds that a strict policy would block, and the texts a reader sees."""

    found: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the parser ready."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        given = dict(attrs)
        self.found += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        self.found += [f"<{tag} {n}={v}>" for n, v in attrs if (v or "").strip().lower().startswith("javascript:")]
        # A block of data is never run; a policy has nothing to say about it.
        runs = tag == "script" and not given.get("src") and given.get("type") != "application/json"
        inline = tag == "style" or runs
        if inline and not given.get("nonce"):
            self.found.append(f"<{tag}> without a nonce")
        self.texts += [value for _name, value in attrs if value]

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.texts.append(data)

    def shows(self, text: str) -> bool:
        """Whether a reader sees a text as it was typed."""
        return any(text in one for one in self.texts)


@pytest.fixture(scope="module")
def built(module_db: None) -> World:
    """Two projects whose every text tries to be markup."""
    return build(MARK)


@pytest.fixture
def world(db: None, built: World) -> World:
    """The same, as if made for each test."""
    return again(built)


def pages(world: World, who: str) -> Iterator[tuple[Address, Any]]:
    """Yield every page that somebody gets."""
    client = world.client(who)
    for address in addresses():
        if TABLE[address.name][0].get(who) == 200 and not address.route.startswith("api/"):
            cache.clear()
            yield address, client.get(address.url(values_of(world.here, address)))


def is_html(response: Any) -> bool:
    """Whether an answer is a page, and not a file."""
    return not response.streaming and response.headers["Content-Type"].startswith("text/html")


def parsed(response: Any) -> Markup:
    """Return a page's markup."""
    markup = Markup()
    markup.feed(response.content.decode())
    return markup


@pytest.mark.parametrize("who", READERS)
def test_no_page_is_cached_or_lets_anything_inline_run(world: World, who: str) -> None:
    wrong, seen = [], 0
    for address, response in pages(world, who):
        seen += 1
        where = f"{who} {address.name}: "
        if "no-store" not in response.headers.get("Cache-Control", ""):
            wrong.append(where + "may be cached")
        policy = response.headers.get("Content-Security-Policy", "")
        if "default-src 'none'" not in policy or "unsafe-" in policy:
            wrong.append(where + f"policy {policy!r}")
        if is_html(response):
            # Raw, the mark has the handler that the parser looks for; in an attribute it would end it.
            wrong += [where + one for one in dict.fromkeys(parsed(response).found)]
            wrong += [where + "shows a text as markup"] if MARK in response.content.decode() else []
    assert "\n".join(wrong) == ""
    assert seen > 15


def test_texts_are_shown_as_they_were_typed(world: World) -> None:
    """The marked texts are really there on the pages that show them, letter for letter."""
    found = {
        name: parsed(world.client(who).get(address.url(values_of(world.here, address)))).shows("<script>alert(1)")
        for address in addresses()
        if (name := address.name) in SHOWN and (who := SHOWN[name])
    }
    assert found == dict.fromkeys(SHOWN, True)


def test_error_pages_are_private_too(world: World) -> None:
    for url in ("/p/nowhere/", "/nowhere/", f"/p/{world.here.project.slug}/audit/"):
        response = world.client("rater").get(url)
        assert (response.status_code in {403, 404}, response.headers["Cache-Control"]) == (True, "no-store")
        assert parsed(response).found == []


def test_the_parser_finds_what_must_not_be_there() -> None:
    markup = Markup()
    markup.feed(
        '<p style="x" onclick="y">a</p><script>b</script><script nonce="n">c</script><a href=" JavaScript:d">'
        '<script type="application/json">{}</script><script type="module">e</script>'
    )
    bare = "<script> without a nonce"
    assert markup.found == ["<p style>", "<p onclick>", bare, "<a href= JavaScript:d>", bare]
