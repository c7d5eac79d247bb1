"""One row under a mapping and a schema: every field read, cleaned and checked."""

import math
from collections.abc import Iterable
from typing import Any

from projects.formats.fields import REMEMBERED, Field, Values
from projects.formats.kinds import kind_named
from projects.formats.labels import Choices, shortened
from projects.formats.languages import language_code
from projects.formats.mapping import Mapping
from projects.formats.optionsets import OptionReader, OptionSet
from projects.formats.records import (
    CHOICE_KINDS,
    KINDS,
    FormatError,
    ItemRecord,
    Kind,
    Prelabel,
    hash_with_tail,
)
from projects.formats.schema import ItemSchema
from projects.formats.text import CellError, check_metadata

Labels = tuple[str, ...]


class Checker:
    """A mapping and a schema made ready for many rows. Raises FormatError if they cannot work at all."""

    def __init__(self, mapping: Mapping, schema: ItemSchema) -> None:
        if not mapping.text:
            raise FormatError("mapping_no_text")
        self.mapping = mapping
        self.schema = schema
        self.fixed_kind = _constant_kind(mapping.kind.constant)
        self.options = OptionReader(mapping, schema)
        self.labels = Choices.of_labels(schema.labels)
        self.used = frozenset(mapping.used_columns())
        self.kinds: dict[str, Kind] = {}
        self.languages: dict[str, str] = {"": ""}
        self._ready_fields()

    def _ready_fields(self) -> None:
        mapping = self.mapping
        self.text = Field(mapping.text)
        self.id = Field(mapping.external_id)
        self.kind = Field(mapping.kind.column)
        self.topic = Field(mapping.topic)
        self.subtopic = Field(mapping.subtopic)
        self.language = Field(mapping.language)
        self.score = Field(mapping.prelabel_score)
        self.source = Field(mapping.prelabel_source)
        self.reference = Field(mapping.reference)

    def record(self, number: int, values: Values) -> ItemRecord:
        """The row as an item. Raises CellError for the first thing that is wrong with it."""
        name, long = self.schema.max_name, self.schema.max_text
        text = self.text.text(values, long)
        if not text:
            raise CellError("text_empty", self.mapping.text)
        reference = self.reference.text(values, long)
        options = self.options.read(values)
        kind, answer, labels = self._labelled(values, options, reference)
        tail = options.tail if kind in CHOICE_KINDS else ""
        metadata = self._metadata(values)
        if kind not in CHOICE_KINDS:
            reference, answer = self._without_options(kind, values, options, reference, answer, metadata)
        return ItemRecord(
            row=number,
            external_id=self.id.text(values, name),
            kind=kind,
            text=text,
            options=options.options if tail else (),
            topic=self.topic.name(values, name),
            subtopic=self.subtopic.name(values, name),
            language=self._language(values),
            prelabels=self._prelabels(values, labels, metadata),
            answer=answer,
            reference=reference,
            metadata=metadata,
            content_hash=hash_with_tail(kind, text, tail),
        )

    def _without_options(
        self, kind: Kind, values: Values, options: OptionSet, reference: str, answer: Labels, metadata: dict[str, Any]
    ) -> tuple[str, Labels]:
        """(reference, answer) of an item that offers no choice: the answer to a question is its reference."""
        if options is not self.options.fixed:
            self._keep(self.mapping.options, values, metadata)
        if kind != "question":
            return reference, answer
        if reference and answer:
            self._keep((self.mapping.answer,), values, metadata)
        return reference or "".join(answer), ()

    def _labelled(self, values: Values, options: OptionSet, reference: str) -> tuple[Kind, Labels, Labels]:
        """(kind, answer, pre-label). A kind that is not given is told by the options and the number of labels."""
        mapping = self.mapping
        kind = self._given_kind(values)
        if kind is None and not options.options:
            labelled = [column for column in (mapping.prelabel, mapping.answer) if column and values.get(column)]
            kind = "question" if reference and not labelled else self.schema.default_kind
        if kind == "question":
            answer, labels = self._free(values, mapping.answer), self._free(values, mapping.prelabel)
        else:
            choices = self.labels if kind == "true_false" else self._allowed(options)
            answer = self._labels(values, mapping.answer, choices)
            labels = self._labels(values, mapping.prelabel, choices)
        several = len(answer) > 1 or len(labels) > 1
        if kind is None:
            kind = "multiple_choice" if several else "single_choice"
        elif several and kind != "multiple_choice":
            column = mapping.answer if len(answer) > 1 else mapping.prelabel
            raise CellError("label_several", column, found=max(len(answer), len(labels)), value=_shown(values[column]))
        if kind not in self.schema.kinds:
            raise CellError("kind_not_allowed", self.kind.column, value=kind, allowed=", ".join(self.schema.kinds))
        return kind, answer, labels

    def _given_kind(self, values: Values) -> Kind | None:
        if self.fixed_kind or not self.kind.column:
            return self.fixed_kind
        text = self.kind.name(values, self.schema.max_name)
        if not text:
            return None
        kind = self.kinds.get(text) or kind_named(text)
        if kind is None:
            raise CellError("kind_unknown", self.kind.column, value=_shown(text), allowed=", ".join(KINDS))
        if len(self.kinds) < REMEMBERED:
            self.kinds[text] = kind
        return kind

    def _allowed(self, options: OptionSet) -> OptionSet:
        found, least, most = len(options.options), self.schema.least_options, self.schema.most_options
        if least <= found <= most:
            return options
        column = self.mapping.options[0] if self.mapping.options else ""
        raise CellError("options_count", column, found=found, least=least, most=most)

    @staticmethod
    def _labels(values: Values, column: str, choices: Choices | OptionSet) -> Labels:
        value = values.get(column) if column else None
        if value is None or value == "":
            return ()
        try:
            return choices.read(value)
        except CellError as problem:
            problem.column = column
            raise

    def _free(self, values: Values, column: str) -> Labels:
        text = Field(column).text(values, self.schema.max_text)
        return (text,) if text else ()

    def _language(self, values: Values) -> str:
        text = self.language.name(values, self.schema.max_name)
        code = self.languages.get(text)
        if code is None:
            code = language_code(text)
            if code is None:
                raise CellError("language_invalid", self.language.column, value=_shown(text))
            if len(self.languages) < REMEMBERED:
                self.languages[text] = code
        return code

    def _prelabels(self, values: Values, labels: Labels, metadata: dict[str, Any]) -> tuple[Prelabel, ...]:
        """The pre-label, or nothing: then a score or source that stands alone is kept as metadata."""
        if labels:
            return (Prelabel(labels, self.source.name(values, self.schema.max_name), self._score(values)),)
        self._keep(filter(None, (self.score.column, self.source.column)), values, metadata)
        return ()

    def _score(self, values: Values) -> float | None:
        column = self.score.column
        value = values.get(column) if column else None
        if value is None or value == "":
            return None
        try:
            score = float(value)
        except (TypeError, ValueError):
            score = math.nan
        if math.isnan(score) or isinstance(value, bool) or "_" in str(value):  # float() would take 0_5
            if isinstance(value, str) and not value.strip():
                return None
            raise CellError("score_invalid", column, value=_shown(value))
        if not 0 <= score <= 1:
            raise CellError("score_range", column, value=_shown(value))
        return score

    @staticmethod
    def _keep(columns: Iterable[str], values: Values, metadata: dict[str, Any]) -> None:
        """Keep as metadata what the columns hold although the item has no place for it: nothing is lost."""
        for column in columns:
            if values.get(column) not in (None, ""):
                _check_entry(column, values[column])
                metadata[column] = values[column]

    def _metadata(self, values: Values) -> dict[str, Any]:
        used = self.used
        metadata = {column: value for column, value in values.items() if column not in used}
        for column, value in metadata.items():
            if not (type(value) is str and value.isprintable() and column.isprintable()):
                _check_entry(column, value)
        return metadata


def _shown(value: object) -> str:
    return shortened(str(value))


def _check_entry(column: str, value: object) -> None:
    try:
        check_metadata(column)
        check_metadata(value)
    except CellError as problem:
        problem.column = column
        raise


def _constant_kind(name: str) -> Kind | None:
    kind = kind_named(name) if name else None
    if name and name != "auto" and kind is None:
        raise FormatError("schema", reason=name)
    return kind
