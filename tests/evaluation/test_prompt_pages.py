"""Pages of prompts: presets, versions, what a real item would be sent, and what differs between two versions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from evaluation.models import PromptTemplate, PromptVersion
from evaluation.prompting.presets import PRESETS
from evaluation.prompting.render import Prompt
from evaluation.services import runs
from projects.models import Item, Project
from tests.evaluation import worlds

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def this_machine(settings: Any) -> None:
    """Let endpoints lie on this machine."""
    settings.CONCORD_PRIVATE_ENDPOINTS = True


@pytest.fixture
def project() -> Project:
    return worlds.project_named()


@pytest.fixture
def manager(project: Project) -> Client:
    return worlds.client_of("manager", project)


def typed(page: Any, **changes: str) -> dict[str, str]:
    """Return a form's values as a browser sends them: each line ends in two letters."""
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields}
    sent = {name: str(value) for name, value in values.items() if value is not None} | changes
    return {name: value.replace("\n", "\r\n") for name, value in sent.items()}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_a_preset_comes_back_from_the_browser_as_it_was_written(manager: Client, project: Project, preset: Any) -> None:
    page = manager.get(f"/p/care/prompts/new/?preset={preset.key}")
    answer = manager.post("/p/care/prompts/new/", typed(page))
    assert (answer.status_code, answer.context and answer.context["form"].errors) == (302, None)
    version = PromptVersion.objects.get()
    assert (version.texts, version.examples) == (preset.texts, list(preset.examples))
    assert (version.output, version.fallback, version.template.purpose) == (
        "plain" if preset.output == "plain" else "explained",
        "en",
        preset.purpose,
    )
    # In both languages.
    assert sorted(version.texts) == ["en", "zh-Hans"]


def test_every_way_of_asking_has_presets_with_words_in_both_languages() -> None:
    kinds = {(preset.purpose, preset.output, bool(preset.examples)) for preset in PRESETS}
    assert kinds == {
        ("test", "plain", False),
        ("test", "plain", True),
        ("answer", "plain", False),
        ("answer", "explained", False),
        ("prelabel", "plain", False),
        ("judge", "plain", False),
    }
    names = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            names[language] = {str(words) for preset in PRESETS for words in (preset.name, preset.description)}
    assert names["en"] & names["zh-hans"] == set()


def test_examples_stand_before_the_item_in_its_own_language(project: Project) -> None:
    shots = next(preset for preset in PRESETS if preset.key == "tendency-shots")
    prompt = Prompt(shots.texts, shots.fallback, shots.examples)
    (message,) = prompt.messages({"text": "新的一天。", "labels": "积极 / 消极"}, "zh")
    assert message["content"].count("短文：") == 3
    assert message["content"].endswith("短文：新的一天。\n倾向：")
    assert "Account" not in message["content"]


def test_a_used_prompt_is_revised_in_a_new_version_and_shows_what_changed(manager: Client, project: Project) -> None:
    server = worlds.endpoint_at("http://127.0.0.1:9/v1", project)
    worlds.started(project, worlds.questions(project, 2), worlds.system_at(server, project))
    prompt = PromptTemplate.objects.get()
    page = manager.get(f"/p/care/prompts/{prompt.slug}/edit/")
    assert "a change makes a new one" in page.content.decode()
    changed = "[system]\nBe kind and brief.\n\n[user]\n{text}"
    manager.post(f"/p/care/prompts/{prompt.slug}/edit/", typed(page, messages_en=changed))
    assert [version.number for version in prompt.versions.order_by("number")] == [1, 2]
    compared = manager.get(f"/p/care/prompts/{prompt.slug}/compare/?a=1&b=2")
    assert compared.context["lines"] == [
        ("same", "# en"),
        ("same", "[system]"),
        ("old", "Be kind."),
        ("new", "Be kind and brief."),
        ("same", ""),
        ("same", "[user]"),
        ("same", "{text}"),
        ("same", ""),
    ]
    used = [manager.get(f"/p/care/prompts/{prompt.slug}/?v={n}").context["used"] for n in (1, 2)]
    assert [[str(one.system.name) for one in versions] for versions in used] == [["Tiny"], []]


def test_an_unused_prompt_is_changed_in_place(manager: Client, project: Project) -> None:
    prompt = worlds.prompt_for(project)
    page = manager.get(f"/p/care/prompts/{prompt.slug}/edit/")
    manager.post(f"/p/care/prompts/{prompt.slug}/edit/", typed(page, messages_en="[user]\nPlease: {text}"))
    version = prompt.versions.get()
    assert version.texts["en"]["messages"] == [{"role": "user", "content": "Please: {text}"}]


def test_a_preview_is_what_the_item_would_be_sent_with_its_tokens(manager: Client, project: Project) -> None:
    worlds.questions(project, 3)
    prompt = worlds.prompt_for(project)
    page = manager.get(f"/p/care/prompts/{prompt.slug}/?dataset=questions&item=q2")
    assert page.context["preview"] == {
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Question 2?"}],
        # 2 + 3 of the texts, 4 more for each message.
        "tokens": 13,
        "language": "en",
    }
    # Nothing is named: the first item stands for all.
    assert manager.get(f"/p/care/prompts/{prompt.slug}/").context["item"].external_id == "q0"
    Item.objects.all().delete()
    assert "The project has no items yet." in manager.get(f"/p/care/prompts/{prompt.slug}/").content.decode()


def test_what_is_wrong_with_a_prompt_is_said_in_sentences(manager: Client, project: Project) -> None:
    sent = {"name": "Broken", "purpose": "answer", "fallback": "en", "output": "plain"}
    sent |= {"messages_en": "[user]\nHello {nmae}", "examples": '{"language": "en"'}
    page = manager.post("/p/care/prompts/new/", sent)
    assert page.status_code == 422
    assert page.context["form"].errors["examples"] == ["Line 1 is no JSON object."]
    page = manager.post("/p/care/prompts/new/", sent | {"examples": ""})
    assert page.context["form"].non_field_errors() == [
        "en: no message holds the item; write {text}, {dialogue} or {turns} where it belongs.",
        "en: {nmae} means nothing here. Known are {text}, {options}, {labels}, {topic}, {subtopic}, {dialogue}, "
        "{turns}, {responses}, {criteria}, {form}, {examples}.",
    ]
    assert not PromptTemplate.objects.exists()


def test_a_run_with_a_prompt_of_its_own_leaves_the_systems_in_force(project: Project) -> None:
    server = worlds.endpoint_at("http://127.0.0.1:9/v1", project)
    system, dataset = worlds.system_at(server, project), worlds.questions(project, 1)
    other = worlds.prompt_for(project, name="Other")
    for _time in range(2):
        run = runs.create(
            project=project, name="R", purpose="answer", systems=[system], dataset=dataset, prompt=other.version,
            actor=None,
        )  # fmt: skip
    system.refresh_from_db()
    assert system.in_force.number == 1
    # The same version serves every run with that prompt.
    assert [version.number for version in run.systems.all()] == [2]
    assert system.versions.count() == 2
