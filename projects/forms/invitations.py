"""Forms of invitations: what one names, and what somebody gives who follows its link."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.forms.base import LanguagesField, ServiceForm, code_validator
from projects.forms.people import RolesField
from projects.models import Invitation, Project, Role, Study, User
from projects.services import invitations


class StudiesField(forms.ModelMultipleChoiceField[Study]):
    """Studies that whoever is invited takes part in."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer none until a form knows its project."""
        super().__init__(
            label=gettext_lazy("Studies"),
            queryset=Study.objects.none(),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )

    def label_from_instance(self, obj: Study) -> str:
        """Return the study's name with its state."""
        return f"{obj.name} · {obj.get_state_display()}"


def offer_studies(form: forms.Form, project: Project) -> None:
    """Let a form's field `studies` offer those that raters of the project can still join."""
    field = form.fields["studies"]
    if isinstance(field, StudiesField):
        field.queryset = invitations.joinable(project)


class InvitationForm(ServiceForm):
    """An invitation by link."""

    names = {"code": "rater_code"}
    roles = RolesField()
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("A new account gets exactly this address. Empty: whoever has the link chooses one."),
    )
    send = forms.BooleanField(label=gettext_lazy("Send the link to this address"), required=False)
    rater_code = forms.CharField(
        label=gettext_lazy("Rater code"),
        required=False,
        max_length=40,
        validators=[code_validator],
        help_text=gettext_lazy("It must not tell who it is. Empty: the next of R1, R2, ..."),
    )
    languages = LanguagesField()
    group = forms.CharField(label=gettext_lazy("Group"), required=False, max_length=60)
    studies = StudiesField(help_text=gettext_lazy("Whoever accepts takes part in them from that moment."))
    rater_fields: ClassVar[tuple[str, ...]] = ("rater_code", "languages", "group", "studies")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        """Offer the project's studies."""
        super().__init__(*args, **kwargs)
        offer_studies(self, project)

    def clean(self) -> dict[str, Any]:
        """A link is sent somewhere; a code is a rater's."""
        data = self.cleaned_data
        if data.get("send") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Give the address the link shall be sent to."))
        if Role.RATER not in data.get("roles", [Role.RATER]):
            for name in self.rater_fields:
                if data.get(name):
                    self.add_error(name, _("Only raters have this. Choose the role rater as well, or leave it empty."))
        return data

    def save(self, *, project: Project, actor: User) -> tuple[Invitation, str] | None:
        """Create the invitation; returns it with its link's secret."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "send"}
        return self.attempt(lambda: invitations.invite(project=project, actor=actor, **values))


class JoinForm(ServiceForm):
    """A new account for somebody who was invited."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        help_text=gettext_lazy("You log in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        help_text=gettext_lazy("Managers see it. What you judge appears under a code."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        """Hold to the address the invitation names, if it names one."""
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.fields["password"].help_text = password_validators_help_text_html()
        if invitation.email:
            self.fields["email"].initial = invitation.email
            # Not disabled: browsers would not keep it beside the password.
            self.fields["email"].widget.attrs["readonly"] = True

    def clean_email(self) -> str:
        """Return the invitation's own address, whatever was sent."""
        return self.invitation.email or str(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        """Hold the password against the house rules, and against the person's own name and address."""
        data = self.cleaned_data
        if "password" in data:
            try:
                validate_password(data["password"], User(email=data.get("email", ""), name=data.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return data

    def save(self, *, language: str) -> User | None:
        """Create the account and join."""
        account = invitations.NewAccount(**self.cleaned_data, language=language)
        return self.attempt(lambda: invitations.join_as_new(invitation=self.invitation, account=account))
