"""What every part of a Summary shares: checked plain values, translatable words, a lossless JSON form."""

import math
import numbers
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Self, get_origin

from django.utils.functional import Promise
from django.utils.translation import gettext

KEY = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")


class Node:
    """Base of the frozen dataclasses: turns lists into tuples and library scalars into plain numbers.

    Raises ValueError for NaN and infinities (an undefined number is None with a reason) and TypeError for
    values that have no JSON form.
    """

    registry: ClassVar[dict[str, type["Node"]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        Node.registry[cls.__name__] = cls

    def __post_init__(self) -> None:
        for field in _fields(type(self)):
            where, value = f"{type(self).__name__}.{field.name}", getattr(self, field.name)
            if isinstance(value, str) and get_origin(field.type) is Sequence:
                # Type checkers let a string pass as a sequence of strings; it would be printed letter by letter.
                raise TypeError(f"{where}: a list is needed, not the string {value!r}")
            # The dataclasses are frozen for their users; here the object is still being made.
            object.__setattr__(self, field.name, plain(value, where))
        self.check()

    def check(self) -> None:
        """Raise ValueError when the parts do not fit together."""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-safe object from which `from_json` rebuilds an equal node."""
        content = {name: encode(getattr(self, name)) for name in _names(type(self))}
        return {"type": type(self).__name__, **content}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a node; fields that an older snapshot lacks take their defaults.

        Raises ValueError for an unknown type or field, or when the node is not a `cls`.
        """
        node = decode(data)
        if not isinstance(node, cls):
            raise ValueError(f"expected {cls.__name__}, found {type(node).__name__}")
        return node


@dataclass(frozen=True)
class Phrase(Node):
    """A sentence that is translated when it is read, not when it was computed.

    `msgid` is an English source text with named %-placeholders (mark it with gettext_noop), `params` the
    pairs that fill it. Use `phrase(msgid, **params)` to make one.
    """

    msgid: str
    params: tuple[tuple[str, "str | int | float | Phrase"], ...] = ()

    def check(self) -> None:
        try:
            self.msgid % dict(self.params)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the parameters do not fill {self.msgid!r}: {error}") from error

    def __str__(self) -> str:
        return gettext(self.msgid) % {name: _spoken(value) for name, value in self.params}


Words = str | Phrase


def phrase(msgid: str, **params: "str | int | float | Phrase") -> Phrase:
    """Return a Phrase; `msgid` should be wrapped in gettext_noop so that it is collected."""
    return Phrase(msgid, tuple(params.items()))


def _spoken(value: "str | int | float | Phrase") -> "str | int | float":
    return str(value) if isinstance(value, Phrase) else value


def _fields(cls: type[Node]) -> "tuple[Field[Any], ...]":
    return fields(cls)  # type: ignore[arg-type]  # every Node subclass is a dataclass


def _names(cls: type[Node]) -> list[str]:
    return [field.name for field in _fields(cls)]


def plain(value: Any, where: str) -> Any:
    """Return `value` as plain, immutable, JSON-safe data; `where` names it in errors."""
    if value is None or isinstance(value, bool | datetime | Node):
        return value
    if isinstance(value, Promise):
        value = str(value)
    if isinstance(value, str):
        # A subclass could be a string marked as safe, which templates would not escape.
        return str.__str__(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return finite(float(value), where)
    if isinstance(value, list | tuple):
        return tuple(plain(part, f"{where}[{place}]") for place, part in enumerate(value))
    raise TypeError(f"{where}: {type(value).__name__} has no place in a report")


def finite(value: float, where: str) -> float:
    """Return `value`, or raise ValueError when it is NaN or infinite."""
    if not math.isfinite(value):
        raise ValueError(f"{where}: {value} is not a number to print; use None and a reason")
    return value


def check_key(key: str) -> None:
    """Raise ValueError unless `key` can stand in an element id and in a file name."""
    if not KEY.match(key):
        raise ValueError(f"{key!r} is no key: use a-z, 0-9, _ and -")


def encode(value: Any) -> Any:
    """Return the JSON form of a plain value or node."""
    if isinstance(value, Node):
        return value.to_json()
    if isinstance(value, datetime):
        return {"type": "datetime", "value": value.isoformat()}
    if isinstance(value, tuple):
        return [encode(part) for part in value]
    return value


def decode(data: Any) -> Any:
    """Return the value whose JSON form `data` is."""
    if isinstance(data, list | tuple):
        return tuple(decode(part) for part in data)
    if not isinstance(data, Mapping):
        return data
    if data.get("type") == "datetime":
        return datetime.fromisoformat(data["value"])
    cls = Node.registry.get(str(data.get("type")))
    if cls is None:
        raise ValueError(f"unknown part of a report: {data.get('type')!r}")
    return _build(cls, {name: decode(part) for name, part in data.items() if name != "type"})


def _build(cls: type[Node], content: dict[str, Any]) -> Node:
    unknown = sorted(set(content) - set(_names(cls)))
    needed = {f.name for f in _fields(cls) if f.default is MISSING and f.default_factory is MISSING}
    absent = sorted(needed - set(content))
    if unknown or absent:
        raise ValueError(f"{cls.__name__}: unknown fields {unknown}, missing fields {absent}")
    return cls(**content)
