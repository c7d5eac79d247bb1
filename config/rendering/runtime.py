"""What compiled templates call while they are rendered: looking values up, escaping them.

Each function does the usual case itself and hands everything else to Django's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from decimal import Decimal
from html import escape
from types import NoneType
from typing import Any

from django.db.models import Model
from django.template import TemplateSyntaxError
from django.template.base import Node, Variable, VariableDoesNotExist, render_value_in_context
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

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
# Names that a dictionary has without a key for them.
KEYLESS = frozenset(dir({}))
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
            if kind in PLAIN:
                found = getattr(found, bit)
            elif kind is dict and bit not in found and not (bit in KEYLESS or bit[0].isdigit()):
                return failed(variable, missing)
            else:
                found = _step(found, bit)
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


class Display:
    """What a field's value is called (`get_FIELD_display`), for one template in one language.

    Django makes the table of all names anew for each value; here it is made once for each model.
    """

    def __init__(self, variable: Variable, bits: tuple[str, ...]) -> None:
        """Stand for `variable`; its last bit is the method's name, those before it lead to the row."""
        self.variable, self.bits = variable, bits
        self.known: dict[type, tuple[str, dict[str, Any]]] = {}

    def __call__(self, ctx: Any, value: Any, missing: Any) -> Any:
        """Return what `reach` does."""
        try:
            row = value
            for bit in self.bits[:-1]:
                row = getattr(row, bit) if type(row) in PLAIN else _step(row, bit)
            field, names = self.known.get(type(row)) or self._learn(row)
            return names[row.__dict__[field]]
        except Exception:
            # An odd value, or a method of the row's own.
            return reach(ctx, self.variable, value, self.bits, missing)

    def _learn(self, row: Any) -> tuple[str, dict[str, Any]]:
        """Return which field it is and what its values are called; anything that goes wrong is the caller's."""
        method = getattr(row, self.bits[-1])
        if not isinstance(row, Model) or method.func.__func__ is not DISPLAY:
            raise TypeError(self.bits)
        field = method.keywords["field"]
        if type(field.choices) is not list:
            raise TypeError(self.bits)
        found = self.known[type(row)] = (field.attname, {key: force_str(name) for key, name in field.flatchoices})
        return found


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
    if getattr(value, "do_not_call_in_templates", False):
        return value
    return "" if getattr(value, "alters_data", False) else value()


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
    if isinstance(value, Model):
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
