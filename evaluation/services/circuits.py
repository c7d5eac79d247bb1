"""The circuit of an endpoint: opened by an error that every call would meet, closed by the site admin."""

from __future__ import annotations

from datetime import datetime

from evaluation.models import Endpoint
from evaluation.providers.outcomes import Fault
from projects.models import User
from projects.services.audit import record


def open_for(endpoint: Endpoint, fault: Fault, words: str, now: datetime) -> None:
    """Stop all calls to an endpoint; the first reason stands until somebody closes the circuit."""
    opened = Endpoint.objects.filter(pk=endpoint.pk, circuit_since__isnull=True).update(
        circuit_reason=f"{fault}: {words}"[:2000], circuit_since=now
    )
    if opened:
        record("endpoint.circuit_opened", actor=None, target=endpoint, reason=str(fault))


def close(endpoint: Endpoint, *, actor: User) -> bool:
    """Let calls through again; False where the circuit was closed already."""
    closed = Endpoint.objects.filter(pk=endpoint.pk, circuit_since__isnull=False).update(
        circuit_reason="", circuit_since=None
    )
    if closed:
        record("endpoint.circuit_closed", actor=actor, target=endpoint)
    return bool(closed)
