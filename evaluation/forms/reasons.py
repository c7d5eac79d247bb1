"""Which of the written reasons a reader wants to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.results import reasons


class ReasonFilter(forms.Form):
    """By criterion and verdict where the study has them, by rater, and those with a flag."""

    criterion = forms.ChoiceField(label=gettext_lazy("Criterion"), required=False)
    verdict = forms.ChoiceField(label=gettext_lazy("Verdict"), required=False)
    rater = forms.ChoiceField(label=gettext_lazy("Rater"), required=False)
    flagged = forms.ChoiceField(
        label=gettext_lazy("Flags"),
        required=False,
        choices=[("", gettext_lazy("all")), ("yes", gettext_lazy("with a flag"))],
    )

    def __init__(
        self,
        data: QueryDict | Mapping[str, Any],
        *,
        names: Mapping[str, str],
        called: Mapping[int, str],
        raters: Iterable[str],
    ) -> None:
        """Offer what the study has: its criteria's names, what its systems are called, its raters' codes."""
        super().__init__(data)
        self._offer("rater", [("", _("all")), *((code, code) for code in raters)])
        if not names:
            del self.fields["criterion"], self.fields["verdict"]
        else:
            self._offer("criterion", [*reversed(list(names.items()))])
            won = [(str(key), _("for %(system)s") % {"system": name}) for key, name in reasons.systems(called)]
            self._offer("verdict", [("", _("all")), *won, (reasons.TIE.value, _("tie"))])
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @property
    def wanted(self) -> reasons.Wanted:
        """What is wanted; what cannot be read is left open."""
        data = self.cleaned_data if self.is_valid() else {}
        return reasons.Wanted(
            criterion=data.get("criterion") or reasons.OVERALL,
            verdict=data.get("verdict") or "",
            rater=data.get("rater") or "",
            flagged=bool(data.get("flagged")),
        )
