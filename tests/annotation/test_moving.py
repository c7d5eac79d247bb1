"""What hangs on turns when private words are replaced: drafts, marks, final answers, comments."""

from __future__ import annotations

import re

import pytest
from dialogue_world import World, given, strategy

from annotation.answers import Given
from annotation.models import CuratedValue, Label, TurnDraft
from annotation.services import comments, curation, turns
from annotation.services.moving import shifter
from annotation.services.turns import open_work
from projects.models import Assignment, Item, Turn
from projects.services import redaction
from projects.services.handling import own

TEXT = "I told Mei Chen that Mei Chen is right."
SCHEMA = {
    "fields": [
        {"key": "strategy", "labels": [{"key": "question"}], "roles": ["therapist"]},
        {"key": "feeling", "labels": [{"key": "fear"}], "roles": ["client"], "evidence": True},
        {"key": "summary", "kind": "text", "level": "session"},
    ]
}


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (0, 6, "I told"),
        (7, 15, "[friend]"),
        (11, 15, "[friend]"),
        (16, 20, "that"),
        (30, 39, "is right."),
        (0, 39, None),
    ],
)
def test_marked_words_stay_the_same_words(start: int, end: int, words: str | None) -> None:
    found = re.compile("Mei Chen")
    moved, new = shifter(TEXT, found, "[friend]"), found.sub("[friend]", TEXT)
    assert new[moved(start, False) : moved(end, True)] == (words or new)


@pytest.fixture
def world(db: None) -> World:
    """A session in whose first turn a name stands twice, in the first rater's hands."""
    world = World(schema=SCHEMA, prelabel="hidden")
    world.session([TEXT, "What makes her right?"])
    world.open()
    return world


def replace(world: World) -> None:
    """Put an alias in the place of the name."""
    item = Item.objects.get(dataset=world.dataset)
    redaction.apply(item, words="Mei Chen", alias="[friend]", by=world.manager, based_on=1)


def save_first(world: World, row: Assignment) -> None:
    """Save the first turn with a mark on its last words."""
    part = turns.open_part(row, 0, proposals=False)
    assert part is not None
    data = {"fields": {"feeling": given("fear")}, "done": True,
            "spans": [{"field": "feeling", "value": "fear", "start": 30, "end": 39}]}  # fmt: skip
    copy = turns.answers.read(data, part.asked, part.text)
    turns.save(row, part.turn, copy=copy, version=0)


def test_saved_turns_are_still_there(world: World) -> None:
    row = world.hold(world.raters[0])
    save_first(world, row)
    replace(world)
    work = open_work(own(world.part(world.raters[0]), row.token), proposals=False)
    first = work.turns[0]
    assert (first.version, first.copy.done, first.copy.given) == (1, True, {"feeling": Given(values=("fear",))})
    assert [first.text[span.start : span.end] for span in first.copy.spans] == ["is right."]
    assert first.text == "I told [friend] that [friend] is right."


def test_what_was_handed_in_stays_with_its_version_and_can_be_changed(world: World) -> None:
    row = world.hand_in(world.raters[0], world.hold(world.raters[0]), {"1": strategy()})
    replace(world)
    assert {turn.revision.number for turn in Turn.objects.filter(labels__isnull=False)} == {1}
    world.hand_in(world.raters[0], row, {"0": {"fields": {"feeling": given("fear")}}}, based_on=1)
    now = Label.objects.filter(submission__current=True).values_list("turn__revision__number", "field")
    assert sorted(now) == [(2, "feeling"), (2, "strategy")]


def test_final_answers_and_comments_follow_without_the_words(world: World) -> None:
    for rater, summary in zip(world.raters, ("She quarrels with Mei Chen.", "A quarrel."), strict=True):
        row = world.hold(rater)
        turns_ = {"1": strategy(), "session": {"fields": {"summary": given(summary)}}}
        world.hand_in(rater, row, turns_)
    unit = row.unit
    chosen = {"summary": Given(values=("She quarrels with Mei Chen.",))}
    curation.decide(unit, "session", chosen=chosen, based_on={}, reason="Fuller.", by=world.manager)
    author = world.raters[0].user
    assert author is not None
    comments.say(unit, Turn.objects.get(revision=unit.revision, index=1), author=author, text="Hm.", client_key="k")
    replace(world)
    final = {row.field: (row.values, row.turn and row.turn.revision.number)
             for row in CuratedValue.objects.filter(current=True)}  # fmt: skip
    assert final == {"strategy": (["question"], 2), "summary": (["She quarrels with [friend]."], None)}
    assert [row.turn and row.turn.revision.number for row in comments.of_unit(unit)] == [2]
    assert set(TurnDraft.objects.filter(turn__isnull=False).values_list("turn__revision__number", flat=True)) == {2}
