"""The form of a system: what it is called, where it is asked, and with what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from evaluation.models import Endpoint, PromptVersion, System
from evaluation.services import systems
from projects.forms.base import ServiceForm
from projects.models import Project, User

NUMBERS = ("temperature", "top_p", "top_k", "max_tokens", "seed")


class SystemForm(ServiceForm):
    """A system and the version in force."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=System.Kind.choices, initial=System.Kind.MODEL, widget=forms.RadioSelect
    )
    group = forms.CharField(
        label=gettext_lazy("Group"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Systems compared with each other: a base model and what was made of it."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role in a comparison"), choices=System.Role.choices, initial=System.Role.OTHER
    )
    endpoint = forms.ModelChoiceField(
        label=gettext_lazy("Endpoint"), required=False, queryset=Endpoint.objects.none(),
        help_text=gettext_lazy("Where the model is asked. The site admin grants endpoints to projects."),
    )  # fmt: skip
    model_id = forms.CharField(
        label=gettext_lazy("Model id"), required=False, max_length=200,
        help_text=gettext_lazy("As the server lists it."),
    )  # fmt: skip
    prompt = forms.ModelChoiceField(
        label=gettext_lazy("Prompt"), required=False, queryset=PromptVersion.objects.none(),
        help_text=gettext_lazy("A run may choose another one for all its systems."),
    )  # fmt: skip
    temperature = forms.FloatField(label="temperature", required=False, initial=1.0, min_value=0, max_value=2)
    top_p = forms.FloatField(label="top_p", required=False, initial=1.0, min_value=0, max_value=1)
    top_k = forms.IntegerField(label="top_k", required=False, min_value=1)
    max_tokens = forms.IntegerField(label="max_tokens", required=False, initial=1024, min_value=1)
    max_name = forms.ChoiceField(
        label=gettext_lazy("Name of that limit"),
        choices=[("max_tokens", "max_tokens"), ("max_completion_tokens", "max_completion_tokens")],
        help_text=gettext_lazy("Newer servers of OpenAI want the second."),
    )
    seed = forms.IntegerField(
        label="seed", required=False, min_value=0, help_text=gettext_lazy("Later rounds add their number to it.")
    )
    stop = forms.CharField(
        label="stop", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One text a line, at most four."),
    )  # fmt: skip
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any = None, *, project: Project, system: System | None = None) -> None:
        """Show a system, or what a new one begins with."""
        self.project, self.system = project, system
        super().__init__(data, initial=_initial(system) if system else None)
        self._field("endpoint").queryset = systems.granted_endpoints(project)
        prompts = PromptVersion.objects.filter(template__project=project).select_related("template")
        self._field("prompt").queryset = prompts.order_by("template__name", "-number")
        self._field("prompt").label_from_instance = prompt_name
        if system is not None:
            del self.fields["kind"]

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def parameters(self) -> dict[str, Any]:
        """Return what is to be sent, as the service takes it."""
        given = self.cleaned_data
        values = {name: given[name] for name in NUMBERS if given[name] is not None}
        if "max_tokens" in values and given["max_name"] != "max_tokens":
            values["max_completion_tokens"] = values.pop("max_tokens")
        stop = [line for line in given["stop"].splitlines() if line]
        return values | ({"stop": stop} if stop else {})

    def keep(self, actor: User) -> System | None:
        """Make or change the system; None where the service refuses, with the reasons as errors."""
        given = self.cleaned_data
        common = {name: given[name] for name in ("name", "group", "role", "notes", "endpoint", "model_id", "prompt")}
        common |= {"actor": actor, "parameters": self.parameters()}
        system = self.system
        if system is None:
            return self.attempt(lambda: systems.create(project=self.project, kind=given["kind"], **common))
        return system if self.attempt(lambda: systems.change(system, **common)) else None


def prompt_name(version: Any) -> str:
    """Return a prompt version as a list shows it."""
    return f"{version.template.name}, v{version.number}"


def _initial(system: System) -> dict[str, Any]:
    version = system.in_force
    given = version.parameters
    limit = "max_completion_tokens" if "max_completion_tokens" in given else "max_tokens"
    values = dict.fromkeys(NUMBERS) | {name: given[name] for name in NUMBERS if name in given}
    return values | {
        "name": system.name, "group": system.group, "role": system.role, "notes": system.notes,
        "endpoint": version.endpoint_id, "model_id": version.model_id, "prompt": version.prompt_id,
        "max_tokens": given.get(limit), "max_name": limit, "stop": "\n".join(given.get("stop", [])),
    }  # fmt: skip
