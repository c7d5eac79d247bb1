"""The chapter of a judges' report that always stands: what was asked, what could be read, and why not."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from evaluation.reading_words import UNJUDGED
from evaluation.summary.jury_frame import Work
from reports import ink
from reports.blocks import CellValue
from reports.summary import Block, Section, Table, phrase


def counts(work: Work) -> Iterator[Section]:
    """Yield how many calls each judge was asked, how many were read, and the reasons of those that were not."""
    columns = [
        ink.text("judge", _("Judge")), ink.count("asked", _("Asked")), ink.count("read", _("Read")),
        ink.count("second", _("of these at the second try")), ink.count("unread", _("Not read")),
        ink.percentage("share", _("Not read, of those that answered")), ink.count("failed", _("Calls that failed")),
        ink.count("waiting", _("Still to come")), ink.count("anew", _("Asked anew by hand")),
    ]  # fmt: skip
    rows: list[list[CellValue]] = []
    for judge, name in work.panel.judges.items():
        one = work.panel.tallies[judge]
        unread = one.unread.total()
        share = ink.share(unread, one.read + unread)
        rows.append([name, one.asked, one.read, one.second, unread, share, one.failed, one.waiting, one.anew])
    caption = phrase(_("Calls by judge"))
    blocks: list[Block] = [Table(key="calls", caption=caption, columns=columns, rows=rows), *reasons(work)]
    intro = phrase(
        _("An answer is read strictly. What could not be read was asked once more, then counted here; it enters no "
          "figure.")
    )  # fmt: skip
    yield Section(key="counts", title=phrase(_("What could be read")), blocks=blocks, intro=intro)


def reasons(work: Work) -> Iterator[Block]:
    """Yield why answers could not be read, by judge; nothing where all could."""
    found = {key for one in work.panel.tallies.values() for key in one.unread}
    if not found:
        return
    columns = [ink.text("reason", _("The answer"))]
    columns += [ink.count(f"j{n}", name) for n, name in enumerate(work.panel.judges.values())]
    rows: list[list[CellValue]] = [
        [phrase(words), *(work.panel.tallies[judge].unread[key] for judge in work.panel.judges)]
        for key, words in UNJUDGED.items()
        if key in found
    ]
    yield Table(key="reasons", caption=phrase(_("Why answers could not be read")), columns=columns, rows=rows)
