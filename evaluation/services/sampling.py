"""Drawing items at random so that the draw can be made again from the study's record. Pure.

Every draw sorts by a keyed hash of the item's own id, so neither primary keys nor the order of an import matter, and a
larger sample contains the smaller one.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def shuffled(found: Sequence[T], *, key: Callable[[T], str], seed: int, purpose: str) -> list[T]:
    """Return the candidates in a keyed random order; `purpose` keeps a study's draws independent of each other."""
    return sorted(found, key=lambda one: hmac.digest(str(seed).encode(), f"{purpose}\0{key(one)}".encode(), "sha256"))


def draw(
    found: Sequence[T],
    *,
    size: int,
    seed: int,
    purpose: str,
    key: Callable[[T], str],
    stratum: Callable[[T], str] | None = None,
) -> list[T]:
    """Return `size` candidates, in the order they came; all of them where there are no more.

    With `stratum` equally many from each stratum, as far as it has as many.
    """
    if size >= len(found):
        return list(found)
    order = shuffled(found, key=key, seed=seed, purpose=purpose)
    chosen = order[:size] if stratum is None else _by_turns(order, size, stratum)
    keep = {key(one) for one in chosen}
    return [one for one in found if key(one) in keep]


def _by_turns(order: Sequence[T], size: int, stratum: Callable[[T], str]) -> list[T]:
    """Take from each stratum in turn until there are enough."""
    strata: dict[str, list[T]] = defaultdict(list)
    for one in order:
        strata[stratum(one)].append(one)
    chosen: list[T] = []
    for turn in range(max(len(members) for members in strata.values())):
        for name in sorted(strata):
            if turn < len(strata[name]) and len(chosen) < size:
                chosen.append(strata[name][turn])
    return chosen
