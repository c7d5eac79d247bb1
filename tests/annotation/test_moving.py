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

JSON = {"accept": "application/json"}
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


# --- what raters wrote themselves -------------------------------------------------------------------------


def test_drafts_get_the_alias_as_a_version_of_their_own(world: World) -> None:
    row = world.hold(world.raters[0])
    client = world.client(world.raters[0])
    sent = {"version": 0, "payload": {"fields": {"strategy": given("question")}, "note": "mei chen again."}}
    told = {"version": 0, "payload": {"fields": {"summary": given("She quarrels with Mei Chen.")}}}
    for path, body in (("turn/1/", sent), ("session/", told)):
        assert client.post(world.url(row, path), body, "application/json", headers=JSON).status_code == 200
    replace(world)
    saved = {draft.turn_id and draft.turn.index: draft for draft in TurnDraft.objects.select_related("turn")}
    assert saved[1].payload["note"] == "[friend] again."
    assert saved[1].payload["fields"] == {"strategy": given("question")}
    assert saved[None].payload["fields"] == {"summary": given("She quarrels with [friend].")}
    assert [saved[1].version, saved[None].version] == [2, 2]


def test_alias_leaves_the_keys_of_labels_alone(world: World) -> None:
    row = world.hold(world.raters[0])
    part = turns.open_part(row, 1, proposals=False)
    assert part is not None
    turns.save(row, part.turn, copy=turns.answers.read(strategy(), part.asked, part.text), version=0)
    item = Item.objects.get(dataset=world.dataset)
    redaction.apply(item, words="her", alias="question", by=world.manager, based_on=1)
    redaction.apply(item, words="question", alias="[word]", by=world.manager, based_on=2)
    assert TurnDraft.objects.get().payload["fields"] == {"strategy": given("question")}


def written(world: World) -> None:
    """Let both raters hand in; the first names the name in an answer, a note and a comment."""
    for rater, summary, note in zip(world.raters, ("With Mei Chen.", "A quarrel."), ("Mei Chen?", ""), strict=True):
        row = world.hold(rater)
        world.hand_in(rater, row, {"1": strategy(note=note), "session": {"fields": {"summary": given(summary)}}})
    author, unit = world.raters[0].user, row.unit
    assert author is not None
    comments.say(unit, None, author=author, rater=world.raters[0], text="Who is Mei Chen?", client_key="k")


def test_manager_is_told_where_people_wrote_the_words_themselves(world: World) -> None:
    written(world)
    item = Item.objects.get(dataset=world.dataset)
    client, at = world.client(world.manager), f"/p/lakeside/data/{world.dataset.slug}/items/{item.pk}/alias/"
    sent = {"words": "mei chen", "alias": "[friend]", "based_on": "1"}
    text = client.post(at, {**sent, "do": "preview"}).content.decode()
    for line in ("answer to “summary”", "With Mei Chen.", "Mei Chen?", "Who is Mei Chen?"):
        assert line in text, line
    assert f"/curation/{world.study.units.get().pk}/" in text
    done = client.post(at, {**sent, "do": "apply"}, follow=True)
    assert "The words still stand in 3 texts that people wrote about it." in done.content.decode()
    # They are found although the item itself has them no more.
    again = client.post(at, {**sent, "based_on": "2", "do": "preview"})
    assert again.status_code == 422
    assert "With Mei Chen." in again.content.decode()


def test_text_of_an_answer_waits_until_everybody_has_answered(world: World) -> None:
    rater = world.raters[0]
    world.hand_in(rater, world.hold(rater), {"1": strategy(), "session": {"fields": {"summary": given("Mei Chen.")}}})
    item = Item.objects.get(dataset=world.dataset)
    found = redaction.mentions(item, "Mei Chen")
    assert [(one.by, one.text) for one in found] == [("R1", "")]
    assert redaction.mentions(item, "Mei Chens") == []
