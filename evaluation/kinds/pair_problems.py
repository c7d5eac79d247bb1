"""What keeps a comparison from opening whose pairs are proposed from two data sets, or come from a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext, ngettext

from evaluation.kinds.blind_problems import LISTED, unmade_lines
from evaluation.services import designs, matching, pairs
from projects.kinds import Problem
from projects.models import Study


def missing(study: Study) -> Iterator[Problem]:
    """Yield what is missing among a study's pairs."""
    matched = pairs.mode(study) == pairs.MATCHED
    if matched and matching.other_dataset(study) is None:
        yield Problem(gettext("Choose another data set for the other side."))
        return
    rows = pairs.accepted(study)
    if not rows:
        yield Problem(
            gettext("No pair is accepted yet. Propose pairs under “Pairs”, then decide on them.")
            if matched
            else gettext("No list of pairs has been taken yet. Upload one under “Pairs”.")
        )
        return
    yield from _undecided(study)
    yield from _gone(study)
    if pairs.whole_items(study):
        keys = {one.pk for one in pairs.datasets(study)}
        if any({row.left.dataset_id, row.right.dataset_id} != keys for row in rows):
            yield Problem(gettext("Some pairs are of other data sets than the settings name. Make the pairs again."))
        slugs = {one.slug for one in pairs.datasets(study)}
        yield from unmade_lines(study.settings, {row.left.external_id for row in rows}, slugs)
    most, raters = max(row.wanted or 1 for row in rows), designs.everybody(study)
    if raters < most:
        words = gettext("A pair wants %(wanted)s raters, but only %(raters)s take part.")
        yield Problem(words % {"wanted": most, "raters": raters}, blocking=False)


def _undecided(study: Study) -> Iterator[Problem]:
    n = pairs.waiting(study)
    if n:
        words = ngettext("%(n)s pair waits for your decision.", "%(n)s pairs wait for your decision.", n)
        yield Problem(words % {"n": n})


def _gone(study: Study) -> Iterator[Problem]:
    gone = pairs.gone(study)
    if gone:
        words = gettext("These pairs have an item that was removed from its data set: %(pairs)s.")
        yield Problem(words % {"pairs": "; ".join(gone[:LISTED])})
