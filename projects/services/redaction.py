"""Putting an alias in the place of private words: a new version of the item; the old words stay with the manager.

Every unit of the item shows the new version from then on, whatever study it is in: who has not read the words yet is
not to read them. What was answered stays as it is; `mentions` tells where people wrote the words themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Max
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.models import ImportedAnswer, Item, ItemRevision, Suggestion, Turn, Unit, User
from projects.services.audit import record

WORDS_LIMIT = 200
# Sent inside the transaction with `before` and `after`, so that what hangs on turns can follow to the new version's;
# `found` (the pattern) and `alias` say how the texts have moved.
redacted = Signal()
# Asks with `item`, `words` and `found` who wrote these words about the item themselves; answers are lists of Mention.
mentioned = Signal()
# Scripts that part words by blanks: there "Ann" is not to be found in "Annual". Chinese has no such edges.
LETTERS = "0-9A-Za-z\u00c0-\u024f\u0370-\u052f"


@dataclass(frozen=True)
class Change:
    """One text of the item, before and after; `turn` is the turn's place, None outside the turns."""

    turn: int | None
    speaker: str
    pieces: tuple[tuple[str, bool], ...]
    count: int


@dataclass(frozen=True)
class Mention:
    """A text of somebody's own in which the words stand: whose, what it is, and where a manager finds it.

    The text is empty as long as a manager may not read it.
    """

    by: str
    what: str
    turn: int | None
    text: str
    url: str


def mentions(item: Item, words: str) -> list[Mention]:
    """Return what people wrote about the item with these words in it; an alias leaves it as it is."""
    words = words.strip()
    if not words:
        return []
    answers: list[Any] = mentioned.send(sender=Item, item=item, words=words, found=pattern(words))
    return [mention for _receiver, found in answers for mention in found]


def pattern(words: str) -> re.Pattern[str]:
    """Return what finds the words wherever they stand alone, in small letters or capitals."""
    edge = re.compile(f"[{LETTERS}]")
    before = f"(?<![{LETTERS}])" if edge.match(words[0]) else ""
    after = f"(?![{LETTERS}])" if edge.match(words[-1]) else ""
    return re.compile(before + re.escape(words) + after, re.IGNORECASE)


def check(words: str, alias: str) -> tuple[str, str]:
    """Return both without blanks around them; raises ValidationError where one cannot be used."""
    words, alias = words.strip(), alias.strip()
    errors: dict[str, str] = {}
    if not words:
        errors["words"] = _("Choose the words to replace.")
    if not alias:
        errors["alias"] = _("Give the alias that stands in their place, such as “[name]”.")
    for name, text in (("words", words), ("alias", alias)):
        if len(text) > WORDS_LIMIT:
            errors[name] = _("This is too long: at most %(limit)s characters.") % {"limit": WORDS_LIMIT}
    if words and not errors and pattern(words).search(alias):
        errors["alias"] = _("The alias contains the words it replaces. Choose another.")
    if errors:
        raise ValidationError(errors)
    return words, alias


def preview(item: Item, *, words: str, alias: str) -> list[Change]:
    """Return every text of the item that would change, as pieces of text with whether each is the alias."""
    words, alias = check(words, alias)
    found = pattern(words)
    return [
        Change(turn, speaker, tuple(_pieces(text, found, alias)), len(found.findall(text)))
        for turn, speaker, text in _texts(item)
        if found.search(text)
    ]


def _texts(item: Item) -> Iterator[tuple[int | None, str, str]]:
    """Yield what the item says: its turns, or its text where it has none; then what is kept beside it."""
    revision = _current(item)
    turns = list(revision.turns.all())
    yield from ((turn.index, turn.speaker, turn.text) for turn in turns)
    if not turns:
        yield None, "", revision.text
    beside = [*_strings(revision.options), revision.reference, *_strings(revision.metadata)]
    for turn in turns:
        beside += [turn.speaker, *_strings(turn.metadata)]
    for values in revision.suggestions.values_list("values", flat=True):
        beside += _strings(values)
    yield from ((None, "", text) for text in dict.fromkeys(beside) if text)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    return [text for one in value for text in _strings(one)] if isinstance(value, list) else []


def _pieces(text: str, found: re.Pattern[str], alias: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for match in found.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], False
        yield alias, True
        at = match.end()
    if at < len(text):
        yield text[at:], False


def apply(item: Item, *, words: str, alias: str, by: User, based_on: int) -> ItemRevision:
    """Make the item's new version and show it everywhere. `based_on` is the number of the version that was read.

    Raises ValidationError where the words do not occur, or somebody has changed the item meanwhile.
    """
    words, alias = check(words, alias)
    with transaction.atomic():
        item = Item.objects.select_for_update(of=("self",)).select_related("dataset__project").get(pk=item.pk)
        old = _current(item)
        if old.number != based_on:
            raise ValidationError(_("Somebody has changed this item meanwhile. Look at it again."))
        if not preview(item, words=words, alias=alias):
            raise ValidationError({"words": _("These words do not occur in the item.")})
        new = _copy(old, pattern(words), alias, by)
        Item.objects.filter(pk=item.pk).update(current=new)
        moved = Unit.objects.filter(item=item).update(revision=new)
        redacted.send(sender=ItemRevision, before=old, after=new, found=pattern(words), alias=alias)
        facts = {"before": old.pk, "after": new.pk, "units": moved}
        record("item.redacted", actor=by, project=item.dataset.project, target=item, **facts)
    return new


def _current(item: Item) -> ItemRevision:
    if item.current is None:
        raise ValidationError(_("This item has no text."))
    return item.current


def _copy(old: ItemRevision, found: re.Pattern[str], alias: str, by: User) -> ItemRevision:
    """Write the new revision with its turns and proposals.

    The hash stays that of what was imported: the same file brought again must not bring the words back.
    """

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return found.sub(lambda _match: alias, value)
        if isinstance(value, dict):
            return {key: clean(one) for key, one in value.items()}
        return [clean(one) for one in value] if isinstance(value, list) else value

    last = ItemRevision.objects.filter(item=old.item_id).aggregate(last=Max("number"))["last"] or 0
    told = {name: clean(getattr(old, name)) for name in ("text", "options", "reference", "metadata")}
    made = {
        "number": last + 1,
        "created_by_id": by.pk,
        "created_at": timezone.now(),
        "reason": "alias",
        "redaction": True,
    }
    new = ItemRevision.objects.create(**_values(old) | told | made)
    turns = list(old.turns.all())
    own = ("speaker", "text", "metadata")
    Turn.objects.bulk_create(
        Turn(**_values(turn) | {name: clean(getattr(turn, name)) for name in own} | {"revision_id": new.pk})
        for turn in turns
    )
    by_index = dict(Turn.objects.filter(revision=new).values_list("index", "pk"))
    places = {turn.pk: by_index[turn.index] for turn in turns}
    Suggestion.objects.bulk_create(
        Suggestion(
            **_values(row)
            | {"revision_id": new.pk, "turn_id": places.get(row.turn_id or 0), "values": clean(row.values)}
        )
        for row in old.suggestions.order_by("pk")
    )
    _copy_imported(old, new, places, clean)
    return new


def _copy_imported(
    old: ItemRevision, new: ItemRevision, places: Mapping[int, int], clean: Callable[[Any], Any]
) -> None:
    """Copy what external raters said in the file the item came from."""
    ImportedAnswer.objects.bulk_create(
        ImportedAnswer(
            **_values(row)
            | {"revision_id": new.pk, "turn_id": places.get(row.turn_id or 0), "values": clean(row.values)}
        )
        for row in old.imported_answers.order_by("pk")
    )


def _values(row: models.Model) -> dict[str, Any]:
    """Return a row's columns without its key."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
