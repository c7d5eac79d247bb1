"""Correcting an item: a new revision with a reason. What was judged already keeps the revision it saw."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from projects.formats.checker import Checker
from projects.formats.messages import row_message
from projects.formats.records import ItemRecord
from projects.formats.text import CellError
from projects.models import ImportedAnswer, Item, ItemRevision, Study, Suggestion, User
from projects.services import audit
from projects.services.import_records import FIELDS
from projects.services.import_survey import schema_of

MAX_REASON = 200
# What is copied with a row of the old revision to the new one.
PROPOSED = ("field", "values", "source", "score", "created_at")
SAID = ("rater_id", "field", "values")


@dataclass(frozen=True)
class Wording:
    """What an item says in the parts a person can correct; `options` are the texts by key."""

    text: str
    options: AnyMapping[str, str]
    topic: str = ""
    subtopic: str = ""
    language: str = ""
    reference: str = ""


def correct(*, item: Item, wording: Wording, reason: str, based_on: int, actor: User) -> ItemRevision:
    """Make the item say this from now on. `based_on` is the number of the revision that was read.

    Raises ValidationError by field (options by place: option_0) for what no import would take, where nothing is
    different, and where somebody has changed the item meanwhile. Studies that have been opened keep what they began
    with.
    """
    reason = _reason(reason)
    with transaction.atomic():
        item = (
            Item.objects.select_for_update(of=("self",)).select_related("dataset__project", "current").get(pk=item.pk)
        )
        old = item.current
        if old is None or item.kind == Item.Kind.DIALOGUE:
            raise ValidationError(_("This item has no text of its own to correct."))
        if old.number != based_on:
            raise ValidationError(_("Somebody has changed this item meanwhile. Look at it again, then correct it."))
        new = _revision(old, _checked(item, old, wording), reason, actor)
        Item.objects.filter(pk=item.pk).update(current=new)
        facts = {"dataset": item.dataset_id, "revision": new.number}
        audit.record("item.corrected", actor=actor, project=item.dataset.project, target=item, **facts)
    return new


def studies_of(item: Item) -> int:
    """Return how many studies have a unit of the item, and so keep the revision it had when they were opened."""
    return Study.objects.filter(units__item=item).distinct().count()


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Say why the item is corrected. It is kept with the revision.")})
    if len(reason) > MAX_REASON:
        raise ValidationError({"reason": _("This is too long: at most %(limit)s characters.") % {"limit": MAX_REASON}})
    return reason


def _checked(item: Item, old: ItemRevision, wording: Wording) -> ItemRecord:
    """Return the wording as an import would read it; raises ValidationError for what it would reject."""
    options = [{"key": one["key"], "text": wording.options.get(one["key"], one["text"])} for one in old.options]
    for place, option in enumerate(options):
        if not option["text"].strip():
            raise ValidationError({f"option_{place}": _("An option needs a text.")})
    values: dict[str, Any] = {"kind": item.kind, "text": wording.text, "topic": wording.topic}
    values |= {"subtopic": wording.subtopic, "language": wording.language, "reference": wording.reference}
    if options:
        values["options"] = options
    try:
        return Checker(FIELDS, schema_of(item.dataset)).record(1, values)
    except CellError as problem:
        field = problem.column if problem.column != "options" else None
        message = row_message(problem.code, problem.params)
        raise ValidationError({field: message} if field else message) from problem


def _revision(old: ItemRevision, record: ItemRecord, reason: str, actor: User) -> ItemRevision:
    """Write the new revision, with the proposals and imported answers that stand beside the old one."""
    told: dict[str, Any] = {
        "text": record.text,
        "options": [{"key": option.key, "text": option.text} for option in record.options],
        "topic": record.topic,
        "subtopic": record.subtopic,
        "language": record.language,
        "reference": record.reference,
    }
    if all(getattr(old, name) == value for name, value in told.items()):
        raise ValidationError(_("Nothing is different from what the item says now."))
    new = ItemRevision.objects.create(
        item_id=old.item_id,
        number=old.number + 1,
        metadata=old.metadata,
        content_hash=record.content_hash,
        created_by=actor,
        reason=reason,
        **told,
    )
    proposals = Suggestion.objects.filter(revision=old, turn__isnull=True).order_by("pk").values(*PROPOSED)
    Suggestion.objects.bulk_create(Suggestion(revision=new, **row) for row in proposals)
    answers = ImportedAnswer.objects.filter(revision=old, turn__isnull=True).order_by("pk").values(*SAID)
    ImportedAnswer.objects.bulk_create(ImportedAnswer(revision=new, **row) for row in answers)
    return new
