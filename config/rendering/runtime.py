"""What compiled templates call while they are rendered: looking values up, escaping them.

Each function does the usual case itself and hands everything else to Django's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from decimal import Decimal
from functools import partial
from html import escape
from types import NoneType
from typing import Any

from django.db.models import Model
from django.template import TemplateSyntaxError
from django.template.base import Node, Variable, VariableDoesNotExist, render_value_in_context
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from config.rendering.sites import here


class _Missing:
    """The type of MISSING."""


# Stands for a name that is not there; templates can never come by it.
MISSING = _Missing()
# What a failed look-up gives where Django lets it fail.
RAISE = _Missing()
MOST_COUNTS = 2000
# Models and data classes that have no keys, only attributes; there are not many, and they stay.
PLAIN: set[type] = set()
# What the values of a field with choices are called, by field and language.
LABELS: dict[tuple[Any, str | None], dict[Any, Any]] = {}
DISPLAY = Model._get_FIELD_display  # type: ignore[attr-defined]  # Django has no public name for it


def top(ctx: Any, variable: Variable, value: Any, missing: Any) -> Any:
    """Return the value of a plain name, called where it can be called."""
    if value is MISSING:
        return failed(variable, missing)
    return reach(ctx, variable, value, (), missing) if callable(value) else value


def reach(ctx: Any, variable: Variable, value: Any, bits: tuple[str, ...], missing: Any) -> Any:
    """Return what a dotted name stands for: as a key, as an attribute, and called where it can be called."""
    if value is MISSING:
        return failed(variable, missing)
    found = value
    try:
        if callable(found):
            found = _called(found)
        for bit in bits:
            kind = type(found)
            found = getattr(found, bit) if kind in PLAIN else _step(found, bit)
            if callable(found):
                found = _called(found)
    except Exception:
        # Django decides what a failure means; it goes the whole way again, by its own rules.
        return _django(ctx, variable, value, missing)
    return found


def own(ctx: Any, variable: Variable, value: Any, bit: str, missing: Any) -> Any:
    """Return one attribute, as `reach` does: the short way for a row's own columns."""
    if type(value) in PLAIN:
        try:
            found = getattr(value, bit)
        except Exception:
            return reach(ctx, variable, value, (bit,), missing)
        if not callable(found):
            return found
    return reach(ctx, variable, value, (bit,), missing)


def _step(value: Any, bit: str) -> Any:
    if not hasattr(type(value), "__getitem__"):
        if (isinstance(value, Model) or is_dataclass(value)) and not callable(value):
            PLAIN.add(type(value))
        return getattr(value, bit)
    try:
        return value[bit]
    except (TypeError, AttributeError, KeyError, ValueError, IndexError):
        return getattr(value, bit)


def _called(value: Any) -> Any:
    if type(value) is partial and getattr(value.func, "__func__", None) is DISPLAY:
        return _label(value)
    if getattr(value, "do_not_call_in_templates", False):
        return value
    return "" if getattr(value, "alters_data", False) else value()


def _label(display: Any) -> Any:
    """Return what `get_FIELD_display` gives. Django makes the table of all labels for each value anew."""
    field = display.keywords.get("field")
    key = field, get_language()
    labels = LABELS.get(key)
    if labels is None:
        if field is None or not isinstance(field.choices, list):
            return display()
        labels = LABELS[key] = {value: force_str(label) for value, label in field.flatchoices}
    found = getattr(display.func.__self__, field.attname)
    return labels[found] if type(found) is str and found in labels else display()


def _django(ctx: Any, variable: Any, value: Any, missing: Any) -> Any:
    with ctx.push({variable.lookups[0]: value}):
        try:
            return variable._resolve_lookup(ctx)
        except VariableDoesNotExist:
            return failed(variable, missing)


def failed(variable: Variable, missing: Any) -> Any:
    """Return what a name that leads nowhere stands for here."""
    if missing is RAISE:
        raise VariableDoesNotExist("Failed lookup for [%s]", (variable.var,))
    return missing


def show(ctx: Any, value: Any) -> str:
    """Return a value as it stands in the page: escaped, unless it is markup already."""
    kind = type(value)
    if kind is str:
        return escape(value)
    if kind is SafeString:
        return value  # type: ignore[no-any-return]
    if kind is int:
        # Grouping of digits is off, or these templates would not have been compiled.
        return str(value)
    if kind is NoneType:
        return "None"
    if isinstance(value, Promise):
        text = str(value)
        return text if isinstance(text, SafeString) else escape(text)
    shown: str = render_value_in_context(value, ctx)
    return shown


def raw(value: Any) -> Any:
    """Return a name's value for a translated text, which calls nothing."""
    return "" if value is MISSING else value


def scope_of(*names: tuple[str, Any]) -> dict[str, Any]:
    """Return those of the compiled template's own names that have a value, the inner ones before the outer."""
    return {name: value for name, value in names if value is not MISSING}


def foreign(ctx: Any, node: Node, scope: Mapping[str, Any], closed: bool) -> str:
    """Let Django render a node that is not compiled, with the names that are in force where it stands."""
    if closed:
        return str(node.render_annotated(ctx.new(dict(scope))))
    with ctx.push(dict(scope)):
        return str(node.render_annotated(ctx))


def holds(ctx: Any, condition: Any, scope: Mapping[str, Any], closed: bool) -> Any:
    """Let Django decide a condition whose short evaluation has failed."""
    inner = ctx.new(dict(scope)) if closed else ctx
    with inner.push(dict(scope)):
        try:
            return condition.eval(inner)
        except VariableDoesNotExist:
            return None


def rows(values: Any) -> Any:
    """Return what a loop runs over, with a length."""
    if values is None:
        return ()
    return values if hasattr(values, "__len__") else list(values)


def parts(item: Any, count: int) -> Any:
    """Return an item that is taken apart into `count` names."""
    try:
        found = len(item)
    except TypeError:
        found = 1
    if found != count:
        raise ValueError(f"Need {count} values to unpack in for loop; got {found}. ")
    return item


def loop(index: int, length: int, parent: Mapping[str, Any]) -> dict[str, Any]:
    """Return `forloop` as a node that is not compiled would see it."""
    return {
        "parentloop": parent, "counter0": index, "counter": index + 1,
        "revcounter": length - index, "revcounter0": length - index - 1,
        "first": index == 0, "last": index == length - 1,
    }  # fmt: skip


def csrf_field(token: Any) -> str:
    """Return the hidden field of a form."""
    if token is MISSING or not token:
        return ""
    text = str(token)
    return "" if text == "NOTPROVIDED" else f'<input type="hidden" name="csrfmiddlewaretoken" value="{escape(text)}">'


def numbered(singular: str, plural: str) -> Callable[[Any], str]:
    """Return what gives a text's form for a number, in the language that is active now."""
    known: dict[int, str] = {}

    def form(count: Any) -> str:
        found = known.get(count) if type(count) is int else None
        if found is None:
            if not isinstance(count, (Decimal, float, int)):
                raise TemplateSyntaxError("The count of a translated text must be a number.")
            found = ngettext(singular, plural, count)  # type: ignore[arg-type]  # as Django's own tag does
            if type(count) is int and len(known) < MOST_COUNTS:
                known[count] = found
        return found

    return form


NAMES: dict[str, Any] = {
    "MISSING": MISSING, "RAISE": RAISE, "SafeString": SafeString, "mark_safe": mark_safe, "top": top, "reach": reach,
    "own": own, "show": show, "raw": raw, "scope_of": scope_of, "foreign": foreign, "holds": holds, "rows": rows,
    "parts": parts, "loop": loop, "csrf_field": csrf_field, "here": here,
}  # fmt: skip
