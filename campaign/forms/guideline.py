"""Forms around the guideline: a rater's question, its answer, and what is to be judged again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import Question
from campaign.services import questions, recalls
from projects.forms.base import ServiceForm
from projects.models import Assignment, Study, StudyRole, User


class AskForm(ServiceForm):
    """A question."""

    text = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Write your question first.")},
    )

    def save(self, *, part: StudyRole, assignment: Assignment | None = None) -> bool:
        """Hand it to the manager."""
        self.attempt(lambda: questions.ask(part, text=self.cleaned_data["text"], assignment=assignment))
        return self.is_valid()


class AnswerForm(ServiceForm):
    """The manager's answer, and whether all are to read it."""

    answer = forms.CharField(label=gettext_lazy("Answer"), max_length=10000, widget=forms.Textarea(attrs={"rows": 5}))
    publish = forms.BooleanField(
        label=gettext_lazy("Put it into the guideline, as a new version that all raters read before they go on"),
        required=False,
    )
    entry = forms.CharField(
        label=gettext_lazy("The question as all will read it"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Nothing of the rater's own words is published but what stands here."),
    )

    def save(self, *, question: Question, actor: User) -> bool:
        """Answer it."""
        self.attempt(lambda: questions.answer(question, actor=actor, **self.cleaned_data))
        return self.is_valid()


# In a study of more units the topic is typed: finding all there are reads every answer.
TOPICS_OFFERED = 20_000


class RecallForm(ServiceForm):
    """Which units are to be judged again."""

    version = forms.TypedChoiceField(label=gettext_lazy("Answered under"), required=False, coerce=int, empty_value=None)
    stratum = forms.ChoiceField(label=gettext_lazy("Topic"), required=False)
    ids = forms.CharField(
        label=gettext_lazy("Items"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("One id a line. Leave empty for all that fit the rest."),
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Offer the earlier versions."""
        super().__init__(*args, **kwargs)
        self.study = study
        earlier = (
            study.guidelines.exclude(pk=study.guideline_id or 0).order_by("-number").values_list("number", flat=True)
        )
        words = _("version %(number)s")
        field = self.fields["version"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("any earlier version")), *((n, words % {"number": n}) for n in earlier[:100])]
        topics = self.fields["stratum"]
        if study.unit_count > TOPICS_OFFERED:
            self.fields["stratum"] = forms.CharField(label=_("Topic"), required=False, max_length=200)
        elif isinstance(topics, forms.ChoiceField):
            topics.choices = [("", _("any topic")), *((name, name) for name in recalls.topics(study))]

    def clean(self) -> dict[str, Any]:
        """Something has to be chosen."""
        data = self.cleaned_data
        if not self.errors and not any(data.values()):
            raise ValidationError(_("Choose a version, a topic or items."))
        return data

    def save(self, *, actor: User) -> tuple[int, int] | None:
        """Ask for the answers again."""
        data = self.cleaned_data
        ids = list(dict.fromkeys(row.strip() for row in data["ids"].splitlines() if row.strip()))
        if strange := recalls.unknown(self.study, ids):
            words = _("These are no items of the study: %(ids)s.")
            self.add_error("ids", words % {"ids": ", ".join(strange[:20])})
            return None
        units = recalls.chosen(self.study, ids=ids, stratum=data["stratum"], version=data["version"])
        return self.attempt(lambda: recalls.recall(self.study, units, actor=actor))
