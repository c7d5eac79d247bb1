"""Forms of the pages under a blind study: decisions on words, key-holders, opening the key."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from evaluation.models import LexiconHit
from evaluation.services import blinding, telling
from projects.forms.base import ServiceForm
from projects.models import Role, Study, StudyRole, User
from projects.services import parts


class DecisionForm(ServiceForm):
    """What becomes of the places that are ticked."""

    hit = forms.ModelMultipleChoiceField(
        queryset=LexiconHit.objects.none(),
        error_messages={"required": gettext_lazy("Tick the places you decide on.")},
    )
    decision = forms.ChoiceField(choices=LexiconHit.Decision.choices)

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Take places of this very study only."""
        super().__init__(*args, **kwargs)
        field = self.fields["hit"]
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.queryset = LexiconHit.objects.filter(study=study)

    def save(self, *, study: Study, actor: User) -> int | None:
        """Decide; returns on how many, None where the service refused."""
        data = self.cleaned_data
        return self.attempt(lambda: telling.decide(study, data["hit"], data["decision"], actor=actor))


class KeyHolderForm(ServiceForm):
    """Somebody who may open the key."""

    user: Any = forms.ModelChoiceField(label=gettext_lazy("Key-holder"), queryset=User.objects.none())

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Offer members who have no other part in the study."""
        super().__init__(*args, **kwargs)
        self.study = study
        field = self.fields["user"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = candidates(study)

    def save(self, *, actor: User) -> bool:
        """Give the part; returns whether the service agreed."""
        self.attempt(lambda: parts.add_key_holder(self.study, self.cleaned_data["user"], actor=actor))
        return self.is_valid()


def candidates(study: Study) -> QuerySet[User]:
    """Return who could hold the study's key: members other than its raters and adjudicators."""
    taken = study.roles.filter(state=StudyRole.State.ACTIVE).values("user") | study.roles.filter(
        part=StudyRole.Part.RATER
    ).values("user")
    readers = [Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST]
    members = User.objects.filter(memberships__project=study.project, memberships__role__in=readers)
    return members.exclude(pk__in=taken).distinct().order_by("name", "email")


class OpenKeyForm(ServiceForm):
    """Why the key is opened."""

    reason = forms.CharField(
        label=gettext_lazy("Why now?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("It stays on record with your name and the time. There is no way back."),
    )

    def save(self, *, study: Study, actor: User) -> bool:
        """Open the key; returns whether the service agreed."""
        self.attempt(lambda: blinding.unblind(study, by=actor, reason=self.cleaned_data["reason"]))
        return self.is_valid()
