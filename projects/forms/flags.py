"""Forms around flags: raising one, saying what was done, and putting an alias in the place of private words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.forms.base import ServiceForm
from projects.models import Flag, Item, ItemRevision, Project, User, new_token
from projects.prepared import Row
from projects.services import flags, redaction

PRIVACY_HINT = _("For privacy, name the words that should be replaced, and a manager puts an alias in their place.")


def key() -> forms.CharField:
    """Return the field that names one press of the button."""
    return forms.CharField(max_length=40, widget=forms.HiddenInput)


class FlagForm(ServiceForm):
    """What the concern is, and a note."""

    client_key = key()
    turn = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    concern = forms.ChoiceField(
        label=_("What is the concern?"),
        choices=Flag.Concern.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the concern is.")},
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=flags.NOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=PRIVACY_HINT,
    )

    def save(self, project: Project, by: User, target: Mapping[str, Any]) -> Flag | None:
        """Raise the flag; `target` names study, unit, item, part and rater, as the service takes them."""
        return self.attempt(lambda: flags.raise_flag(project=project, by=by, **self.cleaned_data, **target))


def flag_form(turn: str = "") -> FlagForm:
    """Return an empty form to raise a flag with, about a turn where one is named."""
    return FlagForm(initial={"client_key": new_token(), "turn": turn if turn.isdecimal() and len(turn) < 6 else ""})


class HandleForm(ServiceForm):
    """What was done about a flag."""

    note = forms.CharField(
        label=_("What was done"),
        max_length=flags.NOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what was done, or why nothing had to be.")},
    )

    def save(self, flag: Flag, *, by: User) -> bool:
        """Close the flag; False where the service refuses."""
        self.attempt(lambda: flags.handle(flag, by=by, note=self.cleaned_data["note"]))
        return not self.errors


class FlagFilter(forms.Form):
    """Which flags a list shows. It is sent by GET: a filtered page has an address."""

    concern = forms.ChoiceField(label=_("Concern"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("open")), (Flag.State.HANDLED, _("handled")), ("all", _("all"))],
    )
    study = forms.ChoiceField(label=_("Study"), required=False)
    dataset = forms.ChoiceField(label=_("Data set"), required=False)

    def __init__(self, *args: Any, studies: Iterable[Row], datasets: Iterable[Row], **kwargs: Any) -> None:
        """Offer what the project has; studies and data sets by slug and name."""
        super().__init__(*args, **kwargs)
        self._offer("concern", Flag.Concern.choices)
        self._offer("study", studies)
        self._offer("dataset", datasets)
        for shown in self.fields.values():
            shown.widget.attrs |= {"class": "input", "data-autosubmit": True}

    def _offer(self, name: str, choices: Iterable[Row]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("all")), *choices]


class AliasForm(ServiceForm):
    """The words to replace and what stands in their place."""

    based_on = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("Words to replace"),
        max_length=redaction.WORDS_LIMIT,
        help_text=_("Select them in the text, or type them. They are replaced wherever they stand."),
        error_messages={"required": _("Choose the words to replace.")},
    )
    alias = forms.CharField(
        label=_("Alias"),
        max_length=redaction.WORDS_LIMIT,
        help_text=_("What everybody reads instead, such as “[name]” or another name."),
        error_messages={"required": _("Give the alias that stands in their place, such as “[name]”.")},
    )

    def preview(self, item: Item) -> list[redaction.Change] | None:
        """Return what would change; None where the service refuses."""
        data = self.cleaned_data
        return self.attempt(lambda: redaction.preview(item, words=data["words"], alias=data["alias"]))

    def save(self, item: Item, *, by: User) -> ItemRevision | None:
        """Make the new version."""
        return self.attempt(lambda: redaction.apply(item, by=by, **self.cleaned_data))
