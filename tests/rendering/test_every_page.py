"""Every page of the product, compiled, is to the byte what Django makes of its template."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.utils.translation import override
from role_urls import addresses, values_of
from role_world import World, again, build
from test_roles import ask

from config.rendering.backend import included
from config.rendering.compiler import Compiler

pytestmark = [pytest.mark.once, pytest.mark.long]
FOLDER = Path(settings.BASE_DIR) / "templates"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
# These are seen by somebody in the world of the role matrix; a template that nobody renders proves nothing.
LISTS = {
    "projects/datasets/list.html", "projects/datasets/dataset.html", "projects/people/people.html",
    "projects/studies/list.html", "projects/studies/units.html", "projects/studies/skips.html",
    "projects/audit/audit.html", "projects/home.html", "projects/flags/list.html", "projects/rate/mine.html",
    "annotation/disputes/queue.html", "annotation/disputes/mine.html", "annotation/disputes/meetings.html",
    "annotation/curation/queue.html", "evaluation/systems/list.html", "evaluation/prompts/list.html",
    "evaluation/runs/list.html", "evaluation/runs/calls.html", "evaluation/responses/list.html",
    "evaluation/benchmarks/list.html", "evaluation/juries/list.html", "evaluation/endpoints/list.html",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(module_db: None) -> World:
    """Two projects with everything in them."""
    return build()


@pytest.fixture
def world(db: None, built: World) -> World:
    """The same, as if made for each test."""
    return again(built)


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_every_template_can_be_compiled(language: str) -> None:
    with override(language):
        for name in NAMES:
            template = get_template(name).template
            Compiler(template.engine, included).function(template.nodelist)


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
@pytest.mark.parametrize("who", ["manager", "rater", "adjudicator", "analyst", "admin"])
def test_every_page_is_the_templates_own(world: World, compared: list[str], who: str, language: str) -> None:
    client = world.client(who)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    for address in addresses():
        if not address.route.startswith(("admin/", "api/")):
            ask(client, "get", address.url(values_of(world.here, address)))
    assert len(set(compared)) > 15
    if who == "manager":
        assert LISTS - set(compared) <= {
            "projects/rate/mine.html", "annotation/disputes/mine.html", "evaluation/endpoints/list.html",
        }  # fmt: skip
