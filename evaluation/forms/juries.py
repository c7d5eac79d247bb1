"""The form of a judges' report: which runs of judges, and which closed studies of people beside them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.models import Jury, Run
from evaluation.services import juries
from projects.forms.base import ServiceForm
from projects.models import Project, Study, User


class JuryForm(ServiceForm):
    """What is read together."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    runs = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Runs of judges"), queryset=Run.objects.none(), widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    studies = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Studies of people beside them"), queryset=Study.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Closed blind studies of the same responses. While a key is closed, systems stand under its codes."
        ),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, project: Project, jury: Jury | None = None, run: Run | None = None) -> None:
        """Offer the project's runs of judges and its closed blind studies; `run` is the one the reader came from."""
        self.project, self.jury = project, jury
        initial: dict[str, Any] = {}
        if jury is not None:
            initial = {"name": jury.name, "runs": jury.runs.all(), "studies": jury.studies.all()}
        elif run is not None:
            initial = {"name": _("Report on %(run)s") % {"run": run.name}, "runs": [run]}
        super().__init__(data, initial=initial)
        rows: dict[str, Any] = {"runs": juries.runs_of(project), "studies": juries.studies_of(project)}
        for name, found in rows.items():
            field = self.fields[name]
            if isinstance(field, forms.ModelMultipleChoiceField):
                field.queryset = found

    def keep(self, actor: User) -> Jury | None:
        """Make or change the judges' report; None where the service refuses, with its reasons in the form."""
        given = self.cleaned_data
        what: dict[str, Any] = {
            "name": given["name"], "runs": list(given["runs"]), "studies": list(given["studies"]), "actor": actor,
        }  # fmt: skip
        row = self.jury
        if row is None:
            return self.attempt(lambda: juries.create(project=self.project, **what))
        return self.attempt(lambda: juries.change(row, **what))
