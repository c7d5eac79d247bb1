"""The short way to the database for the few statements that every judgement runs.

Django's cursors rewrite the marks of each statement for SQLite with a regular expression, and send PostgreSQL one text
that it has to read and plan anew. Here the marks are rewritten once and PostgreSQL keeps the plan. Where statements are
counted or logged they go through Django's cursors as all others do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS

Row = tuple[Any, ...]


def fetch(sql: str, params: Sequence[Any]) -> list[Row]:
    """Run one statement, its values marked with `%s`, and return its rows; none for one that returns nothing."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged or connection.execute_wrappers or connection.vendor not in ROUTES:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall()) if cursor.description else []
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        rows: list[Row] = ROUTES[connection.vendor](connection, sql, params)
        return rows


def _sqlite(wrapper: Any, sql: str, params: Sequence[Any]) -> list[Row]:
    found: list[Row] = wrapper.connection.execute(_questions(sql), params).fetchall()
    return found


@cache
def _questions(sql: str) -> str:
    """Return a statement with SQLite's marks."""
    return sql.replace("%s", "?").replace("%%", "%")


def _postgresql(wrapper: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> list[Row]:
    cursor: Any = wrapper.preparing_cursor()  # type: ignore[attr-defined]  # of this product's own engine
    cursor.execute(sql, params, prepare=True)
    return cursor.fetchall() if cursor.description else []


ROUTES = {"sqlite": _sqlite, "postgresql": _postgresql}
