"""What a manager chooses for an appendix."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.appendix.chapters import MOST_EXAMPLES
from campaign.appendix.making import ask
from campaign.models import Appendix
from projects.forms.base import ServiceForm
from projects.models import Item, Study, User


class AppendixForm(ServiceForm):
    """Which items stand in it as examples."""

    examples = forms.CharField(
        label=gettext_lazy("Examples"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Ids of items to print, one a line. Readers see their texts as they are."),
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Make the appendix of this study."""
        super().__init__(*args, **kwargs)
        self.study = study

    def clean_examples(self) -> list[str]:
        """Return the ids, each once; what is no item of the data set is named."""
        ids = list(dict.fromkeys(line.strip() for line in self.cleaned_data["examples"].splitlines() if line.strip()))
        if len(ids) > MOST_EXAMPLES:
            raise ValidationError(_("At most %(n)s items can be printed.") % {"n": MOST_EXAMPLES})
        known = Item.objects.filter(dataset=self.study.dataset, external_id__in=ids, removed=False)
        missing = sorted(set(ids) - set(known.values_list("external_id", flat=True)))
        if missing:
            raise ValidationError(_("There is no such item: %(ids)s.") % {"ids": ", ".join(missing)})
        return ids

    def save(self, *, actor: User) -> Appendix | None:
        """Ask for it."""
        return self.attempt(lambda: ask(self.study, examples=self.cleaned_data["examples"], actor=actor))
