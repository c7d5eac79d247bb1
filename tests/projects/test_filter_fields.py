"""The fields of a filter are drawn once for each look, and never with what belongs to another."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.template import engines
from django.utils import translation

from projects.forms.datasets import ItemFilter
from projects.templatetags import filters

PLAIN = (
    '{% for field in form %}<div><label for="{{ field.id_for_label }}">{{ field.label }}</label>{{ field }}</div>'
    "{% endfor %}"
)


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    filters.DRAWN.clear()


def form(query: str = "", topics: Any = ("Grief", "Work")) -> ItemFilter:
    made = ItemFilter(QueryDict(query), topics=topics, languages=("en", "zh"))
    made.is_valid()
    return made


def plain(made: ItemFilter) -> str:
    return str(engines["django"].from_string(PLAIN).render({"form": made}))


def test_it_is_what_the_template_draws() -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for made in (form(), form("topic=Grief&id=a%22b"), form(topics=('<b>"x"</b>',)), form(topics=())):
                first, again = filters.filter_fields(made), filters.filter_fields(made)
                assert first == again == plain(made)
    assert len(filters.DRAWN) == 6, "three looks in two languages; what somebody chose is drawn anew"


def test_what_was_chosen_is_never_remembered() -> None:
    filters.filter_fields(form("topic=Grief"))
    assert not filters.DRAWN
    assert "selected" not in filters.filter_fields(form()).replace('value="" selected', "")


def test_no_more_looks_are_kept_than_the_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "REMEMBERED", 3)
    for n in range(10):
        filters.filter_fields(form(topics=(f"Topic {n}",)))
    assert len(filters.DRAWN) == 3
