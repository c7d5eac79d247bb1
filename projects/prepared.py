"""Queries that are asked at every judgement, compiled once.

Building a queryset and compiling it to SQL costs several times what the database needs to answer it. A `Prepared`
query does both once for each database engine, keeps the SQL, and afterwards only runs it and makes the rows into
model instances, related ones included, as the queryset itself would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class _Compiled:
    """One engine's SQL with the places of the caller's values among its parameters."""

    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]
    compiler: Any
    model: type[models.Model]
    # What makes a row into instances; neither depends on the connection in hand.
    converters: dict[int, Any]
    populators: list[Any]
    init: tuple[int, int]
    names: list[str]


class Prepared(Generic[M]):
    """A query over model `M` with values to be filled in.

    `build` takes one value for each parameter and returns the queryset; it is called once, with `samples`, to compile.
    Samples must be unlike every other parameter of the query, and the values that are passed later must be of the
    samples' types, plain ints and strings: nothing converts them.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], *samples: int | str) -> None:
        """Keep the recipe; nothing is compiled before the first use."""
        self.build, self.samples = build, samples
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, *values: int | str) -> list[M]:
        """Return every row for these values."""
        return list(self._run(values))

    def first(self, *values: int | str) -> M | None:
        """Return the first row for these values, or None."""
        return next(iter(self.rows(*values)), None)

    def _run(self, values: tuple[int | str, ...]) -> Iterator[M]:
        found = self._compiled.get(connection.vendor) or self._compile()
        params = list(found.params)
        for place, index in found.places:
            params[place] = values[index]
        with connection.cursor() as cursor:
            cursor.execute(found.sql, params)
            fetched = cursor.fetchall()
        return self._instances(found, fetched)

    def _instances(self, found: _Compiled, fetched: list[tuple[Any, ...]]) -> Iterator[M]:
        """Make rows into instances in the way of django.db.models.query.ModelIterable."""
        start, end = found.init
        model: Any = found.model
        rows: Any = found.compiler.apply_converters(fetched, found.converters) if found.converters else fetched
        for row in rows:
            instance = model.from_db(connection.alias, found.names, row[start:end])
            for populator in found.populators:
                populator.populate(row, instance)
            yield instance

    def _compile(self) -> _Compiled:
        compiler = self.build(*self.samples).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        info = compiler.klass_info
        indices = info["select_fields"]
        found = _Compiled(
            sql=sql,
            params=tuple(params),
            places=tuple((n, self.samples.index(value)) for n, value in enumerate(params) if value in self.samples),
            compiler=compiler,
            model=info["model"],
            converters=compiler.get_converters([column[0] for column in compiler.select]),
            populators=get_related_populators(info, compiler.select, connection.alias),  # type: ignore[call-arg]  # the stubs are of a later Django
            init=(indices[0], indices[-1] + 1),
            names=[compiler.select[n][0].target.attname for n in range(indices[0], indices[-1] + 1)],
        )
        if {index for _, index in found.places} != set(range(len(self.samples))):
            raise ValueError("A sample of a prepared query is no parameter of its SQL.")
        self._compiled[connection.vendor] = found
        return found


def execute(sql: str, *params: Any) -> None:
    """Run one statement that returns nothing. For the few that every judgement runs; all else goes through the ORM."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[Any]]:
    """Return a model's INSERT and the fields whose values it takes: all but the key, which the database gives."""
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    names, marks = ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))
    # Only the model's own names stand in the statement; values are parameters.
    return f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({marks}) RETURNING "{meta.pk.column}"', fields  # noqa: S608


def insert(instance: M) -> M:
    """Save a new instance with one prepared statement, and give it its key. Sends no signals."""
    statement, fields = _insertion(type(instance))
    values = [field.get_db_prep_save(field.pre_save(instance, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        instance.pk = cursor.fetchone()[0]
    instance._state.adding, instance._state.db = False, connection.alias
    return instance


def update(instance: models.Model, *names: str) -> None:
    """Write the named fields of a saved instance with one statement. Sends no signals."""
    meta = instance._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    values = [field.get_db_prep_save(getattr(instance, field.attname), connection) for field in fields]
    # Only the model's own names stand in the statement; values are parameters.
    execute(f'UPDATE "{meta.db_table}" SET {changes} WHERE "{meta.pk.column}" = %s', *values, instance.pk)  # noqa: S608
