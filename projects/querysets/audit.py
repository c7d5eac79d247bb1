"""Queries over the audit log: newest first, paged by id, names resolved only when somebody reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from projects.models import (
    AuditEntry,
    Dataset,
    ImportBatch,
    Invitation,
    Item,
    Project,
    Rater,
    Study,
    StudyRole,
    Unit,
    User,
)

Key = tuple[str, int]
# Targets that have a name of their own; of everything else the log shows kind and number.
NAMED: tuple[type[Model], ...] = (User, Rater, Study, Dataset, Project, Item, ImportBatch, Invitation)
# Targets that go by the name of something else, with what has to be loaded for it.
BORROWED: dict[type[Model], tuple[tuple[str, ...], Callable[[Any], object]]] = {
    Unit: (("item",), lambda unit: unit.item or f"#{unit.pk}"),
    StudyRole: (("rater", "user"), lambda part: part.rater or part.user),
}
# Entries' data refers to these by number.
REFERRED = ("study", "dataset")


def of_project(project: Project) -> QuerySet[AuditEntry]:
    """Return a project's entries, newest first."""
    return AuditEntry.objects.filter(project_id=project.pk).order_by("-id")


def between(rows: QuerySet[AuditEntry], since: date | None, until: date | None) -> QuerySet[AuditEntry]:
    """Keep the entries from the first moment of `since` to the last of `until`, in the site's time zone."""
    if since:
        rows = rows.filter(at__gte=_midnight(since))
    if until:
        rows = rows.filter(at__lt=_midnight(until + timedelta(days=1)))
    return rows


def older_than(rows: QuerySet[AuditEntry], pk: int | None) -> QuerySet[AuditEntry]:
    """Keep the entries before one: a page's start costs the same however long the log is."""
    return rows.filter(pk__lt=pk) if pk else rows


def names(entries: Iterable[AuditEntry], *, more: Iterable[type[Model]] = ()) -> dict[Key, str]:
    """Return the names of everybody and everything the entries speak of; what is gone is missing.

    `more` are models of other apps that have a name of their own.
    """
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.actor_id is not None:
            wanted["user"].add(entry.actor_id)
        if entry.target_id is not None:
            wanted[entry.target_type].add(entry.target_id)
        for kind in REFERRED:
            if isinstance(entry.data.get(kind), int):
                wanted[kind].add(entry.data[kind])
    found = {key: str(row) for model in (*NAMED, *more) for key, row in _rows(model, wanted)}
    for model, (loaded, name) in BORROWED.items():
        found |= {key: str(name(row)) for key, row in _rows(model, wanted, *loaded)}
    return found


def _rows(model: type[Model], wanted: dict[str, set[int]], *loaded: str) -> Iterator[tuple[Key, Any]]:
    kind = model._meta.model_name or ""
    if kind in wanted:
        rows = model._default_manager.select_related(*loaded) if loaded else model._default_manager.all()
        for pk, row in rows.in_bulk(wanted[kind]).items():
            yield (kind, pk), row


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
