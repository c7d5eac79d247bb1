"""JSON through the same forms that pages use, so that each rule is written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from projects.api.errors import WHOLE, below

F = TypeVar("F", bound=forms.Form)


def as_sent(values: Mapping[str, Any], path: str = "") -> QueryDict:
    """Return values as a browser would send them: lists as repeated names, null as nothing."""
    data = QueryDict(mutable=True)
    for name, value in values.items():
        entries = value if isinstance(value, list) else [value]
        if any(isinstance(entry, dict | list) for entry in entries):
            raise ValidationError({below(path, name): [_("This must be a value or a list of values.")]})
        data.setlist(name, [_plain(entry) for entry in entries if entry is not None])
    return data


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def checked(make: Callable[[QueryDict], F], values: Mapping[str, Any], path: str = "") -> F:
    """Return the valid form over `values`. Raises ValidationError by field, also for a name that no field has."""
    form = make(as_sent(values, path))
    unknown = [name for name in values if name not in form.fields]
    if unknown:
        raise ValidationError({below(path, name): [_("There is no such field here.")] for name in unknown})
    if not form.is_valid():
        raise ValidationError(refusals(form, path))
    return form


def refusals(form: forms.Form, path: str = "") -> dict[str, list[str]]:
    """Return a form's errors by dotted path."""
    whole = "" if path else WHOLE
    return {
        below(path, whole if name == NON_FIELD_ERRORS else name): [str(words) for words in errors]
        for name, errors in form.errors.items()
    }
