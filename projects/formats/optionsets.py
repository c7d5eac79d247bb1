"""The options of each row, read once for all rows that share them."""

import unicodedata

from projects.formats.fields import REMEMBERED, Values
from projects.formats.labels import Choices
from projects.formats.mapping import Mapping
from projects.formats.options import column_keys, options_from_cell, options_from_columns
from projects.formats.records import Option, options_tail
from projects.formats.schema import ItemSchema, lettered
from projects.formats.text import CellError

NEW = tuple.__new__  # what a named tuple's own constructor comes to, without its call in Python


class OptionSet:
    """Options with what hangs on them: their part of the content hash, and the labels they allow."""

    __slots__ = ("_choices", "keys", "options", "tail")

    def __init__(self, options: tuple[Option, ...], keys: tuple[str, ...], tail: str) -> None:
        self.options = options
        self.keys = keys
        self.tail = tail
        self._choices: Choices | None = None

    @classmethod
    def of(cls, options: tuple[Option, ...]) -> "OptionSet":
        """The set of these options."""
        return cls(options, tuple([option.key for option in options]), options_tail(options))

    def read(self, value: object) -> tuple[str, ...]:
        """See `Choices.read`. A single key, which most cells hold, needs none of its tables."""
        if value in self.keys:
            return (str(value),)
        if self._choices is None:
            self._choices = Choices.of_options(self.options)
        return self._choices.read(value)


class OptionReader:
    """Options as the mapping finds them in a row, or else those given for the whole file."""

    def __init__(self, mapping: Mapping, schema: ItemSchema) -> None:
        self.columns = tuple(mapping.options)
        self.keys = column_keys(mapping.options)
        self.separator = mapping.options_separator
        self.longest = schema.max_option
        self.longest_key = schema.max_name
        self.fixed = OptionSet.of(lettered(mapping.option_list) or schema.options)
        self._tail = options_tail([(key.replace("%", "%%"), "%s") for key in self.keys])
        self._known: dict[str, OptionSet] = {}

    def read(self, values: Values) -> OptionSet:
        """The row's options; `fixed` where it has none. Raises CellError naming the column."""
        if not self.columns:
            return self.fixed
        cells = [values.get(column, "") for column in self.columns]
        try:
            joined = "\x1f".join(cells)
        except TypeError:  # lists, objects and numbers out of JSON
            return self._careful(values)
        found = self._known.get(joined)
        if found is None:
            found = self._quick(cells) or self._careful(values)
            if len(self._known) < REMEMBERED:
                self._known[joined] = found
        return found

    def _quick(self, cells: list[str]) -> OptionSet | None:
        """Options out of columns that are all filled with short, clean text; None if there is more to check."""
        together = "".join(cells)
        if len(cells) < 2 or len(together) > self.longest or not together.isprintable():
            return None
        if not together.isascii():
            cells = [unicodedata.normalize("NFC", cell) for cell in cells]
        texts = tuple([cell.strip() for cell in cells])
        if not all(texts):
            return None
        options = tuple([NEW(Option, pair) for pair in zip(self.keys, texts, strict=True)])
        return OptionSet(options, self.keys, self._tail % texts)

    def _careful(self, values: Values) -> OptionSet:
        if len(self.columns) > 1:
            options = options_from_columns(values, list(zip(self.columns, self.keys, strict=True)))
        else:
            try:
                options = options_from_cell(values.get(self.columns[0]), self.separator)
            except CellError as problem:
                problem.column = self.columns[0]
                raise
        for key, text in options:
            if len(text) > self.longest or len(key) > self.longest_key:
                raise CellError("too_long", self.columns[0], found=len(text), limit=self.longest)
        return OptionSet.of(options) if options else self.fixed
