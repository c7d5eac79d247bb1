"""A turn's answers as a plain form sends them, without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.http import QueryDict

from annotation.answers import ACCEPTED, NONE, REJECTED, UNKNOWN, VALUE
from annotation.schema import Field, FieldKind

# What a choice sends for an answer that is no value; no key of a label begins like this.
SPECIAL = {"~none": NONE, "~unknown": UNKNOWN}


def payload(data: QueryDict, asked: Iterable[Field], kept: dict[str, Any]) -> dict[str, Any]:
    """Return a form's answers as JSON says them; `kept` is the saved copy, whose decisions and marked places stay."""
    fields = {one.key: found for one in asked if (found := _answer(data, one))}
    return {**kept, "fields": fields, "note": data.get("note", ""), "done": data.get("go") == "done"}


def _answer(data: QueryDict, one: Field) -> dict[str, Any] | None:
    sent = data.getlist(f"f.{one.key}")
    special = next((SPECIAL[value] for value in (*sent, data.get(f"u.{one.key}")) if value in SPECIAL), None)
    values = [value for value in sent if value not in SPECIAL and value]
    if one.kind == FieldKind.TEXT:
        # What is typed wins over a tick that says there is nothing to say.
        return {"state": VALUE, "values": sent[:1]} if sent and sent[0].strip() else _state(special)
    return {"state": VALUE, "values": values} if values and special is None else _state(special)


def _state(special: str | None) -> dict[str, Any] | None:
    return {"state": special, "values": []} if special else None


def decided(data: QueryDict) -> tuple[str, str, str] | None:
    """Return the decision on a proposal that a button sends: (decision, field, source)."""
    decision, _, rest = data.get("decide", "").partition("|")
    field, _, source = rest.partition("|")
    return (decision, field, source) if decision in (ACCEPTED, REJECTED) and field else None


def sent_json(body: bytes) -> tuple[Any, int]:
    """Return the payload and the version a script sends. Raises ValueError where it is not readable."""
    data = json.loads(body)
    if not isinstance(data, dict) or type(data.get("version")) is not int or data["version"] < 0:
        raise ValueError("version")
    return data.get("payload"), data["version"]


def version(data: QueryDict) -> int:
    """Return the version a plain form was made from; 0 where it names none."""
    return whole(data.get("version"))


def at(data: QueryDict) -> int:
    """Return the index of the turn that stood beside the session's fields."""
    return whole(data.get("at"))


def whole(text: object) -> int:
    """Return a number that a form's hidden field sends; 0 where it is none."""
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 9 else 0
