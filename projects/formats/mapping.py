"""Which column of a file feeds which field of an item, chosen by a person, a command line or a guess."""

import contextlib
import csv
import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, fields
from typing import Any

from projects.formats import headers
from projects.formats.records import FormatError

# Fields that take a whole column or one constant for every row.
WITH_CONSTANT = frozenset({"kind", "prelabel_source", "language", "topic", "subtopic", "options"})
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: a column, or one constant for all rows; neither means "not given"."""

    column: str = ""
    constant: str = ""

    def __bool__(self) -> bool:
        return bool(self.column or self.constant)


NOWHERE = Source()


@dataclass(frozen=True, slots=True)
class Mapping:
    """From columns to the fields of an item; columns named nowhere become metadata.

    `options`: one column (a JSON list or object, or texts separated by `options_separator`, "" meaning |, ; or line
    breaks, whichever occurs), or several columns with one option each. `option_list`: the same options for every row.
    `kind`: a column, one of KINDS as a constant, or nothing for "auto". `ignored`: columns to leave out altogether.
    """

    text: str = ""
    external_id: str = ""
    kind: Source = NOWHERE
    options: tuple[str, ...] = ()
    options_separator: str = ""
    option_list: tuple[str, ...] = ()
    prelabel: str = ""
    prelabel_score: str = ""
    prelabel_source: Source = NOWHERE
    answer: str = ""
    topic: Source = NOWHERE
    subtopic: Source = NOWHERE
    language: Source = NOWHERE
    reference: str = ""
    ignored: tuple[str, ...] = ()

    def used_columns(self) -> dict[str, str]:
        """Every column the mapping names -> the field it feeds."""
        used: dict[str, str] = {}
        for name in FIELD_NAMES:
            for column in self._columns_of(name):
                used.setdefault(column, name)
        return used

    def _columns_of(self, name: str) -> tuple[str, ...]:
        if name in ("options_separator", "option_list"):
            return ()
        value = getattr(self, name)
        if isinstance(value, Source):
            value = value.column
        return value if isinstance(value, tuple) else (value,) if value else ()

    def check(self, columns: Sequence[str]) -> list[FormatError]:
        """What is wrong with the mapping for a file with these columns: nothing, or errors to show."""
        errors = [] if self.text else [FormatError("mapping_no_text")]
        known = set(columns)
        for column, name in self.used_columns().items():
            if column not in known:
                allowed = ", ".join(columns)
                errors.append(FormatError("mapping_column", column=column, field=name, allowed=allowed))
        return errors

    def to_json(self) -> dict[str, Any]:
        """Plain data for storage, without the fields that are not given. The inverse is `from_json`."""
        data: dict[str, Any] = {}
        for name in FIELD_NAMES:
            value = getattr(self, name)
            if isinstance(value, Source):
                value = {"column": value.column} if value.column else {"constant": value.constant} if value else {}
            elif isinstance(value, tuple):
                value = list(value)
            if value:
                data[name] = value
        return data

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> "Mapping":
        """The mapping stored by `to_json`. Raises FormatError for anything else."""
        try:
            return cls(**{name: _stored(name, value) for name, value in data.items()})
        except (TypeError, AttributeError, KeyError) as error:
            raise FormatError("mapping_invalid") from error


FIELD_NAMES = tuple(field.name for field in fields(Mapping))
SOURCE_FIELDS = frozenset({"kind", "prelabel_source", "language", "topic", "subtopic"})
TUPLE_FIELDS = frozenset({"options", "option_list", "ignored"})


def _stored(name: str, value: Any) -> Any:
    if name in SOURCE_FIELDS:
        return Source(column=_text(value.get("column", "")), constant=_text(value.get("constant", "")))
    if name in TUPLE_FIELDS:
        return tuple(_text(entry) for entry in value)
    if name not in FIELD_NAMES:
        raise KeyError(name)
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def guess_mapping(columns: Sequence[str], sample_rows: Iterable[AnyMapping[str, Any]] = ()) -> Mapping:
    """The mapping a person would most likely choose: to be shown and corrected, never to be trusted.

    `sample_rows` are the first rows (values by column). They decide where a name alone misleads: a column is a kind
    only if it holds kinds, a score only if it holds numbers, and text falls back to the longest column. What a file of
    rejected rows says of them is left out.
    """
    rows = list(sample_rows)
    ignored = headers.rejection_columns(columns)
    columns = [column for column in columns if column not in ignored]
    plain = {column: headers.plain(column) for column in columns}
    found = _named_columns(plain, rows)
    options = (found.pop("options"),) if "options" in found else headers.option_columns(plain)
    text = found.pop("text", "") or headers.longest([c for c in columns if c not in {*found.values(), *options}], rows)
    return Mapping(
        text=text,
        options=options,
        external_id=found.get("external_id", ""),
        prelabel=found.get("prelabel", ""),
        answer=found.get("answer", ""),
        reference=found.get("reference", ""),
        prelabel_score=found.get("prelabel_score", "") if "prelabel" in found else "",
        prelabel_source=_source(found, "prelabel_source") if "prelabel" in found else NOWHERE,
        kind=_source(found, "kind"),
        topic=_source(found, "topic"),
        subtopic=_source(found, "subtopic"),
        language=_source(found, "language"),
        ignored=ignored,
    )


def _named_columns(plain: AnyMapping[str, str], rows: Sequence[AnyMapping[str, Any]]) -> dict[str, str]:
    """Field -> the column whose name fits it best, each column once."""
    found: dict[str, str] = {}
    for name, candidates in headers.NAMES.items():
        for candidate in candidates:
            column = next((c for c, p in plain.items() if p == candidate and c not in found.values()), "")
            if column and headers.fits(name, column, rows):
                found[name] = column
                break
    return found


def _source(found: AnyMapping[str, str], name: str) -> Source:
    return Source(column=found[name]) if name in found else NOWHERE


def parse_map_arguments(arguments: Iterable[str]) -> Mapping:
    """The mapping written on a command line, one `field=column` each.

    - `text=sentence`: the field and the column's name, as it stands in the header.
    - `language=:en`: a leading colon makes it a constant for every row (kind, prelabel_source, language, topic,
      subtopic). A column whose own name begins with a colon is written with two.
    - `options=choices`: one column that holds all options; `options=A,B,C,D`: one column each (a name with a comma
      stands in double quotes); `options=:Work,School,Other`, or a JSON list: the same options for every row.
    - `options_separator=|`: what separates the options within one column.
    - `kind=auto`: decide for each row (the default). `ignore=a,b`: leave these columns out.

    Raises FormatError for an unknown field, a field given twice, or a constant where none is possible.
    """
    values: dict[str, Any] = {}
    for argument in arguments:
        name, sign, value = argument.partition("=")
        name = {"ignore": "ignored"}.get(name.strip(), name.strip())
        if not sign or not name or not value:
            raise FormatError("mapping_argument", argument=argument)
        if name not in FIELD_NAMES or name == "option_list":
            allowed = ", ".join(n for n in FIELD_NAMES if n != "option_list")
            raise FormatError("mapping_field", field=name, allowed=allowed)
        target, parsed = _argument(name, value)
        if target in values:
            raise FormatError("mapping_twice", field=name)
        values[target] = parsed
    return Mapping(**values)


def _argument(name: str, value: str) -> tuple[str, Any]:
    """(name of the attribute, its value) of one argument."""
    if name == "options_separator":
        return name, value
    constant = value.startswith(":") and not value.startswith("::")
    if constant and name not in WITH_CONSTANT:
        raise FormatError("mapping_constant", field=name)
    value = value[1:] if value.startswith(":") else value
    if name == "options" and constant:
        return "option_list", names_in(value)
    if name in TUPLE_FIELDS:
        return name, names_in(value)
    if name not in SOURCE_FIELDS:
        return name, value
    if name == "kind" and value == AUTO:
        return name, NOWHERE
    return name, Source(constant=value) if constant else Source(column=value)


def names_in(value: str) -> tuple[str, ...]:
    """The names in a list: separated by commas (one that holds a comma in double quotes), or a JSON list of texts."""
    if value.lstrip().startswith("["):
        with contextlib.suppress(ValueError):
            return tuple(str(name).strip() for name in json.loads(value))
    return tuple(name.strip() for name in next(csv.reader([value], skipinitialspace=True)))
