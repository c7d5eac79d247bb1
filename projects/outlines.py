"""Fragments that differ in their words only: the template is rendered once for each look, the words are filled in.

Rendering a unit's fragment with its form costs several times what everything else in a page's request does. Most units
of a study look alike but for what they say; so a look's markup is kept with blanks, and each unit's words, escaped, are
put into them. The outcome is the template's own to the byte.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

PARTS = ("reading", "dock")
# More looks than any installation has; what is over it is rendered anew.
MOST = 2000


@dataclass(frozen=True)
class Outline:
    """One unit's fragment: what its markup depends on, its words by their blanks' names, and the template's context.

    `context` takes a text for each name and returns what the template gets; it may depend on `look` and on these only.
    """

    look: Hashable
    words: Mapping[str, str]
    context: Callable[[Mapping[str, str]], dict[str, Any]]


@dataclass(frozen=True)
class _Kept:
    """A part's markup, cut at its blanks: a text, then in turns the name of a blank and a text."""

    pieces: tuple[str, ...]

    def fill(self, words: Mapping[str, str]) -> SafeString:
        """Return the markup with these words, which are escaped already."""
        return SafeString("".join([words[piece] if n % 2 else piece for n, piece in enumerate(self.pieces)]))


_kept: dict[Hashable, dict[str, _Kept]] = {}


def fill(template: str, outline: Outline) -> dict[str, SafeString]:
    """Return both parts of a fragment, as `render_to_string` would with the outline's own words."""
    key = (template, get_language(), outline.look, *outline.words)
    found = _kept.get(key)
    if found is None:
        found = _cut(template, outline)
        if len(_kept) < MOST:
            _kept[key] = found
    words = {name: escape(text) for name, text in outline.words.items()}
    return {part: kept.fill(words) for part, kept in found.items()}


def _cut(template: str, outline: Outline) -> dict[str, _Kept]:
    """Render the template with marks that nobody can guess for the words, and cut it there."""
    mark = secrets.token_hex(16)
    context = outline.context({name: f"{mark}:{name}:" for name in outline.words})
    return {part: _pieces(render_to_string(f"{template}#{part}", context), mark) for part in PARTS}


def _pieces(markup: str, mark: str) -> _Kept:
    first, *rest = markup.split(f"{mark}:")
    pieces = [first]
    for piece in rest:
        name, _, text = piece.partition(":")
        pieces += [name, text]
    return _Kept(tuple(pieces))
