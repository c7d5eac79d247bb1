"""Opening a file of dialogues: which format it seems to be, its usual settings, its sessions one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from projects.formats.dialogues import esconv, jsonl, paths, psy_insight, turns_csv
from projects.formats.dialogues.keys import turns_of
from projects.formats.dialogues.objects import ObjectReader
from projects.formats.dialogues.records import Session, SessionFault, SessionRecord
from projects.formats.dialogues.remarks import language_of
from projects.formats.dialogues.roles import plain, usual_role
from projects.formats.dialogues.settings import FormatKey, Layout, Settings
from projects.formats.dialogues.turn_rows import RowReader
from projects.formats.jsonrows import JsonListTable
from projects.formats.limits import Limits
from projects.formats.records import FaultyRow, FormatError, row_error
from projects.formats.table import Table
from projects.formats.tables import open_table

# So many sessions, or rows of single turns, decide what a file is taken for.
SAMPLE_SESSIONS = 20
SAMPLE_ROWS = 500
LONGEST_SESSION = 8_000_000
OBJECTS = ("json", "jsonl")


def open_file(path: Path | str, *, filename: str, encoding: str, limits: Limits) -> Table:
    """The file as a table whose rows are sessions (JSON) or turns (CSV and its relatives). Raises FormatError."""
    bounds = replace(limits, max_record=LONGEST_SESSION, sample_records=SAMPLE_SESSIONS)
    return open_table(path, filename=filename, encoding=encoding, limits=bounds)


def seems(table: Table) -> FormatKey:
    """The format a file most likely has."""
    if table.format not in OBJECTS:
        return turns_csv.KEY
    sessions = sample_of(table)
    turns = turns_of(sessions, "dialog")
    if any(isinstance(turn.get("annotation"), Mapping) for turn in turns):
        return esconv.KEY
    known = {"dialog_id", "psychotherapy", "is_same_session"}
    return psy_insight.KEY if turns and any(known & one.keys() for one in sessions) else jsonl.KEY


def usual(table: Table, form: FormatKey, *, turns: str = "") -> Settings:
    """The settings a file of this format usually has; `turns` is the key of the turns, if somebody has named it.

    Raises FormatError where the file cannot be of this format.
    """
    if (table.format in OBJECTS) == (form == turns_csv.KEY):
        raise FormatError("dialogue_not_table" if form == turns_csv.KEY else "dialogue_not_json")
    if form == turns_csv.KEY:
        return _with_language(table, Settings(form, turns_csv.guess(table.columns)))
    sample = sample_of(table)
    layouts = {psy_insight.KEY: psy_insight.LAYOUT, esconv.KEY: esconv.LAYOUT}
    layout = layouts[form] if form in layouts else jsonl.guess(sample, turns=turns)
    layout = replace(layout, turns=turns or layout.turns)
    return _with_language(table, Settings(form, _spelled(layout, sample)))


def _with_language(table: Table, settings: Settings) -> Settings:
    """The settings with the language most of the first texts are in, for sessions that name none."""
    found = Counter(language_of([text]) for text in _texts(table, settings.layout))
    return replace(settings, language=found.most_common(1)[0][0] if found else "")


def _texts(table: Table, layout: Layout) -> list[str]:
    if table.format not in OBJECTS:
        cells = [values.get(layout.text) for _number, values in table.preview(SAMPLE_ROWS)]
        return [cell for cell in cells if isinstance(cell, str)]
    turns = turns_of(sample_of(table), layout.turns)
    return [text for turn in turns if isinstance(text := paths.get(turn, layout.text), str)]


def sample_of(table: Table) -> list[dict[str, Any]]:
    """The first sessions, as far as they are objects."""
    return [values for _number, values in table.preview(SAMPLE_SESSIONS) if not isinstance(values, FaultyRow)]


def _spelled(layout: Layout, sample: list[dict[str, Any]]) -> Layout:
    """The layout with keys as this file spells them: real files vary in blanks, hyphens and capitals."""
    wide = {_loose(key): key for one in sample for key in one}
    turns = wide.get(_loose(layout.turns), layout.turns)
    narrow = {_loose(key): key for turn in turns_of(sample, turns) for key in turn}
    return replace(
        layout,
        turns=turns,
        **{name: wide.get(_loose(getattr(layout, name)), getattr(layout, name)) for name in ("id", "topic")},
        **{name: narrow.get(_loose(getattr(layout, name)), getattr(layout, name)) for name in ("speaker", "text")},
        session={field: wide.get(_loose(path), path) for field, path in layout.session.items()},
        turn={field: narrow.get(_loose(path), path) for field, path in layout.turn.items()},
    )


def _loose(key: str) -> str:
    return "".join(sign for sign in key.casefold() if sign.isalnum() or sign == ".")


def sessions(table: Table, settings: Settings) -> Iterator[Session]:
    """Every session of the file in its order, checked. Raises FormatError where the rest cannot be read."""
    if settings.format == turns_csv.KEY:
        yield from RowReader(settings).sessions(table.rows())
        return
    reader = ObjectReader(settings)
    for number, (place, values) in enumerate(table.rows(), 1):
        line = table.line if isinstance(table, JsonListTable) else place
        if isinstance(values, FaultyRow):
            error = row_error(number, "", values.error.code, **values.error.params, line=line)
            yield SessionFault(number, line, "", (error,), dict(values))
        else:
            yield reader.session(number, line, values)


def check(settings: Settings) -> None:
    """Raise FormatError where no file at all can be read under these settings."""
    RowReader(settings) if settings.format == turns_csv.KEY else ObjectReader(settings)


def preview(table: Table, settings: Settings) -> Session | None:
    """The first session of the file; of a table only the first rows are read."""
    if settings.format != turns_csv.KEY:
        return next(sessions(table, settings), None)
    return next(RowReader(settings).sessions(table.preview(SAMPLE_ROWS)), None)


def speakers(table: Table, settings: Settings) -> Counter[str]:
    """Who speaks in the first sessions, and how often: by their part where the file names one, else by name."""
    layout = settings.layout
    turns: Iterable[Mapping[str, Any]]
    if settings.format == turns_csv.KEY:
        turns = (values for _number, values in table.preview(SAMPLE_ROWS))
    else:
        turns = turns_of(sample_of(table), layout.turns)
    named = (_named(turn, layout.role) or _named(turn, layout.speaker) for turn in turns)
    return Counter(name for name in named if name)


def _named(turn: Mapping[str, Any], path: str) -> str:
    value = turn.get(path) if path in turn else paths.get(turn, path)
    return value.strip() if isinstance(value, str) else ""


def unknown(names: Iterable[str], settings: Settings) -> list[str]:
    """Those of the names whose part nobody has said."""
    chosen = {plain(name) for name in settings.roles}
    return [name for name in names if plain(name) not in chosen and usual_role(name) is None]


def first(table: Table, settings: Settings, count: int) -> list[SessionRecord]:
    """The first good sessions."""
    return list(islice((one for one in sessions(table, settings) if isinstance(one, SessionRecord)), count))
