"""The quick way to a unit's markup gives what the template gives, to the byte."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from label_world import World

from projects import kinds, outlines
from projects.models import Assignment, Item, ItemRevision, Suggestion
from projects.services import handling, leases

pytestmark = pytest.mark.django_db

KEY = re.compile(r'name="client_key" value="[^"]*"')
NASTY = 'A <b>"quoted"</b> & it\'s {{ odd }}\n第二行 ☂'


def held(world: World, *, kind: str = Item.Kind.TRUE_FALSE, score: float | None = None, **revision: Any) -> Assignment:
    """Return a unit in the first rater's hands; `revision` says what is unlike the world's own items."""
    unit = world.unit(kind)
    ItemRevision.objects.filter(pk=unit.revision_id).update(language="en", **revision)
    if world.study.settings["prelabel"] == "shown":
        Suggestion.objects.create(
            revision_id=unit.revision_id, field="label", values=["positive"], source="model <1>", score=score
        )
    part, study_kind = world.part(world.raters[0]), kinds.of(world.study)
    leases.hold(part, count=9, shown=lambda key: study_kind.shown(part.study, part.coded.code, key))
    return handling.own(part, Assignment.objects.get(rater=world.raters[0], unit=unit).token)


def both(assignment: Assignment) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parts as the outline fills them and as the template renders them, without their random keys."""
    kind = kinds.of(assignment.study)
    outline = kind.outline(assignment)
    assert outline is not None
    quick = outlines.fill(kind.template, outline)
    form = kind.form(assignment)
    context = {"assignment": assignment, "study": assignment.study, "form": form}
    context |= kind.work_context(assignment, form)
    slow = {part: render_to_string(f"{kind.template}#{part}", context) for part in outlines.PARTS}
    return tuple({part: KEY.sub("", text) for part, text in parts.items()} for parts in (quick, slow))  # type: ignore[return-value]


OPTIONS = [{"key": "A", "text": "Sleep <well>"}, {"key": "B", "text": "An answer that is much longer than the others"}]
CHOICE = {"kind": Item.Kind.SINGLE_CHOICE, "options": OPTIONS}


@pytest.mark.parametrize(
    ("settings", "item"),
    [
        ({}, {}),
        ({}, {"text": NASTY, "topic": "Grief & <loss>", "subtopic": "父母"}),
        ({"show_topic": False}, {"text": NASTY, "topic": "Grief"}),
        ({"allow_unsure": False, "allow_comment": False}, {}),
        ({"prelabel": "shown"}, {}),
        ({"prelabel": "shown"}, {"score": 0.876}),
        ({"prelabel": "shown"}, CHOICE),
        ({}, {**CHOICE, "text": NASTY}),
        ({}, {"kind": Item.Kind.MULTIPLE_CHOICE, "options": OPTIONS[:1] * 2}),
        ({}, {"kind": Item.Kind.SINGLE_CHOICE, "options": [{"key": f"{n}", "text": f"Way {n}"} for n in range(12)]}),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_outline_gives_the_template_s_own_markup(settings: dict[str, Any], item: dict[str, Any], language: str) -> None:
    assignment = held(World(**settings), **item)
    with translation.override(language):
        for _time in ("made", "kept"):
            quick, slow = both(assignment)
            assert quick == slow


def test_two_units_of_one_look_keep_their_own_words() -> None:
    world = World()
    for text in ("One", "Two"):
        assignment = held(world, text=text)
        quick, slow = both(assignment)
        assert quick == slow
        assert f">{text}</div>" in quick["reading"]
        assert f'id="comment-{assignment.token}"' in quick["dock"]


def test_unit_with_an_answer_has_no_outline() -> None:
    world = World()
    world.unit()
    given = world.answer(world.raters[0], "positive")
    assert kinds.of(world.study).outline(handling.own(world.part(world.raters[0]), given.token)) is None
