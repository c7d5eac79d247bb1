"""Forms of the campaign: bounds of what is unusual, time sheets and pay, dates and messages, filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.models import MessageChoice, PayRate, StudyDates, WatchRules
from campaign.services import pay
from projects.forms.base import ServiceForm
from projects.forms.rows import TypedRows, offer_people
from projects.models import Project, Rater, Study, StudyRole, User


def dressed(fields: Mapping[str, forms.Field]) -> None:
    """Give fields the look of all others."""
    for field in fields.values():
        if not isinstance(field.widget, forms.CheckboxInput):
            field.widget.attrs["class"] = "input"


def day(label: Any, **kwargs: Any) -> forms.DateField:
    """Return a field for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **kwargs)


class RulesForm(forms.ModelForm[WatchRules]):
    """From where on work counts as too fast, and a run as long."""

    class Meta:
        model = WatchRules
        fields = ("letters_per_second", "characters_per_second", "longest_run")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give the fields the look of the others."""
        super().__init__(*args, **kwargs)
        dressed(self.fields)


class DatesForm(forms.ModelForm[StudyDates]):
    """When a study is to begin and to end, and what is sent about it."""

    starts_on = day(_("Begins on"))
    ends_on = day(_("Ends on"))

    class Meta:
        model = StudyDates
        fields = ("starts_on", "ends_on", "remind_days", "reminders", "digests")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give the fields the look of the others."""
        super().__init__(*args, **kwargs)
        dressed(self.fields)

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning, and a new one that has passed already."""
        told: dict[str, Any] = super().clean() or {}
        ends = told.get("ends_on")
        if ends and told.get("starts_on") and ends < told["starts_on"]:
            self.add_error("ends_on", _("The end lies before the beginning."))
        elif ends and "ends_on" in self.changed_data and ends < timezone.localdate():
            self.add_error("ends_on", _("This day has passed. Give today or a later one."))
        return told


class ChoiceForm(forms.ModelForm[MessageChoice]):
    """Which mails a person wants."""

    class Meta:
        model = MessageChoice
        fields = ("reminders", "digests")


class TimeFilter(forms.Form):
    """Which days of a project's time sheets to show."""

    study = forms.ChoiceField(label=_("Study"), required=False)
    rater = forms.CharField(label=_("Rater"), required=False, max_length=40)
    since = day(_("From"))
    until = day(_("Until"))

    def __init__(self, data: QueryDict, *, project: Project) -> None:
        """Offer the project's studies."""
        super().__init__(data)
        studies = project.studies.order_by("name").values_list("slug", "name")
        choices: Any = [("", _("all")), *studies]
        self.fields["study"] = forms.ChoiceField(label=_("Study"), required=False, choices=choices)
        dressed(self.fields)

    field_order = ("study", "rater", "since", "until")


class ReaderForm(ServiceForm):
    """Give the time sheets to a member, or take them away."""

    user = forms.ModelChoiceField(label=_("Member"), queryset=User.objects.none())
    what = forms.ChoiceField(choices=[("grant", ""), ("revoke", "")], widget=forms.HiddenInput, initial="grant")

    def __init__(self, data: QueryDict | None, *, project: Project) -> None:
        """Offer the project's members."""
        super().__init__(data)
        self.project = project
        members = User.objects.filter(memberships__project=project).distinct().order_by("name", "email")
        self.fields["user"] = forms.ModelChoiceField(
            label=_("Member"), queryset=members, empty_label=_("choose somebody")
        )
        # Taking them away is a button beside the name.
        if data is None or data.get("what") != "revoke":
            offer_people(self, "user", members, by="email")
        dressed({"user": self.fields["user"]})

    def save(self, *, actor: User) -> bool:
        """Grant or revoke; whether it was done."""
        call = pay.grant if self.cleaned_data["what"] == "grant" else pay.revoke
        user = self.cleaned_data["user"]
        self.attempt(lambda: call(project=self.project, user=user, actor=actor))
        return not self.errors


class PayForm(ServiceForm):
    """What a study pays everybody, or one rater."""

    rater = forms.ModelChoiceField(
        label=_("Rater"), queryset=Rater.objects.none(), required=False, empty_label=_("everybody without a rate of "
                                                                                    "their own"),
    )  # fmt: skip
    basis = forms.ChoiceField(label=_("For"), choices=PayRate.Basis.choices)
    amount = forms.DecimalField(label=_("Amount"), min_value=0, max_digits=10, decimal_places=2)
    currency = forms.RegexField(
        r"\A[A-Z]{3}\Z", label=_("Currency"), initial="EUR",
        error_messages={"invalid": _("Use the three capital letters of the currency, such as EUR.")},
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, study: Study) -> None:
        """Offer the study's raters."""
        super().__init__(data)
        self.study = study
        raters = Rater.objects.filter(study_roles__study=study, study_roles__part=StudyRole.Part.RATER)
        offer_people(self, "rater", raters.order_by("code"))
        if isinstance(self.fields["rater"], TypedRows):
            self.fields["rater"].help_text = _("The code; empty means everybody without a rate of their own.")
        dressed(self.fields)

    def save(self, *, actor: User) -> bool:
        """Set the rate; whether it was done."""
        told = self.cleaned_data
        self.attempt(lambda: pay.set_rate(study=self.study, actor=actor, **told))
        return not self.errors


class DashboardFilter(forms.Form):
    """What of a project the dashboard shows."""

    study = forms.ChoiceField(label=_("Study"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *Study.State.choices])
    group = forms.ChoiceField(label=_("Group"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, data: QueryDict, *, studies: list[tuple[str, str]], groups: list[str], languages: list[str]):
        """Offer what there is in the project."""
        super().__init__(data)
        every = ("", _("all"))
        offered: dict[str, Any] = {
            "study": [every, *studies],
            "group": [every, *((one, one) for one in groups)],
            "language": [every, *((one, one) for one in languages)],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  told for the type checker; declared above
            field.choices = choices
        dressed(self.fields)
