"""How often each score was given: by judge and criterion, and by people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from django.utils.translation import gettext_noop as _

from publishing.sections.frame import Book, Found, slug
from reports.nodes import Words
from reports.summary import Axis, Block, Histogram, phrase


def blocks(book: Book) -> Iterator[Block]:
    """Yield a chart for each judge and criterion, then for people's ratings."""
    found = book.figures("histograms")
    at = count(1)
    for one in found.get("judges", ()):
        for key, judges in one["criteria"].items():
            for judge, counts in judges.items():
                name = book.criterion(one["rubric"], key)
                title = phrase(_("%(judge)s, %(criterion)s"), judge=book.judge(judge), criterion=name)
                yield from chart(f"h{next(at)}-{slug(key)}", title, counts)
    for one in found.get("people", ()):
        for key, counts in one["criteria"].items():
            name = book.criterion(book.rubric_of[one["study"]], key)
            title = phrase(_("People, %(criterion)s: %(study)s"), criterion=name, study=book.study(one["study"]))
            yield from chart(f"h{next(at)}-{slug(key)}", title, counts)


def chart(key: str, title: Words, found: Found) -> Iterator[Block]:
    """Yield one histogram over whole points; points that lie unevenly have none."""
    points = [float(point) for point in found["points"]]
    if any(point != round(point) for point in points) or not points:
        return
    low, high = int(points[0]), int(points[-1])
    given = dict(zip((int(point) for point in points), found["counts"], strict=True))
    every = range(low, high + 1)
    yield Histogram(
        key=key, title=title, edges=[point - 0.5 for point in (*every, high + 1)],
        counts=[given.get(point, 0) for point in every], labels=[str(point) for point in every],
        axis=Axis(label=phrase(_("Score"))), n=found["n"], n_unit=phrase(_("scores")),
    )  # fmt: skip
