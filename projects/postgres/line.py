"""The short line to PostgreSQL: prepared statements, as many of them in one go as there are to be sent.

A psycopg cursor costs more than most of these statements, and so does each trip to the server and back. Here the
statements go straight to libpq, and what nobody waits for goes with what is asked next: BEGIN with the first of a
transaction, writes with whatever follows them, COMMIT with the last.
"""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, Cursor, abc, errors
from psycopg.abc import Buffer
from psycopg.adapt import Loader, PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.types.numeric import Int8Dumper

Row = tuple[Any, ...]
Taker = Callable[[list[Row]], None]
MARK = re.compile("%([s%])")
# Statements that stay prepared on one connection. There are far fewer; what is over it is sent whole each time.
MOST = 500


class _MomentLoader(Loader):
    """Reads a moment as PostgreSQL writes it where its time zone is UTC, which Django sees to."""

    def load(self, data: Buffer) -> datetime:
        """Return the moment."""
        return datetime.fromisoformat(bytes(data).decode())


@dataclass
class _Plan:
    """A statement as the server takes it, with what makes its rows into Python's values; a name where it is kept."""

    sql: bytes
    name: bytes
    reader: abc.Transformer
    read_before: bool = False


@dataclass(frozen=True)
class _Call:
    """A statement on its way: its plan, its values, and who takes its rows."""

    plan: _Plan
    values: Sequence[Buffer | None]
    types: tuple[int, ...] | None
    formats: Sequence[int] | None
    taker: Taker | None = None


class Line:
    """Runs statements on one connection. Belongs to the connection's wrapper, as its cursors do."""

    def __init__(self, raw: Connection[Any], *, utc: bool) -> None:
        """Keep the connection; `utc` says whether its times are in UTC."""
        self.raw, self.link = raw, raw.pgconn
        self.context = Cursor(raw)
        # One type for every whole number: by default its size decides, and each size would be a plan of its own.
        self.context.adapters.register_dumper(int, Int8Dumper)
        if utc:
            self.context.adapters.register_loader("timestamptz", _MomentLoader)
        self.writer = Transformer(self.context)
        self.plans: dict[tuple[str, tuple[int, ...]], _Plan] = {}
        self.waiting: list[_Call] = []
        self.watch = select.poll()
        self.watch.register(self.link.socket, select.POLLIN)

    def ask(self, *statements: tuple[str, Sequence[Any]]) -> list[list[Row]]:
        """Send what waits and then these in one go, and return the rows of each of these."""
        calls = [self._call(sql, values) for sql, values in statements]
        return self._exchange(calls)

    def later(self, sql: str, values: Sequence[Any], taker: Taker | None = None) -> None:
        """Let a statement go with what is asked next; `taker` gets its rows then."""
        self.waiting.append(self._call(sql, values, taker))

    def flush(self) -> None:
        """Send what waits."""
        if self.waiting:
            self._exchange([])

    def commit(self) -> None:
        """Send what waits, and the end of the transaction with it."""
        self._exchange([], end=True)

    def drop(self) -> None:
        """Forget what waits: its transaction has failed."""
        self.waiting = []

    def _call(self, sql: str, values: Sequence[Any], taker: Taker | None = None) -> _Call:
        dumped = self.writer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = self.writer.types, self.writer.formats
        plan = self.plans.get((sql, types or ()))
        return _Call(plan or self._prepare(sql, types or ()), dumped, types, formats, taker)

    def _prepare(self, sql: str, types: tuple[int, ...]) -> _Plan:
        """Have the server keep a statement, unless that is turned off or there are too many."""
        text, reader = numbered(sql).encode(), Transformer(self.context)
        if self.raw.prepare_threshold is None or len(self.plans) >= MOST:
            return _Plan(text, b"", reader)
        plan = _Plan(text, b"concord_%d" % len(self.plans), reader)
        result = self.link.prepare(plan.name, text, types)
        if result.status != ExecStatus.COMMAND_OK:
            raise errors.error_from_result(result)
        self.plans[sql, types] = plan
        return plan

    def _exchange(self, calls: list[_Call], *, end: bool = False) -> list[list[Row]]:
        """Send what waits and these calls, with the transaction's begin and end where they are due, and read on."""
        sent, self.waiting = [*self.waiting, *calls], []
        begin = not self.raw.autocommit and self.link.transaction_status == TransactionStatus.IDLE
        try:
            self._send(sent, begin=begin, end=end)
            results = self._receive()
            self.link.exit_pipeline_mode()
        except BaseException:
            # Whatever it was (a signal, for one), answers may still be on their way, and nobody would know whose.
            self.raw.close()
            raise
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise errors.error_from_result(result)
        rows = [self._rows(call, result) for call, result in zip(sent, results[begin:], strict=False)]
        for call, found in zip(sent, rows, strict=True):
            if call.taker:
                call.taker(found)
        return rows[len(sent) - len(calls) :]

    def _send(self, calls: list[_Call], *, begin: bool, end: bool) -> None:
        link = self.link
        link.enter_pipeline_mode()
        if begin:
            link.send_query_params(b"BEGIN", None)
        for call in calls:
            if call.plan.name:
                link.send_query_prepared(call.plan.name, call.values, call.formats)
            else:
                link.send_query_params(call.plan.sql, call.values, call.types, call.formats)
        if end:
            link.send_query_params(b"COMMIT", None)
        link.pipeline_sync()
        while link.flush():
            select.select([link.socket], [link.socket], [])
            link.consume_input()

    def _receive(self) -> list[PGresult]:
        """Return the result of each statement that was sent, in their order."""
        results: list[PGresult] = []
        link = self.link
        while True:
            while link.is_busy():
                self.watch.poll()
                link.consume_input()
            result = link.get_result()
            if result is None:
                # One statement's results end here; on a dead connection there would be no end to them.
                if link.status != ConnStatus.OK:
                    raise errors.OperationalError("the connection is lost")
            elif result.status == ExecStatus.PIPELINE_SYNC:
                return results
            else:
                results.append(result)

    def _rows(self, call: _Call, result: PGresult) -> list[Row]:
        if result.status != ExecStatus.TUPLES_OK:
            return []
        plan = call.plan
        plan.reader.set_pgresult(result, set_loaders=not plan.read_before)
        plan.read_before = True
        rows = plan.reader.load_rows(0, result.ntuples, tuple)
        plan.reader.set_pgresult(None, set_loaders=False)
        return rows


def numbered(sql: str) -> str:
    """Return a statement with PostgreSQL's own marks for its values."""
    count = iter(range(1, 1 << 16))
    return MARK.sub(lambda mark: f"${next(count)}" if mark[1] == "s" else "%", sql)
