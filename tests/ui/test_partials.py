"""The shared pieces of forms: every label, help and error is tied to its control, with and without mistakes."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory


class Sample(forms.Form):
    """One field of every sort that the product's forms use."""

    name = forms.CharField(help_text="Raters see it above every text.")
    note = forms.CharField(widget=forms.Textarea, required=False)
    raters = forms.IntegerField(min_value=1)
    language = forms.ChoiceField(choices=[("en", "English"), ("zh", "Chinese")])
    prelabel = forms.ChoiceField(
        choices=[("hidden", "hidden"), ("shown", "shown")], widget=forms.RadioSelect, help_text="Of the model."
    )
    topics = forms.MultipleChoiceField(
        choices=[("work", "Work"), ("home", "Home")], widget=forms.CheckboxSelectMultiple
    )
    unsure = forms.BooleanField(help_text="Raters may say so.")
    file = forms.FileField(help_text="Up to 250 MB.")
    token = forms.CharField(widget=forms.HiddenInput)


def empty() -> Sample:
    """Return the form as first seen."""
    return Sample()


def mistaken() -> Sample:
    """Return the form sent with nothing in it, so that every required field complains."""
    form = Sample(data={"raters": "0"}, files={})
    form.is_valid()
    return form


@pytest.fixture(params=[empty, mistaken], ids=["first seen", "with mistakes"])
def page(request: pytest.FixtureRequest) -> str:
    return render_to_string("partials/form_fields.html", {"form": request.param()})


def ids(page: str) -> Counter[str]:
    """Count every id of a page."""
    return Counter(re.findall(r'\sid="([^"]+)"', page))


def test_form_uses_every_id_once(page: str) -> None:
    assert [name for name, count in ids(page).items() if count > 1] == []


def test_form_labels_and_descriptions_point_at_something(page: str) -> None:
    named = re.findall(r'\s(?:for|aria-describedby|aria-labelledby)="([^"]+)"', page)
    named += re.findall(r'href="#([^"]+)"', page)
    assert {name for names in named for name in names.split()} - ids(page).keys() == set()


def test_form_says_every_mistake_at_its_field_and_on_top() -> None:
    page = render_to_string("partials/form_fields.html", {"form": mistaken()})
    summary = re.search(r'<div class="error-summary".*?</div>', page, re.DOTALL)
    assert summary
    linked = re.findall(r'href="#([^"]+)"', summary[0])
    assert linked == [f"id_{name}" for name in ("name", "raters", "language", "prelabel", "topics", "unsure", "file")]
    assert page.count('class="error"') == len(linked)


def test_form_without_mistakes_shows_none() -> None:
    page = render_to_string("partials/form_fields.html", {"form": empty()})
    assert re.findall(r"error|invalid", page) == []


def test_optional_fields_are_marked_and_required_ones_are_not() -> None:
    page = render_to_string("partials/form_fields.html", {"form": empty()})
    assert page.count('class="optional"') == 1


@pytest.mark.parametrize(
    ("number", "links"),
    [(1, ["?q=a&amp;page=2"]), (2, ["?q=a&amp;page=1", "?q=a&amp;page=3"]), (3, ["?q=a&amp;page=2"])],
)
def test_pager_keeps_the_other_parameters(number: int, links: list[str]) -> None:
    request = RequestFactory().get("/", {"q": "a", "page": number})
    page_obj = Paginator(range(5), 2).page(number)
    page = render_to_string("partials/pager.html", {"page_obj": page_obj}, request)
    assert re.findall(r'href="([^"]+)"', page) == links


def test_pager_of_one_page_is_not_shown() -> None:
    assert "<nav" not in render_to_string("partials/pager.html", {"page_obj": Paginator([1], 2).page(1)})


@pytest.mark.parametrize(("done", "classes"), [(2, 0), (3, 1)])
def test_progress_is_marked_done_only_when_it_is(done: int, classes: int) -> None:
    page = render_to_string("partials/progress.html", {"done": done, "total": 3})
    assert page.count('class="done"') == classes


@pytest.mark.parametrize("name", ["500.html", "400.html", "maintenance.html"])
def test_bare_pages_stand_without_request_user_or_database(name: str) -> None:
    assert render_to_string(name).count("<h1>") == 1
