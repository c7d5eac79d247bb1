"""Markup read strictly enough to count things in it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.parsers.expat import ParserCreate


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parents: tuple[str, ...]
    text: str = ""
    classes: list[str] = field(default_factory=list)


def svg_elements(markup: str) -> list[Element]:
    """All elements of an SVG in document order; anything that is not well-formed XML raises."""
    found: list[Element] = []
    open_: list[Element] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes, tuple(e.tag for e in open_))
        element.classes = attributes.get("class", "").split()
        found.append(element)
        open_.append(element)

    def words(data: str) -> None:
        open_[-1].text += data

    parser = ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _tag: open_.pop()
    parser.CharacterDataHandler = words
    parser.Parse(markup, True)
    return found


VOID = {"meta", "br", "link", "input", "img", "hr"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        element = Element(tag, attributes, tuple(e.tag for e in self.open))
        element.classes = attributes.get("class", "").split()
        self.found.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def html_elements(markup: str) -> list[Element]:
    """All elements of an HTML text; `text` holds all words inside. A tag that closes another one fails."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    assert [element.tag for element in reader.open] == []
    return reader.found


def with_class(elements: list[Element], name: str) -> list[Element]:
    return [element for element in elements if name in element.classes]
