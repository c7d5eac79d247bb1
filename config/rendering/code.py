"""Writing a function's source, and the names that are in force while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


class UnsupportedError(Exception):
    """Something that is left to Django: a node, or where that cannot be, the whole template."""


class Code:
    """The lines of a function, and the objects that it names."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lines: list[str] = []
        self.kept: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._text: list[str] = []
        self._depth, self._count = 1, 0

    def keep(self, value: Any) -> str:
        """Return the name of an object that the function uses."""
        if value is None or value is True or value is False or type(value) is int:
            return f"({value!r})"
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"k{len(self.kept)}"
            self.kept[name] = value
        return name

    def new(self) -> str:
        """Return a name for a variable of the function's own."""
        self._count += 1
        return f"v{self._count}"

    def text(self, text: str) -> None:
        """Add text to the page; what follows in one go becomes one piece."""
        self._text.append(text)

    def value(self, source: str) -> None:
        """Add an expression's text to the page."""
        self.line(f"w({source})")

    def line(self, source: str) -> None:
        """Add a statement."""
        self.flush()
        self.lines.append("    " * self._depth + source)

    def flush(self) -> None:
        """Write out the text that has come together."""
        text = "".join(self._text)
        self._text.clear()
        if text:
            self.lines.append("    " * self._depth + f"w({text!r})")

    def mark(self) -> tuple[int, int, int]:
        """Return the place at which the source has arrived."""
        return len(self.lines), len(self._text), self._depth

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Give up what was written since `mark`."""
        lines, texts, self._depth = mark
        if len(self.lines) > lines and texts:
            # The text before it was written out first.
            lines, texts = lines + 1, 0
        del self.lines[lines:]
        del self._text[texts:]

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write an indented block; one that would be empty says so."""
        self.line(head)
        self._depth += 1
        start = len(self.lines)
        yield
        self.flush()
        if len(self.lines) == start:
            self.line("pass")
        self._depth -= 1


@dataclass
class Scope:
    """The names that one push of the context would hold, as variables of the function.

    `sure` have a value wherever this scope is in force; `set` are given one on the way, or not. A closed scope sees
    nothing around it.
    """

    outer: Scope | None = None
    sure: dict[str, str] = field(default_factory=dict)
    set: dict[str, str] = field(default_factory=dict)
    loop: tuple[str, str] | None = None
    closed: bool = False
    # What `block.super` stands for: the blocks of the same name in the templates that are extended.
    block: tuple[Any, ...] | None = None

    def chain(self) -> Iterator[Scope]:
        """Yield this scope and those around it, as far as they are seen."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = None if scope.closed else scope.outer

    @property
    def shut(self) -> bool:
        """Whether the context's own names are out of sight."""
        return any(scope.closed for scope in self.chain())

    def loops(self) -> list[tuple[str, str]]:
        """Return the loops around, the innermost first."""
        return [scope.loop for scope in self.chain() if scope.loop]

    def above(self) -> tuple[Any, ...] | None:
        """Return the blocks behind `block.super`; None where `block` is a name like others."""
        for scope in self.chain():
            if "block" in scope.sure or "block" in scope.set:
                return None
            if scope.block is not None:
                return scope.block
        return None

    def find(self, name: str, beyond: str) -> str:
        """Return the source of a name's value; `beyond` is what it stands for outside of all these scopes."""
        waiting: list[str] = []
        found = beyond
        for scope in self.chain():
            if name in scope.set:
                waiting.append(scope.set[name])
            if name in scope.sure:
                found = scope.sure[name]
                break
        for variable in reversed(waiting):
            found = f"({variable} if {variable} is not MISSING else {found})"
        return found

    def pairs(self) -> list[tuple[str, str]]:
        """Return all names with their variables, the inner ones last."""
        return [pair for scope in reversed(list(self.chain())) for pair in (*scope.sure.items(), *scope.set.items())]
