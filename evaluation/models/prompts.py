"""What systems are asked with: prompt templates in versions, by language, with examples as data."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Project, User


class Purpose(models.TextChoices):
    """What calls are made for."""

    ANSWER = "answer", _("answer questions")
    PRELABEL = "prelabel", _("pre-label items")
    TEST = "test", _("take a test")
    JUDGE = "judge", _("judge responses")


class PromptTemplate(models.Model):
    """A way of asking. What is sent stands in its versions; `version` is the newest."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="prompts")
    slug = models.SlugField(_("short name"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices, default=Purpose.ANSWER)
    description = models.TextField(_("description"), blank=True)
    version = models.ForeignKey(
        "evaluation.PromptVersion", models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("prompt template")
        verbose_name_plural = _("prompt templates")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "slug"], name="prompt_slug_once"),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="prompt_purpose_known"),
        ]

    def __str__(self) -> str:
        return self.name


class PromptVersion(models.Model):
    """The messages of a template at one time, by language. Once used for a call it is never changed."""

    class Output(models.TextChoices):
        PLAIN = "plain", _("the whole answer is the response")
        EXPLAINED = "explained", _("an explanation, then the response, each after its own heading")

    template = models.ForeignKey(PromptTemplate, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    # {"en": {"messages": [{"role": "system", "content": "..."}, {"role": "user", "content": "{text}"}],
    #         "example": "{text}\nAnswer: {answer}"}}
    texts = models.JSONField(_("messages by language"), default=dict)
    # The language whose messages serve items in a language that has none of its own.
    fallback = models.CharField(_("fallback language"), max_length=20, default="en")
    # [{"language": "en", "variables": {"text": "..."}, "answer": "..."}]
    examples = models.JSONField(_("examples"), default=list, blank=True)
    output = models.CharField(_("output"), max_length=10, choices=Output.choices, default=Output.PLAIN)
    hash = models.CharField(max_length=64, editable=False)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("prompt version")
        verbose_name_plural = _("prompt versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="promptversion_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="promptversion_number_positive"),
            models.CheckConstraint(condition=Q(output__in=["plain", "explained"]), name="promptversion_output_known"),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.number}"
