"""The form that says which column of a file feeds which field of an item."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.formats.languages import language_code
from projects.formats.mapping import SOURCE_FIELDS, Mapping, Source
from projects.formats.table import Table
from projects.formats.write import plain_cell
from projects.models import Item

KEEP, IGNORED = "", "ignored"
FIELDS: dict[str, Any] = {
    "text": gettext_lazy("Text"),
    "external_id": gettext_lazy("Id"),
    "options": gettext_lazy("Options (all, or one of several)"),
    "prelabel": gettext_lazy("Pre-label"),
    "prelabel_score": gettext_lazy("Score of the pre-label"),
    "prelabel_source": gettext_lazy("Source of the pre-label"),
    "answer": gettext_lazy("Final answer"),
    "topic": gettext_lazy("Topic"),
    "subtopic": gettext_lazy("Subtopic"),
    "language": gettext_lazy("Language"),
    "kind": gettext_lazy("Kind of item"),
    "reference": gettext_lazy("Reference answer"),
}
CHOICES = [(KEEP, gettext_lazy("keep beside the item")), *FIELDS.items(), (IGNORED, gettext_lazy("leave out"))]
# Fields that may be the same for every row, and are then no column.
CONSTANTS = ("kind", "language", "prelabel_source", "topic")
KINDS = [kind for kind in Item.Kind.choices if kind[0] != Item.Kind.DIALOGUE]
SAMPLES = 3
SAMPLE_LENGTH = 90


@dataclass(frozen=True)
class Column:
    """One column of the file as the page shows it: its name, its select, its first values."""

    name: str
    field: forms.BoundField
    samples: list[str]


class MappingForm(forms.Form):
    """One select for each column, and what is the same for all rows."""

    all_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of item"),
        required=False,
        choices=[("", gettext_lazy("told by each row's options and labels")), *KINDS],
    )
    all_options = forms.CharField(
        label=gettext_lazy("Options"),
        required=False,
        max_length=25_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One on each line, 2 to 10 of them, where no column holds options."),
    )
    all_language = forms.CharField(
        label=gettext_lazy("Language"), required=False, max_length=20, help_text=gettext_lazy("A code: en, zh.")
    )
    all_prelabel_source = forms.CharField(
        label=gettext_lazy("Source of the pre-labels"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("The model or person that made them."),
    )
    all_topic = forms.CharField(label=gettext_lazy("Topic"), required=False, max_length=200)
    options_separator = forms.CharField(
        label=gettext_lazy("Separator of options within a cell"),
        required=False,
        max_length=5,
        strip=False,
        help_text=gettext_lazy("Empty means: | or ; or a line break, whichever occurs."),
    )

    def __init__(self, data: Any, *, table: Table, mapping: Mapping) -> None:
        """Offer the table's columns, chosen as in `mapping`."""
        self.table = table
        self.mapping: Mapping | None = None
        super().__init__(data, initial=_initial(table.columns, mapping))
        for number, name in enumerate(table.columns):
            # A file decides how many columns there are, and how they are called.
            select = forms.Select(attrs={"class": "input"})
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=name, required=False, choices=CHOICES, widget=select
            )

    def columns(self) -> list[Column]:
        """The columns with their selects and first values."""
        rows = [values for _number, values in self.table.preview(SAMPLES)]
        return [
            Column(name, self[f"column_{number}"], [shown for row in rows if (shown := _sample(row.get(name)))])
            for number, name in enumerate(self.table.columns)
        ]

    def constants(self) -> list[forms.BoundField]:
        """The fields for what is the same for all rows."""
        return [self[name] for name in self.fields if name.startswith("all_") or name == "options_separator"]

    def clean_all_language(self) -> str:
        """A language is given by its code."""
        value: str = self.cleaned_data["all_language"]
        if value and not language_code(value):
            raise ValidationError(
                _("“%(value)s” is no language code. Write a code such as en or zh.") % {"value": value}
            )
        return value

    def clean(self) -> dict[str, Any]:
        """Put the choices together and check that they can work."""
        chosen: dict[str, list[str]] = {}
        for number, name in enumerate(self.table.columns):
            chosen.setdefault(self.cleaned_data.get(f"column_{number}") or KEEP, []).append(name)
        for field, label in FIELDS.items():
            if field != "options" and len(chosen.get(field, ())) > 1:
                names = ", ".join(chosen[field])
                raise ValidationError(
                    _("“%(field)s” is chosen for several columns (%(names)s). Choose it for one.")
                    % {"field": label, "names": names}
                )
        self.mapping = _mapping(chosen, self.cleaned_data)
        if errors := self.mapping.check(self.table.columns):
            raise ValidationError([error.message for error in errors])
        return self.cleaned_data


def _initial(columns: list[str], mapping: Mapping) -> dict[str, str]:
    used = mapping.used_columns()
    values = {f"column_{number}": used.get(name, KEEP) for number, name in enumerate(columns)}
    values |= {f"all_{name}": getattr(mapping, name).constant for name in CONSTANTS}
    return values | {"all_options": "\n".join(mapping.option_list), "options_separator": mapping.options_separator}


def _mapping(chosen: AnyMapping[str, list[str]], given: AnyMapping[str, Any]) -> Mapping:
    """The mapping of the chosen columns; a constant counts only where no column feeds its field."""
    values: dict[str, Any] = {}
    for field in FIELDS:
        names = chosen.get(field, [])
        if field == "options":
            values[field] = tuple(names)
        elif field in SOURCE_FIELDS:
            constant = "" if names else given.get(f"all_{field}", "")
            values[field] = Source(column=names[0]) if names else Source(constant=constant)
        else:
            values[field] = names[0] if names else ""
    listed = tuple(line.strip() for line in given.get("all_options", "").splitlines() if line.strip())
    return Mapping(
        **values,
        option_list=() if values["options"] else listed,
        options_separator=given.get("options_separator", ""),
        ignored=tuple(chosen.get(IGNORED, ())),
    )


def _sample(value: object) -> str:
    return Truncator("" if value is None else str(plain_cell(value))).chars(SAMPLE_LENGTH)
