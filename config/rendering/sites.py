"""Addresses in compiled templates: how each is made is learnt from `reverse` once, and then only filled in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from html import escape
from typing import Any

from django.conf import settings
from django.template.base import Node
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse

# What every kind of place in an address takes, and what is not changed on its way into one.
SLUG = re.compile(r"[-a-zA-Z0-9_]+").fullmatch


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
        return escape(self.url(name, args) if ctx is None else spaced(ctx, name, args))

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
