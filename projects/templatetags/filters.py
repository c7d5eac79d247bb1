"""The fields of a filter above a list, drawn once for each look: drawing them costs a fifth of a page."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from django import forms, template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
REMEMBERED = 200
DRAWN: OrderedDict[Any, SafeString] = OrderedDict()


@register.simple_tag
def filter_fields(form: forms.BaseForm) -> SafeString:
    """Return the fields with their labels. Where nothing is chosen they are remembered by all that they show."""
    key = _looks(form)
    if key is None:
        return _draw(form)
    if key not in DRAWN:
        DRAWN[key] = _draw(form)
        while len(DRAWN) > REMEMBERED:
            DRAWN.popitem(last=False)
    return DRAWN[key]


def _draw(form: forms.BaseForm) -> SafeString:
    return format_html_join(
        "",
        "<div>{}{}</div>",
        ((format_html('<label for="{}">{}</label>', field.id_for_label, field.label), field) for field in form),
    )


def _looks(form: forms.BaseForm) -> Any:
    """Return all that the fields' HTML depends on; None where that is more than class, language and choices."""
    if form.data or form.initial or form.prefix is not None or (form.is_bound and form.errors):
        return None
    fields = []
    for name, field in form.fields.items():
        if isinstance(field, forms.ModelChoiceField) or not isinstance(field.initial, str | int | None):
            return None
        offered: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
        choices = list(offered)
        if any(isinstance(label, list | tuple) for _value, label in choices):
            return None
        # A text that is not a plain one yet depends on the language alone.
        shown = tuple((str(value), label if type(label) is str else "") for value, label in choices)
        fields.append((name, field.initial, shown))
    return type(form), form.is_bound, get_language(), tuple(fields)
