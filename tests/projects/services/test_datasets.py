"""Data sets: their short names, their labels, and the pages of their items."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from projects.models import AuditEntry, Item
from projects.querysets.items import PAGE_SIZE, filtered, items_of, page_of
from projects.services import datasets

SAFE = [{"key": "safe", "text": "Safe", "names": {"zh": "安全"}}, {"key": "unsafe", "text": "Unsafe"}]


def made(stage, name="Advice", **values):
    """A new data set."""
    return datasets.create(project=stage.project, name=name, actor=stage.manager, **values)


def test_create_names_the_usual_labels_and_tells_the_log(stage):
    dataset = made(stage)
    assert [label["key"] for label in dataset.labels] == ["positive", "negative"]
    entry = AuditEntry.objects.get(verb="dataset.created")
    assert (entry.target_id, entry.actor_id, entry.data) == (dataset.pk, stage.manager.pk, {})


@pytest.mark.parametrize(
    ("name", "slug"), [("Advice", "advice"), ("建议", "data"), ("new", "new-2"), ("Items", "items-2"), ("---", "data")]
)
def test_short_name_is_free_and_no_address_of_its_own(stage, name, slug):
    assert made(stage, name).slug == slug


def test_two_data_sets_of_one_name_get_two_short_names(stage):
    assert [made(stage).slug, made(stage).slug, made(stage).slug] == ["advice", "advice-2", "advice-3"]


@pytest.mark.parametrize("name", ["", "   ", "n" * 201])
def test_name_must_be_given_and_short(stage, name):
    with pytest.raises(ValidationError):
        made(stage, name)


@pytest.mark.parametrize(
    "labels",
    [
        [],
        SAFE[:1],
        [*SAFE, {"key": "third"}],
        [{"key": ""}, {"key": "b"}],
        [{"key": "a,b"}, {"key": "c"}],
        [{"key": "x" * 41}, {"key": "b"}],
        [{"key": "a", "aliases": ["same"]}, {"key": "b", "names": {"zh": "Same"}}],
        [{"key": "a", "text": "t" * 101}, {"key": "b"}],
    ],
)
def test_labels_that_cannot_be_told_apart_or_stored_are_refused(stage, labels):
    with pytest.raises(ValidationError):
        made(stage, labels=labels)


def test_labels_are_stored_whole(stage):
    assert made(stage, labels=SAFE).labels == [
        {"key": "safe", "text": "Safe", "names": {"zh": "安全"}, "aliases": []},
        {"key": "unsafe", "text": "Unsafe", "names": {}, "aliases": []},
    ]


def test_labels_in_use_keep_their_keys_but_not_their_names(stage):
    stage.items(1)
    dataset = stage.dataset
    with pytest.raises(ValidationError, match="positive, negative"):
        datasets.change(dataset=dataset, name="Items", description="", labels=SAFE, actor=stage.manager)
    renamed = [{"key": "positive", "text": "Good"}, {"key": "negative", "text": "Bad"}]
    datasets.change(dataset=dataset, name="Renamed", description="d", labels=renamed, actor=stage.manager)
    dataset.refresh_from_db()
    assert (dataset.name, [label["text"] for label in dataset.labels]) == ("Renamed", ["Good", "Bad"])


def test_pages_lead_to_the_end_and_back(stage):
    stage.items(PAGE_SIZE * 2 + 3)
    first = page_of(stage.dataset, {})
    second = page_of(stage.dataset, {}, after=first.after)
    third = page_of(stage.dataset, {}, after=second.after)
    assert [len(page.items) for page in (first, second, third)] == [PAGE_SIZE, PAGE_SIZE, 3]
    assert (first.before, third.after) == (None, None)
    back = page_of(stage.dataset, {}, before=third.before)
    assert [item.pk for item in back.items] == [item.pk for item in second.items]
    assert page_of(stage.dataset, {}, before=back.before).before is None


def test_page_without_items_leads_nowhere(stage):
    page = page_of(stage.dataset, {}, after=5)
    assert (page.items, page.after) == ([], None)


def test_filters_keep_what_was_asked_for(stage):
    kept, final, removed = stage.items(3, topic="Sleep")
    other = stage.items(1, topic="Work", language="zh")[0]
    Item.objects.filter(pk=final.pk).update(final=["positive"], final_how="agreed")
    Item.objects.filter(pk=removed.pk).update(removed=True, removal_reason="faulty")

    def found(**wanted):
        asked = list(filtered(items_of(stage.dataset), wanted).values_list("pk", flat=True))
        assert [item.pk for item in page_of(stage.dataset, wanted).items] == asked
        return asked

    assert found(topic="Sleep") == [kept.pk, final.pk, removed.pk]
    assert found(language="zh") == [other.pk]
    assert found(kind="question") == []
    assert found(id="TEM-3") == [other.pk]
    assert found(show="final") == [final.pk]
    assert found(show="without") == [kept.pk, other.pk]
    assert found(show="removed") == [removed.pk]


def test_unpublished_items_are_not_listed(stage):
    stage.items(2)
    stage.batch.published = False
    stage.batch.save()
    assert list(items_of(stage.dataset)) == []
