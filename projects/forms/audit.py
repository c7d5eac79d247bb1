"""The audit log's filter. It is sent by GET: a filtered page has an address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.forms.rows import TypedRows
from projects.models import AuditEntry, User
from projects.querysets.audit import MOST_ACTORS, actors, between


def day(label: Any) -> forms.DateField:
    """Return a field for a day, in the form every browser sends."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input"})
    return forms.DateField(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"])


def choice(label: Any) -> forms.ChoiceField:
    """Return a field for one of several, or all."""
    return forms.ChoiceField(label=label, required=False, widget=forms.Select(attrs={"class": "input"}))


class AuditFilter(forms.Form):
    """What happened, who did it, from when to when."""

    verb = choice(gettext_lazy("What"))
    person = choice(gettext_lazy("Who"))
    since = day(gettext_lazy("From"))
    until = day(gettext_lazy("To"))

    def __init__(
        self, *args: Any, verbs: list[tuple[str, str]], people: list[User], project: int, **kwargs: Any
    ) -> None:
        """Offer what occurs in this log; of very many people the address is typed."""
        super().__init__(*args, **kwargs)
        self._offer("verb", [("", _("everything")), *verbs])
        if len(people) > MOST_ACTORS:
            self.fields["person"] = TypedRows(
                actors(project), by="email", several=False, label=_("Who"), required=False,
                widget=forms.EmailInput(attrs={"class": "input"}),
            )  # fmt: skip
        else:
            self._offer("person", [("", _("everybody")), *((str(user.pk), str(user)) for user in people)])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  both are made by choice() above
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """A period ends after it began; a person stands for their number, however they were named."""
        data = self.cleaned_data
        if isinstance(data.get("person"), User):
            data["person"] = str(data["person"].pk)
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            raise ValidationError({"until": _("This day lies before the first one.")})
        return data

    def apply(self, rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Return the entries that were asked for; needs a valid form."""
        data = self.cleaned_data
        if data["verb"]:
            rows = rows.filter(verb=data["verb"])
        if data["person"]:
            rows = rows.filter(actor_id=int(data["person"]))
        return between(rows, data["since"], data["until"])
