"""One request computes at a time, and the database connection that was used last is used next.

Python runs one thread at a time. Where several requests compute at once they take the interpreter from each other at
every call to the database, and the processor time of each grows by half or more. So a request waits for its turn before
it computes, but never longer than a moment: whoever computes for long is overtaken, and slow networks hold up no one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from threading import Lock
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

# How long a request waits for its turn, in seconds.
PATIENCE = 0.05
# What is read from the network before the turn, in bytes; larger bodies are uploads and are read as they come.
SMALL = 65536


class Turns:
    """A WSGI application that lets the requests into another one in turns."""

    def __init__(self, application: Application, *, patience: float = PATIENCE) -> None:
        """Wrap `application`."""
        self.application, self.patience = application, patience
        self.turn, self.shelf = Lock(), Shelf()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request; a response that is not streamed is complete, and closed, when it is returned."""
        read_ahead(environ)
        mine = self.turn.acquire(timeout=self.patience)
        try:
            self.shelf.lend()
            try:
                response: Any = self.application(environ, start_response)
                if getattr(response, "streaming", True):
                    return Streamed(response, self.shelf)
                try:
                    return [b"".join(response)]
                finally:
                    response.close()
                    self.shelf.take_back()
            except BaseException:
                self.shelf.take_back()
                raise
        finally:
            if mine:
                self.turn.release()


class Streamed:
    """A response that is computed while it is sent, which no other request has to wait for."""

    def __init__(self, response: Any, shelf: Shelf) -> None:
        """Wrap the response."""
        self.response, self.shelf = response, shelf

    def __iter__(self) -> Iterator[bytes]:
        """Yield its pieces."""
        return iter(self.response)

    def close(self) -> None:
        """Close the response, then give its connection back."""
        try:
            if hasattr(self.response, "close"):
                self.response.close()
        finally:
            self.shelf.take_back()


class Shelf:
    """The database connections of this process that no request uses now."""

    def __init__(self) -> None:
        """Begin without any: a thread that finds none makes its own."""
        self.spare: list[Any] = []

    def lend(self) -> None:
        """Give this thread the connection that came back last."""
        try:
            connections[DEFAULT_DB_ALIAS] = self.spare.pop()
        except IndexError:
            # The first request of this thread, or as many at once as never before: Django makes one.
            return

    def take_back(self) -> None:
        """Take this thread's connection, unless it has none or has work open on it."""
        found = connections.all(initialized_only=True)
        mine = next((connection for connection in found if connection.alias == DEFAULT_DB_ALIAS), None)
        if mine is None or mine.in_atomic_block:
            return
        if not mine.allow_thread_sharing:
            mine.inc_thread_sharing()
        del connections[DEFAULT_DB_ALIAS]
        self.spare.append(mine)


def read_ahead(environ: Environ) -> None:
    """Read a small body, so that the turn is not spent on waiting for it."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdigit() and 0 < int(length) <= SMALL:
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
