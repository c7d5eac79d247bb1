"""Correcting an item in the browser, and the revisions its page lists."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import Item, ItemRevision, Role, Sighting
from projects.services import import_records

OPTIONS = [{"key": "A", "text": "Work"}, {"key": "B", "text": "Sleep"}]


@pytest.fixture
def item(stage: Any) -> Item:
    """A choice item."""
    record = {
        "external_id": "c1",
        "text": "I lie awake.",
        "kind": "single_choice",
        "options": OPTIONS,
        "language": "en",
    }
    import_records.add(dataset=stage.dataset, records=[record], actor=stage.manager)
    return stage.dataset.items.get()


@pytest.fixture
def browser(stage: Any) -> Any:
    """The manager's browser."""
    return stage.client(stage.manager)


def address(item: Item, rest: str = "") -> str:
    """The address of the item's page, or of one below it."""
    return f"/p/harbour/data/items/items/{item.pk}/{rest}"


def correct(browser: Any, item: Item, **changes: str) -> Any:
    """Send the form as it was shown, with changes."""
    form = browser.get(address(item, "correct/")).context["form"]
    values = {field.html_name: field.value() or "" for field in form}
    return browser.post(address(item, "correct/"), values | {"reason": "A typing error"} | changes)


def test_form_shows_what_the_item_says_and_a_correction_leads_back_to_its_page(stage, browser, item):
    form = browser.get(address(item, "correct/")).context["form"]
    shown = {name: form[name].value() for name in ("text", "option_0", "option_1", "language", "based_on")}
    assert shown == {"text": "I lie awake.", "option_0": "Work", "option_1": "Sleep", "language": "en", "based_on": 1}
    assert "reference" not in form.fields
    sent = correct(browser, item, text="I lay awake.", option_1="Sleep, rest")
    assert (sent.status_code, sent.url) == (302, address(item))
    page = browser.get(address(item)).content.decode()
    parts = ("I <del>lie</del><ins>lay</ins> awake.", "Sleep<ins>, rest</ins>", "A typing error", "Revision 2")
    assert [part in page for part in parts] == [True] * 4


def test_page_of_an_item_that_was_never_changed_lists_no_revisions(stage, browser, item):
    page = browser.get(address(item))
    assert "versions" not in page.context
    assert 'id="revisions"' not in page.content.decode()


def test_refused_correction_keeps_what_was_typed(stage, browser, item):
    sent = correct(browser, item, text="Words that are long", option_0=" ", reason="")
    assert sent.status_code == 422
    assert (sent.context["form"]["text"].value(), list(sent.context["form"].errors)) == (
        "Words that are long",
        ["reason", "option_0"],
    )
    sent = correct(browser, item, text="Words that are long", option_0=" ")
    assert list(sent.context["form"].errors) == ["option_0"]
    assert ItemRevision.objects.count() == 1


def test_correction_of_a_page_that_is_out_of_date_is_refused_and_kept(stage, browser, item):
    correct(browser, item, text="First.")
    sent = correct(browser, item, text="Second.", based_on="1")
    assert sent.status_code == 422
    assert sent.context["form"]["text"].value() == "Second."
    assert list(ItemRevision.objects.order_by("number").values_list("text", flat=True)) == ["I lie awake.", "First."]


def test_whoever_opens_the_form_has_met_the_item(stage, browser, item):
    browser.get(address(item, "correct/"))
    assert list(Sighting.objects.values_list("item", "user")) == [(item.pk, stage.manager.pk)]


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADJUDICATOR, Role.RATER])
def test_nobody_but_a_manager_corrects(stage, item, role):
    reader = stage.client(stage.user("reader", role))
    assert reader.get(address(item, "correct/")).status_code == 403
    offered = "correct/" in reader.get(address(item)).content.decode()
    assert not offered


def test_dialogues_are_not_corrected_here(stage, browser, item):
    Item.objects.update(kind=Item.Kind.DIALOGUE)
    assert browser.get(address(item, "correct/")).status_code == 404
    assert "correct/" not in browser.get(address(item)).content.decode()


def test_what_a_redaction_took_out_is_shown_to_managers_alone(stage, browser, item):
    correct(browser, item, text="Ann lies awake.")
    correct(browser, item, text="[name] lies awake.")
    ItemRevision.objects.filter(number=3).update(redaction=True)
    analyst = stage.client(stage.user("reader", Role.ANALYST))
    assert ["Ann" in who.get(address(item)).content.decode() for who in (browser, analyst)] == [True, False]


def test_revisions_come_in_pages_and_cost_the_same_however_many_there_are(stage, browser, item):
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            browser.get(address(item))
        return len(caught)

    counts = []
    for n in range(2, 13):
        correct(browser, item, text=f"Version {n}")
        counts.append(queries())
    # From the eleventh revision on, what the last of the page is compared with has turns to look for as well.
    assert counts == [counts[0]] * 9 + [counts[0] + 1] * 2
    pages = [browser.get(address(item), {"page": n}).context["versions"] for n in (1, 2)]
    assert [[one.revision.number for one, _changes in page] for page in pages] == [list(range(12, 2, -1)), [2, 1]]
    # The last of the first page is compared with the first of the second.
    assert pages[0][-1][1][0][2] == [("same", "Version "), ("gone", "2"), ("new", "3")]
