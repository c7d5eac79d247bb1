"""Rows of single turns gathered into sessions, with what each rater said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from projects.formats.dialogues import turns_csv
from projects.formats.dialogues.beside import LONGEST_CODE
from projects.formats.dialogues.labels import LabelReader
from projects.formats.dialogues.objects import LONGEST_NAME, LONGEST_SPEAKER, LONGEST_TEXT, MOST_TURNS
from projects.formats.dialogues.records import (
    Role,
    Said,
    Session,
    SessionFault,
    SessionRecord,
    TurnRecord,
    Values,
    session_hash,
    turn_error,
)
from projects.formats.dialogues.remarks import language_of, remarks_on
from projects.formats.dialogues.roles import RoleTable
from projects.formats.dialogues.settings import Layout, Settings
from projects.formats.languages import language_code
from projects.formats.records import FaultyRow, FormatError, RowError, row_error
from projects.formats.table import Row
from projects.formats.text import CellError, as_text, check_metadata, refuse_controls

SESSION_PLACES = ("case", "case_title", "case_order", "topic", "language")


def used(layout: Layout) -> set[str]:
    """The columns that a layout has a place for."""
    places = ("id", "index", "speaker", "role", "text", "rater", *SESSION_PLACES)
    return {getattr(layout, name) for name in places} | {*layout.session.values(), *layout.turn.values()}


def others(columns: Iterable[str], layout: Layout) -> list[str]:
    """The columns that are kept beside the turns."""
    known = used(layout) - {layout.index}
    return [column for column in columns if column not in known]


@dataclass(slots=True)
class _Turn:
    line: int
    speaker: str
    role: Role
    text: str
    labels: dict[str, Values] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    # In the order of their rows.
    raters: dict[str, None] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    # Columns in which the rows of the turn differ: what each rater's row says.
    varied: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class _Group:
    """The rows of one session so far."""

    row: int
    line: int
    id: str
    told: dict[str, str] = field(default_factory=dict)
    # The line that said it first, by place of the session.
    told_in: dict[str, int] = field(default_factory=dict)
    # What a rater ("": nobody who is named) says of the session, by field.
    said: dict[tuple[str, str], Values] = field(default_factory=dict)
    turns: dict[int, _Turn] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


class RowReader:
    """Settings made ready for the rows of a table. Raises FormatError where the layout cannot work at all."""

    def __init__(self, settings: Settings) -> None:
        layout = settings.layout
        for name in ("speaker", "text", *(("index",) if layout.rater else ())):
            if not getattr(layout, name):
                raise FormatError("dialogue_layout", name=name)
        self.settings, self.layout = settings, layout
        self.roles = RoleTable(settings.roles)
        self.checker = LabelReader(settings.allowed)
        self.used = used(layout)
        self.places = [(name, column) for name in SESSION_PLACES if (column := getattr(layout, name))]
        self.groups: dict[str, _Group] = {}
        self.cells: dict[object, Values] = {}

    def sessions(self, rows: Iterable[Row]) -> Iterator[Session]:
        """Every session of the table, in the order in which they begin; all rows are read before the first is known."""
        for line, values in rows:
            self._take(line, values)
        for group in self.groups.values():
            yield self._fault(group) if group.errors else self._record(group)

    def _take(self, line: int, values: Mapping[str, Any]) -> None:
        name = self._plain(values, self.layout.id)
        group = self.groups.get(name)
        if group is None:
            group = self.groups[name] = _Group(len(self.groups) + 1, line, name[:LONGEST_NAME])
            if len(name) > LONGEST_NAME:
                self._fail(group, line, None, "session_id_long", found=len(name), limit=LONGEST_NAME)
        group.lines.append(line)
        if isinstance(values, FaultyRow):
            group.errors.append(row_error(group.row, "", values.error.code, **values.error.params, line=line))
        elif self.layout.id and not name:
            self._fail(group, line, None, "session_id_missing", key=self.layout.id)
        else:
            self._add(group, line, values)

    def _fail(self, group: _Group, line: int, turn: int | None, code: str, **params: object) -> None:
        group.errors.append(turn_error(group.row, line, group.id, turn, code, **params))

    @staticmethod
    def _plain(values: Mapping[str, Any], column: str) -> str:
        value = values.get(column) if column else None
        return "" if value is None or isinstance(value, dict | list) else as_text(value).strip()

    def _add(self, group: _Group, line: int, values: Mapping[str, Any]) -> None:
        """Put a row where it belongs: a new turn, or another rater's word on a known one."""
        self._tell(group, line, values)
        index = self._index(group, line, values)
        if index is None:
            return
        known = group.turns.get(index)
        turn = self._new(group, line, values) if known is None else known
        if turn is None:
            return
        group.turns[index] = turn
        if known is not None and not self._same(group, line, known, values):
            return
        self._rate(group, line, index, turn, values)

    def _tell(self, group: _Group, line: int, values: Mapping[str, Any]) -> None:
        """Take what the row says of the whole session; rows of one session must not contradict each other."""
        for name, column in self.places:
            if (text := self._plain(values, column)) and text != group.told.get(name):
                if name in group.told:
                    self._fail(group, line, None, "session_differs", what=column, first=group.told_in[name])
                else:
                    group.told[name], group.told_in[name] = text, line
        if not self.layout.session:
            return
        rater = self._plain(values, self.layout.rater)
        for name, given in self._labels(group, line, None, values, self.layout.session).items():
            known = group.said.setdefault((rater, name), given)
            first = group.told_in.setdefault(f"{rater} {name}", line)
            if known != given:
                self._fail(group, line, None, "session_differs", what=self.layout.session[name], first=first)

    def _index(self, group: _Group, line: int, values: Mapping[str, Any]) -> int | None:
        if not self.layout.index:
            return len(group.turns) + 1
        text = self._plain(values, self.layout.index)
        try:
            return int(text)
        except ValueError:
            self._fail(group, line, None, "turn_index_invalid", value=text[:40])
            return None

    def _new(self, group: _Group, line: int, values: Mapping[str, Any]) -> _Turn | None:
        number, before = len(group.turns) + 1, len(group.errors)
        speaker = self._plain(values, self.layout.speaker)
        text = values.get(self.layout.text)
        if not isinstance(text, str) or not text.strip():
            self._fail(group, line, number, "turn_no_text", key=self.layout.text)
        elif problem := _text_problem(text):
            self._fail(group, line, number, problem.code, **problem.params)
        if len(speaker) > LONGEST_SPEAKER:
            self._fail(group, line, number, "speaker_long", found=len(speaker), limit=LONGEST_SPEAKER)
        role = self._role(group, line, number, speaker, values)
        if role is None or len(group.errors) > before or not isinstance(text, str):
            return None
        return _Turn(line, speaker, role, text, others=self._others(values))

    def _role(self, group: _Group, line: int, number: int, speaker: str, values: Mapping[str, Any]) -> Role | None:
        if not speaker:
            self._fail(group, line, number, "turn_no_speaker", key=self.layout.speaker)
            return None
        named = self._plain(values, self.layout.role)
        role, who = self.roles.of(speaker, named), named or speaker
        if role is None and who not in group.unknown:
            group.unknown.add(who)  # told once a session, not once a turn
            self._fail(group, line, number, "role_unknown", value=who[:80])
        return role

    def _others(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name not in self.used and value not in ("", None)}

    def _same(self, group: _Group, line: int, turn: _Turn, values: Mapping[str, Any]) -> bool:
        """Whether another row of the turn says the same words by the same person."""
        for what, mine in (("text", turn.text), ("speaker", turn.speaker)):
            found = values.get(getattr(self.layout, what))
            if (found if what == "text" else str(found or "").strip()) != mine:
                self._fail(group, line, None, "turn_differs", what=what, first=turn.line)
                return False
        return True

    def _rate(self, group: _Group, line: int, index: int, turn: _Turn, values: Mapping[str, Any]) -> None:
        rater = self._plain(values, self.layout.rater)
        if rater in turn.raters:
            self._fail(group, line, None, "turn_duplicate", first=turn.line)
            return
        if len(rater) > LONGEST_CODE:
            self._fail(group, line, None, "rater_long", found=len(rater), limit=LONGEST_CODE)
        turn.raters[rater] = None
        self._vary(turn, rater, values)
        labels = self._labels(group, line, len(group.turns), values, self.layout.turn)
        if not rater:
            turn.labels = labels
            return
        turn.said += [Said(rater, name, labels.get(name, ())) for name in self.layout.turn if name in labels]

    def _vary(self, turn: _Turn, rater: str, values: Mapping[str, Any]) -> None:
        """Keep what the rows of one turn say differently in other columns: by rater, so that nothing is lost."""
        if len(turn.raters) == 1:
            return
        others = self._others(values)
        for name in {*others, *turn.others}:
            if others.get(name) != turn.others.get(name):
                turn.varied.setdefault(name, {})[rater] = others.get(name)

    def _labels(
        self, group: _Group, line: int, turn: int | None, values: Mapping[str, Any], fields: Mapping[str, str]
    ) -> dict[str, Values]:
        found: dict[str, Values] = {}
        for name, column in fields.items():
            if given := self._values(values.get(column), whole=name in turns_csv.TEXTS):
                found[name] = given
                for _name, value, allowed in self.checker.outside(name, given):
                    told = {"field": name, "value": value[:80], "allowed": ", ".join(allowed)}
                    self._fail(group, line, turn, "label_outside", **told)
        return found

    def _values(self, cell: object, *, whole: bool) -> Values:
        """The cell's values; the same few cells come again and again, and are then the same object."""
        if not isinstance(cell, str) or whole:
            return turns_csv.cell_values(cell, whole=whole) if cell is not None else ()
        known = self.cells.get(cell)
        if known is None:
            known = turns_csv.cell_values(cell)
            if len(cell) < 100:
                self.cells[cell] = known
        return known

    def _fault(self, group: _Group) -> SessionFault:
        return SessionFault(group.row, group.line, group.id, tuple(group.errors), tuple(group.lines))

    def _record(self, group: _Group) -> Session:
        turns = [group.turns[index] for index in sorted(group.turns)]
        told = {name: group.told.get(name, "") for name in SESSION_PLACES}
        order, language = told["case_order"], language_code(told["language"])
        self._check_whole(group, len(turns), order, language)
        if group.errors:
            return self._fault(group)
        texts = [turn.text for turn in turns]
        return SessionRecord(
            row=group.row,
            line=group.line,
            external_id=group.id,
            turns=tuple(self._turn(place, group) for place in enumerate(sorted(group.turns), 1)),
            content_hash=session_hash((turn.role, turn.speaker, turn.text) for turn in turns),
            case=told["case"],
            case_title=told["case_title"],
            case_order=int(order) if order else None,
            topic=told["topic"],
            language=language or self.settings.language or language_of(texts),
            labels={name: values for (rater, name), values in group.said.items() if not rater},
            answers=tuple(Said(rater, name, values) for (rater, name), values in group.said.items() if rater),
            lines=tuple(group.lines),
            remarks=remarks_on(texts, len({turn.speaker for turn in turns})),
        )

    def _turn(self, place: tuple[int, int], group: _Group) -> TurnRecord:
        """A turn as a record; its number in the file is kept where turns are not numbered from 1."""
        number, index = place
        turn = group.turns[index]
        first = next(iter(turn.raters), "")
        varied = {name: {first: turn.others.get(name), **by_rater} for name, by_rater in turn.varied.items()}
        numbered = {self.layout.index: index} if index != number else {}
        return TurnRecord(
            speaker=turn.speaker,
            role=turn.role,
            text=turn.text,
            labels=turn.labels,
            answers=tuple(turn.said),
            metadata={**numbered, **turn.others, **varied},
        )

    def _check_whole(self, group: _Group, turns: int, order: str, language: str | None) -> None:
        if turns > MOST_TURNS:
            self._fail(group, group.line, None, "session_too_long", found=turns, limit=MOST_TURNS)
        if order and not (order.isdecimal() and 0 < int(order) < 10**6):
            self._fail(group, group.line, None, "case_order_invalid", value=order[:40])
        if language is None:
            self._fail(group, group.line, None, "language_invalid", value=group.told.get("language", "")[:40])
        for name in ("case", "case_title", "topic"):
            if (found := len(group.told.get(name, ""))) > LONGEST_NAME:
                self._fail(group, group.told_in[name], None, "too_long", found=found, limit=LONGEST_NAME)
        for turn in group.turns.values():
            try:
                check_metadata(turn.others)
            except CellError as problem:
                self._fail(group, turn.line, None, problem.code, **problem.params)


def _text_problem(text: str) -> CellError | None:
    """What keeps a text from being stored, if anything does."""
    if len(text) > LONGEST_TEXT:
        return CellError("too_long", found=len(text), limit=LONGEST_TEXT)
    try:
        refuse_controls(text.replace("\r", ""))
    except CellError as problem:
        return problem
    return None
