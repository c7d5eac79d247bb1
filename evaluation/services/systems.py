"""Systems and their versions: what has answered stays as it was; a change makes a new version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.models import Capability, Endpoint, PromptVersion, Response, System, SystemVersion
from evaluation.services.naming import free_slug, next_number
from projects.models import Project, User
from projects.services.audit import record

MOST_STOPS = 4
MOST_TOKENS = 200_000
PARAMETERS = ("temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "seed", "stop")


def create(
    *,
    project: Project,
    name: str,
    actor: User | None,
    kind: str = System.Kind.MODEL,
    group: str = "",
    role: str = System.Role.OTHER,
    notes: str = "",
    endpoint: Endpoint | None = None,
    model_id: str = "",
    parameters: Mapping[str, Any] | None = None,
    prompt: PromptVersion | None = None,
    slug: str = "",
) -> System:
    """Make a system with its first version. Raises ValidationError."""
    values = clean_version(project, kind, endpoint, model_id, parameters or {}, prompt)
    with transaction.atomic():
        system = System.objects.create(
            project=project,
            name=name,
            slug=slug or free_slug(project.systems.all(), name, "system"),
            kind=kind,
            group=group,
            role=role,
            notes=notes,
        )
        system.version = SystemVersion.objects.create(system=system, number=1, created_by=actor, **values)
        system.save(update_fields=["version"])
        record("system.created", actor=actor, project=project, target=system)
    return system


def change(
    system: System,
    *,
    actor: User | None,
    name: str,
    group: str,
    role: str,
    notes: str,
    endpoint: Endpoint | None,
    model_id: str,
    parameters: Mapping[str, Any],
    prompt: PromptVersion | None,
) -> SystemVersion:
    """Change a system; returns the version in force. What is sent changes in place only while nothing was sent."""
    values = clean_version(system.project, system.kind, endpoint, model_id, parameters, prompt)
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)
        system.name, system.group, system.role, system.notes = name, group, role, notes
        system.version = _revised(system, values, actor)
        system.save(update_fields=["name", "group", "role", "notes", "version"])
        record("system.changed", actor=actor, project=system.project, target=system, version=system.version.number)
    return system.version


def with_prompt(system: System, prompt: PromptVersion, *, actor: User | None) -> SystemVersion:
    """Return the version that differs from the one in force by its prompt alone; made where there is none."""
    current = system.in_force
    if current.prompt_id == prompt.pk:
        return current
    alike = system.versions.filter(endpoint=current.endpoint, model_id=current.model_id, prompt=prompt)
    for version in alike.order_by("number"):
        if version.parameters == current.parameters:
            return version
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)
        return SystemVersion.objects.create(
            system=system,
            number=next_number(system.versions.all()),
            endpoint=current.endpoint,
            model_id=current.model_id,
            parameters=current.parameters,
            prompt=prompt,
            created_by=actor,
        )


def put_away(system: System, *, away: bool, actor: User | None) -> None:
    """Hide a system from lists of what can be run, or show it again. Its responses stay."""
    System.objects.filter(pk=system.pk).update(archived=away)
    record("system.put_away" if away else "system.taken_up", actor=actor, project=system.project, target=system)


def usable(project: Project) -> QuerySet[System]:
    """Return the systems of a project that can be asked: a model with an endpoint the project may use."""
    return project.systems.filter(
        archived=False, version__endpoint__active=True, version__endpoint__grants__project=project
    )


def granted_endpoints(project: Project) -> QuerySet[Endpoint]:
    """Return the endpoints a project may use."""
    return Endpoint.objects.filter(grants__project=project, active=True)


def frozen(version: SystemVersion) -> bool:
    """Return whether a version can no longer change: something was sent, or it has responses."""
    return version.frozen_at is not None or Response.objects.filter(system_version=version).exists()


def freeze(version: SystemVersion) -> None:
    """Fix a version: it is about to have its first response."""
    now = timezone.now()
    SystemVersion.objects.filter(pk=version.pk, frozen_at__isnull=True).update(frozen_at=now)
    if version.prompt_id:
        PromptVersion.objects.filter(pk=version.prompt_id, used_at__isnull=True).update(used_at=now)


def clean_version(
    project: Project,
    kind: str,
    endpoint: Endpoint | None,
    model_id: str,
    parameters: Mapping[str, Any],
    prompt: PromptVersion | None,
) -> dict[str, Any]:
    """Return a version's values; raises ValidationError by field."""
    if kind != System.Kind.MODEL or endpoint is None:
        return {"endpoint": None, "model_id": model_id.strip(), "parameters": {}, "prompt": None}
    errors: dict[str, str] = {}
    if not endpoint.grants.filter(project=project).exists():
        errors["endpoint"] = _("This project may not use the endpoint.")
    if not model_id.strip():
        errors["model_id"] = _("Name the model as the server lists it.")
    if prompt is not None and prompt.template.project_id != project.pk:
        errors["prompt"] = _("Choose a prompt of this project.")
    cleaned, wrong = clean_parameters(parameters, endpoint)
    if errors | wrong:
        raise ValidationError(errors | wrong)
    return {"endpoint": endpoint, "model_id": model_id.strip(), "parameters": cleaned, "prompt": prompt}


def clean_parameters(given: Mapping[str, Any], endpoint: Endpoint) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the parameters that are set, and what is wrong with them by name."""
    values = {name: given[name] for name in PARAMETERS if given.get(name) not in (None, "", [])}
    wrong = {name: words for name, words in _faults(values) if name in values}
    if "max_tokens" in values and "max_completion_tokens" in values:
        wrong["max_tokens"] = _("Give one limit of tokens, not two.")
    if not {"max_tokens", "max_completion_tokens"} & values.keys():
        wrong["max_tokens"] = _("Say how many tokens an answer may have.")
    for name in (Capability.TOP_K, Capability.SEED):
        if name in values and not endpoint.can(name):
            wrong[name.value] = _("The endpoint is not marked as understanding this.")
    return values, wrong


def _faults(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    if not _between(values.get("temperature"), 0, 2):
        found.append(("temperature", _("Between 0 and 2.")))
    if not (_between(values.get("top_p"), 0, 1) and values.get("top_p") != 0):
        found.append(("top_p", _("Above 0, at most 1.")))
    for name, lowest, highest in (
        ("top_k", 1, 100_000),
        ("max_tokens", 1, MOST_TOKENS),
        ("max_completion_tokens", 1, MOST_TOKENS),
        ("seed", 0, 2**31 - 1000),
    ):
        if name in values and not (_whole(values[name]) and lowest <= values[name] <= highest):
            found.append((name, _("A whole number from %(low)s to %(high)s.") % {"low": lowest, "high": highest}))
    stop = values.get("stop", [])
    if not isinstance(stop, list) or len(stop) > MOST_STOPS or not all(isinstance(s, str) and s for s in stop):
        found.append(("stop", _("At most four texts.")))
    return found


def _between(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _revised(system: System, values: Mapping[str, Any], actor: User | None) -> SystemVersion:
    current = system.in_force
    if all(getattr(current, name) == value for name, value in values.items()):
        return current
    if not frozen(current):
        unfrozen = SystemVersion.objects.filter(pk=current.pk, frozen_at__isnull=True)
        if unfrozen.update(**values):
            current.refresh_from_db()
            return current
    return SystemVersion.objects.create(
        system=system, number=next_number(system.versions.all()), created_by=actor, **values
    )


def used_by(prompt: PromptVersion) -> QuerySet[SystemVersion]:
    """Return the system versions that use a prompt version."""
    return SystemVersion.objects.filter(Q(prompt=prompt)).select_related("system").order_by("system__name", "number")
