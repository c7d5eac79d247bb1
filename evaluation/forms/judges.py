"""The form of a run of judges: who judges what, by which criteria, in which way."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from evaluation.forms.rubric_settings import offer_rubrics
from evaluation.forms.runs import RunForm
from evaluation.judging.asked import LETTERS
from evaluation.models import JudgePlan, PromptVersion, Purpose, Run, SystemVersion
from evaluation.services import judge_runs, rubrics
from projects.models import Project, User

ABOUT = ("name", "dataset", "study", "sample_size", "seed", "rounds", "prompt", "time_budget")


class JudgeForm(RunForm):
    """What judges are shown. It begins when its estimate has been seen."""

    mode = forms.ChoiceField(
        label=gettext_lazy("How responses are shown"), choices=JudgePlan.Mode.choices,
        initial=JudgePlan.Mode.SCORES, widget=forms.RadioSelect,
    )  # fmt: skip
    judged = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Whose responses are judged"), queryset=SystemVersion.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    against = forms.ModelChoiceField(
        label=gettext_lazy("Of pairs: each against"), queryset=SystemVersion.objects.none(), required=False,
        empty_label=gettext_lazy("every other system"),
    )  # fmt: skip
    orders = forms.IntegerField(
        label=gettext_lazy("Of lists: orders in which each item is shown"), initial=1, min_value=1,
        max_value=len(LETTERS), help_text=gettext_lazy("As many as there are systems: each stands in each place."),
    )  # fmt: skip
    rubric = forms.ChoiceField(label=gettext_lazy("Criteria"))
    explanations = forms.BooleanField(
        label=gettext_lazy("Judges read the explanation that a response came with, every system's alike"),
        required=False,
    )

    def __init__(self, data: Any = None, *, project: Project) -> None:
        """Offer judges, the systems that have responses, and the criteria."""
        super().__init__(data, project=project)
        del self.fields["purpose"]
        self._field("systems").label = gettext_lazy("Judges")
        self._field("rounds").help_text = gettext_lazy("How often each judge judges the same.")
        prompts = PromptVersion.objects.filter(template__project=project, template__purpose=Purpose.JUDGE)
        self._field("prompt").queryset = prompts.select_related("template").order_by("template__name", "-number")
        rows = judge_runs.with_responses(project)
        for name in ("judged", "against"):
            self._field(name).queryset = rows
            self._field(name).label_from_instance = version_name
        offer_rubrics(self, project, scales=False, first="preset:seven_metrics:en")

    def has_responses(self) -> bool:
        """Return whether there is anything to judge."""
        return bool(self._field("judged").queryset.exists())

    def keep(self, actor: User) -> Run | None:
        """Make the draft; None where the service refuses."""
        given = self.cleaned_data
        return self.attempt(
            lambda: judge_runs.create(
                project=self.project,
                judges=list(given["systems"]),
                judged=list(given["judged"]),
                rubric=rubrics.version_for(self.project, given["rubric"], actor=actor),
                mode=given["mode"],
                against=given["against"],
                orders=given["orders"],
                explanations=given["explanations"],
                selection={"kinds": given["kinds"], "languages": given["languages"]},
                client_key=given["client_key"],
                actor=actor,
                **{name: given[name] for name in ABOUT},
            )
        )


def version_name(version: SystemVersion) -> str:
    """Return a system version as it is chosen."""
    return f"{version.system.name}, v{version.number}"
