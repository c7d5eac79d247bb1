"""Forms of a rater's way into and out of a blind study: consent, the question, guesses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from evaluation.forms.blind_settings import question_choices
from evaluation.models import Placement
from projects.models import Study

NO_IDEA = "none"


class ReadyForm(forms.Form):
    """Agreeing to take part, and the answer to the question about the guideline."""

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Ask for what the study's settings want."""
        super().__init__(*args, **kwargs)
        settings = study.settings
        self.rows = question_choices(settings.get("question_answers") or "")
        if settings.get("consent"):
            self.fields["agree"] = forms.BooleanField(
                label=gettext_lazy("I agree to take part"),
                error_messages={"required": gettext_lazy("You can take part once you agree.")},
            )
        if settings.get("question"):
            self.fields["answer"] = forms.ChoiceField(
                label=settings["question"],
                widget=forms.RadioSelect,
                choices=[(str(at), words) for at, (words, _right) in enumerate(self.rows)],
                error_messages={"required": gettext_lazy("Choose an answer.")},
            )

    @property
    def right(self) -> bool:
        """Whether the valid form's answer is the right one; true where nothing was asked."""
        return "answer" not in self.fields or self.rows[int(self.cleaned_data["answer"])][1]


class GuessForm(forms.Form):
    """Which system wrote each of a few responses; "no idea" is an answer, and nothing is chosen from the start."""

    def __init__(self, *args: Any, asked: Sequence[Placement], names: Mapping[str, str], **kwargs: Any) -> None:
        """Ask about these responses."""
        super().__init__(*args, **kwargs)
        rows = [*names.items(), (NO_IDEA, gettext_lazy("no idea"))]
        for row in asked:
            self.fields[f"guess-{row.token}"] = forms.ChoiceField(
                label=gettext_lazy("Who wrote this?"),
                widget=forms.RadioSelect,
                choices=rows,
                error_messages={"required": gettext_lazy("Choose one, or “no idea”.")},
            )

    @property
    def guesses(self) -> dict[str, str]:
        """The valid form's guesses: handle -> code, empty for "no idea"."""
        found = {name.removeprefix("guess-"): value for name, value in self.cleaned_data.items()}
        return {token: "" if code == NO_IDEA else code for token, code in found.items()}
