"""The short way to the database for the few statements that every judgement runs.

Django's cursors rewrite the marks of each statement for SQLite with a regular expression, and send PostgreSQL one text
that it has to read and plan anew. Here the marks are rewritten once and PostgreSQL keeps the plan; and as each trip to
its server costs more than most statements do, statements go there together (see `projects.postgres.line`). Where
statements are counted or logged they go one by one, through Django's cursors as all others do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db import connections
from django.db.utils import DEFAULT_DB_ALIAS

Row = tuple[Any, ...]
# A statement, its values marked with `%s`, and the values.
Statement = tuple[str, Sequence[Any]]


def fetch(sql: str, params: Sequence[Any]) -> list[Row]:
    """Run one statement, its values marked with `%s`, and return its rows; none for one that returns nothing."""
    return fetch_all((sql, params))[0]


def fetch_all(*statements: Statement) -> list[list[Row]]:
    """Run statements, on PostgreSQL in one go, and return the rows of each."""
    connection = _connection()
    route = ROUTES.get(connection.vendor)
    if route is None or connection.queries_logged or connection.execute_wrappers:
        return [_watched(connection, sql, params) for sql, params in statements]
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        return route(connection, statements)


def later(statement: Statement, taker: Callable[[list[Row]], None] | None = None) -> None:
    """Run a statement whose outcome nobody waits for: on PostgreSQL, in a transaction, with what is asked next.

    `taker` gets its rows. What goes wrong is raised then: by whatever is asked next, at the latest by the commit.
    """
    connection = _connection()
    waits = connection.vendor == "postgresql" and connection.in_atomic_block and connection.connection is not None
    if not waits or connection.queries_logged or connection.execute_wrappers:
        [rows] = fetch_all(statement)
        if taker:
            taker(rows)
        return
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        connection.line().later(*statement, taker)


def flush() -> None:
    """Run what waits, for instance because the key of a new row is needed now."""
    connection = _connection()
    if connection.vendor == "postgresql":
        connection.flush()


def together() -> bool:
    """Return whether statements that are asked together cost less than one by one."""
    return vendor() == "postgresql"


@cache
def vendor() -> str:
    """Return which database there is; a process has one."""
    return str(_connection().vendor)


def _connection() -> Any:
    return connections[DEFAULT_DB_ALIAS]


def _watched(connection: Any, sql: str, params: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


def _sqlite(wrapper: Any, statements: Sequence[Statement]) -> list[list[Row]]:
    run = wrapper.connection.execute
    return [run(_questions(sql), params).fetchall() for sql, params in statements]


@cache
def _questions(sql: str) -> str:
    """Return a statement with SQLite's marks."""
    return sql.replace("%s", "?").replace("%%", "%")


def _postgresql(wrapper: Any, statements: Sequence[Statement]) -> list[list[Row]]:
    found: list[list[Row]] = wrapper.line().ask(*statements)
    return found


ROUTES = {"sqlite": _sqlite, "postgresql": _postgresql}
