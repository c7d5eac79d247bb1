"""The engine that `config.settings.env.database` names for PostgreSQL. Django looks for it under this name."""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, Cursor
from psycopg.types.numeric import Int8Dumper


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL, with two things that every request of a rater profits from."""

    _preparing: Cursor[Any] | None = None

    def is_usable(self) -> bool:
        """Return whether the server is still there, without asking it anything.

        Django runs SELECT 1 once a request. A connection that the server has ended is readable (its end, or the words
        of its farewell), while one that is at rest has nothing to say.
        """
        raw: Connection[Any] | None = self.connection
        if raw is None or raw.closed or raw.broken:
            return False
        watch = select.poll()
        watch.register(raw.fileno(), select.POLLIN | select.POLLERR | select.POLLHUP)
        return not watch.poll(0)

    def preparing_cursor(self) -> Cursor[Any]:
        """Return this connection's cursor for statements that are to stay prepared. One statement at a time."""
        raw: Connection[Any] = self.connection
        cursor = self._preparing
        if cursor is None or cursor.closed or cursor.connection is not raw:
            cursor = self._preparing = Cursor(raw)
            # One type for every whole number: by default its size decides, and each size would be a plan of its own.
            cursor.adapters.register_dumper(int, Int8Dumper)
        return cursor
