"""What a manager decides before a blind rating opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.forms.rubric_settings import RubricSettings
from evaluation.services import rubrics
from projects.models import Project


class RatingSettings(RubricSettings):
    """A rating's settings."""

    least = 1
    scales, first_rubric = True, "preset:four_criteria:en"
    together = forms.BooleanField(
        label=gettext_lazy("Show all responses to an item on one page"),
        required=False,
        help_text=gettext_lazy("Otherwise each response is rated alone."),
    )
    justify = forms.ChoiceField(
        label=gettext_lazy("A justification for each response"),
        choices=[
            ("no", gettext_lazy("not asked")),
            ("optional", gettext_lazy("asked, may stay empty")),
            ("low", gettext_lazy("required where a score is in the lower half of its scale")),
            ("beyond", gettext_lazy("required where a score is at or beyond the limits below")),
            ("required", gettext_lazy("always required")),
        ],
        initial="no",
    )
    justify_low = forms.IntegerField(
        label=gettext_lazy("Justify scores up to"),
        required=False,
        help_text=gettext_lazy("This score and every lower one wants a justification. Leave empty for no lower limit."),
    )
    justify_high = forms.IntegerField(
        label=gettext_lazy("Justify scores from"),
        required=False,
        help_text=gettext_lazy(
            "This score and every higher one wants a justification. Leave empty for no upper limit."
        ),
    )
    primary_test = forms.ChoiceField(
        label=gettext_lazy("Primary test"),
        choices=[
            ("paired", gettext_lazy("paired t test on items, Holm over pairs of systems")),
            ("wilcoxon", gettext_lazy("Wilcoxon signed-rank on items, Holm over pairs of systems")),
        ],
        initial="paired",
    )
    field_order = (
        "systems",
        "rubric",
        "together",
        "justify",
        "justify_low",
        "justify_high",
        "sample_size",
        "stratified",
        "missing",
    )

    def __init__(self, data: QueryDict | None, *, project: Project, initial: Mapping[str, Any]) -> None:
        """A rating has justifications instead of one reason."""
        super().__init__(data, project=project, initial=initial)
        del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """Limits beyond which scores are justified lie on the scales, and leave something between them."""
        data = super().clean()
        low, high = data.get("justify_low"), data.get("justify_high")
        if data.get("justify") != "beyond" or self.errors:
            return data
        if low is None and high is None:
            self.add_error("justify_low", _("Say up to which score, or from which score, a justification is wanted."))
        elif low is not None and high is not None and low >= high:
            self.add_error("justify_high", _("The upper limit lies above the lower one."))
        elif not self._met(low, high):
            words = _("No scale of these criteria has a score there, so nothing would ever be justified.")
            self.add_error("justify_low" if low is not None else "justify_high", words)
        return data

    def _met(self, low: int | None, high: int | None) -> bool:
        """Whether some score of the chosen criteria is at or beyond a limit."""
        criteria, _risk = rubrics.criteria_of(self.project, self.cleaned_data["rubric"])
        values = [int(point["value"]) for one in criteria for point in one["points"]]
        return (low is not None and min(values) <= low) or (high is not None and max(values) >= high)
