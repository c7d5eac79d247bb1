"""Data sets in the browser: lists, filters, one item, names and labels, who may read what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import Dataset, Project, Role, Sighting
from projects.services import import_records

DATA = "/p/harbour/data/"
LABELS = {"key_0": "positive", "text_0": "Positive", "zh_0": "正面", "key_1": "negative", "text_1": "Negative"}


def add(stage: Any, count: int, **more: Any) -> None:
    """Add items with a pre-label and an answer."""
    first = stage.dataset.items.count()
    same = {"kind": "true_false", "prelabel": "negative", "prelabel_source": "model-1", "prelabel_score": 0.75}
    records = [{"external_id": f"i{n}", "text": f"Words {n}", **same, **more} for n in range(first, first + count)]
    assert import_records.add(dataset=stage.dataset, records=records, actor=stage.manager).added == count


def ids(response: Any) -> list[str]:
    """The ids of the items listed."""
    return [item.external_id for item, _answers in response.context["rows"]]


@pytest.fixture
def browser(stage: Any) -> Any:
    """The manager's browser."""
    return stage.client(stage.manager)


def test_items_come_in_pages_of_25_forth_and_back(stage: Any, browser: Any) -> None:
    add(stage, 60)
    first = browser.get(f"{DATA}items/")
    second = browser.get(f"{DATA}items/", {"after": first.context["page"].after})
    third = browser.get(f"{DATA}items/", {"after": second.context["page"].after})
    assert [len(ids(page)) for page in (first, second, third)] == [25, 25, 10]
    assert ids(first) + ids(second) + ids(third) == [f"i{n}" for n in range(60)]
    assert third.context["page"].after is None
    back = browser.get(f"{DATA}items/", {"before": second.context["page"].before})
    assert ids(back) == ids(first)


def test_filters_keep_what_was_asked_for(stage: Any, browser: Any) -> None:
    add(stage, 3, topic="Sleep", language="en")
    add(stage, 2, topic="Work", language="zh", answer="positive")
    stage.dataset.items.filter(external_id="i1").update(removed=True, removal_reason="faulty")

    def listed(**query: str) -> list[str]:
        return ids(browser.get(f"{DATA}items/", query))

    assert listed(topic="Work") == ["i3", "i4"]
    assert listed(language="en") == ["i0", "i1", "i2"]
    assert listed(show="removed") == ["i1"]
    assert listed(show="without") == ["i0", "i2"]
    assert listed(id="4") == ["i4"]
    assert listed(kind="single_choice") == []


def test_nonsense_in_a_filter_is_refused_not_obeyed(stage: Any, browser: Any) -> None:
    add(stage, 1)
    assert browser.get(f"{DATA}items/", {"kind": "poem"}).status_code == 422
    assert browser.get(f"{DATA}items/", {"after": "9" * 30}).status_code == 200


def test_items_of_an_import_under_way_are_not_listed(stage: Any, browser: Any) -> None:
    add(stage, 2)
    stage.dataset.batches.update(published=False)
    assert ids(browser.get(f"{DATA}items/")) == []


@pytest.mark.parametrize(("role", "sees"), [(Role.ANALYST, True), (Role.ADJUDICATOR, False)])
def test_answers_are_shown_to_analysts_and_not_to_adjudicators(stage: Any, role: Role, sees: bool) -> None:
    add(stage, 2, answer="positive", metadata={"gold": "certainly-so"})
    reader = stage.client(stage.user("reader", role))
    item = stage.dataset.items.first()
    pages = [reader.get(f"{DATA}items/"), reader.get(f"{DATA}items/items/{item.pk}/")]
    assert [page.status_code for page in pages] == [200, 200]
    assert ["Final answer" in page.content.decode() for page in pages] == [sees, sees]
    assert ["Negative" in page.content.decode().partition("<aside")[0] for page in pages] == [sees, sees]
    assert ("certainly-so" in pages[1].content.decode()) == sees


def test_adjudicator_cannot_filter_by_what_is_hidden(stage: Any) -> None:
    add(stage, 2)
    add(stage, 1, answer="positive")
    reader = stage.client(stage.user("reader", Role.ADJUDICATOR))
    assert ids(reader.get(f"{DATA}items/", {"show": "final"})) == ["i0", "i1", "i2"]


def test_item_page_shows_the_text_and_remembers_who_read_it(stage: Any, browser: Any) -> None:
    add(stage, 1, topic="Sleep", metadata={"origin": "forum"})
    item = stage.dataset.items.get()
    page = browser.get(f"{DATA}items/items/{item.pk}/").content.decode()
    assert [word in page for word in ("Words 0", "Sleep", "forum", "model-1", "0.75")] == [True] * 5
    assert list(Sighting.objects.values_list("item", "user")) == [(item.pk, stage.manager.pk)]


def test_rater_who_reads_a_list_has_met_its_items(stage: Any, browser: Any) -> None:
    add(stage, 3)
    both = stage.user("both", Role.ANALYST, Role.RATER)
    stage.client(both).get(f"{DATA}items/")
    browser.get(f"{DATA}items/")
    assert list(Sighting.objects.values_list("user", flat=True)) == [both.pk] * 3


def test_raters_read_no_data_sets(stage: Any) -> None:
    add(stage, 1)
    rater = stage.client(stage.user("rater", Role.RATER))
    item = stage.dataset.items.get()
    addresses = ["", "new/", "items/", "items/edit/", f"items/items/{item.pk}/"]
    assert [rater.get(DATA + rest).status_code for rest in addresses] == [403] * 5


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADJUDICATOR])
def test_only_managers_write(stage: Any, role: Role) -> None:
    reader = stage.client(stage.user("reader", role))
    assert [reader.post(DATA + rest).status_code for rest in ("new/", "items/edit/", "items/import/")] == [403] * 3


def test_what_is_not_in_the_project_is_not_found(stage: Any, browser: Any) -> None:
    foreign = Project.objects.create(slug="foreign", name="Foreign")
    theirs = Dataset.objects.create(project=foreign, slug="theirs", name="Theirs", labels=stage.dataset.labels)
    add(stage, 1)
    item = stage.dataset.items.get()
    other = Dataset.objects.create(project=stage.project, slug="other", name="Other", labels=stage.dataset.labels)
    addresses = [
        f"{DATA}theirs/", f"{DATA}theirs/edit/", f"{DATA}theirs/import/", f"{DATA}{other.slug}/items/{item.pk}/",
        "/p/foreign/data/", f"/p/foreign/data/{theirs.slug}/",
    ]  # fmt: skip
    assert [browser.get(address).status_code for address in addresses] == [404] * 6


def test_new_data_set_leads_to_its_first_import(stage: Any, browser: Any) -> None:
    sent = browser.post(
        f"{DATA}new/", {"name": "Letters", "description": "From 1901", **LABELS, "aliases_0": "yes, 是"}
    )
    assert (sent.status_code, sent.url) == (302, f"{DATA}letters/import/")
    made = Dataset.objects.get(slug="letters")
    assert made.labels[0] == {"key": "positive", "text": "Positive", "names": {"zh": "正面"}, "aliases": ["yes", "是"]}


def test_invalid_data_set_keeps_what_was_typed(stage: Any, browser: Any) -> None:
    page = browser.post(f"{DATA}new/", {"name": "  ", "description": "From 1901", **LABELS, "key_1": "a,b"})
    assert page.status_code == 422
    assert page.context["form"]["description"].value() == "From 1901"
    assert list(page.context["form"].errors) == ["name"]
    page = browser.post(f"{DATA}new/", {"name": "Letters", **LABELS, "key_1": "positive"})
    assert page.status_code == 422
    assert page.context["form"].non_field_errors() == ["Both labels are called “positive”. Make them different."]


def test_labels_in_use_keep_their_keys(stage: Any, browser: Any) -> None:
    add(stage, 1)
    page = browser.post(f"{DATA}items/edit/", {"name": "Items", **LABELS, "key_0": "good"})
    assert page.status_code == 422
    assert browser.post(f"{DATA}items/edit/", {"name": "Texts", **LABELS}).url == f"{DATA}items/"
    changed = Dataset.objects.get(pk=stage.dataset.pk)
    assert (changed.name, changed.labels[0]["names"]) == ("Texts", {"zh": "正面"})


def test_pages_cost_the_same_however_much_they_list(stage: Any, browser: Any) -> None:
    counts = []
    for count in (2, 20):
        add(stage, count, topic=f"Topic {count}")
        for n in range(count):
            Dataset.objects.create(project=stage.project, slug=f"d{count}-{n}", name=f"D {n}", labels=[])
        with CaptureQueriesContext(connection) as queries:
            assert [browser.get(DATA + rest).status_code for rest in ("", "items/")] == [200, 200]
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_empty_places_say_what_to_do_next(stage: Any, browser: Any) -> None:
    assert "No items yet" in browser.get(f"{DATA}items/").content.decode()
    stage.batch.delete()
    stage.dataset.delete()
    assert "No data sets yet" in browser.get(DATA).content.decode()
