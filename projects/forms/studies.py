"""Forms with which a manager sets a study up, changes its people, and leaves something out of its results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.forms.base import ServiceForm
from projects.forms.rows import offer_people
from projects.models import Dataset, Project, Rater, Role, Study, StudyRole, User
from projects.services import parts, studies

DRAWABLE = (Study.State.OPEN, Study.State.PAUSED, Study.State.CLOSED)


class RaterChoices(forms.ModelMultipleChoiceField[Rater]):
    """Raters as checkboxes: the code, the person behind it, and what decides which units they get."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        """Return one rater in words, for a manager."""
        return rater_words(obj)


class RaterChoice(forms.ModelChoiceField[Rater]):
    """One rater from a list."""

    def label_from_instance(self, obj: Any) -> str:
        """Return one rater in words, for a manager."""
        return rater_words(obj)


def rater_words(rater: Rater) -> str:
    """Return a rater's code, name, languages and group in one line."""
    known = [rater.code, str(rater.user or ""), ", ".join(rater.languages), rater.group]
    return " · ".join(part for part in known if part)


def available_raters(project: Project) -> QuerySet[Rater]:
    """Return the project's raters who can take on work: active and with an account."""
    return project.raters.filter(active=True, user__isnull=False).select_related("user").order_by("code")


def available_adjudicators(project: Project) -> QuerySet[User]:
    """Return the project's members with the role adjudicator."""
    rows = User.objects.filter(memberships__project=project, memberships__role=Role.ADJUDICATOR)
    return rows.order_by("name", "email")


def offer(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    """Let a form's field choose among `rows`."""
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} chooses no rows.")
    field.queryset = rows


class AboutForm(ServiceForm):
    """What a study is about: its name, its data set, and the study it draws from, if any."""

    prefix = "study"
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("Raters see it above every text.")
    )
    dataset = forms.ModelChoiceField(
        label=gettext_lazy("Data set"),
        queryset=Dataset.objects.none(),
        empty_label="—",
        error_messages={"required": gettext_lazy("Choose a data set.")},
    )
    source = forms.ModelChoiceField(
        label=gettext_lazy("Drawn from"),
        queryset=Study.objects.none(),
        required=False,
        empty_label=gettext_lazy("the whole data set"),
        help_text=gettext_lazy("Only what that study has released. Its data set is taken over."),
    )

    def __init__(self, *args: Any, project: Project, kind: str, but: Study | None = None, **kwargs: Any) -> None:
        """Offer the project's data sets and its studies of this kind that have opened."""
        super().__init__(*args, **kwargs)
        datasets = project.datasets.order_by("name")
        sources = project.studies.filter(kind=kind, state__in=DRAWABLE).order_by("name")
        offer(self, "dataset", datasets)
        offer(self, "source", sources.exclude(pk=but.pk) if but else sources)
        # A source brings its data set along.
        self.fields["dataset"].required = not self.data.get(self.add_prefix("source"))

    def clean(self) -> dict[str, Any]:
        """Take the source's data set where none is chosen; refuse one that the source knows nothing of."""
        data = self.cleaned_data
        source, dataset = data.get("source"), data.get("dataset")
        if self.errors:
            return data
        if source is not None and dataset not in (None, source.dataset):
            self.add_error("source", _("This study is about another data set: %(name)s.") % {"name": source.dataset})
        elif source is not None:
            data["dataset"] = source.dataset
        return data


class NewStudyForm(AboutForm):
    """A study that does not exist yet, with its people and its guideline."""

    raters = RaterChoices(label=gettext_lazy("Raters"), queryset=Rater.objects.none(), required=False)
    adjudicators = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Adjudicators"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("They settle disputes. Nobody can be rater and adjudicator in one study."),
    )
    guideline = forms.CharField(
        label=gettext_lazy("Guideline"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy(
            "What raters shall hold to, beside every text. Markdown. For more than one language, put a line such as "
            "“::: zh” above each part: raters read theirs, or the first."
        ),
    )

    def __init__(self, *args: Any, project: Project, kind: str, **kwargs: Any) -> None:
        """Offer the project's raters and adjudicators; raters have to be somebody's choice."""
        super().__init__(*args, project=project, kind=kind, **kwargs)
        self.offered = {
            "raters": offer_people(self, "raters", available_raters(project)),
            "adjudicators": offer_people(self, "adjudicators", available_adjudicators(project), by="email"),
        }

    def save(self, *, project: Project, kind: str, settings: Mapping[str, Any], actor: User) -> Study | None:
        """Create the draft."""
        return self.attempt(
            lambda: studies.set_up(project=project, kind=kind, settings=settings, actor=actor, **self.cleaned_data)
        )


class DraftForm(AboutForm):
    """A draft that is changed."""

    def save(self, *, study: Study, settings: Mapping[str, Any], actor: User) -> bool:
        """Keep the changes; returns whether the service agreed."""
        self.attempt(lambda: studies.change_draft(study, settings=settings, actor=actor, **self.cleaned_data))
        return self.is_valid()


class NameForm(ServiceForm):
    """A study's name, alone: everything else is frozen once it has opened."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("Raters see it above every text.")
    )


class GuidelineForm(ServiceForm):
    """The guideline's text."""

    text = forms.CharField(
        label=gettext_lazy("Guideline"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text=gettext_lazy(
            "Markdown. Saving adds a version; answers keep the one they were made under. For more than one language, "
            "put a line such as “::: zh” above each part: raters read theirs, or the first."
        ),
    )

    asks = forms.BooleanField(
        label=gettext_lazy("Raters say that they have read this version before they go on"), required=False
    )


class PauseForm(ServiceForm):
    """What raters read while a study is paused."""

    message = forms.CharField(
        label=gettext_lazy("Message to the raters"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Why, and when it goes on. They see it instead of the next text."),
    )


class PeopleForm(ServiceForm):
    """Raters and adjudicators who join a study."""

    raters = RaterChoices(label=gettext_lazy("Raters"), queryset=Rater.objects.none(), required=False)
    adjudicators = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Adjudicators"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Offer whoever does not take part; those who have left stand on the page with a button of their own."""
        super().__init__(*args, **kwargs)
        self.study = study
        active = Q(state=StudyRole.State.ACTIVE)
        raters = study.roles.filter(active | Q(part=StudyRole.Part.RATER)).values("user")
        adjudicators = study.roles.filter(active | Q(part=StudyRole.Part.ADJUDICATOR)).values("user")
        free = available_raters(study.project).exclude(user__in=raters)
        others = available_adjudicators(study.project).exclude(pk__in=adjudicators)
        self.offered = {
            "raters": offer_people(self, "raters", free),
            "adjudicators": offer_people(self, "adjudicators", others, by="email"),
        }

    def clean(self) -> dict[str, Any]:
        """Somebody must be chosen."""
        data = self.cleaned_data
        if not self.errors and not data["raters"] and not data["adjudicators"]:
            raise ValidationError(_("Choose somebody first."))
        return data

    def save(self, *, actor: User) -> bool:
        """Let them join, all or nobody; returns whether the service agreed."""
        data = self.cleaned_data
        self.attempt(
            lambda: parts.add_people(self.study, raters=data["raters"], adjudicators=data["adjudicators"], actor=actor)
        )
        return self.is_valid()


class ReplaceForm(ServiceForm):
    """The rater who takes somebody's place."""

    rater = RaterChoice(
        label=gettext_lazy("New rater"), queryset=Rater.objects.none(), empty_label=gettext_lazy("choose somebody")
    )

    def __init__(self, *args: Any, part: StudyRole, **kwargs: Any) -> None:
        """Offer whoever has never had a part in the study, or has left it."""
        super().__init__(*args, **kwargs)
        self.part = part
        active = part.study.roles.exclude(state=StudyRole.State.LEFT).values("user")
        others = available_raters(part.study.project).exclude(user__in=active).exclude(pk=part.coded.pk)
        self.offered = {"rater": offer_people(self, "rater", others)}

    def save(self, *, actor: User) -> bool:
        """Put the new rater in; returns whether the service agreed."""
        self.attempt(lambda: parts.replace(self.part, self.cleaned_data["rater"], actor=actor))
        return self.is_valid()
