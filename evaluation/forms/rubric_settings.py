"""What comparisons and ratings have in common: the choice of criteria."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from evaluation.forms.blind_settings import BlindSettings
from evaluation.services import rubrics
from projects.models import Project


class RubricSettings(BlindSettings):
    """The settings of a study that judges by criteria: with scales, or without."""

    rubric = forms.ChoiceField(label=gettext_lazy("Criteria"))
    scales: ClassVar[bool]
    first_rubric: ClassVar[str]

    def __init__(self, data: QueryDict | None, *, project: Project, initial: Mapping[str, Any]) -> None:
        """Offer ready-made criteria and the project's own."""
        super().__init__(data, project=project, initial=initial)
        offer_rubrics(self, project, scales=self.scales, first=self.first_rubric)


def offer_rubrics(form: forms.Form, project: Project, *, scales: bool, first: str) -> None:
    """Let a form choose among ready-made criteria and the project's own."""
    field = form.fields["rubric"]
    if isinstance(field, forms.ChoiceField):
        field.choices = rubrics.choices(project, scales=scales)
    field.initial = first
