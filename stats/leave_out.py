"""How much one rater decides: the figure again without each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self, TypeVar

from stats.labels import Label
from stats.result import Figure, Reason


class Rated(Protocol):
    """A table whose raters can be reduced: label tables and rank tables."""

    @property
    def raters(self) -> tuple[Label, ...]:
        """The raters in their order."""
        ...

    def keep_raters(self, keep: Sequence[int]) -> Self:
        """The same table with only these raters."""
        ...


RatedTable = TypeVar("RatedTable", bound=Rated)


def leave_one_rater_out(table: RatedTable, statistic: Callable[[RatedTable], Figure]) -> Figure:
    """The statistic without each rater; `lowest`, `highest` and `whole` stand beside the values by rater.

    Needs three raters: without one of two nobody is left to agree with.
    """
    n, whole = len(table.raters), statistic(table)
    method = f"{whole.method}, each rater left out in turn"
    if n < 3:
        return Figure(None, Reason.TOO_FEW_RATERS, n_items=whole.n_items, n_raters=n, method=method)
    values: dict[str, float | None] = {}
    for left_out, rater in enumerate(table.raters):
        values[str(rater)] = statistic(table.keep_raters([j for j in range(n) if j != left_out])).value
    fine = [value for value in values.values() if value is not None]
    if not fine:
        return Figure(None, whole.reason or Reason.NO_VARIATION, n_items=whole.n_items, n_raters=n, method=method)
    extra = {"lowest": min(fine), "highest": max(fine), "whole": whole.value}
    return Figure(None, n_items=whole.n_items, n_raters=n, method=method, values=values, extra=extra)
