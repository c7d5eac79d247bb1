"""Forms of consent and of the notice of what texts touch on."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from campaign.services import consent, content
from projects.content import Category
from projects.forms.base import ServiceForm
from projects.models import Study, User


class ConsentForm(ServiceForm):
    """A version of what raters agree to."""

    text = forms.CharField(
        label=gettext_lazy("What raters agree to"),
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy("Markdown; a line such as “::: zh” above each part for more than one language."),
    )
    protocol = forms.CharField(label=gettext_lazy("Protocol number"), max_length=120, required=False)
    contact = forms.CharField(
        label=gettext_lazy("Contact"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Whom raters can ask or complain to."),
    )
    asks_again = forms.BooleanField(
        label=gettext_lazy("Ask again whoever agreed to an earlier version"), required=False, initial=True
    )

    def save(self, *, study: Study, actor: User) -> bool:
        """Add the version."""
        self.attempt(lambda: consent.change(study, actor=actor, **self.cleaned_data))
        return self.is_valid()


class ContentForm(ServiceForm):
    """What the texts touch on."""

    prefix = "content"
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("The texts touch on"),
        choices=Category.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    text = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Markdown."),
    )

    def save(self, *, study: Study, actor: User) -> bool:
        """Keep the notice."""
        self.attempt(lambda: content.change(study, actor=actor, **self.cleaned_data))
        return self.is_valid()
