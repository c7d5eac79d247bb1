"""What a manager decides before a blind study opens; each kind adds its own."""

from __future__ import annotations

import re
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
from evaluation.services import checks, rubrics
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


class ComparisonSettings(BlindSettings):
    """An A/B comparison's settings."""

    least = 2
    rubric = forms.ChoiceField(
        label=gettext_lazy("Criteria"),
        help_text=gettext_lazy("Each is answered A, tie or B. The overall verdict is asked on its own."),
    )
    pairs = forms.ChoiceField(
        label=gettext_lazy("Pairs"),
        choices=[
            ("all", gettext_lazy("every two of the systems")),
            ("list", gettext_lazy("the list below")),
        ],
        initial="all",
    )
    teams_per_item = forms.IntegerField(
        label=gettext_lazy("Pairs per item"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("Drawn for each item by the seed. Leave empty to take every pair."),
    )
    pair_list = forms.CharField(
        label=gettext_lazy("List of pairs"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "One pair a line: id of the item, short name of one system, short name of the other, and how many raters "
            "it needs, separated by tabs or commas."
        ),
    )
    primary_test = forms.ChoiceField(
        label=gettext_lazy("Primary test"),
        choices=[("sign", gettext_lazy("exact sign test on the overall verdict, one vote an item"))],
        initial="sign",
    )
    field_order = ("systems", "rubric", "pairs", "teams_per_item", "pair_list", "sample_size", "stratified", "missing")

    def __init__(self, data: QueryDict | None, *, project: Project, initial: Mapping[str, Any]) -> None:
        """Offer criteria."""
        super().__init__(data, project=project, initial=initial)
        offer_rubrics(self, project, scales=False, first="preset:preferences:en")

    def clean(self) -> dict[str, Any]:
        """A list has lines that can be read."""
        data = super().clean()
        if data.get("pairs") == "list":
            wrong = [at for at, line in enumerate(pair_lines(data.get("pair_list", "")), start=1) if len(line) != 4]
            if wrong or not data.get("pair_list", "").strip():
                lines = ", ".join(str(at) for at in wrong[:5])
                words = _("Write one pair a line, with four values. Lines to look at: %(lines)s.")
                self.add_error("pair_list", words % {"lines": lines or "–"})
        return data


def pair_lines(text: str) -> list[list[str]]:
    """Return the lines of a list of pairs as their values; empty lines are left out."""
    lines = (re.split(r"[\t,]", line) for line in text.splitlines() if line.strip())
    return [[part.strip() for part in parts if part.strip()] for parts in lines]


class RatingSettings(BlindSettings):
    """A rating's settings."""

    least = 1
    rubric = forms.ChoiceField(label=gettext_lazy("Criteria"))
    together = forms.BooleanField(
        label=gettext_lazy("Show all responses to an item on one page"),
        required=False,
        help_text=gettext_lazy("Otherwise each response is rated alone."),
    )
    justify = forms.ChoiceField(
        label=gettext_lazy("A justification for each response"),
        choices=[
            ("no", gettext_lazy("not asked")),
            ("optional", gettext_lazy("asked, may stay empty")),
            ("low", gettext_lazy("required where a score is in the lower half of its scale")),
            ("required", gettext_lazy("always required")),
        ],
        initial="no",
    )
    primary_test = forms.ChoiceField(
        label=gettext_lazy("Primary test"),
        choices=[
            ("paired", gettext_lazy("paired t test on items, Holm over pairs of systems")),
            ("wilcoxon", gettext_lazy("Wilcoxon signed-rank on items, Holm over pairs of systems")),
        ],
        initial="paired",
    )
    field_order = ("systems", "rubric", "together", "justify", "sample_size", "stratified", "missing")

    def __init__(self, data: QueryDict | None, *, project: Project, initial: Mapping[str, Any]) -> None:
        """Offer criteria with scales."""
        super().__init__(data, project=project, initial=initial)
        del self.fields["reason"]
        offer_rubrics(self, project, scales=True, first="preset:four_criteria:en")


def offer_rubrics(form: forms.Form, project: Project, *, scales: bool, first: str) -> None:
    """Let a form choose among ready-made criteria and the project's own."""
    field = form.fields["rubric"]
    if isinstance(field, forms.ChoiceField):
        field.choices = rubrics.choices(project, scales=scales)
    field.initial = first


class RankingSettings(BlindSettings):
    """A ranking's settings."""

    least, most, warn_above = 2, 12, 7
    by_group = forms.BooleanField(
        label=gettext_lazy("Rank in blocks: one for each group of systems"),
        required=False,
        help_text=gettext_lazy("Baselines, and systems without a group, stand in every block."),
    )
    overlap_one_block = forms.BooleanField(
        label=gettext_lazy("Every rater judges one block only, chosen by the seed"), required=False
    )
    ties = forms.BooleanField(label=gettext_lazy("Raters may tie responses"), required=False)
    primary_test = forms.ChoiceField(
        label=gettext_lazy("Primary test"),
        choices=[
            ("friedman", gettext_lazy("Friedman over items, then Nemenyi")),
            ("wilcoxon", gettext_lazy("Wilcoxon signed-rank between pairs of systems, Holm")),
        ],
        initial="friedman",
    )
    field_order = (
        "systems", "by_group", "sample_size", "stratified", "missing", "raters_per_item", "overlap_size",
        "overlap_anew", "overlap_one_block", "repeats", "order_design", "ties", "reason",
    )  # fmt: skip
