"""What limits the figures: what is missing, left out, flagged, and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from publishing.sections.frame import Book
from reports import numbers
from reports.summary import Words, phrase

SOURCES = {
    "judgements": _("%(study)s: %(missing)s of %(planned)s judgements are missing."),
    "calls": _("%(study)s: %(missing)s of %(planned)s calls brought no answer."),
    "answers": _("%(study)s: %(missing)s of %(planned)s answers are missing; they do not count."),
}


def sentences(book: Book) -> Iterator[Words]:
    """Yield one sentence for each thing that a reader should know of."""
    yield from missing(book)
    yield from left_out(book)
    yield from unread(book)
    flagged = sum(row.flagged for row in book.material.responses)
    if flagged:
        yield phrase(
            _("Responses with words that may tell who wrote them: %(n)s of %(all)s."),
            n=flagged, all=numbers.integer(len(book.material.responses)),
        )  # fmt: skip


def missing(book: Book) -> Iterator[Words]:
    """Yield what was planned and did not come about."""
    for row in book.material.missing:
        lacking = row.planned - row.done
        if lacking > 0 and row.what in SOURCES:
            yield phrase(
                SOURCES[row.what], study=book.study(row.study), missing=numbers.integer(lacking),
                planned=numbers.integer(row.planned),
            )  # fmt: skip


def left_out(book: Book) -> Iterator[Words]:
    """Yield how many answers a person left out."""
    gone = {(row.study, row.unit, row.rater) for row in book.material.judgements if row.excluded}
    for study, n in sorted(Counter(one[0] for one in gone).items()):
        yield phrase(_("%(study)s: answers left out: %(n)s."), study=book.study(study), n=n)


def unread(book: Book) -> Iterator[Words]:
    """Yield how many answers of judges, and of systems, could not be read."""
    judged = Counter((row.study, row.judge) for row in book.material.verdicts if row.failed)
    for (study, judge), n in judged.items():
        yield phrase(
            _("%(study)s: answers of %(judge)s that could not be read, even when asked once more, and have no score: "
              "%(n)s."),
            study=book.study(study), n=n, judge=book.judge(judge),
        )  # fmt: skip
    chosen = Counter(row.study for row in book.material.answers if row.unread)
    for study, n in chosen.items():
        yield phrase(
            _("%(study)s: answers of systems that could not be read and count as wrong: %(n)s."),
            study=book.study(study),
            n=n,
        )
