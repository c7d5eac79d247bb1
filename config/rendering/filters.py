"""Filters as compiled templates call them: as Django does, with a shorter way for those that lists use in every row."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any
from unicodedata import combining, is_normalized

from django.conf import settings
from django.template import defaultfilters
from django.utils.formats import date_format, get_format
from django.utils.safestring import SafeData, mark_safe
from django.utils.text import add_truncation_text
from django.utils.timezone import get_current_timezone, template_localtime  # type: ignore[attr-defined]  # the stubs lack it
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


def adapted(func: Filter) -> Filter:
    """Return a filter as a function of the context, the value and its own argument, for the active language."""
    return _short(func, get_language()) or _usual(func)


@cache
def _short(func: Filter, language: str | None) -> Filter | None:
    made = SHORT.get(func)
    return made() if made else None


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


def _local() -> Callable[[Any, datetime], datetime]:
    # A row shows the same moment twice, as a machine reads it and as people do.
    latest: tuple[Any, Any, datetime] = (None, None, datetime.min)

    def local(ctx: Any, value: datetime) -> datetime:
        nonlocal latest
        # No tag of a compiled template changes it.
        zone = ctx.__dict__.get("zone_in_force")
        if zone is None:
            zone = ctx.zone_in_force = get_current_timezone()
        before, where, at = latest
        if before is not value or where is not zone:
            at = value.astimezone(zone)
            latest = value, zone, at
        return at

    return local


def _date() -> Filter:
    """Return `date`; each day is written out once."""
    letters = re.findall(r"\\?[A-Za-z]", get_format("DATE_FORMAT"))
    days: dict[date, str] | None = {} if DAY_LETTERS.issuperset(letters) else None
    usual, zoned = _usual(defaultfilters.date), settings.USE_TZ

    def day(at: datetime) -> str:
        if days is None:
            return date_format(at)
        found = days.get(at.date())
        if found is None:
            found = date_format(at)
            if len(days) < MOST_DAYS:
                days[at.date()] = found
        return found

    local = _local()

    def run(ctx: Any, value: Any, arg: Any = None) -> Any:
        if type(value) is not datetime:
            return usual(ctx, value, *(() if arg is None else (arg,)))
        at = (
            local(ctx, value)
            if (zoned if ctx.use_tz is None else ctx.use_tz) and value.tzinfo
            else template_localtime(value, ctx.use_tz)
        )
        if arg is None:
            return day(at)
        clock = CLOCKS.get(arg)
        return clock(at) if clock else defaultfilters.date(at, arg)

    return run


def _truncatechars() -> Filter:
    """Return `truncatechars`. Signs that combine with the one before them are Django's to count."""
    usual, ending = _usual(defaultfilters.truncatechars), add_truncation_text("")
    if len(ending) != 1 or add_truncation_text("a") != f"a{ending}":
        return usual
    signs = frozenset(sign for sign in map(chr, range(sys.maxunicode + 1)) if combining(sign))

    def run(ctx: Any, value: Any, arg: Any) -> Any:
        if type(value) is not str or type(arg) is not int or arg < 2:
            return usual(ctx, value, arg)
        start = value[: arg + 1]
        if not start.isascii() and not (is_normalized("NFC", value) and signs.isdisjoint(start)):
            return usual(ctx, value, arg)
        return value if len(value) <= arg else value[: arg - 1] + ending

    return run


def _default() -> Filter:
    def run(ctx: Any, value: Any, arg: Any) -> Any:
        return value or arg

    return run


def forget() -> None:
    """Forget everything that was learnt: settings have changed."""
    _short.cache_clear()


# What makes the shorter way of a filter, for the language that is active then.
SHORT: dict[Filter, Callable[[], Filter]] = {
    defaultfilters.date: _date,
    defaultfilters.truncatechars: _truncatechars,
    defaultfilters.default: _default,
}
