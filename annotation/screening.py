"""Screening of dialogues: what raters say of one, and the forms of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.dialogue_forms import SessionOrder
from annotation.services.screening import DROP, KEEP
from projects.kinds import WorkForm


class Verdict(models.TextChoices):
    """What becomes of a dialogue."""

    KEEP = KEEP, _("keep")
    DROP = DROP, _("drop")


class Why(models.TextChoices):
    """Why a dialogue is dropped."""

    HARMFUL = "harmful", _("harmful or wrong advice")
    UNPROFESSIONAL = "unprofessional", _("not how a counsellor works")
    INCOHERENT = "incoherent", _("incoherent or broken off")
    OFF_TOPIC = "off_topic", _("no counselling at all")
    PRIVACY = "privacy", _("tells who somebody is")
    OTHER = "other", _("another reason")


class ScreeningSettings(forms.Form):
    """What a manager decides before a screening opens."""

    raters_per_dialogue = forms.IntegerField(
        label=_("Raters per dialogue"),
        min_value=1,
        max_value=15,
        initial=3,
        help_text=_("An odd number, so that there is always a majority: of three, two decide."),
    )
    order = forms.ChoiceField(label=_("Order"), choices=SessionOrder.choices, initial=SessionOrder.CASES)
    releases = forms.BooleanField(
        label=_("Dropped dialogues leave the data set's release"),
        required=False,
        initial=True,
        help_text=_("They stay in the record with the reason. Untick to only try the screening out."),
    )

    def clean_raters_per_dialogue(self) -> int:
        """Refuse an even number: it could end in a tie."""
        number: int = self.cleaned_data["raters_per_dialogue"]
        if number % 2 == 0:
            raise forms.ValidationError(_("Choose an odd number, so that there is always a majority."))
        return number


class ScreeningForm(WorkForm):
    """One verdict: keep or drop, why, and words of one's own."""

    values = forms.ChoiceField(
        choices=Verdict.choices,
        error_messages={
            "required": _("Choose an answer first."),
            "invalid_choice": _("This is not one of the answers."),
        },
    )
    reason = forms.ChoiceField(choices=[("", _("choose")), *Why.choices], required=False)
    comment = forms.CharField(required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2}))

    def clean(self) -> dict[str, Any]:
        """Dropping needs a reason, and "another reason" needs words."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("values") != DROP:
            data["reason"] = ""
            return data
        if not data.get("reason"):
            self.add_error("reason", _("Choose why the dialogue is to be dropped."))
        elif data["reason"] == Why.OTHER and not data.get("comment", "").strip():
            self.add_error("comment", _("Say in your own words why it is to be dropped."))
        return data
