"""The form in which a manager corrects what an item says."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.forms.base import ServiceForm
from projects.models import Item, ItemRevision, User
from projects.services import corrections


def area(rows: int) -> forms.Textarea:
    """Return a field for several lines."""
    return forms.Textarea(attrs={"rows": rows})


class CorrectionForm(ServiceForm):
    """What the item says now, to be changed, and why. Limits are those of an import, which the service checks."""

    based_on = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(label=gettext_lazy("Text"), widget=area(8))
    topic = forms.CharField(label=gettext_lazy("Topic"), required=False)
    subtopic = forms.CharField(label=gettext_lazy("Subtopic"), required=False)
    language = forms.CharField(
        label=gettext_lazy("Language"), required=False, help_text=gettext_lazy("A code such as en or zh.")
    )
    reference = forms.CharField(label=gettext_lazy("Reference answer"), widget=area(4), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why is it corrected?"),
        max_length=corrections.MAX_REASON,
        help_text=gettext_lazy("For example: a typing error, a wrong topic. It is kept with the revision."),
    )

    def __init__(self, data: Any = None, *, item: Item, revision: ItemRevision) -> None:
        """Show what the item says; its reference answer only where it can have one."""
        self.item = item
        self.keys = [str(option["key"]) for option in revision.options]
        plain = ("text", "topic", "subtopic", "language", "reference")
        initial: dict[str, Any] = {name: getattr(revision, name) for name in plain} | {"based_on": revision.number}
        initial |= {f"option_{n}": option["text"] for n, option in enumerate(revision.options)}
        super().__init__(data, initial=initial)
        for n, key in enumerate(self.keys):
            label = _("Option %(key)s") % {"key": key}
            self.fields[f"option_{n}"] = forms.CharField(label=label)
        if item.kind != Item.Kind.QUESTION and not revision.reference:
            del self.fields["reference"]

    def options(self) -> list[forms.BoundField]:
        """Return the fields of the options, in their order."""
        return [self[f"option_{n}"] for n in range(len(self.keys))]

    def save(self, *, actor: User) -> ItemRevision | None:
        """Correct the item; None where the service refuses, with its reasons in the form."""
        given = self.cleaned_data
        wording = corrections.Wording(
            text=given["text"],
            options={key: given[f"option_{n}"] for n, key in enumerate(self.keys)},
            topic=given["topic"],
            subtopic=given["subtopic"],
            language=given["language"],
            reference=given.get("reference", ""),
        )
        more = {"reason": given["reason"], "based_on": given["based_on"], "actor": actor}
        return self.attempt(lambda: corrections.correct(item=self.item, wording=wording, **more))
