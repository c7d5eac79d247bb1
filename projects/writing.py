"""Statements that write the rows of a judgement, made once from the models and then only filled in.

What they write is what `save` writes; they send no signals. On PostgreSQL those whose outcome nobody waits for go with
what is asked next (see `direct.later`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.utils import DEFAULT_DB_ALIAS

from projects import direct
from projects.direct import Row, Statement

M = TypeVar("M", bound=models.Model)


def execute(sql: str, *params: Any) -> None:
    """Run one statement that returns nothing. For the few that every judgement runs; all else goes through the ORM."""
    direct.later((sql, params))


def execute_all(*statements: Statement) -> None:
    """Run statements one after another whose outcome nobody waits for."""
    for statement in statements:
        direct.later(statement)


@cache
def _insertion(model: type[models.Model], *, keyed: bool = False) -> tuple[str, list[tuple[str, Any]]]:
    """Return a model's INSERT, and the attributes whose values it takes, each with its field where that has a say.

    The key is among them only where the instance brings it (`keyed`); else the database gives one and returns it.
    """
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if keyed or not field.primary_key]
    names, marks = ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))
    # Only the model's own names stand in the statement; values are parameters.
    statement = f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({marks})'  # noqa: S608
    if not keyed:
        statement += f' RETURNING "{meta.pk.column}"'
    return statement, [(field.attname, None if type(field) in PLAIN else field) for field in fields]


# Fields that hand over a value as it is.
PLAIN = {
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.BigIntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.SmallIntegerField,
    models.BooleanField,
    models.ForeignKey,
    models.BigAutoField,
}


def _value(instance: models.Model, name: str, field: Any, *, adding: bool) -> Any:
    """Return one field's value as the database takes it."""
    value = instance.__dict__[name] if field is None else field.pre_save(instance, adding)
    if field is not None:
        return field.get_db_prep_save(value, connection)
    return value.value if isinstance(value, Enum) else value


def inserting(instance: models.Model) -> Statement:
    """Return the statement that saves a new instance and returns its key."""
    statement, fields = _insertion(type(instance))
    return statement, [_value(instance, name, field, adding=True) for name, field in fields]


def insert(instance: M) -> M:
    """Save a new instance with one prepared statement, and give it its key."""
    [(instance.pk,)] = direct.fetch(*inserting(instance))
    return _saved(instance)


def insert_later(instance: M) -> M:
    """Save a new instance whose key is known already, or needed by nobody before the transaction ends.

    Without a key it has one as soon as the statement has been sent; on SQLite that is at once.
    """
    if instance.pk is not None:
        statement, fields = _insertion(type(instance), keyed=True)
        direct.later((statement, [_value(instance, name, field, adding=True) for name, field in fields]))
        return _saved(instance)

    def take(rows: list[Row]) -> None:
        [(instance.pk,)] = rows

    direct.later(inserting(instance), take)
    return _saved(instance)


def insert_drawing(instance: M, name: str, statement: Statement) -> M:
    """Save a new instance whose field `name` gets the one value that a writing statement returns.

    It has that value and its key as soon as the statement has been sent; on SQLite that is at once.
    """
    if connection.vendor != "postgresql":
        [(value,)] = direct.fetch(*statement)
        setattr(instance, name, value)
        return insert(instance)
    sql, fields = _insertion(type(instance))
    place = [field for field, _ in fields].index(name)
    marks = sql.split("%s")
    drawing = (
        f"WITH drawn AS ({statement[0]}) {'%s'.join(marks[: place + 1])}(TABLE drawn){'%s'.join(marks[place + 1 :])}"
    )
    values = [_value(instance, field, own, adding=True) for field, own in fields if field != name]

    def take(rows: list[Row]) -> None:
        [(instance.pk, drawn)] = rows
        setattr(instance, name, drawn)

    direct.later((f'{drawing}, "{name}"', [*statement[1], *values]), take)
    return _saved(instance)


def inserting_from(instance: models.Model, source: str, drawn: Mapping[str, str]) -> Statement:
    """Return the statement that saves a new instance once for each row of `source`, and returns its key.

    The fields named in `drawn` get what stands there in terms of `source`; all others have the instance's values.
    """
    sql, fields = _insertion(type(instance))
    head, _, tail = sql.partition(" VALUES ")
    marks = ", ".join(drawn.get(name, "%s") for name, _ in fields)
    values = [_value(instance, name, own, adding=True) for name, own in fields if name not in drawn]
    return f"{head} SELECT {marks} FROM {source}{tail.partition(')')[2]}", values  # noqa: S608  our own names


def writing_over(instance: models.Model, by: str, *names: str) -> Statement:
    """Return the statement that saves a new instance; where one with its `by` exists, its named fields are changed."""
    sql, params = inserting(instance)
    column = instance._meta.get_field(by).column  # type: ignore[union-attr]  # a field of the model's own table
    columns = [instance._meta.get_field(name).column for name in names]  # type: ignore[union-attr]
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
    head = sql.partition(" RETURNING ")[0]
    return f'{head} ON CONFLICT ("{column}") DO UPDATE SET {changes}', params


def _saved(instance: M) -> M:
    instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS
    return instance


def next_key(model: type[models.Model]) -> str:
    """Return what stands in a PostgreSQL statement for a key that no other row of the model gets."""
    return f"nextval(pg_get_serial_sequence('{model._meta.db_table}', '{model._meta.pk.column}'))"


@cache
def _change(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[tuple[str, Any]]]:
    """Return a model's UPDATE of the named fields, with the attributes as `_insertion` does."""
    meta = model._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    # Only the model's own names stand in the statement; values are parameters.
    statement = f'UPDATE "{meta.db_table}" SET {changes} WHERE "{meta.pk.column}" = %s'  # noqa: S608
    return statement, [(field.attname, None if type(field) in PLAIN else field) for field in fields]


def updating(instance: models.Model, *names: str) -> Statement:
    """Return the statement that writes the named fields of a saved instance."""
    statement, fields = _change(type(instance), names)
    return statement, [*(_value(instance, name, field, adding=False) for name, field in fields), instance.pk]


def update(instance: models.Model, *names: str) -> None:
    """Write the named fields of a saved instance with one statement."""
    direct.later(updating(instance, *names))
