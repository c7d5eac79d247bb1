"""What compiled templates call while they are rendered: looking values up, escaping them, making addresses.

Each function does the usual case itself and hands everything else to Django's own code.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from html import escape
from types import NoneType
from typing import Any

from django.conf import settings
from django.template import TemplateSyntaxError
from django.template.base import Node, Variable, VariableDoesNotExist, render_value_in_context
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext


class _Missing:
    """The type of MISSING."""


# Stands for a name that is not there; templates can never come by it.
MISSING = _Missing()
# What a failed look-up gives where Django lets it fail.
RAISE = _Missing()
SLUG = re.compile(r"[-a-zA-Z0-9_]+").fullmatch
MOST_COUNTS = 2000


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
            found = _step(found, bit)
            if callable(found):
                found = _called(found)
    except Exception:
        # Django decides what a failure means; it goes the whole way again, by its own rules.
        return _django(ctx, variable, value, missing)
    return found


def _step(value: Any, bit: str) -> Any:
    if hasattr(type(value), "__getitem__"):
        try:
            return value[bit]
        except (TypeError, AttributeError, KeyError, ValueError, IndexError):
            return getattr(value, bit)
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


class Site:
    """What depends on where the product is mounted: addresses, and nodes that always say the same there."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.forms: dict[tuple[str, tuple[type, ...]], list[str] | None] = {}
        self.fixed: dict[Node, str] = {}

    def node(self, ctx: Any, node: Node) -> str:
        """Return what a node says that depends on nothing else."""
        found = self.fixed.get(node)
        if found is None:
            found = self.fixed[node] = str(node.render_annotated(ctx))
        return found

    def url(self, name: str, args: Sequence[Any]) -> str:
        """Return the address of a page as `reverse` does."""
        kinds = tuple([type(arg) for arg in args])
        key = (name, kinds)
        pieces = self.forms[key] if key in self.forms else self._learn(key)
        if pieces is None:
            return reverse(name, args=list(args))
        if not args:
            return pieces[0]
        out = [pieces[0]]
        for arg, piece in zip(args, pieces[1:], strict=True):
            if type(arg) is int:
                if arg < 0:
                    return reverse(name, args=list(args))
            elif not SLUG(arg):
                return reverse(name, args=list(args))
            out += (str(arg), piece)
        return "".join(out)

    def _learn(self, key: tuple[str, tuple[type, ...]]) -> list[str] | None:
        """Find out how an address is made, by asking for one with values that occur nowhere else."""
        name, kinds = key
        found: list[str] | None = None
        if all(kind is int or issubclass(kind, str) for kind in kinds):
            samples = [10**17 + secrets.randbelow(10**17) if kind is int else secrets.token_hex(16) for kind in kinds]
            try:
                url = reverse(name, args=samples)
            except NoReverseMatch:
                url = ""
            found = _cut(url, [str(sample) for sample in samples]) if url and escape(url) == url else None
        self.forms[key] = found
        return found

    def shown(self, name: str, args: Sequence[Any], ctx: Any = None) -> str:
        """Return an address to be written into the page."""
        return conditional_escape(self.url(name, args) if ctx is None else spaced(ctx, name, args))

    def perhaps(self, name: str, args: Sequence[Any], ctx: Any = None) -> str:
        """Return an address, "" where there is none."""
        try:
            return self.url(name, args) if ctx is None else spaced(ctx, name, args)
        except NoReverseMatch:
            return ""


def spaced(ctx: Any, name: str, args: Sequence[Any]) -> str:
    """Return the address of a page in a namespace, which may depend on the page at hand."""
    request = getattr(ctx, "request", None)
    match = getattr(request, "resolver_match", None)
    app = getattr(request, "current_app", getattr(match, "namespace", None))
    return reverse(name, args=list(args), current_app=app)


def _cut(url: str, samples: Sequence[str]) -> list[str] | None:
    """Return what stands around the samples, None where they do not stand there once each in their order."""
    pieces, rest = [], url
    for sample in samples:
        before, mark, rest = rest.partition(sample)
        if not mark or sample in rest:
            return None
        pieces.append(before)
    return [*pieces, rest]


_sites: dict[tuple[Any, ...], Site] = {}


def here() -> Site:
    """Return what is known of the addresses that are in force for this request."""
    key = (settings.ROOT_URLCONF, get_urlconf(), get_script_prefix())
    found = _sites.get(key)
    if found is None:
        found = _sites[key] = Site()
    return found


def forget() -> None:
    """Forget everything that was learnt: settings have changed."""
    _sites.clear()


NAMES: dict[str, Any] = {
    "MISSING": MISSING, "RAISE": RAISE, "SafeString": SafeString, "mark_safe": mark_safe, "top": top, "reach": reach,
    "show": show, "raw": raw, "scope_of": scope_of, "foreign": foreign, "holds": holds, "rows": rows, "parts": parts,
    "loop": loop, "csrf_field": csrf_field, "here": here,
}  # fmt: skip
