"""Endpoints that can be called, who may use them, and the systems whose responses are judged."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Project, User

from .prompts import PromptVersion

# No other variable of the environment can be named, so no page can be made to send the site's secrets anywhere.
KEY_VARIABLE = RegexValidator(r"^CONCORD_KEY_[A-Z0-9_]{1,80}\Z", _("The name must begin with CONCORD_KEY_."))


class Capability(models.TextChoices):
    """What a server is known to understand beyond messages, temperature, top_p and max_tokens."""

    SYSTEM_ROLE = "system_role", _("system messages")
    SEED = "seed", _("seed")
    TOP_K = "top_k", _("top_k")
    LOGPROBS = "logprobs", _("logprobs")
    JSON_OBJECT = "json_object", _("JSON objects")
    JSON_SCHEMA = "json_schema", _("JSON schemas")
    OBJECT_SCHEMA = "object_schema", _("JSON objects with a schema beside them (llama.cpp)")


def usual_capabilities() -> list[str]:
    """Return what nearly every server understands."""
    return [Capability.SYSTEM_ROLE.value, Capability.SEED.value]


class Endpoint(models.Model):
    """A server that speaks the chat-completions protocol. The site admin's to set; projects are granted its use."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    base_url = models.CharField(_("base URL"), max_length=500)
    key_env = models.CharField(_("variable with the key"), max_length=100, blank=True, validators=[KEY_VARIABLE])
    # Encrypted with a key derived from the site's secret; never shown, logged or exported.
    key_sealed = models.TextField(blank=True, editable=False)
    active = models.BooleanField(_("in use"), default=True)
    max_in_flight = models.PositiveSmallIntegerField(
        _("calls in flight"), default=8, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    tokens_per_minute = models.PositiveIntegerField(
        _("tokens per minute"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        _("seconds to wait for an answer"), default=120, validators=[MinValueValidator(1), MaxValueValidator(1800)]
    )
    # For a million tokens.
    price_in = models.DecimalField(
        _("price in"), max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    price_out = models.DecimalField(
        _("price out"), max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters."))],
    )
    capabilities = models.JSONField(_("capabilities"), default=usual_capabilities, blank=True)
    # An open circuit: nothing is sent until somebody closes it.
    circuit_reason = models.TextField(blank=True, editable=False)
    circuit_since = models.DateTimeField(null=True, blank=True, editable=False)
    # What the last connection test found: {"ok", "models", "seconds", "reply", "words"}.
    test_result = models.JSONField(default=dict, blank=True, editable=False)
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(key_env="") | Q(key_env__startswith="CONCORD_KEY_"), name="endpoint_key_variable_ours"
            ),
            models.CheckConstraint(condition=Q(key_env="") | Q(key_sealed=""), name="endpoint_one_key"),
            models.CheckConstraint(condition=Q(max_in_flight__gte=1), name="endpoint_takes_calls"),
            models.CheckConstraint(
                condition=Q(requests_per_minute__isnull=True) | Q(requests_per_minute__gte=1),
                name="endpoint_requests_positive",
            ),
            models.CheckConstraint(
                condition=Q(tokens_per_minute__isnull=True) | Q(tokens_per_minute__gte=1),
                name="endpoint_tokens_positive",
            ),
            models.CheckConstraint(
                condition=Q(price_in__isnull=True, price_out__isnull=True)
                | Q(price_in__gte=0, price_out__gte=0) & ~Q(currency=""),
                name="endpoint_price_whole",
            ),
            models.CheckConstraint(
                condition=Q(circuit_since__isnull=True, circuit_reason="")
                | Q(circuit_since__isnull=False) & ~Q(circuit_reason=""),
                name="endpoint_circuit_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def priced(self) -> bool:
        """Whether a call's cost can be told."""
        return self.price_in is not None and self.price_out is not None

    def can(self, capability: str) -> bool:
        """Whether the server is marked as understanding `capability`."""
        return capability in self.capabilities


class EndpointMeter(models.Model):
    """How far an endpoint's limits are used up, for all workers together. Whoever claims calls locks this row.

    The two times say when the next request, or token, would be on schedule; they run ahead of the clock while calls
    are made faster than the limit.
    """

    endpoint = models.OneToOneField(Endpoint, models.CASCADE, related_name="meter")
    requests_at = models.FloatField(default=0.0)  # seconds since 1970
    tokens_at = models.FloatField(default=0.0)
    # The server asked for a pause (Retry-After).
    held_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.endpoint_id}"


class EndpointGrant(models.Model):
    """A project may use an endpoint."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="grants")
    project = models.ForeignKey(Project, models.CASCADE, related_name="endpoint_grants")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [models.UniqueConstraint(fields=["endpoint", "project"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.endpoint_id}:{self.project_id}"


class System(models.Model):
    """Whatever writes responses: a model with its settings, a person, or an imported data set."""

    class Kind(models.TextChoices):
        MODEL = "model", _("model")
        PERSON = "person", _("person")
        IMPORTED = "imported", _("imported")

    class Role(models.TextChoices):
        BASE = "base", _("base model")
        SYNTHETIC = "synthetic", _("fine-tuned on synthetic data")
        INTERVIEW = "interview", _("fine-tuned on interview data")
        BOTH = "both", _("fine-tuned on both")
        BASELINE = "baseline", _("baseline")
        OTHER = "other", _("other")

    project = models.ForeignKey(Project, models.CASCADE, related_name="systems")
    slug = models.SlugField(_("short name"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.MODEL)
    # Systems compared with each other: a base model and what was made of it. Baselines may have none.
    group = models.CharField(_("group"), max_length=60, blank=True)
    role = models.CharField(_("role in a comparison"), max_length=12, choices=Role.choices, default=Role.OTHER)
    notes = models.TextField(_("notes"), blank=True)
    archived = models.BooleanField(_("put away"), default=False)
    version = models.ForeignKey(
        "evaluation.SystemVersion", models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("system")
        verbose_name_plural = _("systems")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "slug"], name="system_slug_once"),
            models.CheckConstraint(condition=Q(kind__in=["model", "person", "imported"]), name="system_kind_known"),
            models.CheckConstraint(
                condition=Q(role__in=["base", "synthetic", "interview", "both", "baseline", "other"]),
                name="system_role_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def in_force(self) -> SystemVersion:
        """The newest version; every system has one from its creation on."""
        if self.version is None:
            raise ValueError(f"System {self.pk} has no version.")
        return self.version


class SystemVersion(models.Model):
    """A system's settings at one time. Frozen by its first response or call: a change makes a new version."""

    system = models.ForeignKey(System, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, null=True, blank=True, related_name="system_versions")
    model_id = models.CharField(_("model id"), max_length=200, blank=True)
    # {"temperature", "top_p", "top_k", "max_tokens", "seed", "stop"}: what is sent, and nothing else is.
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    prompt = models.ForeignKey(PromptVersion, models.PROTECT, null=True, blank=True, related_name="system_versions")
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("system version")
        verbose_name_plural = _("system versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["system", "number"], name="systemversion_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="systemversion_number_positive"),
            models.CheckConstraint(
                condition=Q(endpoint__isnull=True) | ~Q(model_id=""), name="systemversion_calls_a_model"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} v{self.number}"
