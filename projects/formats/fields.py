"""One mapped field of a row as clean text."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from projects.formats.mapping import Source
from projects.formats.records import FormatError
from projects.formats.text import CellError, clean_text

Values = Mapping[str, Any]
# Values that return in many rows are kept up to this number, so that memory stays bounded.
REMEMBERED = 1000


class Field:
    """One mapped value: a constant, cleaned once, or a column, cleaned for each row."""

    __slots__ = ("column", "constant", "seen")

    def __init__(self, source: Source | str) -> None:
        if isinstance(source, str):
            source = Source(column=source)
        self.column = source.column
        try:
            self.constant = clean_text(source.constant)
        except CellError as problem:
            raise FormatError("schema", reason=problem.code) from problem
        self.seen: dict[str, str] = {}

    def text(self, values: Values, most: int) -> str:
        """The clean text, at most `most` characters. Raises CellError naming the column."""
        if not self.column:
            return self.constant
        value = values.get(self.column)
        if value is None or value == "":
            return ""
        if type(value) is str and value.isprintable():
            # Nearly all cells of nearly all files: what follows would do the same, but slower.
            text = value.strip() if value.isascii() else unicodedata.normalize("NFC", value).strip()
            if len(text) <= most:
                return text
        try:
            text = clean_text(value)
            if len(text) > most:
                raise CellError("too_long", found=len(text), limit=most)
        except CellError as problem:
            problem.column = self.column
            raise
        return text

    def name(self, values: Values, most: int) -> str:
        """As `text`, for columns in which few values return again and again: each is cleaned once."""
        value = values.get(self.column) if self.column else None
        if type(value) is not str:
            return self.text(values, most)
        text = self.seen.get(value)
        if text is None:
            text = self.text(values, most)
            if len(self.seen) < REMEMBERED:
                self.seen[value] = text
        return text
