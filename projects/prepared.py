"""Queries that are asked at every judgement, compiled once.

Building a queryset and compiling it to SQL costs several times what the database needs to answer it. A `Prepared`
query does both once for each database engine, keeps the SQL, and afterwards only runs it and makes the rows into
model instances, related ones included, as the queryset itself would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState
from django.db.models.query import get_related_populators
from django.db.models.signals import post_init, pre_init
from django.db.utils import DEFAULT_DB_ALIAS

from projects import direct

M = TypeVar("M", bound=models.Model)
# A statement with its values.
Statement = tuple[str, Sequence[Any]]


class _Maker:
    """Makes rows into instances of a model as `from_db` does, without its constructor, which costs the most."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model

    def from_db(self, db: str | None, names: Sequence[str], values: Sequence[Any]) -> models.Model:
        instance = self.model.__new__(self.model)
        state = instance._state = ModelState()
        state.db, state.adding = db, False
        instance.__dict__.update(zip(names, values, strict=True))
        return instance


def _maker(model: type[models.Model]) -> Any:
    """Return what makes instances of a model: the model itself where its making has something of its own to it."""
    own = model.__init__ is not models.Model.__init__ or "from_db" in vars(model)
    return model if own or pre_init.has_listeners(model) or post_init.has_listeners(model) else _Maker(model)


@dataclass(frozen=True)
class _Compiled:
    """One engine's SQL with the places of the caller's values among its parameters."""

    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]
    compiler: Any
    maker: Any
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

    def first_of(self, statement: Statement) -> M | None:
        """Return the first row for the one value that a writing statement returns; None where it returns none.

        On PostgreSQL in one go, so that the row is read as it was before that statement.
        """
        if connection.vendor != "postgresql":
            written = direct.fetch(*statement)
            return self.first(*written[0]) if written else None
        found = self._compiled.get(connection.vendor) or self._compile()
        [(place, _index)] = found.places
        before, after = found.sql.split("%s")[: place + 1], found.sql.split("%s")[place + 1 :]
        sql = f"WITH written AS ({statement[0]}) {'%s'.join(before)}(TABLE written){'%s'.join(after)}"
        params = [*statement[1], *found.params[:place], *found.params[place + 1 :]]
        return next(self._instances(found, direct.fetch(sql, params)), None)

    def _run(self, values: tuple[int | str, ...]) -> Iterator[M]:
        found = self._compiled.get(connection.vendor) or self._compile()
        params = list(found.params)
        for place, index in found.places:
            params[place] = values[index]
        return self._instances(found, direct.fetch(found.sql, params))

    def _instances(self, found: _Compiled, fetched: list[tuple[Any, ...]]) -> Iterator[M]:
        """Make rows into instances in the way of django.db.models.query.ModelIterable."""
        start, end = found.init
        rows: Any = found.compiler.apply_converters(fetched, found.converters) if found.converters else fetched
        for row in rows:
            instance = found.maker.from_db(DEFAULT_DB_ALIAS, found.names, row[start:end])
            for populator in found.populators:
                populator.populate(row, instance)
            yield instance

    def _compile(self) -> _Compiled:
        compiler = self.build(*self.samples).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        info = compiler.klass_info
        indices = info["select_fields"]
        populators = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg]  # the stubs are of a later Django
        _hurry(populators)
        found = _Compiled(
            sql=sql,
            params=tuple(params),
            places=tuple((n, self.samples.index(value)) for n, value in enumerate(params) if value in self.samples),
            compiler=compiler,
            maker=_maker(info["model"]),
            converters=compiler.get_converters([column[0] for column in compiler.select]),
            populators=populators,
            init=(indices[0], indices[-1] + 1),
            names=[compiler.select[n][0].target.attname for n in range(indices[0], indices[-1] + 1)],
        )
        if {index for _, index in found.places} != set(range(len(self.samples))):
            raise ValueError("A sample of a prepared query is no parameter of its SQL.")
        self._compiled[connection.vendor] = found
        return found


def _hurry(populators: Sequence[Any]) -> None:
    """Let what fills in related rows make them the short way too."""
    for populator in populators:
        populator.model_cls = _maker(populator.model_cls)
        _hurry(populator.related_populators)


def select(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows. For the few that every judgement runs; all else goes through the ORM."""
    return direct.fetch(sql, params)


def execute(sql: str, *params: Any) -> None:
    """Run one statement that returns nothing. For the few that every judgement runs; all else goes through the ORM."""
    direct.fetch(sql, params)


def execute_all(*statements: Statement) -> None:
    """Run statements that write to different rows, on PostgreSQL all of them in one go.

    There they see the rows as they were before the first of them.
    """
    if connection.vendor != "postgresql" or len(statements) < 2:
        for sql, params in statements:
            direct.fetch(sql, params)
        return
    *first, last = statements
    named = ", ".join(f"s{n} AS ({sql})" for n, (sql, _) in enumerate(first))
    direct.fetch(f"WITH {named} {last[0]}", [value for _, params in statements for value in params])


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[tuple[str, Any]]]:
    """Return a model's INSERT, and the attributes whose values it takes, each with its field where that has a say.

    All but the key, which the database gives.
    """
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    names, marks = ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))
    # Only the model's own names stand in the statement; values are parameters.
    statement = f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({marks}) RETURNING "{meta.pk.column}"'  # noqa: S608
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
    """Save a new instance with one prepared statement, and give it its key. Sends no signals."""
    [(instance.pk,)] = direct.fetch(*inserting(instance))
    instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS
    return instance


def insert_drawing(instance: M, name: str, statement: Statement) -> M:
    """Save a new instance whose field `name` gets the one value that a writing statement returns."""
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
    [(instance.pk, drawn)] = direct.fetch(f'{drawing}, "{name}"', [*statement[1], *values])
    setattr(instance, name, drawn)
    instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS
    return instance


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
    """Write the named fields of a saved instance with one statement. Sends no signals."""
    direct.fetch(*updating(instance, *names))
