"""Forms of the roster: what is known of a rater, filters, and a file to import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import Availability
from campaign.services import roster, roster_files
from projects.forms.invitations import StudiesField, offer_studies
from projects.forms.people import RaterForm
from projects.models import Project, Rater, User

MOST_BYTES = 1_000_000
DETAILS = ("hours", "since", "until", "away", "note")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RosterForm(RaterForm):
    """A coded rater with when they can work."""

    hours = forms.IntegerField(label=gettext_lazy("Hours a week"), required=False, min_value=0, max_value=168)
    since = forms.DateField(label=gettext_lazy("Available from"), required=False, widget=DAY)
    until = forms.DateField(label=gettext_lazy("Available until"), required=False, widget=DAY)
    away = forms.BooleanField(
        label=gettext_lazy("Away"),
        required=False,
        help_text=gettext_lazy("For your planning alone: it keeps nobody from working."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)
    field_order = ("code", "languages", "qualification", "group", "hours", "since", "until", "away", "note", "active")

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        data = self.cleaned_data
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", _("The last day is before the first."))
        return data

    def save(self, *, rater: Rater, actor: User) -> Rater | None:
        """Keep the changes."""
        told = {name: self.cleaned_data[name] for name in DETAILS}
        code = self.cleaned_data["code"]
        return self.attempt(
            lambda: roster.change(rater=rater, actor=actor, code=code, details=self.details(), availability=told)
        )


def initial_of(rater: Rater) -> dict[str, Any]:
    """Return what is known of a rater, as the form takes it."""
    told = Availability.objects.filter(rater=rater).first() or Availability(rater=rater)
    known = {name: getattr(rater, name) for name in ("code", "languages", "qualification", "group", "active")}
    return known | {name: getattr(told, name) for name in DETAILS}


class RosterFilter(forms.Form):
    """Which raters to list."""

    status = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    group = forms.ChoiceField(label=gettext_lazy("Group"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    q = forms.CharField(label=gettext_lazy("Code or qualification"), required=False, max_length=60)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        """Offer what the project's raters have."""
        super().__init__(*args, **kwargs)
        offered: dict[str, list[tuple[str, Any]]] = {
            "status": [(status.value, status.label) for status in roster.Status],
            "group": [(name, name) for name in roster.groups_of(project)],
            "language": [(name, name) for name in roster.languages_of(project)],
        }
        for name, choices in offered.items():
            self.fields[name] = forms.ChoiceField(
                label=self.fields[name].label, required=False, choices=[("", _("all")), *choices]
            )
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"


class JoinedStudiesForm(forms.Form):
    """The studies that people take part in who accept invitations made before."""

    studies = StudiesField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        """Offer the project's studies."""
        super().__init__(*args, **kwargs)
        offer_studies(self, project)


class ImportForm(forms.Form):
    """A roster's file, and what to do with it."""

    file = forms.FileField(label=gettext_lazy("CSV file"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Or paste the lines"), required=False, widget=forms.Textarea(attrs={"rows": 6}), strip=False
    )
    update = forms.BooleanField(
        label=gettext_lazy("Change raters who are there already"),
        required=False,
        help_text=gettext_lazy("Otherwise their lines are left alone."),
    )
    invite = forms.BooleanField(
        label=gettext_lazy("Invite everybody who has an address and no account"), required=False
    )

    studies = StudiesField(
        help_text=gettext_lazy(
            "Whoever accepts takes part in them from that moment; open invitations get them as well."
        ),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        """Offer the project's studies."""
        super().__init__(*args, **kwargs)
        offer_studies(self, project)

    def clean(self) -> dict[str, Any]:
        """Take the file, or what was pasted; studies are for those who are invited."""
        data = self.cleaned_data
        if data.get("studies") and not data.get("invite"):
            self.add_error("studies", _("Tick above that people are invited as well, or choose no study."))
        upload = data.get("file")
        if upload is not None and upload.size > MOST_BYTES:
            self.add_error("file", _("This file is too large for a roster."))
        elif upload is not None:
            try:
                data["text"] = upload.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _("This file is not UTF-8 text. Save it as CSV in UTF-8."))
        if not self.errors and not (data.get("text") or "").strip():
            raise ValidationError(_("Choose a file or paste the lines."))
        return data

    def look(self, project: Project) -> list[roster_files.Line] | None:
        """Return the lines with what would become of them; None where it is no roster."""
        data = self.cleaned_data
        try:
            return roster_files.read(project, data["text"], update=data["update"], invite=data["invite"])
        except ValidationError as error:
            self.add_error(None, error)
            return None
