"""Writing many rows at once: COPY on PostgreSQL, executemany on SQLite, with keys that are known beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models, transaction

Rows = Iterable[Sequence[Any]]


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Return `count` keys that nobody else will get, so that rows can refer to each other before they are written.

    PostgreSQL takes them from the key's sequence. On SQLite they follow the highest key ever given, which holds because
    the open transaction has the only write lock (BEGIN IMMEDIATE) and AUTOINCREMENT counts explicit keys too.
    """
    _need_transaction()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [table, count])
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
    last = found[0] if found else 0
    return list(range(last + 1, last + count + 1))


def take_stock(*tables: type[models.Model]) -> None:
    """Let PostgreSQL count what has been written, so that it plans for these rows and not for the few there were.

    It does so by itself, but only some minutes later, and the first raters would work by bad plans until then.
    """
    if connection.vendor == "postgresql":
        names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in tables)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {names}")


def insert(model: type[models.Model], fields: Sequence[str], rows: Rows) -> None:
    """Write rows whose values are in the database's own form and in the order of `fields` (names of model fields).

    Defaults, validation and signals are passed over: the caller gives every column that has no default in the database.
    """
    _need_transaction()
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(_column(model, name)) for name in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(fields))
        # Table and column names come from the models, never from a person.
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(rows))  # noqa: S608


def point(model: type[models.Model], field: str, pairs: Iterable[tuple[int, int]]) -> None:
    """Set a foreign key of many rows: pairs of the key pointed at and the row's own."""
    _need_transaction()
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(_column(model, field))
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE id = %s", list(pairs))  # noqa: S608  names of models


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field) or field.column is None:
        raise TypeError(f"{name} has no column.")
    return field.column


def _need_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Keys are reserved and rows written within one transaction.")
