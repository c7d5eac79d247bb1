"""Queries of list pages, compiled once: their first page, and what belongs to the rows shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db import models

from projects.prepared import Counting, Prepared, Question, Row, Value, foreseen

M = TypeVar("M", bound=models.Model)
# Numbers that no row has.
NOBODY = -(10**9)
# How an address says that it means the first page.
FIRST = (None, "", "1")
# A moment that no row has, as a sample.
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def page_of(rows: models.QuerySet[M], number: str | None, per_page: int) -> Page[M]:
    """Return a page of rows that the ORM asks for each time; where the first holds all of them, nothing is counted."""
    if number in FIRST:
        shown = list(rows[: per_page + 1])
        if len(shown) <= per_page:
            return Page(shown, 1, Paginator(shown, per_page))
    return Paginator(rows, per_page).get_page(number)


class Listing(Generic[M]):
    """A list in pages. Its first page, which is the one that people open, is a prepared query.

    One row more than fits is asked for; where it is not there, nothing has to be counted either. Where a trip to the
    database costs more than counting, both are asked together.
    """

    def __init__(
        self,
        build: Callable[..., models.QuerySet[M]],
        *samples: Value,
        per_page: int,
        counted: Callable[..., models.QuerySet[M]] | None = None,
        by: int = 1,
    ) -> None:
        """Keep the recipe, as for `Prepared`; `counted` gives the rows by the first values, without what is shown."""
        self.build, self.per_page = build, per_page
        # How many of the values decide which rows there are.
        self.by = by if counted else len(samples)
        rows = counted or build
        self.counted = Prepared(
            lambda *values: rows(*values).select_related(None).order_by().values_list("pk"), *samples[: self.by]
        )
        self.first = Prepared(lambda *values: build(*values)[: per_page + 1], *samples)

    def asks(self, number: str | None, *values: Value) -> tuple[Question, ...]:
        """Return what `page` will ask, to be foreseen together with other questions (see `foreseen`)."""
        if number not in FIRST:
            return ()
        return (self.first, values), (Counting(self.counted), values[: self.by])

    def page(self, number: str | None, *values: Value) -> Page[M]:
        """Return the page with this number, as it stands in the address."""
        if number not in FIRST:
            return Paginator(self.build(*values), self.per_page).get_page(number)
        with foreseen(*self.asks(number, *values)):
            rows = self.first.rows(*values)
            if len(rows) <= self.per_page:
                return Page(rows, 1, Paginator(rows, self.per_page))
            pages: Any = Paginator(rows, self.per_page)
            # Here Paginator keeps its count once it has asked for it.
            pages.__dict__["count"] = self.counted.count(*values[: self.by])
        return Page(rows[: self.per_page], 1, pages)


class Among(Generic[M]):
    """A prepared query over some rows' numbers, however many: `build` takes them, and behind them further values.

    Where rows are found by what they are called, `called` says that of a number.

    A statement is kept for a few sizes only; what is missing to one is filled up with a number that is there.
    """

    SIZES = (1, 5, 25, 60)

    def __init__(
        self, build: Callable[..., models.QuerySet[M]], *samples: Value, called: Callable[[int], Value] = int
    ) -> None:
        """Keep the recipe."""
        self.build, self.samples, self.called = build, samples, called
        self._prepared: dict[int, Prepared[M]] = {}

    def rows(self, numbers: Iterable[int], *values: Value) -> list[M]:
        """Return the rows for these numbers and values."""
        query, filled = self._fitting(numbers)
        return query.rows(*filled, *values) if filled else []

    def tuples(self, numbers: Iterable[int], *values: Value) -> list[Row]:
        """Return the rows of a query that asks for values."""
        query, filled = self._fitting(numbers)
        return query.tuples(*filled, *values) if filled else []

    def asks(self, numbers: Iterable[int], *values: Value) -> tuple[Question, ...]:
        """Return what `rows` and `tuples` will ask, to be foreseen together with other questions."""
        query, filled = self._fitting(numbers)
        return ((query, (*filled, *values)),) if filled else ()

    def _fitting(self, numbers: Iterable[int]) -> tuple[Prepared[M], list[Value]]:
        wanted = sorted(set(numbers))
        size = next((size for size in self.SIZES if size >= len(wanted)), -(-len(wanted) // 200) * 200)
        if size not in self._prepared:
            self._prepared[size] = Prepared(
                lambda *values: self.build(values[:size], *values[size:]),
                *map(self.called, range(NOBODY - size, NOBODY)),
                *self.samples,
            )
        filled = wanted + wanted[-1:] * (size - len(wanted))
        return self._prepared[size], [self.called(number) for number in filled]


class Shaped(Generic[M]):
    """A query that takes another shape with every combination of filters; each shape is compiled once.

    `build` takes filters by name: those of `samples` are values, which may differ from call to call, and whatever else
    it takes is the shape's own.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], **samples: Value) -> None:
        """Keep the recipe."""
        self.build, self.samples = build, samples
        self._prepared: dict[tuple[tuple[str, ...], tuple[tuple[str, str | int], ...]], Prepared[M]] = {}

    def rows(self, values: Mapping[str, Value], **shape: str | int) -> list[M]:
        """Return the rows for these values and this shape."""
        names = tuple(sorted(values))
        key = (names, tuple(sorted(shape.items())))
        if key not in self._prepared:
            self._prepared[key] = Prepared(
                lambda *given: self.build(**dict(zip(names, given, strict=True)), **shape),
                *(self.samples[name] for name in names),
            )
        return self._prepared[key].rows(*(values[name] for name in names))
