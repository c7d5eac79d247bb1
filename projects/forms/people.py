"""Forms about projects, members, raters and one's own account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from projects.context import THEMES
from projects.forms.base import LanguagesField, ServiceForm, code_validator
from projects.models import Project, Rater, Role, User
from projects.services import accounts, people, projects, raters

ROLE_TEXTS = {
    Role.MANAGER: gettext_lazy("manager: sets everything up, invites people, sees who is behind which code"),
    Role.ADJUDICATOR: gettext_lazy("adjudicator: settles disputes, sees votes under codes"),
    Role.RATER: gettext_lazy("rater: reads and judges, under a code"),
    Role.ANALYST: gettext_lazy("analyst: reads results and exports them"),
}
THEME_TEXTS = {
    "auto": gettext_lazy("as the system"),
    "light": gettext_lazy("light"),
    "dark": gettext_lazy("dark"),
}


def text_area(rows: int) -> forms.Textarea:
    """Return a text area of some rows."""
    return forms.Textarea(attrs={"rows": rows})


class RolesField(forms.MultipleChoiceField):
    """One or several roles."""

    def __init__(self, **kwargs: Any) -> None:
        """Say of each role what it may do."""
        super().__init__(
            label=gettext_lazy("Roles"), choices=ROLE_TEXTS.items(), widget=forms.CheckboxSelectMultiple, **kwargs
        )

    def clean(self, value: Any) -> list[Role]:
        """Return roles, not their names."""
        return [Role(name) for name in super().clean(value)]


class ProjectForm(ServiceForm):
    """What a project says of itself."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        widget=text_area(3),
        help_text=gettext_lazy("What the work is about. Every member sees it."),
    )
    content_notice = forms.CharField(
        label=gettext_lazy("Content notice"),
        required=False,
        widget=text_area(5),
        help_text=gettext_lazy("Shown to raters before they begin. Markdown."),
    )
    help_text = forms.CharField(
        label=gettext_lazy("Help lines"),
        required=False,
        widget=text_area(5),
        help_text=gettext_lazy("Where a rater can turn when a text is hard to bear. Markdown."),
    )

    def save(self, *, project: Project, actor: User) -> Project | None:
        """Keep the changes."""
        return self.attempt(lambda: projects.change_project(project=project, actor=actor, **self.cleaned_data))


class NewProjectForm(ProjectForm):
    """A project that does not exist yet."""

    slug = forms.SlugField(
        label=gettext_lazy("Short name"),
        required=False,
        max_length=60,
        help_text=gettext_lazy(
            "Part of the project's address: a to z, digits and hyphens. It stays for good. Empty: made from the name."
        ),
    )
    field_order = ("name", "slug")

    def create(self, *, actor: User) -> Project | None:
        """Create the project."""
        return self.attempt(lambda: projects.create_project(actor=actor, **self.cleaned_data))


class MemberForm(ServiceForm):
    """A member's roles."""

    roles = RolesField(
        error_messages={"required": gettext_lazy("Choose at least one role, or remove the person from the project.")}
    )

    def save(self, *, project: Project, user: User, actor: User) -> bool:
        """Make the chosen roles theirs; returns whether the service agreed."""
        roles = self.cleaned_data["roles"]
        self.attempt(lambda: people.set_roles(project=project, user=user, roles=roles, actor=actor))
        return self.is_valid()


class RaterForm(ServiceForm):
    """A coded rater that exists."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        validators=[code_validator],
        help_text=gettext_lazy("Everything this rater judges is shown under it. It must not tell who it is."),
    )
    languages = LanguagesField()
    qualification = forms.CharField(
        label=gettext_lazy("Qualification"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Appears in reports: “clinical psychologist, 5 years”, say."),
    )
    group = forms.CharField(
        label=gettext_lazy("Group"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Results can be compared by group: expert, student, ..."),
    )
    active = forms.BooleanField(label=gettext_lazy("May take on work"), required=False)

    def details(self) -> raters.RaterDetails:
        """Return everything but the code."""
        data = self.cleaned_data
        return raters.RaterDetails(data["languages"], data["qualification"], data["group"], data.get("active", True))

    def save(self, *, rater: Rater, actor: User) -> Rater | None:
        """Keep the changes."""
        code = self.cleaned_data["code"]
        return self.attempt(lambda: raters.change_rater(rater=rater, actor=actor, code=code, details=self.details()))


class NewRaterForm(RaterForm):
    """A rater without an account: one of an import, a model, or a person who will get an account later."""

    nature = forms.ChoiceField(
        label=gettext_lazy("Kind of rater"),
        widget=forms.RadioSelect,
        initial=Rater.Nature.PERSON,
        choices=[
            (Rater.Nature.PERSON, gettext_lazy("a person who gets an account later: invite them with this code")),
            (Rater.Nature.EXTERNAL, gettext_lazy("somebody whose judgements are imported")),
            (Rater.Nature.MODEL, gettext_lazy("a model that acts as a judge")),
        ],
    )
    active = None  # type: ignore[assignment]  # Django's way to leave a field out; a new rater is active
    field_order = ("code", "nature")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let the code be empty: the next free one is given."""
        super().__init__(*args, **kwargs)
        self.fields["code"].required = False
        self.fields["code"].help_text = _("It must not tell who it is. Empty: the next of R1, R2, ...")

    def create(self, *, project: Project, actor: User) -> Rater | None:
        """Create the rater."""
        code, nature = self.cleaned_data["code"], self.cleaned_data["nature"]
        return self.attempt(
            lambda: raters.create_rater(project=project, actor=actor, details=self.details(), code=code, nature=nature)
        )


class AccountForm(ServiceForm):
    """One's own preferences."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("Managers see it. What you judge appears under a code."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[(code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES],
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"), choices=[(theme, THEME_TEXTS[theme]) for theme in THEMES], widget=forms.RadioSelect
    )
    auto_submit = forms.BooleanField(
        label=gettext_lazy("Submit as soon as an answer is chosen"),
        required=False,
        help_text=gettext_lazy("Where a study allows it. You can take an answer back with Undo."),
    )

    def save(self, *, user: User) -> User:
        """Keep the choices."""
        return accounts.change_account(user=user, **self.cleaned_data)
