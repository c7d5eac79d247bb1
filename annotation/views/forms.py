"""Forms of the dispute pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.models import RemovalReason
from annotation.services.labels import Option
from projects.forms.rows import offer_people
from projects.models import Rater


class PostForm(forms.Form):
    """One contribution to a discussion."""

    client_key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your view"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write something first.")},
    )


class SettleForm(forms.Form):
    """The final answer, or the item's removal, with the reason."""

    REMOVE = "~remove"

    # Takes one or several of the unit's own answers, so it is made for each unit.
    decision: forms.MultipleChoiceField | forms.ChoiceField
    remove = forms.ChoiceField(
        label=_("Why it is removed"), required=False, choices=[("", _("choose")), *RemovalReason.choices]
    )
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5000,
        error_messages={"required": _("Give the reason; it stays with the item.")},
    )

    def __init__(self, *args: Any, options: list[Option], several: bool, **kwargs: Any) -> None:
        """Offer the unit's own answers, and the removal."""
        super().__init__(*args, **kwargs)
        choices = [(option.key, option.spoken) for option in options] + [(self.REMOVE, _("remove the item"))]
        words = {"required": _("Choose the final answer, or remove the item.")}
        if several:
            self.fields["decision"] = forms.MultipleChoiceField(
                label=_("Final answer"), choices=choices, widget=forms.CheckboxSelectMultiple, error_messages=words
            )
        else:
            self.fields["decision"] = forms.ChoiceField(
                label=_("Final answer"), choices=choices, widget=forms.RadioSelect, error_messages=words
            )

    def clean(self) -> dict[str, Any]:
        """Either answers or a removal with its kind of reason, never both."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        decision = data.get("decision") or []
        chosen = [decision] if isinstance(decision, str) else decision
        removing = self.REMOVE in chosen
        if removing and len(chosen) > 1:
            self.add_error("decision", _("Either an answer or the removal, not both."))
        if removing and not data.get("remove"):
            self.add_error("remove", _("Choose why the item is removed."))
        data["remove"] = data.get("remove", "") if removing else ""
        data["values"] = [] if removing else chosen
        return data


class MeetingForm(forms.Form):
    """Who takes part in a meeting."""

    raters = forms.ModelMultipleChoiceField(
        label=_("Raters who take part"),
        queryset=Rater.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    guests = forms.CharField(
        label=_("Others"), required=False, max_length=1000, help_text=_("By part or initials, separated by commas.")
    )

    def __init__(self, *args: Any, raters: QuerySet[Rater], **kwargs: Any) -> None:
        """Offer the study's raters, by code."""
        super().__init__(*args, **kwargs)
        offer_people(self, "raters", raters)
