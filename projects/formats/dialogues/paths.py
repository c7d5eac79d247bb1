"""Places in nested JSON, written as keys with dots between them: `annotation.strategy`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MISSING = object()


def get(source: Any, path: str) -> Any:
    """The value at the path, or MISSING; a key that itself holds the dots comes first."""
    if not path or not isinstance(source, Mapping):
        return MISSING
    if path in source:
        return source[path]
    head, dot, rest = path.partition(".")
    return get(source[head], rest) if dot and head in source else MISSING


def put(target: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the value at the path, in its old place where there was one; the original stays as it is."""
    head, dot, rest = path.partition(".")
    if path in target or not dot:
        return {**target, path: value}
    inner = target.get(head)
    return {**target, head: put(dict(inner) if isinstance(inner, Mapping) else {}, rest, value)}


def without(source: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A copy without the value at the path; an object that is empty afterwards goes with it."""
    if path in source:
        return {key: value for key, value in source.items() if key != path}
    head, dot, rest = path.partition(".")
    inner = source.get(head)
    if not dot or not isinstance(inner, Mapping):
        return dict(source)
    left = without(inner, rest)
    if left or not inner:
        return {**source, head: left}
    return {key: value for key, value in source.items() if key != head}
