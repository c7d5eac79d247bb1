"""Flags: raised by whoever reads a text, on the manager's list at once, open until somebody has looked into them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.models import Flag, Item, Project, Rater, Study, Unit, User
from projects.services.audit import record

NOTE_LIMIT = 5000
FILTERS = ("concern", "state", "study", "dataset")


def raise_flag(
    *,
    project: Project,
    by: User,
    concern: str,
    client_key: str,
    note: str = "",
    study: Study | None = None,
    unit: Unit | None = None,
    item: Item | None = None,
    turn: int | None = None,
    part: str = "",
    rater: Rater | None = None,
) -> Flag:
    """Keep a concern about a unit or an item, or about one turn of it; the same press sent twice is one flag.

    `part` is a kind's own name for a part of its unit that is no turn. Raises ValidationError for an unknown concern,
    a turn the dialogue does not have, or a note that is too long.
    """
    item = item or (unit.item if unit else None)
    revision = unit.revision if unit and unit.revision_id else item.current if item else None
    note = note.strip()
    if concern not in Flag.Concern.values:
        raise ValidationError({"concern": _("Choose what the concern is.")})
    if len(note) > NOTE_LIMIT:
        raise ValidationError({"note": _("This is too long: at most %(limit)s characters.") % {"limit": NOTE_LIMIT}})
    if turn is not None and (revision is None or not revision.turns.filter(index=turn).exists()):
        raise ValidationError({"turn": _("This dialogue has no such turn.")})
    told = {
        "study": study, "unit": unit, "item": item, "revision": revision, "turn": turn, "part": part[:60],
        "concern": concern, "note": note, "rater": rater,
    }  # fmt: skip
    with transaction.atomic():
        flag, made = Flag.objects.get_or_create(
            project=project, raised_by=by, client_key=client_key[:40], defaults=told
        )
        if made:
            record("flag.raised", actor=by, project=project, target=flag, concern=concern)
    return flag


def handle(flag: Flag, *, by: User, note: str) -> None:
    """Say that somebody has looked into it, and what came of it; twice is once."""
    note = note.strip()
    if not note:
        raise ValidationError({"note": _("Write what was done, or why nothing had to be.")})
    if len(note) > NOTE_LIMIT:
        raise ValidationError({"note": _("This is too long: at most %(limit)s characters.") % {"limit": NOTE_LIMIT}})
    with transaction.atomic():
        values = {"state": Flag.State.HANDLED, "handled_by": by, "handled_at": timezone.now(), "handling_note": note}
        if Flag.objects.filter(pk=flag.pk, state=Flag.State.OPEN).update(**values):
            record("flag.handled", actor=by, project=flag.project, target=flag)


def reopen(flag: Flag, *, by: User) -> None:
    """Put a flag back on the list; the note stays until somebody writes another."""
    with transaction.atomic():
        handled = Flag.objects.filter(pk=flag.pk, state=Flag.State.HANDLED)
        if handled.update(state=Flag.State.OPEN, handled_by=None, handled_at=None):
            record("flag.reopened", actor=by, project=flag.project, target=flag)


def of_project(project: Project | int, wanted: Mapping[str, str]) -> QuerySet[Flag]:
    """Return a project's flags, newest first, with what a list shows; open ones unless `wanted` says otherwise."""
    rows = Flag.objects.filter(project=project).select_related("study", "item__dataset", "rater", "raised_by")
    state = wanted.get("state") or Flag.State.OPEN
    rows = rows if state == "all" else rows.filter(state=state)
    if wanted.get("concern"):
        rows = rows.filter(concern=wanted["concern"])
    if wanted.get("study"):
        rows = rows.filter(study__slug=wanted["study"])
    if wanted.get("dataset"):
        rows = rows.filter(item__dataset__slug=wanted["dataset"])
    return rows.order_by("-created_at", "-pk")


def turns_flagged(unit: Unit) -> set[int]:
    """Return the turns of a unit's dialogue that carry an open flag, for people who may know of others' flags."""
    if unit.item_id is None:
        return set()
    rows = Flag.objects.filter(item_id=unit.item_id, state=Flag.State.OPEN)
    return {turn for turn in rows.values_list("turn", flat=True) if turn is not None}


def turns_flagged_by(unit: Unit, rater: int | None) -> set[int]:
    """Return the turns of a unit's dialogue that one rater has flagged; what others flagged is not theirs to see."""
    rows = Flag.objects.filter(unit=unit, rater=rater, turn__isnull=False)
    return {turn for turn in rows.values_list("turn", flat=True) if turn is not None}


def waiting(projects: Collection[int]) -> dict[int, int]:
    """Return how many flags are open in each of some projects; those without any are missing."""
    rows = Flag.objects.filter(project__in=projects, state=Flag.State.OPEN).order_by()
    return dict(rows.values_list("project").annotate(n=Count("pk")))
