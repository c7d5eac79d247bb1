"""Forms of the training: its plan, and items with their right answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from campaign.models import TrainingItem, TrainingPlan
from campaign.services import making
from projects.forms.base import ServiceForm
from projects.forms.rows import offer_people
from projects.forms.studies import RaterChoice, available_raters
from projects.models import Rater, Study, User


class PlanForm(ServiceForm):
    """The pass mark, and what happens where raters miss hidden checks."""

    pass_mark = forms.IntegerField(
        label=gettext_lazy("Pass mark of the calibration, in percent"),
        min_value=0,
        max_value=100,
        initial=80,
        help_text=gettext_lazy("The mean share of each answer that is right."),
    )
    tolerance = forms.FloatField(
        label=gettext_lazy("Numbers may be off by"),
        min_value=0,
        initial=0,
        help_text=gettext_lazy("For scores and ranks: 1 lets a 3 count where a 4 is right. Labels have to be exact."),
    )
    results_shown = forms.BooleanField(
        label=gettext_lazy("Raters see how they did in the calibration"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "Their figure and each item with what was expected, after the round and in their record. Otherwise they "
            "are told only whether they passed."
        ),
    )
    expert = RaterChoice(
        label=gettext_lazy("Expert"),
        queryset=Rater.objects.none(),
        required=False,
        empty_label=gettext_lazy("nobody"),
        help_text=gettext_lazy("Where no right answer is written down, this rater's own answer is the right one."),
    )
    warn_below = forms.IntegerField(
        label=gettext_lazy("Warn me where a rater meets fewer hidden checks than this, in percent"),
        min_value=0,
        max_value=100,
        required=False,
    )
    pause_below = forms.IntegerField(
        label=gettext_lazy("Pause the rater below this, in percent"), min_value=0, max_value=100, required=False
    )
    checks_first = forms.IntegerField(
        label=gettext_lazy("After this many hidden checks"), min_value=1, max_value=1000, initial=5
    )

    def __init__(self, *args: Any, study: Study, plan: TrainingPlan | None, **kwargs: Any) -> None:
        """Begin with the plan in force."""
        if plan:
            kwargs["initial"] = {name: getattr(plan, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        self.study = study
        offer_people(self, "expert", available_raters(study.project))

    def save(self, *, actor: User) -> bool:
        """Keep the plan; returns whether the service agreed."""
        self.attempt(lambda: making.save_plan(self.study, values=self.cleaned_data, actor=actor))
        return self.is_valid()


class ItemsForm(ServiceForm):
    """Items of one stage, a line each."""

    ROUNDS = (("1", gettext_lazy("first try")), ("2", gettext_lazy("second try")))

    stage = forms.ChoiceField(
        label=gettext_lazy("What for"), choices=TrainingItem.Stage.choices, widget=forms.RadioSelect, initial="practice"
    )
    number = forms.ChoiceField(
        label=gettext_lazy("Calibration, which try"),
        choices=ROUNDS,
        initial="1",
        help_text=gettext_lazy("Whoever does not pass the first try gets a second with other items."),
    )
    lines = forms.CharField(
        label=gettext_lazy("Items"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "A line each: the item's id | the right answer | why. Items of the study leave its work; others may come "
            "from any data set of the project."
        ),
    )

    def save(self, *, study: Study, actor: User) -> int | None:
        """Add the items, all or none."""
        data = self.cleaned_data
        rows = making.lines(data["lines"])
        return self.attempt(
            lambda: making.add(study, stage=data["stage"], number=int(data["number"]), rows=rows, actor=actor)
        )


class HoldForm(ServiceForm):
    """Why a rater is paused, in words that they read."""

    reason = forms.CharField(
        label=gettext_lazy("Message to the rater"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("They see it instead of the next text."),
    )
