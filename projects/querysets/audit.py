"""Queries over the audit log: newest first, paged by id, names resolved only when somebody reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from projects.listing import Among, Shaped
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
from projects.prepared import Prepared

A_PAGE = 25
# Where more people have done something, their addresses are typed.
MOST_ACTORS = 200
Key = tuple[str, int]
# Targets that have a name of their own, with what it is made of; of everything else the log shows kind and number.
NAMED: dict[type[Model], tuple[str, ...]] = {
    User: ("name", "email"), Rater: ("code",), Study: ("name",), Dataset: ("name",), Project: ("name",),
    Item: ("external_id",), ImportBatch: ("filename",), Invitation: ("email",),
}  # fmt: skip
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
        for row in _named(model, loaded).rows(wanted[kind]):
            yield (kind, row.pk), row


@cache
def _named(model: type[Model], loaded: tuple[str, ...]) -> Among[Any]:
    def build(numbers: Iterable[int]) -> QuerySet[Any]:
        rows = model._default_manager.filter(pk__in=numbers).order_by()
        if loaded:
            return rows.select_related(*loaded)
        return rows.only(*NAMED[model]) if model in NAMED else rows

    return Among(build)


def _entries(project: int, before: int = 0, verb: str = "", person: int = 0) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(project_id=project).order_by("-id")
    rows = rows.filter(verb=verb) if verb else rows
    return older_than(rows.filter(actor_id=person) if person else rows, before or None)[: A_PAGE + 1]


ENTRIES = Shaped(_entries, project=-1, before=-2, verb="a verb", person=-3)
VERBS: Prepared[Any] = Prepared(
    lambda project: AuditEntry.objects.filter(project_id=project).order_by().values_list("verb").distinct(), -1
)


def actors(project: int) -> QuerySet[User]:
    """Return whoever a project's log names as having done something."""
    rows = User.objects.filter(pk__in=AuditEntry.objects.filter(project_id=project).order_by().values("actor_id"))
    return rows.order_by("name", "email").only("name", "email")


# One more than a filter offers, so that it knows whether that is all.
ACTORS = Prepared(lambda project: actors(project)[: MOST_ACTORS + 1], -1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
