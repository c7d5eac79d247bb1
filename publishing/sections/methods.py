"""The methods paragraph: how the figures came about, in sentences a paper can take over."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from publishing.sections.frame import Book
from reports.summary import Words, phrase


def sentences(book: Book) -> Iterator[Words]:
    """Yield what was done, one sentence a thing that took part."""
    kinds = {study.kind for study in book.material.studies}
    if kinds & {"ranking", "rating", "comparison"}:
        yield phrase(
            _("Raters saw neither names nor any other data of the systems; orders of presentation were drawn by a key "
              "before the first answer.")
        )  # fmt: skip
    if "judging" in kinds:
        yield phrase(
            _("Judges were models that read what raters read; each first explained, then judged, and was asked once "
              "more where its answer could not be read.")
        )  # fmt: skip
        yield phrase(
            _("Means of judges are over question means, rounds averaged first: the question is the unit, never the "
              "row.")
        )  # fmt: skip
        yield phrase(
            _("A bullet marks p < 0.05 of a two-sample t test of a fine-tuned system against its base on question "
              "means; the paired test by question, with Holm's correction, stands beside it as the better choice.")
        )  # fmt: skip
    if "benchmark" in kinds:
        yield phrase(
            _("Overall is the mean over items; the number in brackets beside it is the population standard deviation "
              "(ddof 0) of the topics' scores.")
        )  # fmt: skip
    yield phrase(
        _("Intervals of %(level)s %% are of Student's t over questions for means, Wilson's for shares of right "
          "answers, else percentile bootstrap over items (%(replicates)s replicates, seed %(seed)s)."),
        level=95, replicates=int(book.found["bootstrap"]), seed=int(book.found["seed"]),
    )  # fmt: skip
