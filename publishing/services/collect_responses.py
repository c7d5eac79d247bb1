"""What the handles of responses stand for, with their lengths; never their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluation.models import Response
from projects.models import ItemRevision
from publishing.services.rows import Rows
from stats.paper import material as paper

BATCH = 2000


def add(rows: Rows) -> None:
    """Add a row for each response that somebody or something judged."""
    wanted = {place: handle for place, handle in rows.codes.responses.items() if handle in rows.meant}
    lengths = {
        ("response", pk): length for pk, length in _responses([pk for kind, pk, _s in wanted if kind == "response"])
    }
    lengths |= {
        ("revision", pk): length for pk, length in _revisions([pk for kind, pk, _s in wanted if kind == "revision"])
    }
    for (kind, pk, _study), handle in wanted.items():
        meant = rows.meant[handle]
        characters, words = lengths.get((kind, pk), (0, 0))
        rows.responses.append(
            paper.Response(
                handle, meant.item, rows.codes.systems[meant.system], meant.round, characters, words,
                handle in rows.flagged,
            )
        )  # fmt: skip


def _responses(keys: Sequence[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    for start in range(0, len(keys), BATCH):
        found = Response.objects.filter(pk__in=keys[start : start + BATCH])
        for pk, text, current in found.values_list("pk", "text", "current__text"):
            yield pk, measured(text if current is None else current)


def _revisions(keys: Sequence[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    for start in range(0, len(keys), BATCH):
        found = ItemRevision.objects.filter(pk__in=keys[start : start + BATCH])
        for pk, text in found.values_list("pk", "text"):
            yield pk, measured(text)


def measured(text: str) -> tuple[int, int]:
    """Return how many characters a text has, and how many words between blanks."""
    return len(text), len(text.split())
