"""Blind studies in every window and scheme, for raters and for the manager: accessible, and no wider than a phone.

With CONCORD_SCREENSHOTS=docs/img the pictures of the documents are taken anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
from blind_world import BlindWorld
from looks import WIDTHS, look
from pair_world import PairWorld
from playwright.sync_api import expect

from evaluation.blindness import scratch
from evaluation.management.demo import blind
from evaluation.models import LexiconHit, Pair, Response
from evaluation.services import matching, pairs
from projects.demo.dialogues import sessions
from projects.models import Study, User
from projects.services import studies

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
# Pictures that the documents show; the others are looked at and not kept.
KEPT = {"ranking", "comparison", "rating", "dialogues", "pairs"}


SEEN = """() => { const it = document.activeElement, box = it.getBoundingClientRect();
  return it.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)); }"""


def folder(name: str) -> str | None:
    """Return where pictures of a page are kept, if they are."""
    return os.environ.get("CONCORD_SCREENSHOTS") if name in KEPT or os.environ.get("CONCORD_ALL_SHOTS") else None


def person(name: str) -> User:
    """Return somebody of the demonstration."""
    return User.objects.get(email=f"{name}@demo.example.org")


@pytest.fixture
def demo(demonstration: None) -> Mapping[str, Study]:
    """The demonstration's studies by name, with a draft that has texts which tell, and one that was proved blind."""
    found = {one.name: one for one in Study.objects.filter(kind__in=["ranking", "comparison", "rating"])}
    draft = studies.clone(found[blind.RANKED], name="Third round", actor=person("manager"))
    telling = Response.objects.filter(system_version__system__slug="meadow").order_by("pk")[0]
    Response.objects.filter(pk=telling.pk).update(text=f"As an AI language model I cannot feel it. {telling.text}")
    found["draft"] = Study.objects.get(pk=draft.pk)
    return found


def start(page: Page, study: Study) -> None:
    """Go to the work page, past the notice, and wait until its script has said what is missing."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/rate/{study.token}/")
    notice = page.get_by_role("button", name="I have read this; begin")
    if notice.count():
        notice.click()
    expect(page.locator("#ranking-state, #rows-state")).not_to_be_empty()


@pytest.mark.timeout(600)
def test_the_raters_pages(demo: Mapping[str, Study], device: Device) -> None:
    page = device(person("r1"))
    found: dict[str, list[str]] = {}
    for name, study in (
        ("ranking", demo[blind.RANKING]),
        ("comparison", demo[blind.COMPARING]),
        ("rating", demo[blind.RATING]),
    ):
        start(page, study)
        found |= look(page, name, folder(name), dark=name == "ranking")
    start(page, demo[blind.RANKING])
    for letter in "AB":
        page.locator(f".response[data-letter={letter}] [data-do=compare]").click()
    expect(page.locator("#compare")).to_be_visible()
    # The button in focus lies beneath neither the question nor the dock.
    assert page.evaluate(SEEN)
    found |= look(page, "ranking-compare", folder("ranking-compare"))
    assert found == {}


@pytest.mark.timeout(600)
def test_the_managers_pages(demo: Mapping[str, Study], device: Device, work_off: Callable[[], None]) -> None:
    manager, holder = device(person("manager")), device(person("adjudicator"))
    draft = f"/p/demonstration/studies/{demo['draft'].slug}/"
    found: dict[str, list[str]] = {}
    manager.goto(f"{draft}design/")
    found |= look(manager, "design-empty")
    manager.get_by_role("button", name="Work it out").click()
    work_off()
    manager.goto(f"{draft}design/")
    found |= look(manager, "design", folder("design"))
    manager.goto(f"{draft}words/")
    assert LexiconHit.objects.filter(study=demo["draft"]).exists()
    found |= look(manager, "words", folder("words"))
    manager.get_by_label("All on this page").focus()
    manager.keyboard.press("Space")
    manager.get_by_role("button", name="Harmless").focus()
    manager.keyboard.press("Enter")
    expect(manager.get_by_text("No place is like that.")).to_be_visible()
    assert not LexiconHit.objects.filter(study=demo["draft"], decision="open").exists()
    manager.goto(f"{draft}settings/")
    found |= look(manager, "blind-settings", folder("blind-settings"))
    scratch.check(demo[blind.COMPARED])
    holder.goto(f"/p/demonstration/studies/{demo[blind.COMPARED].slug}/blinding/")
    expect(holder.get_by_role("button", name="Open the key")).to_be_visible()
    expect(holder.locator(".table .badge.success").first).to_have_text("held")
    found |= look(holder, "blinding", folder("blinding"), dark=False)
    manager.goto(f"/p/demonstration/studies/{demo[blind.RANKED].slug}/blinding/")
    found |= look(manager, "key-open", folder("key-open"))
    assert found == {}


BECAUSE = (
    "I asked back before advising anything, because the question leaves open what has been tried already, and somebody "
    "who cannot sleep has usually heard every list of tips."
)


@pytest.mark.timeout(600)
def test_every_response_stands_with_its_explanation(transactional_db: None, device: Device) -> None:
    world = BlindWorld(systems=3, items=1, raters=3)
    for n, response in enumerate(Response.objects.order_by("pk")):
        said = f"What have you tried so far, and what did it do? {response.text} " * 3
        Response.objects.filter(pk=response.pk).update(text=said, explanation=f"{n}: {BECAUSE}")
    found: dict[str, list[str]] = {}
    for rater, kind in zip(world.raters, ("ranking", "comparison", "rating"), strict=True):
        more = {"together": "on"} if kind == "rating" else {}
        study = world.opened(kind, name=f"With reasons: {kind}", show_explanation="on", **more)
        page = device(rater)
        start(page, study)
        shown = page.locator(".explanation")
        expect(shown).to_have_count(2 if kind == "comparison" else 3)
        shown.first.scroll_into_view_if_needed()
        found |= look(page, f"explained-{kind}", folder(f"explained-{kind}"))
    assert found == {}


@pytest.fixture
def world(transactional_db: None) -> PairWorld:
    """The demonstration's sessions in two data sets that can be compared."""
    made = PairWorld(raters=1)
    for n, one in enumerate(sessions()):
        dataset = made.ours if n % 2 else made.theirs
        # The world's sessions begin with the client.
        first = next(at for at, turn in enumerate(one.turns) if turn.role == "client")
        turns = [turn.text for turn in one.turns[first:]]
        made.session(dataset, one.external_id, turns, topic=one.topic, language=one.language)
    return made


@pytest.mark.timeout(600)
def test_pairs_of_dialogues_are_decided_on_and_judged(world: PairWorld, device: Device) -> None:
    study = world.matched(raters_per_item=1, name="Which conversation would you rather have?")
    matching.propose(study, lambda done, total: None)
    page = device(world.manager)
    here = f"/p/{study.project.slug}/studies/{study.slug}/pairs/"
    found: dict[str, list[str]] = {}
    page.goto(here)
    found |= look(page, "pairs", folder("pairs"), dark=False)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("tbody a").first.click()
    found |= look(page, "pair", folder("pair"))
    page.set_viewport_size({"width": 1280, "height": 800})
    accept = page.get_by_role("button", name="Accept")
    # By keyboard alone, one pair after another.
    for left in range(Pair.objects.count(), 0, -1):
        expect(page.locator(".tag", has_text="not decided")).to_be_visible()
        accept.focus()
        page.keyboard.press("Enter")
        if left == 1:
            expect(page).to_have_url(re.compile(re.escape(here) + "$"))
    assert pairs.counts(study)["accepted"] == Pair.objects.count()
    study = world.open(study)
    rater = device(world.raters[0])
    start(rater, study)
    found |= look(rater, "dialogues", folder("dialogues"), dark=False)
    rater.set_viewport_size({"width": 1280, "height": 800})
    for key in "12313":
        rater.keyboard.press(key)
    rater.keyboard.press("Control+Enter")
    expect(rater.locator("#done-count")).to_have_text("1")
    assert found == {}


def column_widths(page: Page) -> list[float]:
    """Return how wide the two texts are."""
    return [box["width"] for box in (one.bounding_box() for one in page.locator(".pair .reading").all()) if box]


def test_the_guideline_leaves_the_texts_their_width_and_stays_folded(demo: Mapping[str, Study], device: Device) -> None:
    page = device(person("r1"))
    start(page, demo[blind.COMPARING])
    expect(page.locator(".drawer > details")).to_have_attribute("open", "")
    assert min(column_widths(page)) > 480
    page.locator(".drawer summary").click()
    start(page, demo[blind.COMPARING])
    expect(page.locator(".drawer > details")).not_to_have_attribute("open", "")
    assert list(WIDTHS) == [1280, 390]
