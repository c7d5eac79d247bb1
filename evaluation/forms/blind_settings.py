"""What a manager decides before a blind study opens; each kind adds its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.models import Response, SystemVersion
from evaluation.services import checks
from projects.models import Project


class OrderDesign(models.TextChoices):
    """How the order of the responses on the page is found."""

    LATIN = "latin", gettext_lazy("balanced: each place equally often, each neighbour equally often")
    KEYED = "keyed", gettext_lazy("at random, by a stored key")


class Ask(models.TextChoices):
    """Whether a reason is asked for."""

    NO = "no", gettext_lazy("not asked")
    OPTIONAL = "optional", gettext_lazy("asked, may stay empty")
    REQUIRED = "required", gettext_lazy("required")


class Gaps(models.TextChoices):
    """What becomes of an item that not every system has answered."""

    BLOCK = "block", gettext_lazy("the study does not open")
    LEAVE_OUT = "leave_out", gettext_lazy("the item is left out")


class Stopping(models.TextChoices):
    """When the study ends, declared before it opens."""

    FIXED = "fixed", gettext_lazy("when every unit has all its judgements")
    WIDTH = "width", gettext_lazy("when the interval of the primary outcome is narrow enough")


class BlindSettings(forms.Form):
    """The part that all blind studies share."""

    systems = forms.MultipleChoiceField(
        label=gettext_lazy("Systems"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose the systems whose responses are judged.")},
    )
    sample_size = forms.IntegerField(
        label=gettext_lazy("Number of items"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("Drawn at random by the study's seed. Leave empty to take all."),
    )
    stratified = forms.BooleanField(label=gettext_lazy("Draw equally many from each topic"), required=False)
    missing = forms.ChoiceField(
        label=gettext_lazy("An item that not every system has answered"), choices=Gaps.choices, initial=Gaps.BLOCK
    )
    raters_per_item = forms.IntegerField(label=gettext_lazy("Raters per unit"), min_value=1, max_value=50, initial=2)
    overlap_size = forms.IntegerField(
        label=gettext_lazy("Items that every rater judges"),
        min_value=0,
        initial=0,
        required=False,
        help_text=gettext_lazy("Agreement between raters is computed on these. 0 for none."),
    )
    overlap_anew = forms.BooleanField(
        label=gettext_lazy("Draw these anew from all items, not from the study's sample"), required=False
    )
    repeats = forms.IntegerField(
        label=gettext_lazy("Items that each rater judges twice"),
        min_value=0,
        initial=0,
        required=False,
        help_text=gettext_lazy("Drawn from those that every rater judges. Shows how consistent each rater is."),
    )
    order_design = forms.ChoiceField(
        label=gettext_lazy("Order of the responses"), choices=OrderDesign.choices, initial=OrderDesign.LATIN
    )
    show_topic = forms.BooleanField(label=gettext_lazy("Show the topic"), required=False)
    show_explanation = forms.BooleanField(
        label=gettext_lazy("Show each response's own explanation"),
        required=False,
        help_text=gettext_lazy("For every system alike. Items without an explanation of each system do not open."),
    )
    reason = forms.ChoiceField(label=gettext_lazy("A written reason"), choices=Ask.choices, initial=Ask.NO)
    guesses = forms.IntegerField(
        label=gettext_lazy("Guesses at the end"),
        min_value=0,
        max_value=20,
        initial=5,
        required=False,
        help_text=gettext_lazy("For so many responses each rater is asked, at the end, which system wrote them."),
    )
    guess_names = forms.CharField(
        label=gettext_lazy("Names to guess from"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "One system a line: its short name, a bar (|), and words that raters may read, such as “a person”. Raters "
            "never see a system's own name. Without them no guesses are asked."
        ),
    )
    consent = forms.CharField(
        label=gettext_lazy("Consent"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What raters agree to before they begin. Markdown. Leave empty for none."),
    )
    question = forms.CharField(
        label=gettext_lazy("Question about the guideline"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Raters begin once they have answered it rightly. Leave empty for none."),
    )
    question_answers = forms.CharField(
        label=gettext_lazy("Its answers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One a line; a star (*) before the right one."),
    )
    practice = forms.CharField(
        label=gettext_lazy("Items to practise on"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "They come first and do not count; raters learn what was held to be right. One a line: id of the item, "
            "short name of a system, best or worst, and words about it, with bars (|) between them."
        ),
    )
    gold = forms.CharField(
        label=gettext_lazy("Checks of attention"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "They look like all others and do not count in the results. One a line: id of the item, short name of a "
            "system, best or worst, with bars (|) between them."
        ),
    )
    primary_outcome = forms.CharField(
        label=gettext_lazy("Primary outcome"),
        max_length=300,
        help_text=gettext_lazy("What the study is to show, in a sentence. It is frozen when the study opens."),
    )
    stopping = forms.ChoiceField(label=gettext_lazy("The study ends"), choices=Stopping.choices, initial=Stopping.FIXED)
    stop_width = forms.FloatField(
        label=gettext_lazy("Narrow enough"),
        min_value=0.001,
        required=False,
        help_text=gettext_lazy("The full width of the interval at which the study ends."),
    )
    least, most, warn_above = 1, 200, 200

    def __init__(self, data: QueryDict | None, *, project: Project, initial: Mapping[str, Any]) -> None:
        """Offer the project's systems."""
        super().__init__(data, initial=dict(initial))
        self.project = project
        field = self.fields["systems"]
        if isinstance(field, forms.MultipleChoiceField):
            rows = offered(project).select_related("system").order_by("system__group", "system__name", "number")
            field.choices = [(str(row.pk), _label(row)) for row in rows]

    def clean_systems(self) -> list[str]:
        """Hold the number of systems within what people can judge."""
        chosen: list[str] = self.cleaned_data["systems"]
        if not self.least <= len(chosen) <= self.most:
            words = _("Choose between %(least)s and %(most)s systems.")
            raise ValidationError(words % {"least": self.least, "most": self.most})
        return chosen

    def clean(self) -> dict[str, Any]:
        """An interval to stop at needs its width."""
        data: dict[str, Any] = self.cleaned_data
        if data.get("stopping") == Stopping.WIDTH and not data.get("stop_width"):
            self.add_error("stop_width", _("Say how narrow the interval has to be."))
        self._clean_lines(data)
        for name in ("overlap_size", "repeats", "guesses"):
            if name in self.fields and name not in self.errors:
                data[name] = data.get(name) or 0
        return data

    def _clean_lines(self, data: dict[str, Any]) -> None:
        """Lists have lines that can be read; a question has two answers or more, one of them right."""
        for name in ("practice", "gold"):
            if wrong := checks.unread(data.get(name, "")):
                words = _("Lines that cannot be read: %(lines)s.") % {"lines": ", ".join(map(str, wrong[:5]))}
                self.add_error(name, words)
        answers = question_choices(data.get("question_answers", ""))
        if data.get("question") and (len(answers) < 2 or sum(right for _words, right in answers) != 1):
            self.add_error("question_answers", _("Write two answers or more, with a star before the right one."))


def question_choices(text: str) -> list[tuple[str, bool]]:
    """Return the answers to a question, each with whether it is right."""
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    return [(row.removeprefix("*").strip(), row.startswith("*")) for row in rows]


def offered(project: Project) -> QuerySet[SystemVersion]:
    """Return what a study can judge: the versions of the project's systems that have answered, and the newest ones."""
    answered = Exists(Response.objects.filter(system_version=OuterRef("pk")))
    rows = SystemVersion.objects.filter(system__project=project, system__archived=False)
    return rows.filter(answered | Q(pk=F("system__version")))


def _label(version: SystemVersion) -> str:
    system = version.system
    name = f"{system.name} ({system.group})" if system.group else system.name
    return name if version.number == 1 else f"{name}, v{version.number}"
