"""A data set's dialogues on their way out, streamed: what the sessions say now, with the values in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from django.conf import settings as django_settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from projects.formats.dialogues.labels import LabelReader
from projects.formats.dialogues.out import SessionOut, TurnOut
from projects.formats.dialogues.records import Proposal, Role, Said, Values
from projects.formats.dialogues.settings import Settings, is_dialogue
from projects.models import Dataset, ImportedAnswer, Item, ItemRevision, Study, Suggestion, Turn

# Sessions held in memory at a time.
CHUNK = 50
# Of a turn (0: of the session) and a field.
Place = tuple[int, str]
Given = Mapping[int, Mapping[Place, Values]]
# What people agreed on for some sessions, by the item's key, given what the file says of them; of one study, or (None)
# of the newest that decided.
Curated = Callable[[Dataset, Given, Study | None], Given]
READER = LabelReader({})


def curated_by_people() -> Curated:
    """Who knows what people agreed on: an application above this one, named in the settings."""
    return cast(Curated, import_string(django_settings.CONCORD_DIALOGUE_VALUES))


def dialogues(dataset: Dataset) -> QuerySet[Item]:
    """The data set's sessions in their order; what was removed is left out."""
    items = Item.objects.visible().kept().filter(dataset=dataset, kind=Item.Kind.DIALOGUE, current__isnull=False)
    return items.order_by("position")


def sessions(dataset: Dataset, *, study: Study | None = None) -> Iterator[SessionOut]:
    """Every session, with what people agreed on in the place of what the file said."""
    curated, last = curated_by_people(), 0
    rows = dialogues(dataset).select_related("current", "case", "batch")
    while chunk := list(rows.filter(position__gt=last)[:CHUNK]):
        last = chunk[-1].position
        loaded = _together(chunk)
        agreed = curated(dataset, {one.item.pk: one.said_by_file() for one in loaded}, study)
        yield from (one.out(agreed.get(one.item.pk, {})) for one in loaded)


def _together(items: Sequence[Item]) -> list[_Session]:
    keys = [item.current_id for item in items if item.current_id is not None]
    turns: dict[int, list[Turn]] = {key: [] for key in keys}
    for turn in Turn.objects.filter(revision__in=keys).order_by("revision", "index"):
        turns[turn.revision_id].append(turn)
    proposed, said = _proposed(items), _said(keys)
    return [_Session(item, turns, proposed, said) for item in items]


def _proposed(items: Sequence[Item]) -> Mapping[int, Mapping[int, list[Proposal]]]:
    """The proposals for sessions by revision and turn, but for the labels that an object from a file still has itself.

    They are many, and need not be loaded to be passed over.
    """
    wanted = Q()
    by_source: dict[str | None, list[int]] = {}
    for item in items:
        if item.current_id is not None:
            settings = _object(settings_of(item))
            by_source.setdefault(settings.source if settings else None, []).append(item.current_id)
    for source, keys in by_source.items():
        mine = Q(revision__in=keys)
        wanted |= mine if source is None else mine & ~Q(source=source)
    found: dict[int, dict[int, list[Proposal]]] = {}
    rows = Suggestion.objects.filter(wanted).order_by("pk")
    columns = ("revision_id", "turn__index", "field", "values", "source", "score")
    for key, index, field, values, source, score in rows.values_list(*columns):
        mine_too = found.setdefault(key, {}).setdefault(index or 0, [])
        mine_too.append(Proposal(field, tuple(values), source, score))
    return found


def _said(keys: Sequence[int]) -> Mapping[int, Mapping[int, list[Said]]]:
    found: dict[int, dict[int, list[Said]]] = {}
    rows = ImportedAnswer.objects.filter(revision__in=keys).order_by("pk")
    columns = ("revision_id", "turn__index", "rater__code", "field", "values")
    for key, index, code, field, values in rows.values_list(*columns):
        found.setdefault(key, {}).setdefault(index or 0, []).append(Said(code, field, tuple(values)))
    return found


def settings_of(item: Item) -> Settings | None:
    """How the item's file was read; None where it came from no file of dialogues."""
    return Settings.from_json(item.batch.mapping) if is_dialogue(item.batch.mapping) else None


def _object(settings: Settings | None) -> Settings | None:
    return settings if settings is not None and settings.layout.turns else None


class _Session:
    """One session, put together from what was loaded for many."""

    def __init__(
        self,
        item: Item,
        turns: Mapping[int, list[Turn]],
        proposed: Mapping[int, Mapping[int, list[Proposal]]],
        said: Mapping[int, Mapping[int, list[Said]]],
    ) -> None:
        self.item, self.revision = item, cast(ItemRevision, item.current)
        self.turns = turns[self.revision.pk]
        self.proposed = proposed.get(self.revision.pk, {})
        self.said = said.get(self.revision.pk, {})
        self.settings = settings_of(item)
        self.object = _object(self.settings)
        # Labels of the file itself are proposals of this source; None where nothing came from a file.
        self.source = self.settings.source if self.settings is not None else None

    def said_by_file(self) -> dict[Place, Values]:
        """The values that came with the session: its object has them itself, other sessions have suggestions."""
        if self.object is None:
            return {
                (index, one.field): one.values
                for index, proposals in self.proposed.items()
                for one in proposals
                if one.source == self.source
            }
        layout = self.object.layout
        forms = [(0, self.revision.metadata, layout.session)]
        forms += [(turn.index, turn.metadata, layout.turn) for turn in self.turns]
        return {
            (index, name): values
            for index, form, fields in forms
            for name, values in READER.read(form, fields).labels.items()
        }

    def out(self, agreed: Mapping[Place, Values]) -> SessionOut:
        """The session with what people agreed on in the place of what the file says."""
        item, revision, case = self.item, self.revision, self.item.case
        labels: dict[int, dict[str, Values]] = {}
        for (index, name), values in {**self.said_by_file(), **agreed}.items():
            labels.setdefault(index, {})[name] = values
        return SessionOut(
            external_id=item.external_id,
            turns=tuple(self._turn(turn, labels.get(turn.index, {})) for turn in self.turns),
            case=case.external_id if case else "",
            case_title=case.title if case else "",
            case_order=item.case_order,
            topic=revision.topic,
            language=revision.language,
            labels=labels.get(0, {}),
            said=tuple(self.said.get(0, ())),
            form=revision.metadata,
            proposals=self._others(0),
            came=(self.settings.format, self.settings.layout) if self.settings is not None else None,
        )

    def _turn(self, turn: Turn, labels: Mapping[str, Values]) -> TurnOut:
        return TurnOut(
            index=turn.index,
            speaker=turn.speaker,
            role=cast(Role, turn.role),
            text=turn.text,
            labels=labels,
            said=tuple(self.said.get(turn.index, ())),
            form=turn.metadata,
            proposals=self._others(turn.index),
        )

    def _others(self, index: int) -> tuple[Proposal, ...]:
        """What others than the file itself propose."""
        return tuple(one for one in self.proposed.get(index, ()) if one.source != self.source)
