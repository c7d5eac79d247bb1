"""The form of an endpoint, and of a connection test."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from evaluation.models import Capability, Endpoint
from evaluation.models.systems import usual_capabilities
from evaluation.services import endpoints
from projects.forms.base import ServiceForm
from projects.models import Project, User

FIELDS = (
    "name", "base_url", "key_env", "active", "max_in_flight", "requests_per_minute", "tokens_per_minute",
    "timeout_seconds", "price_in", "price_out", "currency", "capabilities",
)  # fmt: skip


class EndpointForm(forms.ModelForm, ServiceForm):  # type: ignore[type-arg]  # generic for the checker only
    """Everything the site admin sets of an endpoint, with the projects that may use it."""

    key = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
        help_text=gettext_lazy(
            "Stored encrypted and never shown again. Leave it empty to keep the one that is stored."
        ),
    )
    forget_key = forms.BooleanField(label=gettext_lazy("Forget the stored key"), required=False)
    capabilities = forms.MultipleChoiceField(
        label=gettext_lazy("What the server understands"),
        required=False,
        choices=Capability.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Mark what its documentation promises. Nothing else is sent."),
    )
    projects = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Projects that may use it"),
        required=False,
        queryset=Project.objects.order_by("name"),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Endpoint
        fields = FIELDS
        help_texts = {
            "base_url": gettext_lazy("Up to the part before /chat/completions, usually ending in /v1."),
            "key_env": gettext_lazy("Instead of the key itself: a variable of the workers, as CONCORD_KEY_OPENAI."),
            "max_in_flight": gettext_lazy("All workers together."),
            "requests_per_minute": gettext_lazy("All workers together. Empty means no limit."),
            "tokens_per_minute": gettext_lazy("Sent and received, all workers together. Empty means no limit."),
            "price_in": gettext_lazy("For a million tokens sent."),
            "price_out": gettext_lazy("For a million tokens received."),
            "currency": gettext_lazy("As USD, EUR or CNY."),
        }

    def __init__(self, data: Any = None, *, endpoint: Endpoint | None = None) -> None:
        """Show an endpoint, or what a new one begins with."""
        super().__init__(data, instance=endpoint, initial=None if endpoint else {"capabilities": usual_capabilities()})
        if endpoint is not None and endpoint.pk:
            self.fields["projects"].initial = list(endpoint.grants.values_list("project_id", flat=True))
        if endpoint is None or not endpoint.key_sealed:
            del self.fields["forget_key"]

    def clean(self) -> dict[str, Any]:
        """Prices come together, with their currency."""
        cleaned = super().clean() or self.cleaned_data
        prices = [cleaned.get("price_in"), cleaned.get("price_out")]
        if prices.count(None) == 1:
            self.add_error("price_out", _("Give both prices, or none."))
        elif None not in prices and not cleaned.get("currency"):
            self.add_error("currency", _("Say in which currency the prices are."))
        if cleaned.get("key") and cleaned.get("key_env"):
            self.add_error("key_env", _("Give the key itself or the name of its variable, not both."))
        return cleaned

    def keep(self, actor: User) -> Endpoint | None:
        """Store the endpoint and its grants; None where a service refuses, with the reason as an error."""
        saved = self.attempt(lambda: self._save(actor))
        if saved is not None:
            endpoints.set_grants(saved, list(self.cleaned_data["projects"]), actor=actor)
        return saved

    @sensitive_variables()
    def _save(self, actor: User) -> Endpoint:
        given = self.cleaned_data
        return endpoints.save(self.instance, actor=actor, key=given["key"], forget_key=bool(given.get("forget_key")))


class TryForm(forms.Form):
    """Which model to ask in a connection test."""

    model = forms.CharField(label=gettext_lazy("Model id"), required=False, max_length=200)

    def clean_model(self) -> str:
        """A model's id has no line breaks."""
        value = str(self.cleaned_data["model"])
        if "\n" in value:
            raise ValidationError(_("One line only."))
        return value
