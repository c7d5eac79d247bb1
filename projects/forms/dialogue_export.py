"""The form that says in which format a data set's dialogues are wanted, and how they are split."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from projects.models import Dataset, Study
from projects.services.dialogue_export import ALL_FORMATS, BY_CASE, BY_SESSION, Wanted

NAMES: dict[str, Any] = {
    "psy-insight": gettext_lazy("Psy-Insight: one JSON list of sessions"),
    "esconv": gettext_lazy("ESConv: one JSON list of support conversations"),
    "jsonl": gettext_lazy("JSON Lines: one session in each line, with raters and suggestions"),
    "turns-csv": gettext_lazy("CSV: one turn in each row, one row for each rater"),
    "instruct-dialogue": gettext_lazy("Instruction tuning: the reply"),
    "instruct-reasoning": gettext_lazy("Instruction tuning: reasoning, then the reply"),
    "instruct-observation": gettext_lazy("Instruction tuning: observation, reasoning, then the reply"),
}


class DialogueExportForm(forms.Form):
    """A format and, for instruction tuning, the split. It is sent by GET: a file wanted again has an address."""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"), widget=forms.RadioSelect, choices=[(key, NAMES[key]) for key in ALL_FORMATS]
    )
    study = forms.ModelChoiceField(
        Study.objects.none(),
        label=gettext_lazy("What was agreed on"),
        required=False,
        empty_label=gettext_lazy("in any study; the newest decision counts"),
        to_field_name="slug",
        help_text=gettext_lazy("Values that an adjudicator settled take the place of the file’s own."),
    )
    share = forms.IntegerField(
        label=gettext_lazy("For training, in percent"), min_value=1, max_value=99, required=False, initial=85
    )
    by = forms.ChoiceField(
        label=gettext_lazy("Drawn together"),
        required=False,
        choices=[(BY_SESSION, gettext_lazy("each session alone")), (BY_CASE, gettext_lazy("all sessions of a case"))],
        help_text=gettext_lazy("By case, no client is in both parts."),
    )
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"),
        min_value=0,
        max_value=2**31 - 1,
        required=False,
        initial=1,
        help_text=gettext_lazy("The same seed draws the same sessions."),
    )

    def __init__(self, data: Any, *, dataset: Dataset) -> None:
        """Offer the studies that have worked on the data set."""
        self.dataset = dataset
        super().__init__(data, initial={"format": ALL_FORMATS[0]})
        field = self.fields["study"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = dataset.studies.exclude(state=Study.State.DRAFT).order_by("name", "pk")

    def split(self) -> list[forms.BoundField]:
        """The fields that count for instruction tuning alone."""
        return [self["share"], self["by"], self["seed"]]

    def wanted(self) -> Wanted:
        """What was chosen; what was left empty is the usual."""
        given = self.cleaned_data
        share, seed = given["share"] or 85, given["seed"]
        return Wanted(
            self.dataset, given["format"], given["study"], share / 100, given["by"] or BY_SESSION,
            1 if seed is None else seed,
        )  # fmt: skip
