"""The form with which a rater's work is paused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.forms.base import ServiceForm
from projects.models import Pause, StudyRole, User
from projects.services import pauses


class AwayForm(ServiceForm):
    """Until when a rater is away, and what to know about it."""

    back_on = forms.DateField(
        label=gettext_lazy("Back on"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("From that day on units come again by themselves. Empty: until the pause is ended."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, part: StudyRole, by_rater: bool = False, **kwargs: Any) -> None:
        """Pause this very part; a rater's note is for the manager, a manager's for the rater."""
        super().__init__(*args, **kwargs)
        self.part, self.by_rater = part, by_rater
        reader = _("Only the manager reads it. You need not say why.") if by_rater else _("The rater reads it.")
        self.fields["note"].help_text = reader

    def save(self, *, actor: User) -> Pause | None:
        """Begin the pause."""
        note, back_on = self.cleaned_data["note"], self.cleaned_data["back_on"]
        return self.attempt(
            lambda: pauses.pause(self.part, actor=actor, by_rater=self.by_rater, note=note, back_on=back_on)
        )
