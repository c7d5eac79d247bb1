"""What a manager decides before a blind A/B comparison opens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.forms.rubric_settings import RubricSettings
from projects.models import Project


class ComparisonSettings(RubricSettings):
    """An A/B comparison's settings."""

    least = 2
    scales, first_rubric = False, "preset:preferences:en"
    pairs = forms.ChoiceField(
        label=gettext_lazy("Pairs"),
        choices=[
            ("all", gettext_lazy("every two of the systems")),
            ("list", gettext_lazy("the list below")),
            ("file", gettext_lazy("a list in a file, uploaded under “Pairs”")),
            ("matched", gettext_lazy("whole items of two data sets that are alike, proposed under “Pairs”")),
        ],
        initial="all",
        help_text=gettext_lazy("A file, or two data sets, need no systems to be chosen."),
    )
    teams_per_item = forms.IntegerField(
        label=gettext_lazy("Pairs per item"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("Drawn for each item by the seed. Leave empty to take every pair."),
    )
    pair_list = forms.CharField(
        label=gettext_lazy("List of pairs"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "One pair a line: id of the item, short name of one system, short name of the other, and how many raters "
            "it needs, separated by tabs or commas."
        ),
    )
    other_dataset = forms.ChoiceField(
        label=gettext_lazy("The other data set"),
        required=False,
        help_text=gettext_lazy("Where whole items, such as dialogues, are compared: where the other side comes from."),
    )
    pair_by = forms.ChoiceField(
        label=gettext_lazy("Alike by"),
        required=False,
        choices=[
            ("tfidf", gettext_lazy("words (TF-IDF)")),
            ("embeddings", gettext_lazy("sentence embeddings, where they are installed")),
        ],
        initial="tfidf",
        help_text=gettext_lazy("Pairs are proposed within a topic, the most detailed items first, no item twice."),
    )
    pair_least = forms.FloatField(
        label=gettext_lazy("Least similarity"),
        required=False,
        min_value=0,
        max_value=1,
        help_text=gettext_lazy("From 0 to 1. Pairs that are less alike are not proposed."),
    )
    primary_test = forms.ChoiceField(
        label=gettext_lazy("Primary test"),
        choices=[("sign", gettext_lazy("exact sign test on the overall verdict, one vote an item"))],
        initial="sign",
    )
    field_order = (
        "systems", "rubric", "pairs", "teams_per_item", "pair_list", "other_dataset", "pair_by", "pair_least",
        "sample_size", "stratified", "missing",
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, project: Project, initial: Mapping[str, Any]) -> None:
        """Say how criteria are answered."""
        super().__init__(data, project=project, initial=initial)
        self.fields["rubric"].help_text = _("Each is answered A, tie or B. The overall verdict is asked on its own.")
        self.fields["systems"].required = False
        field = self.fields["other_dataset"]
        if isinstance(field, forms.ChoiceField):
            rows = project.datasets.order_by("name").values_list("pk", "name")
            field.choices = [("", "—"), *((str(pk), name) for pk, name in rows)]

    def clean_systems(self) -> list[str]:
        """How many are needed depends on where the pairs come from, see `clean`."""
        chosen: list[str] = self.cleaned_data["systems"]
        return chosen

    def clean(self) -> dict[str, Any]:
        """A list has lines that can be read; systems are chosen unless pairs come from elsewhere."""
        data = super().clean()
        if data.get("pairs") in ("all", "list") and len(data.get("systems") or []) < self.least:
            self.add_error("systems", _("Choose at least two systems whose responses are compared."))
        if data.get("pairs") == "matched" and not data.get("other_dataset"):
            self.add_error("other_dataset", _("Choose the data set of the other side."))
        if data.get("pairs") == "list":
            wrong = [at for at, line in enumerate(pair_lines(data.get("pair_list", "")), start=1) if len(line) != 4]
            if wrong or not data.get("pair_list", "").strip():
                lines = ", ".join(str(at) for at in wrong[:5])
                words = _("Write one pair a line, with four values. Lines to look at: %(lines)s.")
                self.add_error("pair_list", words % {"lines": lines or "–"})
        return data


def pair_lines(text: str) -> list[list[str]]:
    """Return the lines of a list of pairs as their values; empty lines are left out."""
    lines = (re.split(r"[\t,]", line) for line in text.splitlines() if line.strip())
    return [[part.strip() for part in parts if part.strip()] for parts in lines]
