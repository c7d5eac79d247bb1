"""Correcting an item: a new revision, checked like an import, that nothing judged before is moved to."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from projects.differences import pieces
from projects.models import AuditEntry, Item, ItemRevision, Suggestion, Unit
from projects.services import corrections, import_records, revisions

OPTIONS = [{"key": "A", "text": "Work"}, {"key": "B", "text": "Sleep"}]


@pytest.fixture
def choice(stage: Any) -> Item:
    """A choice item with a pre-label."""
    record = {"external_id": "c1", "text": "I lie awake.", "kind": "single_choice", "options": OPTIONS}
    record |= {"prelabel": "B", "prelabel_source": "model-1", "prelabel_score": 0.5, "metadata": {"origin": "forum"}}
    import_records.add(dataset=stage.dataset, records=[record], actor=stage.manager)
    return stage.dataset.items.select_related("current").get()


def correct(stage: Any, item: Item, *, reason: str = "A typing error", based_on: int = 1, **told: Any) -> ItemRevision:
    """Correct an item; what is not told stays."""
    assert item.current is not None
    values = {"text": item.current.text, "options": {}, "language": item.current.language} | told
    return corrections.correct(
        item=item, wording=corrections.Wording(**values), reason=reason, based_on=based_on, actor=stage.manager
    )


def refusals(stage: Any, item: Item, **told: Any) -> dict[str, list[str]]:
    """Return what a correction is refused for."""
    with pytest.raises(ValidationError) as refused:
        correct(stage, item, **told)
    return dict(refused.value.message_dict) if hasattr(refused.value, "error_dict") else {"": refused.value.messages}


def test_a_correction_makes_a_new_revision_with_all_that_stood_beside_the_old_one(stage, choice):
    new = correct(stage, choice, text="I lie awake at night. ", options={"B": "Sleep and rest"}, topic="Sleep")
    choice.refresh_from_db()
    assert choice.current_id == new.pk
    assert (new.number, new.text, new.topic, new.reason) == (2, "I lie awake at night.", "Sleep", "A typing error")
    assert new.options == [{"key": "A", "text": "Work"}, {"key": "B", "text": "Sleep and rest"}]
    assert (new.metadata, new.created_by) == ({"origin": "forum"}, stage.manager)
    proposed = Suggestion.objects.values_list("revision__number", "values", "source", "score").order_by("pk")
    assert list(proposed) == [(1, ["B"], "model-1", 0.5), (2, ["B"], "model-1", 0.5)]
    first = choice.revisions.get(number=1)
    assert (first.text, first.options) == ("I lie awake.", OPTIONS)


def test_a_correction_keeps_the_order_of_proposals_so_that_the_first_stays_the_pre_label(stage, choice):
    Suggestion.objects.create(revision=choice.current, values=["A"], source="model-0")
    # A row that is written anew may come last where no order is asked for.
    Suggestion.objects.filter(source="model-1").update(score=0.6)
    new = correct(stage, choice, text="I lie awake at night.")
    proposed = new.suggestions.order_by("pk").values_list("source", "values")
    assert list(proposed) == [("model-1", ["B"]), ("model-0", ["A"])]


def test_the_audit_log_says_who_corrected_what_without_a_word_of_it(stage, choice):
    correct(stage, choice, text="Other words.")
    entry = AuditEntry.objects.get(verb="item.corrected")
    assert (entry.actor_id, entry.target_id) == (stage.manager.pk, choice.pk)
    assert entry.data == {"dataset": stage.dataset.pk, "revision": 2}


def test_a_study_that_was_opened_keeps_the_revision_it_began_with(stage, choice):
    rater = stage.rater("R1")
    study = stage.opened(rater)
    new = correct(stage, choice, text="Other words.")
    later = stage.opened(rater, name="Later")
    held = dict(Unit.objects.values_list("study__name", "revision__number"))
    assert held == {study.name: 1, later.name: new.number}
    assert corrections.studies_of(choice) == 2


def test_the_file_of_the_import_and_the_corrected_one_both_bring_nothing_new(stage, choice):
    correct(stage, choice, text="Other words.")
    same = {"external_id": "c1", "kind": "single_choice", "options": OPTIONS}
    for text, unchanged in [("I lie awake.", 1), ("Other words.", 1), ("Third words.", 0)]:
        told = import_records.add(dataset=stage.dataset, records=[same | {"text": text}], actor=stage.manager)
        assert (told.added, told.unchanged) == (0, unchanged)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 50_001}, "text"),
        ({"text": "bell \x07"}, "text"),
        ({"language": "Klingonish!"}, "language"),
        ({"options": {"A": " "}}, "option_0"),
        ({"topic": "t" * 201}, "topic"),
        ({"text": "New.", "reason": "  "}, "reason"),
        ({"text": "New.", "reason": "r" * 201}, "reason"),
        ({}, ""),
        ({"text": "New.", "based_on": 2}, ""),
    ],
)
def test_what_no_import_would_take_is_refused_by_field(stage, choice, told, field):
    assert list(refusals(stage, choice, **told)) == [field]
    assert ItemRevision.objects.count() == 1


def test_a_dialogue_has_no_text_of_its_own_to_correct(stage, choice):
    Item.objects.update(kind=Item.Kind.DIALOGUE)
    assert refusals(stage, choice, text="New.") == {"": ["This item has no text of its own to correct."]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("I lie awake", "I lie awake", [("same", "I lie awake")]),
        ("I lie awake", "I lay awake", [("same", "I "), ("gone", "lie"), ("new", "lay"), ("same", " awake")]),
        ("我睡不着觉", "我睡不好觉", [("same", "我睡不"), ("gone", "着"), ("new", "好"), ("same", "觉")]),
        ("", "New", [("new", "New")]),
        ("a a", "a", [("same", "a"), ("gone", " a")]),
        ("x y " * 600, "z w " * 600, [("gone", "x y " * 599 + "x y"), ("new", "z w " * 599 + "z w"), ("same", " ")]),
    ],
)
def test_differences_are_told_word_by_word_and_sign_by_sign(before, after, expected):
    assert pieces(before, after) == expected


def test_revisions_before_a_redaction_are_the_managers_alone(stage, choice):
    correct(stage, choice, text="With a name.")
    redacted = correct(stage, choice, text="With [name].", based_on=2)
    correct(stage, choice, text="With [name] now.", based_on=3)
    ItemRevision.objects.filter(pk=redacted.pk).update(redaction=True)
    numbers = [list(revisions.readable(choice, manager=who).values_list("number", flat=True)) for who in (True, False)]
    assert numbers == [[4, 3, 2, 1], [4, 3]]
    rows = list(revisions.readable(choice, manager=False))
    told = revisions.versions(rows, before=None, answers=False)
    assert [(one.first, [change.name for change in one.changes]) for one in told] == [(False, ["text"]), (True, [])]


def test_reference_answers_are_compared_only_for_those_who_may_read_them(stage):
    record = {"external_id": "q", "text": "What now?", "kind": "question", "reference": "Rest."}
    import_records.add(dataset=stage.dataset, records=[record], actor=stage.manager)
    item = stage.dataset.items.select_related("current").get()
    correct(stage, item, reference="Sleep.")
    rows = list(revisions.readable(item, manager=True))
    seen = [
        [change.name for one in revisions.versions(rows, before=None, answers=answers) for change in one.changes]
        for answers in (True, False)
    ]
    assert seen == [["reference"], []]
