"""Drawing items for a label review: all, some at random, or some of another study's released ones."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Q

from annotation.models import Resolution
from projects.models import Item, Study


@dataclass(frozen=True)
class Candidate:
    """An item that could become a unit."""

    item_id: int
    revision_id: int
    external_id: str
    language: str
    topic: str


PAGE = 2000
LABELLED_KINDS = (Item.Kind.TRUE_FALSE, Item.Kind.SINGLE_CHOICE, Item.Kind.MULTIPLE_CHOICE)


def candidates(study: Study) -> Iterator[Candidate]:
    """Yield what the study may judge, in the order of the data set: never removed or half-imported items."""
    rows = Item.objects.visible().kept().filter(dataset=study.dataset, kind__in=LABELLED_KINDS)
    if study.source_id:
        released = Resolution.objects.filter(
            unit__study_id=study.source_id, current=True, unit__withdrawn=False
        ).exclude(how=Resolution.How.REMOVED)
        rows = rows.filter(pk__in=released.values("unit__item_id"))
    yield from _by_page(rows.order_by("position", "pk"))


def _by_page(rows: models.QuerySet[Item]) -> Iterator[Candidate]:
    """Read page by page: whoever consumes this writes meanwhile.

    A cursor left open would pin SQLite's snapshot, and the first write after anybody else's would then fail at once.
    """
    columns = ("pk", "current_id", "external_id", "current__language", "current__topic", "position")
    page = list(rows.values_list(*columns)[:PAGE])
    while page:
        for *values, _position in page:
            yield Candidate(*values)
        last, at = page[-1][0], page[-1][-1]
        # The first condition follows from the second; only from it does a database know where in the index to begin.
        behind = rows.filter(Q(position__gte=at) & (Q(position__gt=at) | Q(position=at, pk__gt=last)))
        page = list(behind.values_list(*columns)[:PAGE])


def draw(found: Sequence[Candidate], *, size: int, seed: int, stratified: bool) -> list[Candidate]:
    """Draw `size` candidates without replacement, in the order they came; all where there are no more.

    Sorted by external id before drawing, so that the same seed draws the same items from the same data set whatever
    order they were imported in. Stratified: the same number from each topic, as far as a topic has as many
    (equal allocation; a report must weight it back to the topics' shares).
    """
    pool = sorted(found, key=lambda one: one.external_id)
    if size >= len(pool):
        return list(found)
    # A published sample must be drawable again; secrecy plays no part.
    rng = random.Random(seed)  # noqa: S311
    chosen = _stratified(pool, size, rng) if stratified else rng.sample(pool, size)
    keep = {one.item_id for one in chosen}
    return [one for one in found if one.item_id in keep]


def _stratified(pool: Sequence[Candidate], size: int, rng: random.Random) -> list[Candidate]:
    strata: dict[str, list[Candidate]] = defaultdict(list)
    for one in pool:
        strata[one.topic].append(one)
    shares = allocate({topic: len(members) for topic, members in strata.items()}, size)
    return [one for topic in sorted(strata) for one in rng.sample(strata[topic], shares[topic])]


def allocate(sizes: dict[str, int], wanted: int) -> dict[str, int]:
    """Spread `wanted` draws over strata as evenly as their sizes allow; the first by name take what is left over."""
    shares = dict.fromkeys(sizes, 0)
    left = min(wanted, sum(sizes.values()))
    while left:
        hungry = [name for name in sorted(sizes) if shares[name] < sizes[name]]
        each = max(1, left // len(hungry))
        for name in hungry:
            more = min(each, sizes[name] - shares[name], left)
            shares[name] += more
            left -= more
    return shares
