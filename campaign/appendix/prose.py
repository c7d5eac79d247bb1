"""Markdown that people typed, as blocks of a document: words and their structure, without HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import get_language_info
from markdown_it import MarkdownIt
from markdown_it.token import Token

from campaign.appendix.document import Block, Bullets, Grid, Heading, Para
from projects.markdown import parts_of


def blocks(text: str, *, below: int) -> Iterator[Block]:
    """Yield a text's blocks, each language's part under its name; headings stand below one of the level `below`."""
    for language, part in parts_of(text):
        if language:
            yield Heading(language_name(language), below + 1)
        tokens = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).parse(part)
        yield from _of(tokens, below + 2 if language else below + 1)


def language_name(code: str) -> str:
    """Return a language's name in the language of the document."""
    try:
        return str(get_language_info("zh-hans" if code.startswith("zh") else code)["name_translated"])
    except KeyError:
        return code


def _of(tokens: Sequence[Token], top: int) -> Iterator[Block]:
    place = 0
    while place < len(tokens):
        end = _end(tokens, place)
        yield from _block(tokens[place : end + 1], top)
        place = end + 1


def _end(tokens: Sequence[Token], start: int) -> int:
    """Return where what opens at `start` is closed again."""
    depth = 0
    for place in range(start, len(tokens)):
        depth += tokens[place].nesting
        if depth <= 0:
            return place
    return len(tokens) - 1


def _block(tokens: Sequence[Token], top: int) -> Iterator[Block]:
    kind = tokens[0].type
    if kind == "heading_open":
        yield Heading(_words(tokens), top + int(tokens[0].tag[1:]) - 1)
    elif kind in ("bullet_list_open", "ordered_list_open"):
        yield Bullets(_items(tokens), numbered=kind.startswith("ordered"))
    elif kind == "table_open":
        rows = _rows(tokens)
        yield Grid("", rows[0], rows[1:])
    elif kind in ("fence", "code_block"):
        yield Para(tokens[0].content.rstrip("\n"), quoted=True)
    elif kind == "blockquote_open":
        yield Para(_words(tokens), quoted=True)
    elif words := _words(tokens):
        yield Para(words)


def _words(tokens: Sequence[Token]) -> str:
    """Return the words of all text in some tokens, as they are read."""
    return " ".join(_plain(token) for token in tokens if token.type == "inline").strip()


def _plain(token: Token) -> str:
    found: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            found.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            found.append(" ")
        elif child.type == "image":
            found.append(f"[{child.content}]")
        elif child.type == "link_close" and (href := _href(token, child)):
            found.append(f" ({href})")
    return "".join(found)


def _href(token: Token, end: Token) -> str:
    """Return where the link that ends here leads, unless its words say so."""
    opened = [child for child in token.children or () if child.type == "link_open" and child.level == end.level]
    href = str(opened[0].attrGet("href") or "") if opened else ""
    return "" if href in token.content.replace(f"({href})", "") else href


def _items(tokens: Sequence[Token]) -> list[str]:
    starts = [place for place, token in enumerate(tokens) if token.type == "list_item_open" and token.level == 1]
    return [_words(tokens[start : _end(tokens, start)]) for start in starts]


def _rows(tokens: Sequence[Token]) -> list[list[str]]:
    starts = [place for place, token in enumerate(tokens) if token.type == "tr_open"]
    return [[_plain(one) for one in tokens[start : _end(tokens, start)] if one.type == "inline"] for start in starts]
