"""Judges beside each group of people: whether they stand nearer to experts than to students, and how surely."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from django.utils.translation import gettext_noop as _

from evaluation.results.people import People
from evaluation.summary.groups import LEAST, MOST
from evaluation.summary.jury_beside import Beside, of_study
from evaluation.summary.jury_frame import Work
from reports import ink, numbers
from reports.blocks import CellValue, Column, Missing
from reports.summary import Block, Table, Words, phrase
from stats.groups import group_names
from stats.judge_groups import group_gaps
from stats.result import Figure

FIGURES = (
    ("spearman", _("Spearman's rho")), ("icc_a1", _("ICC(A,1)")), ("mean_difference", _("Mean difference")),
    ("mae", _("Mean absolute error")),
)  # fmt: skip
NO_INTERVAL = {
    "too_few_items": _("There is no interval where a single question cannot show how questions vary."),
    "no_variation": _("There is no interval where every resample gives the same difference."),
    "unstable": _("There is no interval where too few resamples gave a value."),
}
APART = (
    _("Each group's means over its own raters; a group may have judged other responses than another."),
    _("Means over more raters are steadier, so a judge correlates more with the larger of two equal groups."),
)
# A judge's key -> the judge beside one group.
Sides = Mapping[int, Beside]


def by_group(work: Work, people: People, lead: Beside) -> Iterator[Block]:
    """Yield each judge beside each group of people, and the groups' differences, on the chapter's leading criterion."""
    names = group_names([people.groups[code] for code in people.raters])
    if not LEAST <= len(names) <= MOST:
        return
    groups = {name: people.of_group(name) for name in names}
    sides = {
        name: {one.judge: one for one in of_study(work, own) if one.criterion == lead.criterion}
        for name, own in groups.items()
    }
    yield apart(work, groups, sides)
    yield differences(work, sides)


def apart(work: Work, groups: Mapping[str, People], sides: Mapping[str, Sides]) -> Table:
    """Return each judge's figures beside each group alone."""
    rows: list[list[CellValue]] = []
    for name, own in groups.items():
        for one in sides[name].values():
            if one.shared:
                cells = [ink.estimate(one.figures[key]) for key, _label in FIGURES]
                rows.append([work.judge(one.judge), name, len(own.raters), len(one.shared), *cells])
    columns = [
        ink.text("judge", _("Judge")), ink.text("group", _("Group")), ink.count("raters", _("Raters")),
        ink.count("n", _("Responses")), *figure_columns(),
    ]  # fmt: skip
    caption = phrase(_("Judges beside each group of people"))
    return Table(key="groups", caption=caption, columns=columns, rows=rows, notes=[phrase(words) for words in APART])


def differences(work: Work, sides: Mapping[str, Sides]) -> Table:
    """Return, for each judge and every two groups, the first group's figures less the second's."""
    rows: list[list[CellValue]] = []
    found: list[Figure] = []
    for first, second in combinations(sides, 2):
        for judge, one in sides[first].items():
            if judge not in sides[second]:
                continue
            figures = gaps(work, one, sides[second][judge])
            found += figures.values()
            n, questions = counted(figures)
            pair = phrase(_("%(first)s minus %(second)s"), first=first, second=second)
            cells = [cell(figures, key) for key, _label in FIGURES]
            rows.append([work.judge(judge), pair, n, questions, *cells])
    columns = [
        ink.text("judge", _("Judge")), ink.text("groups", _("Groups")), ink.count("n", _("Responses")),
        ink.count("questions", _("Questions")), *figure_columns(),
    ]  # fmt: skip
    caption = phrase(_("Differences between groups of people"))
    missing = {ink.why_no_interval(figure) for figure in found if figure.value is not None and figure.ci is None}
    return Table(
        key="group-gaps", caption=caption, columns=columns, rows=rows, notes=list(gap_notes(work.replicates, missing))
    )


def figure_columns() -> list[Column]:
    """Return a column for each figure."""
    return [ink.value(key.replace("_", "-"), label) for key, label in FIGURES]


def gaps(work: Work, first: Beside, second: Beside) -> dict[str, Figure]:
    """Return the differences on the responses that both groups and the judge judged, empty where there are none."""
    shared = sorted(set(first.shared) & set(second.shared))
    if not shared:
        return {}
    return group_gaps(
        [first.human[pk] for pk in shared], [second.human[pk] for pk in shared], [first.scores[pk] for pk in shared],
        items=[work.panel.responses[pk].item for pk in shared],
        ranks=first.ranks, same_scale=first.same_scale and second.same_scale, **work.draw,
    )  # fmt: skip


def counted(figures: Mapping[str, Figure]) -> tuple[int, int]:
    """Return how many responses and questions differences rest on."""
    any_one = next(iter(figures.values()), None)
    return (any_one.n_items or 0, int(any_one.extra.get("n_clusters") or 0)) if any_one else (0, 0)


def cell(figures: Mapping[str, Figure], key: str) -> CellValue:
    """Return a difference, or why there is none."""
    return ink.estimate(figures[key]) if figures else Missing("no_shared_responses")


def gap_notes(replicates: int, missing: Collection[str]) -> Iterator[Words]:
    """Yield how the differences were made and how to read them, and why some have no interval (`missing`, codes)."""
    yield phrase(
        _("Over the responses that both groups judged. Intervals are percentiles of %(n)s replicates that draw whole "
          "questions, the same ones for both groups; one that holds 0 leaves open whether they differ."),
        n=numbers.integer(replicates),
    )  # fmt: skip
    yield phrase(
        _("Above 0, rho and ICC say that the judge is nearer to the first group; the mean absolute error says so "
          "below 0. The mean difference says by how much the second group's scores lie above the first's.")
    )  # fmt: skip
    for code, words in NO_INTERVAL.items():
        if code in missing:
            yield phrase(words)
