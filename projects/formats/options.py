"""Reading the options of a choice item from one cell or several."""

import json
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from projects.formats.headers import plain
from projects.formats.labels import KEY_MARKS, shortened
from projects.formats.records import Option
from projects.formats.text import CellError, clean_text

SEPARATORS = ("\n", "|", ";", "；")
KEY_FIELDS = ("key", "id", "label", "value")
TEXT_FIELDS = ("text", "content", "value", "label")


def column_keys(columns: Sequence[str]) -> tuple[str, ...]:
    """The key of each option column: the letter or number its name ends with (A, option_b, 选项3), else its letter.

    If the names would give one key twice, all get letters by position.
    """
    keys = []
    for position, column in enumerate(columns):
        name = plain(column).removeprefix("option").removeprefix("choice").removeprefix("opt").removeprefix("选项")
        fits = len(name) == 1 and name.isascii() and name.isalpha()
        keys.append(name.upper() if fits or name.isdecimal() else _letter(position))
    return tuple(keys) if len(set(keys)) == len(keys) else tuple(_letter(i) for i in range(len(keys)))


def _letter(position: int) -> str:
    return ascii_uppercase[position] if position < len(ascii_uppercase) else str(position + 1)


def options_from_columns(values: AnyMapping[str, Any], columns: Sequence[tuple[str, str]]) -> tuple[Option, ...]:
    """Options from (column, key) pairs; empty cells are no options. Raises CellError naming the column."""
    options = []
    for column, key in columns:
        value = values.get(column)
        if value is None or value == "":
            continue
        try:
            text = clean_text(value)
        except CellError as problem:
            problem.column = column
            raise
        if text:
            options.append(Option(key, text))
    return tuple(options)


def options_from_cell(value: object, separator: str = "") -> tuple[Option, ...]:
    """Options from one value: a list, an object of key -> text, either as JSON text, or texts with separators.

    Without `separator`, the first of line break, bar and semicolon that occurs is taken. Raises CellError.
    """
    if isinstance(value, str):
        value = _from_text(value.strip(), separator)
    if value is None:
        return ()
    if isinstance(value, dict):
        return _checked([(str(key).strip(), clean_text(text)) for key, text in value.items()])
    if isinstance(value, list):
        return _checked([_entry(position, entry) for position, entry in enumerate(value)])
    raise CellError("options_unreadable", reason=shortened(str(value)))


def _from_text(text: str, separator: str) -> object:
    if not text:
        return None
    if text[0] in "[{":
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CellError("options_unreadable", reason=str(error)) from error
    mark = separator or next((mark for mark in SEPARATORS if mark in text), "")
    return _without_keys(text.split(mark) if mark else [text])


def _without_keys(parts: list[str]) -> object:
    """Parts that all begin with their own letter ("A. yes") give key -> text; other parts stay a list."""
    stripped = [part.strip() for part in parts]
    keys = [part[:1].upper() for part in stripped]
    marked = all(part[1:2] in KEY_MARKS[:-1] and len(part) > 1 for part in stripped)
    if not marked or len(set(keys)) < len(keys) or not all(key in ascii_uppercase for key in keys):
        return parts
    return {key: part[2:] for key, part in zip(keys, stripped, strict=True)}


def _entry(position: int, entry: object) -> tuple[str, str]:
    if not isinstance(entry, dict):
        return _letter(position), clean_text(entry)
    key = next((str(entry[name]) for name in KEY_FIELDS if entry.get(name) not in (None, "")), _letter(position))
    text = next((entry[name] for name in TEXT_FIELDS if entry.get(name) not in (None, "")), "")
    return key.strip(), clean_text(text)


def _checked(pairs: list[tuple[str, str]]) -> tuple[Option, ...]:
    options = tuple(Option(clean_text(key) or _letter(i), text) for i, (key, text) in enumerate(pairs) if text)
    keys: dict[str, str] = {}
    for option in options:
        if option.key.casefold() in keys:
            raise CellError("options_duplicate", first=keys[option.key.casefold()], second=option.key)
        keys[option.key.casefold()] = option.key
    return options
