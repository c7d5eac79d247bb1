"""The form of a run: which systems, which items, how often."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.forms.systems import prompt_name
from evaluation.models import PromptVersion, Purpose, Run, System
from evaluation.services import runs, systems
from projects.forms.base import LanguagesField, ServiceForm
from projects.models import Dataset, Item, Project, Study, User, new_token

# Judges have a form of their own.
ASKED = [(value, label) for value, label in Purpose.choices if value != Purpose.JUDGE]


class RunForm(ServiceForm):
    """What a run asks. It begins when its estimate has been seen."""

    client_key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"), choices=ASKED, initial=Purpose.ANSWER, widget=forms.RadioSelect
    )
    systems = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Systems"), queryset=System.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    dataset = forms.ModelChoiceField(label=gettext_lazy("Data set"), queryset=Dataset.objects.none(), required=False)
    study = forms.ModelChoiceField(
        label=gettext_lazy("Or the items of a study"), queryset=Study.objects.none(), required=False
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of items"), choices=Item.Kind.choices, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("None marked means all."),
    )  # fmt: skip
    languages = LanguagesField()
    sample_size = forms.IntegerField(
        label=gettext_lazy("Random sample of so many items"), required=False, min_value=1,
        help_text=gettext_lazy("Empty means all items."),
    )  # fmt: skip
    seed = forms.IntegerField(
        label=gettext_lazy("Seed of the sample"), required=False, min_value=0, max_value=2**31 - 1,
        help_text=gettext_lazy("The same seed draws the same items. Empty means a new one."),
    )  # fmt: skip
    rounds = forms.IntegerField(
        label=gettext_lazy("Rounds"), initial=1, min_value=1, max_value=100,
        help_text=gettext_lazy("How often each system answers each item."),
    )  # fmt: skip
    prompt = forms.ModelChoiceField(
        label=gettext_lazy("Prompt"), queryset=PromptVersion.objects.none(), required=False,
        empty_label=gettext_lazy("each system's own"),
    )  # fmt: skip
    time_budget = forms.IntegerField(
        label=gettext_lazy("Minutes to keep trying"), initial=360, min_value=1, max_value=14 * 24 * 60,
        help_text=gettext_lazy("Errors that may pass, such as a busy server, are tried again for so long."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, project: Project) -> None:
        """Offer what the project has."""
        self.project = project
        super().__init__(data, initial={"client_key": new_token()})
        self._field("systems").queryset = systems.usable(project)
        self._field("dataset").queryset = project.datasets.order_by("name")
        self._field("study").queryset = project.studies.exclude(state=Study.State.DRAFT).order_by("name")
        newest = PromptVersion.objects.filter(template__project=project).exclude(template__purpose=Purpose.JUDGE)
        self._field("prompt").queryset = newest.select_related("template").order_by("template__name", "-number")
        self._field("prompt").label_from_instance = prompt_name

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def has_systems(self) -> bool:
        """Return whether there is anything to ask."""
        return bool(self._field("systems").queryset.exists())

    def clean(self) -> dict[str, Any]:
        """A run asks about one data set, or about one study's items."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        dataset, study = cleaned.get("dataset"), cleaned.get("study")
        if bool(dataset) == bool(study):
            self.add_error("dataset", _("Choose a data set or a study, one of them."))
        if study and cleaned.get("sample_size"):
            self.add_error("sample_size", _("A study's items are taken whole."))
        return cleaned

    def keep(self, actor: User) -> Run | None:
        """Make the draft; None where the service refuses."""
        given = self.cleaned_data
        names = ("name", "purpose", "dataset", "study", "sample_size", "seed", "rounds", "prompt", "time_budget")
        return self.attempt(
            lambda: runs.create(
                project=self.project,
                systems=list(given["systems"]),
                selection={"kinds": given["kinds"], "languages": given["languages"]},
                client_key=given["client_key"],
                actor=actor,
                **{name: given[name] for name in names},
            )
        )
