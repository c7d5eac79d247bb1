"""Forms of the label review: a manager's settings and a rater's answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.kinds import WorkForm


class PrelabelMode(models.TextChoices):
    """When raters see the model's label."""

    HIDDEN = "hidden", _("never")
    SHOWN = "shown", _("from the start")
    AFTER = "after", _("after their own first answer, where it differs")
    RANDOMISED = "randomised", _("from the start in a random half, to measure its pull")


class Order(models.TextChoices):
    """In which order units are handed out."""

    SHUFFLED = "shuffled", _("shuffled, by a stored seed")
    IMPORTED = "imported", _("as imported")


class LabelReviewSettings(forms.Form):
    """What a manager decides before a label review opens."""

    raters_per_item = forms.IntegerField(
        label=_("Raters per item"), min_value=1, max_value=50, initial=2, help_text=_("Each item goes to this many.")
    )
    prelabel = forms.ChoiceField(
        label=_("Show the pre-label"), choices=PrelabelMode.choices, initial=PrelabelMode.AFTER
    )
    compare_prelabel = forms.BooleanField(
        label=_("Open a dispute where the only rater differs from the pre-label"), required=False, initial=True
    )
    allow_unsure = forms.BooleanField(label=_("Raters may mark an answer as unsure"), required=False, initial=True)
    unsure_disputes = forms.BooleanField(label=_("An unsure answer opens a dispute"), required=False)
    allow_comment = forms.BooleanField(label=_("Raters may comment"), required=False, initial=True)
    show_topic = forms.BooleanField(label=_("Show the topic"), required=False, initial=True)
    order = forms.ChoiceField(label=_("Order"), choices=Order.choices, initial=Order.SHUFFLED)
    sample_size = forms.IntegerField(
        label=_("Number of items"),
        min_value=1,
        required=False,
        help_text=_("Drawn at random by the study's seed. Leave empty to take all."),
    )
    stratified = forms.BooleanField(
        label=_("Draw the same number from each topic"),
        required=False,
        help_text=_("The report weights the result back to the topics' shares."),
    )
    fresh_raters = forms.BooleanField(
        label=_("Only raters who have met neither the item nor its dispute before"), required=False
    )
    disputes = forms.BooleanField(label=_("Differing answers open a dispute"), required=False, initial=True)
    releases = forms.BooleanField(
        label=_("The result becomes the data set's final answer"), required=False, initial=True
    )


class LabelForm(WorkForm):
    """One answer: a label or several, whether the rater is unsure, and a comment."""

    unsure = forms.BooleanField(required=False)
    comment = forms.CharField(required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2}))
    values: forms.MultipleChoiceField | forms.ChoiceField

    def __init__(self, *args: Any, keys: list[str], several: bool, allow: tuple[bool, bool], **kwargs: Any) -> None:
        """Take the option keys, whether several may be chosen, and whether unsure and comment are allowed."""
        super().__init__(*args, **kwargs)
        choices = [(key, key) for key in keys]
        words = {"required": _("Choose an answer first."), "invalid_choice": _("This is not one of the answers.")}
        self.several = several
        if several:
            self.fields["values"] = forms.MultipleChoiceField(choices=choices, error_messages=words)
        else:
            self.fields["values"] = forms.ChoiceField(choices=choices, error_messages=words)
        for name, allowed in zip(("unsure", "comment"), allow, strict=True):
            if not allowed:
                del self.fields[name]

    @property
    def chosen(self) -> list[str]:
        """The valid answer's option keys, sorted."""
        values = self.cleaned_data["values"]
        return sorted(values) if self.several else [values]
