"""What a model proposed in a run, as raters meet it in a review and beside a dialogue: as the study's setting says.

With CONCORD_SCREENSHOTS=docs/img and CONCORD_ALL_SHOTS=1 pictures are kept.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import dialogue_world
import label_world
import pytest
from django.db import connection
from looks import look
from playwright.sync_api import expect

from benchmarks.chat_server import Say, running
from evaluation.engine import Engine
from evaluation.models import Capability
from evaluation.services import readings
from projects.models import Dataset, Item, Job, Project, Suggestion
from tests.evaluation import worlds

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
ASKS = {"en": {"messages": [{"role": "user", "content": "{text} {labels}{turns}"}]}}
SOURCE, FIELDS = "Tiny v1", {"session": {}, "turns": [{"turn": 2, "strategy": ["Question"]}]}


def folder() -> str | None:
    """Return where pictures are kept, if they are."""
    return os.environ.get("CONCORD_SCREENSHOTS") if os.environ.get("CONCORD_ALL_SHOTS") else None


def sure(text: str, share: float) -> Say:
    """Return an answer of one token, with how likely the server held it."""
    token = {"token": text, "logprob": math.log(share)}
    top = [token, {"token": "positive", "logprob": math.log(1 - share)}]
    choice = {
        "index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop",
        "logprobs": {"content": [{**token, "top_logprobs": top}]},
    }  # fmt: skip
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "tiny", "choices": [choice]}
    return Say(body=json.dumps(body).encode())


def prelabelled(project: Project, dataset: Dataset, script: Callable[[dict[str, Any], int], Say]) -> None:
    """Let a worker pre-label a data set through a server, and read what it said."""

    def work() -> None:
        engine = Engine()
        try:
            with running(script) as server:
                endpoint = worlds.endpoint_at(server.url, project, capabilities=[Capability.LOGPROBS])
                prompt = worlds.prompt_for(project, purpose="prelabel", texts=ASKS, name="Label")
                system = worlds.system_at(endpoint, project, prompt=prompt)
                run = worlds.started(project, dataset, system, purpose="prelabel")
                engine.drain(stopping=lambda: False)
                run.refresh_from_db()
                assert run.state == "done"
            readings.run(Job.objects.get(kind=readings.KIND), worlds.Silent())
        finally:
            engine.close()
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture
def private(settings: Any) -> None:
    """Allow the endpoint on this machine."""
    settings.CONCORD_PRIVATE_ENDPOINTS = True


@pytest.mark.parametrize("mode", ["shown", "after", "hidden"])
def test_a_label_review_shows_them_as_its_setting_says(
    transactional_db: None, private: None, device: Device, mode: str
) -> None:
    world = label_world.World(prelabel=mode)
    for _n in range(2):
        world.unit()
    prelabelled(world.project, world.dataset, lambda _request, _times: sure("negative", 0.83))
    rows = Suggestion.objects.values_list("source", "score")
    assert [(source, round(score or 0, 2)) for source, score in rows] == [(SOURCE, 0.83)] * 2
    page = device(world.raters[0])
    page.goto(f"/rate/{world.study.token}/")
    expect(page.locator("#unit-text")).to_be_visible()
    found: dict[str, list[str]] = {}
    if mode == "shown":
        expect(page.get_by_text(SOURCE)).to_be_visible()
        expect(page.get_by_text("0.83")).to_be_visible()
        found |= look(page, "prelabel", folder())
    else:
        expect(page.get_by_text(SOURCE)).to_have_count(0)
    # Nothing is chosen for the rater, whatever is proposed.
    assert page.locator("input[type=radio]:checked").count() == 0
    page.set_viewport_size({"width": 1280, "height": 800})
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    if mode == "after":
        expect(page.get_by_text(SOURCE)).to_be_visible()
        found |= look(page, "prelabel-after", folder())
    else:
        expect(page.get_by_text("What was said, number 1.")).to_be_visible()
    assert found == {}


@pytest.mark.parametrize("mode", ["shown", "hidden"])
def test_a_dialogue_shows_them_beside_its_fields(
    transactional_db: None, private: None, device: Device, mode: str
) -> None:
    world = dialogue_world.World(prelabel=mode)
    world.session(4)
    fields = json.dumps(FIELDS | {"session": {"summary": "The nights are hard."}})
    prelabelled(world.project, world.dataset, lambda _request, _times: Say(text=fields))
    assert Suggestion.objects.filter(revision__item__kind=Item.Kind.DIALOGUE).count() == 2
    world.open()
    page = device(world.raters[0])
    page.goto(f"/rate/{world.study.token}/")
    page.locator("#tab-turn").wait_for()
    page.keyboard.press("j")
    expect(page.locator(".turn[aria-current] .turn-who > a")).to_have_text("2")
    if mode == "hidden":
        expect(page.get_by_text(SOURCE)).to_have_count(0)
        return
    expect(page.get_by_text(SOURCE).first).to_be_visible()
    assert look(page, "prelabel-dialogue", folder()) == {}
