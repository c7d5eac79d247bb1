"""Queries that are asked at every judgement, compiled once.

Building a queryset and compiling it to SQL costs several times what the database needs to answer it. A `Prepared`
query does both once for each database engine, keeps the SQL, and afterwards only runs it and makes the rows into
model instances, related ones included, as the queryset itself would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.signals import post_init, pre_init
from django.db.utils import DEFAULT_DB_ALIAS

from projects import direct
from projects.direct import Statement

M = TypeVar("M", bound=models.Model)
Value = int | str | datetime
Row = tuple[Any, ...]
Question = tuple["Prepared[Any] | Counting", tuple[Value, ...]]
# Rows that were asked for together and have not been used yet.
_foreseen: ContextVar[dict[Question, list[tuple[Any, ...]]] | None] = ContextVar("foreseen", default=None)


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
    annotations: list[tuple[str, int]]


class Prepared(Generic[M]):
    """A query over model `M` with values to be filled in.

    `build` takes one value for each parameter and returns the queryset; it is called once, with `samples`, to compile.
    Samples must be unlike every other parameter of the query, and the values that are passed later must be of the
    samples' types, plain ints, strings and moments: nothing else converts them.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], *samples: Value) -> None:
        """Keep the recipe; nothing is compiled before the first use."""
        self.build, self.samples = build, samples
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, *values: Value) -> list[M]:
        """Return every row for these values."""
        return list(self._run(values))

    def tuples(self, *values: Value) -> list[Row]:
        """Return every row of a query that asks for values (`values_list`)."""
        found, fetched = self._in_force(), self._fetched(values)
        if not found.converters:
            return [row[: found.init[1]] for row in fetched]
        return [tuple(row[: found.init[1]]) for row in found.compiler.apply_converters(fetched, found.converters)]

    def count(self, *values: Value) -> int:
        """Return how many rows there are for these values."""
        question = Counting(self)
        [(n,)] = _taken(question, values) or direct.fetch(*question.asking(*values))
        return int(n)

    def counting(self, *values: Value) -> Statement:
        """Return the statement that asks how many rows there are for these values."""
        sql, params = self.asking(*values)
        return f"SELECT COUNT(*) FROM ({sql}) counted", params  # noqa: S608  the query's own SQL; values are parameters

    def first(self, *values: Value) -> M | None:
        """Return the first row for these values, or None."""
        return next(iter(self.rows(*values)), None)

    def first_of(self, statement: Statement) -> M | None:
        """Return the first row for the one value that a writing statement returns; None where it returns none.

        On PostgreSQL in one go, so that the row is read as it was before that statement.
        """
        if direct.vendor() != "postgresql":
            written = direct.fetch(*statement)
            return self.first(*written[0]) if written else None
        found = self._in_force()
        [(place, _index)] = found.places
        before, after = found.sql.split("%s")[: place + 1], found.sql.split("%s")[place + 1 :]
        sql = f"WITH written AS ({statement[0]}) {'%s'.join(before)}(TABLE written){'%s'.join(after)}"
        params = [*statement[1], *found.params[:place], *found.params[place + 1 :]]
        return next(self._instances(found, direct.fetch(sql, params)), None)

    def beside(self, key: str, extra: str, before: Sequence[tuple[str, Statement]]) -> Statement:
        """Return the statement that runs the named statements `before` and reads the row whose key they give.

        `key` and `extra` are written in their names: the one value of this query, and what is read beside it, ahead of
        the row (see `made`). Everything is read as it was before. For PostgreSQL, and queries of one value.
        """
        found = self._in_force()
        [(place, _index)] = found.places
        marks = found.sql.split("%s")
        own = f"{'%s'.join(marks[: place + 1])}({key}){'%s'.join(marks[place + 1 :])}"
        names = ", ".join(f"{name} AS ({statement})" for name, (statement, _params) in before)
        params = [param for _name, (_statement, given) in before for param in given]
        params += [*found.params[:place], *found.params[place + 1 :]]
        return f"WITH {names} {own.replace('SELECT ', f'SELECT {extra}, ', 1)}", params

    def _run(self, values: tuple[Value, ...]) -> Iterator[M]:
        return self._instances(self._in_force(), self._fetched(values))

    def _fetched(self, values: tuple[Value, ...]) -> list[tuple[Any, ...]]:
        """Return the rows for these values: those foreseen, once, else as the database has them."""
        fetched = _taken(self, values)
        return direct.fetch(*self.asking(*values)) if fetched is None else fetched

    def asking(self, *values: Value) -> Statement:
        """Return the statement that asks for these values; `made` makes its rows into instances."""
        found = self._in_force()
        params, plain = list(found.params), _plain(values)
        for place, index in found.places:
            params[place] = plain[index]
        return found.sql, params

    def made(self, fetched: list[tuple[Any, ...]]) -> list[M]:
        """Return what the fetched rows of `asking` stand for."""
        return list(self._instances(self._in_force(), fetched))

    def _in_force(self) -> _Compiled:
        return self._compiled.get(direct.vendor()) or self._compile()

    def _instances(self, found: _Compiled, fetched: list[tuple[Any, ...]]) -> Iterator[M]:
        """Make rows into instances in the way of django.db.models.query.ModelIterable."""
        start, end = found.init
        rows: Any = found.compiler.apply_converters(fetched, found.converters) if found.converters else fetched
        for row in rows:
            instance = found.maker.from_db(DEFAULT_DB_ALIAS, found.names, row[start:end])
            for populator in found.populators:
                populator.populate(row, instance)
            for name, place in found.annotations:
                setattr(instance, name, row[place])
            yield instance

    def _compile(self) -> _Compiled:
        """Compile the query for the engine at hand; one that asks for values has no instances to make."""
        rows: Any = self.build(*self.samples)
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        samples = _plain(self.samples)
        info = compiler.klass_info if issubclass(rows._iterable_class, ModelIterable) else None
        indices = info["select_fields"] if info else range(len(compiler.select))
        populators = get_related_populators(info, compiler.select, connection.alias) if info else []  # type: ignore[call-arg]  # the stubs are of a later Django
        _hurry(populators)
        found = _Compiled(
            sql=sql,
            params=tuple(params),
            places=tuple((n, samples.index(value)) for n, value in enumerate(params) if value in samples),
            compiler=compiler,
            maker=_maker(info["model"]) if info else None,
            converters=compiler.get_converters([column[0] for column in compiler.select]),
            populators=populators,
            init=(indices[0], indices[-1] + 1),
            names=[compiler.select[n][0].target.attname for n in indices] if info else [],
            annotations=list(compiler.annotation_col_map.items()) if info else [],
        )
        if {index for _, index in found.places} != set(range(len(samples))):
            raise ValueError("A sample of a prepared query is no parameter of its SQL.")
        self._compiled[direct.vendor()] = found
        return found


@dataclass(frozen=True)
class Counting:
    """The question how many rows a query has."""

    query: Prepared[Any]

    def asking(self, *values: Value) -> Statement:
        """Return the statement that asks it for these values."""
        return self.query.counting(*values)


def _taken(asked: Prepared[Any] | Counting, values: tuple[Value, ...]) -> list[Row] | None:
    """Return the rows that were foreseen for a question, once; None where they were not, or have been taken."""
    store = _foreseen.get()
    return store.pop((asked, values), None) if store else None


def _plain(values: Sequence[Value]) -> list[Any]:
    """Return values as the database takes them."""
    return [
        connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value for value in values
    ]


def _hurry(populators: Sequence[Any]) -> None:
    """Let what fills in related rows make them the short way too."""
    for populator in populators:
        populator.model_cls = _maker(populator.model_cls)
        _hurry(populator.related_populators)


@contextmanager
def foreseen(*questions: Question) -> Iterator[None]:
    """Ask what will be asked within, in one go where that costs less; each outcome is used once, if it is.

    These are the very queries that would be asked one by one, a moment earlier: nothing is decided here.
    """
    store = _foreseen.get()
    new = [one for one in questions if store is None or one not in store]
    if len(new) < 2 or not direct.together():
        yield
        return
    outcomes = zip(new, direct.fetch_all(*[asked.asking(*values) for asked, values in new]), strict=True)
    if store is not None:
        store.update(outcomes)
        try:
            yield
        finally:
            for one in new:
                store.pop(one, None)
        return
    token = _foreseen.set(dict(outcomes))
    try:
        yield
    finally:
        _foreseen.reset(token)


def select(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows. For the few that every judgement runs; all else goes through the ORM."""
    return direct.fetch(sql, params)
