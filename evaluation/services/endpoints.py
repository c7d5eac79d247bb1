"""Endpoints: the site admin makes and tests them, and grants projects their use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from evaluation.models import Endpoint, EndpointGrant, EndpointMeter, RunItem
from evaluation.providers import keys
from evaluation.providers.addresses import BadAddress, check_url
from evaluation.providers.client import Caller, Target
from evaluation.providers.outcomes import Outcome
from evaluation.services import runs
from evaluation.services.calls import target_of
from projects.models import Job, Project, User
from projects.services import jobs
from projects.services.audit import record
from projects.services.jobs import JobFailed, Progress

# A connection test must not wait as long as a slow model may.
TEST_SECONDS = 60.0
LISTED = 200


@sensitive_variables("key")
def save(endpoint: Endpoint, *, actor: User | None, key: str = "", forget_key: bool = False) -> Endpoint:
    """Check and store an endpoint; an empty `key` leaves the stored one. Raises ValidationError."""
    try:
        endpoint.base_url = check_url(endpoint.base_url, allow_private=settings.CONCORD_PRIVATE_ENDPOINTS)
    except BadAddress as error:
        raise ValidationError({"base_url": str(error)}) from error
    if key:
        endpoint.key_sealed = keys.seal(key.strip())
    elif forget_key or endpoint.key_env:
        endpoint.key_sealed = ""
    if key and endpoint.key_env:
        raise ValidationError({"key_env": _("Give the key itself or the name of its variable, not both.")})
    new = endpoint.pk is None
    with transaction.atomic():
        endpoint.save()
        EndpointMeter.objects.get_or_create(endpoint=endpoint)
        record("endpoint.created" if new else "endpoint.changed", actor=actor, target=endpoint)
    return endpoint


def set_grants(endpoint: Endpoint, projects: Collection[Project], *, actor: User | None) -> None:
    """Let exactly these projects use the endpoint; calls of others stop at the next claim."""
    wanted = {project.pk for project in projects}
    with transaction.atomic():
        had = set(endpoint.grants.values_list("project_id", flat=True))
        endpoint.grants.exclude(project_id__in=wanted).delete()
        EndpointGrant.objects.bulk_create(
            [EndpointGrant(endpoint=endpoint, project_id=pk, created_by=actor) for pk in sorted(wanted - had)],
            ignore_conflicts=True,
        )
        if wanted != had:
            record("endpoint.granted", actor=actor, target=endpoint, projects=len(wanted))


def delete(endpoint: Endpoint, *, actor: User | None) -> bool:
    """Remove an endpoint that no system names; False where one does."""
    with transaction.atomic():
        if endpoint.system_versions.exists():
            return False
        record("endpoint.deleted", actor=actor, target=endpoint)
        endpoint.delete()
    return True


def in_flight(endpoint: Endpoint) -> int:
    """Return how many calls are being made there now."""
    leased: QuerySet[RunItem] = RunItem.objects.filter(endpoint=endpoint, state=RunItem.State.LEASED)
    return leased.filter(leased_until__gte=timezone.now()).count()


def close_circuit(endpoint: Endpoint, *, actor: User) -> bool:
    """Let calls through again and ring the workers."""
    from evaluation.services import circuits

    with transaction.atomic():
        closed = circuits.close(endpoint, actor=actor)
        if closed:
            runs.wake()
    return closed


def ask_for_test(endpoint: Endpoint, *, model_id: str, actor: User) -> Job:
    """Have a worker list the server's models and, where a model is named, make one round trip."""
    return jobs.enqueue(
        "test_endpoint", f"endpoint:{endpoint.pk}", project=None, actor=actor, params={"model": model_id}
    )


def test(job: Job, progress: Progress) -> str | None:
    """Test a connection: what the server lists, and one short question."""
    endpoint = Endpoint.objects.get(pk=int(job.subject.split(":")[1]))
    target = target_of(endpoint)
    if isinstance(target, Outcome):
        _keep(endpoint, {"ok": False, "words": target.words})
        raise JobFailed(target.words)
    found = asyncio.run(try_out(target, str(job.params.get("model", ""))))
    _keep(endpoint, found)
    if not found["ok"]:
        raise JobFailed(found["words"])
    return None


async def try_out(target: Target, model: str) -> dict[str, Any]:
    """Return what a test finds; it never raises what the server does wrong."""
    caller = Caller()
    short = Target(target.base_url, target.key, min(target.timeout, TEST_SECONDS))
    try:
        listed = await _list(caller, short)
        asked = model or (listed["models"][0] if listed["models"] else "")
        if not asked:
            return {**listed, "ok": False, "words": listed["words"] or _("The server lists no model. Name one to try.")}
        return {**listed, **await _ask(caller, short, asked)}
    finally:
        await caller.close()


async def _list(caller: Caller, target: Target) -> dict[str, Any]:
    try:
        models = await caller.models(target)
    except Exception as error:  # every server has its own way of not listing models, and none of them matters
        return {"models": [], "words": keys.scrub(str(error), target.key)[:500]}
    return {"models": models[:LISTED], "words": ""}


async def _ask(caller: Caller, target: Target, model: str) -> dict[str, Any]:
    began = time.monotonic()
    message = {"role": "user", "content": "Reply with the word: ready"}
    outcome = await caller.call(target, {"model": model, "messages": [message], "max_tokens": 64})
    seconds = round(time.monotonic() - began, 2)
    fault = str(outcome.fault or "")
    # A model that thinks before it speaks may use up so small a limit; it did answer.
    ok = outcome.fault is None or outcome.status == 200
    return {
        "ok": ok,
        "model": model,
        "fault": "" if ok else fault,
        "words": "" if ok else outcome.words,
        "reply": outcome.text[:300],
        "seconds": seconds,
    }


def _keep(endpoint: Endpoint, found: dict[str, Any]) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(test_result=found, tested_at=timezone.now())


def stale(endpoint: Endpoint) -> bool:
    """Return whether the last connection test is more than a week old."""
    return endpoint.tested_at is None or endpoint.tested_at < timezone.now() - timedelta(days=7)
