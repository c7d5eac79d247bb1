"""Choosing among people: from a list while they are few, by typing what they are called where they are many."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# A longer list would be neither read nor sent quickly.
MOST_OFFERED = 200
HELP = {
    ("code", True): gettext_lazy("Codes, separated by commas or blanks."),
    ("code", False): gettext_lazy("The rater's code."),
    ("email", True): gettext_lazy("E-mail addresses, separated by commas or blanks."),
    ("email", False): gettext_lazy("The e-mail address."),
}


class TypedRows(forms.CharField):
    """Rows chosen by typing their codes or e-mail addresses; cleaned, the rows themselves."""

    def __init__(self, rows: QuerySet[Any], *, by: str, several: bool, **kwargs: Any) -> None:
        """Take one of `rows`, or several; `by` is the column that is typed."""
        self.rows, self.by, self.several = rows, by, several
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}) if several else forms.TextInput())
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show what is stored the way it is typed."""
        if isinstance(value, int):
            value = self.rows.model._default_manager.filter(pk=value).first()
        return getattr(value, self.by) if isinstance(value, Model) else value

    def to_python(self, value: Any) -> Any:
        """Return the rows in the order typed, or the one; what is not among them is named in the error."""
        text = str(super().to_python(value) or "").replace("，", ",")
        names = list(dict.fromkeys(text.replace(",", " ").split()))
        if self.by == "email":
            names = [name.lower() for name in names]
        found = {getattr(row, self.by): row for row in self.rows.filter(**{f"{self.by}__in": names})}
        strange = [name for name in names if name not in found]
        if strange or (len(names) > 1 and not self.several):
            words = _("Nobody like this can be chosen here: %(names)s.")
            raise ValidationError(words % {"names": ", ".join(strange[:20]) or text})
        chosen = [found[name] for name in names]
        return chosen if self.several else next(iter(chosen), None)

    def run_validators(self, value: Any) -> None:
        """The validators of a text would measure the rows."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as typed."""
        return bool((self.prepare_value(initial) or "") != (data or ""))


def offer_people(form: forms.Form, name: str, rows: QuerySet[Any], *, by: str = "code") -> int:
    """Let a form's field choose among `rows`, typed where they are many; returns how many there are, as far as offered.

    `by` is what a person of `rows` is called in writing: "code" or "email".
    """
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} chooses no rows.")
    there = rows[: MOST_OFFERED + 1].count()
    field.queryset = rows
    if there > MOST_OFFERED:
        several = isinstance(field, forms.ModelMultipleChoiceField)
        words = " ".join(str(part) for part in (field.help_text, HELP[by, several]) if part)
        form.fields[name] = TypedRows(
            rows, by=by, several=several, label=field.label, required=field.required, help_text=words
        )
    return there
