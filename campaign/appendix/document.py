"""A document in data: headings, paragraphs, lists, tables and pictures, for any writer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# What neither XML nor LaTeX can hold.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Heading:
    """A title; level 1 begins a chapter."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Para:
    """A paragraph; `quoted` where it is shown as somebody else's words."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list of short texts; `numbered` where their order says something."""

    items: Sequence[str]
    numbered: bool = False


@dataclass(frozen=True)
class Grid:
    """A table of words and numbers."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Picture:
    """A PNG with its caption; `share` is how much of the text's width it takes."""

    name: str
    content: bytes
    caption: str
    share: float = 1.0


Block = Heading | Para | Bullets | Grid | Picture


@dataclass(frozen=True)
class Document:
    """A whole document in its order."""

    title: str
    blocks: Sequence[Block]

    @property
    def pictures(self) -> list[Picture]:
        """The pictures in their order."""
        return [block for block in self.blocks if isinstance(block, Picture)]


def clean(text: str) -> str:
    """Return a text without what no document can hold."""
    return UNPRINTABLE.sub("", text)
