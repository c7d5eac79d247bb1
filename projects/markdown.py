"""Markdown that people type, made safe to show.

A text in more than one language has a line such as `::: zh` above each part.
"""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "hr", "img", "li", "ol", "p", "pre"),
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "img": {"src", "alt"}}
# Pictures of our own alone: what a browser fetches elsewhere would tell who reads what, and when.
PICTURE = re.compile(r"/pictures/[\w-]{22}/\Z")


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


PART = re.compile(r"^:::[ \t]*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)[ \t]*\r?$", re.MULTILINE)
Parts = list[tuple[str, str]]


def parts_of(text: str) -> Parts:
    """Return the text's parts, each with its language; what stands above the first mark has none."""
    first, *marked = PART.split(text)
    parts = [("", first), *zip(marked[::2], marked[1::2], strict=True)]
    return [(language, part) for language, part in parts if part.strip()]


def _for_reader(parts: Parts, language: str) -> Parts:
    """Keep the part in this language, else the first."""
    main = language.partition("-")[0].lower()
    wanted = [part for part in parts if part[0].partition("-")[0].lower() == main]
    return (wanted or parts)[:1]


def for_reader(text: str, language: str) -> str:
    """Return the part of a text that a reader of this language sees, as it was written."""
    return "".join(part for _language, part in _for_reader(parts_of(text), language)).strip()


# Guidelines do not change once written, and every work page shows one.
@lru_cache(maxsize=256)
def to_html(text: str, language: str = "") -> SafeString:
    """Return `text` as HTML with a small set of tags; headings start at level 2, links carry no referrer.

    Of a text in more than one language the reader's `language` is shown, or all where none is given. HTML in the text
    is shown as text; what the parser makes of the rest is cleaned by an allow-list once more.
    """
    parts = parts_of(text)
    return mark_safe("".join(_part(*part) for part in (_for_reader(parts, language) if language else parts)))  # noqa: S308  each part is clean


def _own_pictures(tag: str, name: str, value: str) -> str | None:
    """Drop the address of every picture that is not one of ours."""
    return None if tag == "img" and name == "src" and not PICTURE.match(value) else value


def _part(language: str, text: str) -> str:
    html = _parser().render(text).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    # The allow-list makes it safe.
    schemes = {"http", "https", "mailto"}
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=schemes, attribute_filter=_own_pictures)
    return f'<div lang="{language}">{clean}</div>' if language else clean
