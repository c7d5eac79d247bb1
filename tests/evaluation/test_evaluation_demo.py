"""The demonstration's systems and their responses: whole, made once, and nothing in a text that tells its author."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from evaluation import lexicon
from evaluation.management.demo import ANSWERS_RUN, PART, TEST_RUN, content
from evaluation.models import Attempt, Response, Run, RunItem, RunSystem, System
from projects.models import Item, Project

KEYS = {system.key for system in content.SYSTEMS}


def test_every_question_has_a_text_of_every_system() -> None:
    found = content.responses()
    assert {key: set(texts) for key, texts in found.items()} == dict.fromkeys(found, KEYS)
    assert len([key for key in found if key.startswith("en")]) >= 4
    assert len([key for key in found if key.startswith("zh")]) >= 4


def test_no_text_stands_twice_or_is_far_from_the_others_length() -> None:
    texts = [text for row in content.responses().values() for text in row.values()]
    assert len(set(texts)) == len(texts)
    for key, row in content.responses().items():
        sizes = [len(text.split()) if key.startswith("en") else len(text) for text in row.values()]
        low, high = (60, 150) if key.startswith("en") else (120, 300)
        assert low <= min(sizes)
        assert max(sizes) <= high


@pytest.mark.parametrize("question", sorted(content.responses()))
def test_no_text_tells_who_wrote_it(question: str) -> None:
    names = [system.name for system in content.SYSTEMS] + list(KEYS - {content.PERSON})
    for text in content.responses()[question].values():
        assert lexicon.find(text, names=names) == []


@pytest.mark.django_db(transaction=True)
def test_part_is_made_once_and_whole() -> None:
    manager = get_user_model().objects.create_user("manager@example.org")
    project = Project.objects.create(slug="demonstration", name="Demonstration")
    assert not PART.is_whole(project)
    PART.make(project, {"manager": manager})
    first = shape()
    assert PART.is_whole(project)
    PART.make(project, {"manager": manager})
    assert shape() == first
    questions, items = len(content.responses()), len(content.test_items())
    assert first == {
        "systems": 7,
        "runs": {(ANSWERS_RUN, "done"), (TEST_RUN, "done")},
        "items": questions + items,
        "calls": 6 * (questions + items),
        "responses": 7 * questions + 6 * items,
        "attempts": 6 * (questions + items),
    }
    for part in RunSystem.objects.all():
        own = Attempt.objects.filter(run_item__run=part.run, run_item__system_version=part.system_version)
        assert part.calls == own.count()
        assert part.tokens_out == sum(own.values_list("tokens_out", flat=True))


def shape() -> dict[str, object]:
    return {
        "systems": System.objects.count(),
        "runs": set(Run.objects.values_list("name", "state")),
        "items": Item.objects.visible().count(),
        "calls": RunItem.objects.filter(state="done").count(),
        "responses": Response.objects.visible().count(),
        "attempts": Attempt.objects.count(),
    }
