"""Sessions that are JSON objects: read under any layout, checked turn by turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from projects.formats.dialogues import beside, paths
from projects.formats.dialogues.labels import LabelReader
from projects.formats.dialogues.records import (
    Proposal,
    Remark,
    Said,
    Session,
    SessionFault,
    SessionRecord,
    TurnRecord,
    session_hash,
    turn_error,
)
from projects.formats.dialogues.remarks import language_of, remarks_on
from projects.formats.dialogues.roles import RoleTable
from projects.formats.dialogues.settings import SUGGEST, Settings
from projects.formats.languages import language_code
from projects.formats.records import FormatError, RowError
from projects.formats.text import CellError, as_text, check_metadata, refuse_controls

MOST_TURNS = 5_000
LONGEST_NAME = 200
LONGEST_SPEAKER = 100
LONGEST_TEXT = 100_000
# Reasons that our own file of rejected sessions adds; they are no part of the session.
PROBLEMS = "import_problems"


class ObjectReader:
    """Settings made ready for many sessions. Raises FormatError where the layout cannot work at all."""

    def __init__(self, settings: Settings) -> None:
        for name in ("turns", "speaker", "text"):
            if not getattr(settings.layout, name):
                raise FormatError("dialogue_layout", name=name)
        self.settings = settings
        self.layout = settings.layout
        self.roles = RoleTable(settings.roles)
        self.labels = LabelReader(settings.allowed)

    def session(self, row: int, line: int, value: object) -> Session:
        """One entry of the file as a session, or with everything that is wrong with it."""
        return _Reading(self, row, line, value).session()


class _Reading:
    """One session while it is read; errors are gathered, so that a person sees all of them at once."""

    def __init__(self, reader: ObjectReader, row: int, line: int, value: object) -> None:
        self.reader = reader
        self.layout = reader.layout
        self.row, self.line, self.value = row, line, value
        self.id = ""
        self.errors: list[RowError] = []
        self.unreadable: list[int] = []
        self.unknown: set[str] = set()

    def fail(self, turn: int | None, code: str, **params: object) -> None:
        self.errors.append(turn_error(self.row, self.line, self.id, turn, code, **params))

    def session(self) -> Session:
        if not isinstance(self.value, Mapping):
            self.fail(None, "session_not_object")
            return self._fault()
        source = {key: value for key, value in self.value.items() if key != PROBLEMS}
        self.id = self._name(source, self.layout.id)
        turns = self._turns(source)
        record = self._record(source, turns) if not self.errors else None
        return self._fault() if self.errors or record is None else record

    def _fault(self) -> SessionFault:
        return SessionFault(self.row, self.line, self.id, tuple(self.errors), self.value)

    def _record(self, source: dict[str, Any], turns: list[TurnRecord]) -> SessionRecord:
        texts = [turn.text for turn in turns]
        labels = self._labels(source, self.layout.session, None)
        remarks = remarks_on(texts, len({turn.speaker for turn in turns}))
        if self.unreadable:
            remarks = (*remarks, Remark("label_unreadable", tuple(self.unreadable)))
        return SessionRecord(
            row=self.row,
            line=self.line,
            external_id=self.id,
            turns=tuple(turns),
            content_hash=session_hash((turn.role, turn.speaker, turn.text) for turn in turns),
            case=self._name(source, self.layout.case),
            case_title=self._name(source, self.layout.case_title),
            case_order=self._order(source),
            topic=self._name(source, self.layout.topic, cut=True),
            language=self._language(source) or language_of(texts),
            labels=labels,
            answers=self._answers(source, None),
            metadata=self._form(source, self.layout.turns, None),
            proposals=self._proposals(source, None, labels),
            remarks=remarks,
        )

    def _name(self, source: Mapping[str, Any], path: str, *, cut: bool = False) -> str:
        """A short text; what is no text is none, and stays among the metadata."""
        text = _plain(paths.get(source, path))
        if len(text) > LONGEST_NAME and not cut:
            self.fail(None, "session_id_long", found=len(text), limit=LONGEST_NAME)
        return text[:LONGEST_NAME]

    def _order(self, source: Mapping[str, Any]) -> int | None:
        text = self._name(source, self.layout.case_order)
        if not text:
            return None
        if not text.isdecimal() or not 0 < int(text) < 10**6:
            self.fail(None, "case_order_invalid", value=text[:40])
            return None
        return int(text)

    def _language(self, source: Mapping[str, Any]) -> str:
        text = self._name(source, self.layout.language)
        code = language_code(text)
        if code is None:
            self.fail(None, "language_invalid", value=text[:40])
        return code or self.reader.settings.language

    def _labels(self, source: Mapping[str, Any], fields: Mapping[str, str], turn: int | None) -> dict[str, Any]:
        labels, wrong, unreadable = self.reader.labels.read(source, fields)
        self._refuse(turn, wrong)
        if unreadable:
            self.unreadable.append(turn or 0)
        return labels

    def _refuse(self, turn: int | None, wrong: Iterable[tuple[str, str, tuple[str, ...]]]) -> None:
        for field, value, allowed in wrong:
            self.fail(turn, "label_outside", field=field, value=value[:80], allowed=", ".join(allowed))

    def _answers(self, source: Mapping[str, Any], turn: int | None) -> tuple[Said, ...]:
        """What the raters whom the object names say of the session or turn."""
        path = self.layout.rater
        value = paths.get(source, path)
        if value is paths.MISSING or value is None:
            return ()
        try:
            found = tuple(beside.raters(value))
        except CellError as problem:
            self.fail(turn, problem.code, **{"key": path, **problem.params})
            return ()
        for one in found:
            self._refuse(turn, self.reader.labels.outside(one.field, one.values))
        return found

    def _proposals(
        self, source: Mapping[str, Any], turn: int | None, labels: Mapping[str, Any]
    ) -> tuple[Proposal, ...]:
        """What the object's list of proposals holds; its own labels are a proposal too, under the import's source."""
        path, settings = self.layout.suggestions, self.reader.settings
        value = paths.get(source, path)
        if value is paths.MISSING or value is None:
            return ()
        try:
            found = tuple(beside.suggestions(value))
        except CellError as problem:
            self.fail(turn, problem.code, **{"key": path, **problem.params})
            return ()
        for one in found:
            self._refuse(turn, self.reader.labels.outside(one.field, one.values))
            if settings.labels == SUGGEST and one.source == settings.source and one.field in labels:
                self.fail(turn, "suggestion_twice", field=one.field, source=one.source)
        return found

    def _form(self, source: dict[str, Any], path: str, turn: int | None) -> dict[str, Any]:
        """The object with null where the text or the turns stood: they are kept as such, once."""
        form = paths.put(source, path, None)
        try:
            check_metadata(form)
        except CellError as problem:
            self.fail(turn, problem.code, **problem.params)
        return form

    def _turns(self, source: Mapping[str, Any]) -> list[TurnRecord]:
        value = paths.get(source, self.layout.turns)
        if not isinstance(value, list) or not value:
            self.fail(None, "session_no_turns", key=self.layout.turns)
            return []
        if len(value) > MOST_TURNS:
            self.fail(None, "session_too_long", found=len(value), limit=MOST_TURNS)
            return []
        return [turn for number, one in enumerate(value, 1) if (turn := self._turn(number, one)) is not None]

    def _turn(self, number: int, value: object) -> TurnRecord | None:
        if not isinstance(value, dict):
            self.fail(number, "turn_not_object")
            return None
        speaker, text = self._speaker(number, value), self._text(number, value)
        named = _plain(paths.get(value, self.layout.role))
        role = self.reader.roles.of(speaker, named) if speaker else None
        who = named or speaker
        if speaker and role is None and who not in self.unknown:
            self.unknown.add(who)  # told once a session, not once a turn
            self.fail(number, "role_unknown", value=who[:80])
        labels = self._labels(value, self.layout.turn, number)
        form = self._form(value, self.layout.text, number)
        said, proposals = self._answers(value, number), self._proposals(value, number, labels)
        if not speaker or not text or role is None:
            return None  # and the session is refused as a whole
        return TurnRecord(speaker, role, text, labels, said, form, proposals)

    def _speaker(self, number: int, value: dict[str, Any]) -> str:
        speaker = _plain(paths.get(value, self.layout.speaker))
        if not speaker:
            self.fail(number, "turn_no_speaker", key=self.layout.speaker)
        if len(speaker) > LONGEST_SPEAKER:
            self.fail(number, "speaker_long", found=len(speaker), limit=LONGEST_SPEAKER)
        return speaker

    def _text(self, number: int, value: dict[str, Any]) -> str:
        text = paths.get(value, self.layout.text)
        if text is paths.MISSING or text is None or (isinstance(text, str) and not text.strip()):
            self.fail(number, "turn_no_text", key=self.layout.text)
            return ""
        if not isinstance(text, str):
            self.fail(number, "turn_not_text", key=self.layout.text)
            return ""
        return self._checked(number, text)

    def _checked(self, number: int, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            self.fail(number, "too_long", found=len(text), limit=LONGEST_TEXT)
        try:
            refuse_controls(text.replace("\r", ""))
        except CellError as problem:
            self.fail(number, problem.code, **problem.params)
        return text


def _plain(value: object) -> str:
    """A short text or number as text; nothing for what is missing or nested."""
    return "" if value is paths.MISSING or isinstance(value, dict | list) else as_text(value).strip()
