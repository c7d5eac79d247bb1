"""The engine that `config.settings.env.database` names for PostgreSQL. Django looks for it under this name."""

from __future__ import annotations

import select
from datetime import UTC
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from psycopg import Connection

from projects.postgres.line import Line


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL, with what every request of a rater profits from: see `Line`.

    What waits on the line comes before anything that Django itself sends.
    """

    _line: Line | None = None

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

    def line(self) -> Line:
        """Return this connection's short line. One thread at a time."""
        if self._line is None or self._line.raw is not self.connection:
            self._line = Line(self.connection, utc=self.timezone is UTC)
        return self._line

    def flush(self) -> None:
        """Send what waits on the line."""
        if line := self._waiting():
            with self.wrap_database_errors:
                line.flush()

    def _waiting(self) -> Line | None:
        """Return the line if something waits on it."""
        line = self._line
        return line if line is not None and line.raw is self.connection and line.waiting else None

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor as Django does, once what waits has been sent."""
        self.flush()
        return super().create_cursor(name)

    def _commit(self) -> None:
        if not (line := self._waiting()):
            super()._commit()  # type: ignore[misc]  # not in the stubs, as those below
            return
        with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
            line.commit()

    def _rollback(self) -> None:
        self._drop()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        # What was to be done since the savepoint; what came before it was sent with it.
        self._drop()
        super()._savepoint_rollback(sid)  # type: ignore[misc]

    def _close(self) -> None:
        self._drop()
        super()._close()  # type: ignore[misc]

    def _drop(self) -> None:
        if line := self._waiting():
            line.drop()
