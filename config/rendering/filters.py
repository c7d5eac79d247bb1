"""Filters as compiled templates call them: as Django does, with a shorter way for those that lists use in every row."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any
from unicodedata import combining, is_normalized

from django.template import defaultfilters
from django.utils.formats import date_format, get_format
from django.utils.safestring import SafeData, mark_safe
from django.utils.text import add_truncation_text
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]  # the stubs lack it
from django.utils.translation import get_language

Filter = Callable[..., Any]
# Formats that say the same in every language.
CLOCKS: dict[str, Callable[[datetime], str]] = {
    "c": lambda at: at.isoformat(),
    "Y-m-d": lambda at: f"{at.year:04d}-{at.month:02d}-{at.day:02d}",
    "Y-m-d H:i": lambda at: f"{at.year:04d}-{at.month:02d}-{at.day:02d} {at.hour:02d}:{at.minute:02d}",
    "Y-m-d H:i:s": lambda at: (
        f"{at.year:04d}-{at.month:02d}-{at.day:02d} {at.hour:02d}:{at.minute:02d}:{at.second:02d}"
    ),
}
MOST_DAYS = 4000
# Letters of a format that depend on the day alone.
DAY_LETTERS = frozenset("bdDEFjlLmMnNotSwWyYz")
_days: dict[tuple[str | None, date], str] = {}
# A language's mark of omission, None where it is no plain ending of one sign.
_endings: dict[str | None, str | None] = {}


def adapted(func: Filter) -> Filter:
    """Return a filter as a function of the context, the value and the filter's own argument."""
    return SHORT.get(func) or _usual(func)


@cache
def _usual(func: Filter) -> Filter:
    """Return the way of FilterExpression.resolve."""
    local = getattr(func, "expects_localtime", False)
    escaping = getattr(func, "needs_autoescape", False)
    safe = getattr(func, "is_safe", False)

    def run(ctx: Any, value: Any, *args: Any) -> Any:
        if local:
            value = template_localtime(value, ctx.use_tz)
        new = func(value, *args, autoescape=ctx.autoescape) if escaping else func(value, *args)
        return mark_safe(new) if safe and isinstance(value, SafeData) else new  # noqa: S308  the value was safe before

    return run


def _date(ctx: Any, value: Any, arg: Any = None) -> Any:
    if type(value) is not datetime:
        return _usual(defaultfilters.date)(ctx, value, *(() if arg is None else (arg,)))
    at = template_localtime(value, ctx.use_tz)
    if arg is None:
        return _day(at)
    clock = CLOCKS.get(arg)
    return clock(at) if clock else defaultfilters.date(at, arg)


def _day(at: datetime) -> str:
    """Return a day as the reader's language writes it; each day is written out once."""
    key = (get_language(), at.date())
    found = _days.get(key)
    if found is None:
        found = date_format(at)
        letters = re.findall(r"\\?[A-Za-z]", get_format("DATE_FORMAT"))
        if DAY_LETTERS.issuperset(letters) and len(_days) < MOST_DAYS:
            _days[key] = found
    return found


def _truncatechars(ctx: Any, value: Any, arg: Any) -> Any:
    """Return the beginning of a text. Signs that combine with the one before them are Django's to count."""
    length = int(arg) if type(arg) is int else 0
    ending = _ending() if length > 1 and type(value) is str else None
    if ending is None or not is_normalized("NFC", value) or not _combining().isdisjoint(value[: length + 1]):
        return _usual(defaultfilters.truncatechars)(ctx, value, arg)
    return value if len(value) <= length else value[: length - 1] + ending


def _ending() -> str | None:
    language = get_language()
    if language not in _endings:
        mark = add_truncation_text("")
        _endings[language] = mark if len(mark) == 1 and add_truncation_text("a") == f"a{mark}" else None
    return _endings[language]


@cache
def _combining() -> frozenset[str]:
    return frozenset(sign for sign in map(chr, range(sys.maxunicode + 1)) if combining(sign))


def _default(ctx: Any, value: Any, arg: Any) -> Any:
    return value or arg


def forget() -> None:
    """Forget everything that was learnt: settings have changed."""
    _days.clear()
    _endings.clear()


SHORT: dict[Filter, Filter] = {
    defaultfilters.date: _date,
    defaultfilters.truncatechars: _truncatechars,
    defaultfilters.default: _default,
}
