"""The report of a blind rating."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
from django.utils.translation import gettext_noop as _

from evaluation.summary import again, frame, rating_agreement, rating_raters
from evaluation.summary.frame import Work
from evaluation.summary.rated import Criterion, Rated, criteria, load
from evaluation.summary.report import Parts
from evaluation.summary.report import summarise as summarise_blind
from projects.models import Report
from reports import ink
from reports.blocks import CellValue
from reports.summary import (
    Axis,
    Block,
    Column,
    DotWhisker,
    Estimate,
    Missing,
    Section,
    Stacked,
    StackRow,
    Summary,
    Table,
    Words,
    phrase,
)
from stats.compare import paired_t_test, t_test, wilcoxon_signed_rank
from stats.rank_tests import holm
from stats.result import Figure


def summarise(report: Report, tell: Callable[[int, int], None]) -> Summary:
    """Compute a rating's results."""
    return summarise_blind(report, tell, PARTS)


def headline(found: Rated) -> Words:
    """Return the finding in one sentence, on the first criterion."""
    first = found.criteria[0]
    best = frame.best({key: one.value for key, one in first.means.items() if one.value is not None}, lowest=False)
    return phrase(
        _("%(system)s has the highest mean on “%(criterion)s”: %(value)s, on a scale from %(low)s to %(high)s."),
        system=found.work.name(best or 0),
        criterion=first.name,
        value=ink.said(first.means[best or 0]),
        low=min(first.points),
        high=max(first.points),
    )


def methods(work: Work) -> Iterator[Words]:
    """Yield how the figures were computed."""
    yield phrase(
        _(
            "Scores were averaged over raters within items first; means and their t intervals are over items. Systems "
            "were compared on the items both were rated on (%(test)s), p values adjusted by Holm over all pairs of "
            "systems and criteria; Welch's test on item means stands beside."
        ),
        test=phrase(_("Wilcoxon signed-rank test")) if ranked(work) else phrase(_("paired t test")),
    )
    yield phrase(
        _(
            "Rater-standardised scores put each rater's scores on that rater's own mean and spread and then back on "
            "the pooled mean and spread of all raters."
        )
    )


def ranked(work: Work) -> bool:
    """Whether the declared test is the signed-rank test."""
    return bool(work.study.settings.get("primary_test") == "wilcoxon")


def scores(rated: Rated) -> Iterator[Section]:
    """Yield means by system and criterion."""
    work, found = rated.work, rated.criteria
    blocks: list[Block] = [mean_table(work, found), *(picture(work, one) for one in found)]
    intro = phrase(_("Mean scores with their intervals over items; the best of each criterion is set apart."))
    yield Section(key="scores", title=phrase(_("Scores")), intro=intro, blocks=blocks)


def mean_table(work: Work, found: Sequence[Criterion]) -> Table:
    """Return mean scores: systems by criteria."""
    rows = [[work.name(key), *(mean_cell(one, key) for one in found)] for key in frame.order(work)]
    return Table(
        key="means",
        caption=phrase(_("Mean score by system and criterion")),
        columns=[
            Column(key="system", label=phrase(_("System"))),
            *(Column(key=f"c{at}", label=one.name, kind="ci") for at, one in enumerate(found)),
        ],
        rows=rows,
    )


def mean_cell(one: Criterion, key: int) -> CellValue:
    """Return a system's mean on a criterion, set apart where it is the best."""
    if key not in one.means:
        return Estimate(None, None, None, "no_answers")
    values = {system: figure.value for system, figure in one.means.items() if figure.value is not None}
    cell: CellValue = frame.strong(ink.estimate(one.means[key]), when=frame.best(values, lowest=False) == key)
    return cell


def picture(work: Work, one: Criterion) -> DotWhisker:
    """Return one criterion's means as dots with intervals."""
    return DotWhisker(
        key=f"means-{one.key.replace('_', '-')}",
        title=phrase(_("Mean score of each system: %(criterion)s"), criterion=one.name),
        rows=[ink.mark(work.name(key), figure) for key, figure in by_value(one)],
        axis=Axis(label=one.name, low=float(min(one.points)), high=float(max(one.points))),
        n=len(one.items),
        n_unit=ink.ITEMS,
    )


def by_value(one: Criterion) -> list[tuple[int, Figure]]:
    """Return the systems with their means, the highest first."""
    return sorted(one.means.items(), key=lambda row: -(row[1].value if row[1].value is not None else -1e9))


def tests(rated: Rated) -> Iterator[Section]:
    """Yield every pair of systems on every criterion."""
    work, found = rated.work, rated.criteria
    tried = [row for one in found for row in pair_tests(work, one)]
    if not tried:
        return
    adjusted = holm([row[2] for row in tried])
    rows: list[list[CellValue]] = [
        [*cells, ink.p_cell(p, "no_variation"), ink.p_cell(fixed, "no_variation"), effect, welch]
        for (cells, (effect, welch), p), fixed in zip(tried, adjusted, strict=True)
    ]
    table = Table(
        key="pairs",
        caption=phrase(_("Every pair of systems")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            Column(key="pair", label=phrase(_("Pair"))),
            Column(key="items", label=phrase(_("Items")), kind="int"),
            Column(key="difference", label=phrase(_("Difference")), kind="ci"),
            Column(key="p", label=phrase(_("p, signed-rank")) if ranked(work) else phrase(_("p, paired t")), kind="p"),
            Column(key="holm", label=phrase(_("p with Holm")), kind="p"),
            Column(
                key="effect",
                label=phrase(_("Rank biserial")) if ranked(work) else phrase(_("Cohen's d of differences")),
                kind="number",
            ),
            Column(key="welch", label=phrase(_("p, Welch")), kind="p"),
        ],
        rows=rows,
    )
    yield Section(key="tests", title=phrase(_("Do the systems differ?")), blocks=[table])


def pair_tests(
    work: Work, one: Criterion
) -> Iterator[tuple[list[CellValue], tuple[CellValue, CellValue], float | None]]:
    """Yield each pair's cells, its effect size with Welch's p, and the p of the declared test."""
    for a, b in combinations([key for key in frame.order(work) if key in one.scores], 2):
        x, y = one.per_item(a), one.per_item(b)
        both = np.isfinite(x) & np.isfinite(y)
        paired = paired_t_test(x[both], y[both])
        signed = wilcoxon_signed_rank(x[both], y[both]) if ranked(work) else None
        p = signed.value if signed else paired.extra.get("p")
        effect = signed.extra.get("rank_biserial") if signed else paired.extra.get("cohen_dz")
        welch = t_test(x[np.isfinite(x)], y[np.isfinite(y)])
        cells: list[CellValue] = [
            one.name, f"{work.name(a)} – {work.name(b)}", int(both.sum()), ink.estimate(paired),
        ]  # fmt: skip
        reason = ink.why(paired) or "no_variation"
        yield cells, (Missing(reason) if effect is None else float(effect), ink.p_cell(welch.extra.get("p"))), p


def distributions(rated: Rated) -> Iterator[Section]:
    """Yield how often each score was given, and how often the ends of the scale."""
    work, found = rated.work, rated.criteria
    blocks: list[Block] = []
    for one in found:
        levels = sorted(one.points)
        blocks.append(
            Stacked(
                key=f"histogram-{one.key.replace('_', '-')}",
                title=phrase(_("How often each score was given: %(criterion)s"), criterion=one.name),
                parts=[f"{level}: {one.points[level]}" for level in levels],
                rows=[StackRow(label=work.name(key), counts=counts(one, key, levels)) for key in one.scores],
                n=int(sum(np.isfinite(scores).sum() for scores in one.scores.values())),
                n_unit=phrase(_("scores")),
            )
        )
    if blocks:
        blocks.append(ends_table(work, found))
        yield Section(key="distributions", title=phrase(_("Spread of the scores")), blocks=blocks, folded=True)


def counts(one: Criterion, key: int, levels: Sequence[int]) -> list[int]:
    """Return how often a system got each score."""
    return [int((one.scores[key] == level).sum()) for level in levels]


def ends_table(work: Work, found: Sequence[Criterion]) -> Table:
    """Return mean, spread, and the shares of the lowest and the highest point of the scale."""
    rows: list[list[CellValue]] = []
    for one in found:
        for key, scores in one.scores.items():
            fine = scores[np.isfinite(scores)]
            spread: CellValue = float(fine.std(ddof=1)) if fine.size > 1 else Missing("too_few_values")
            low, high = (float((fine == end).mean()) for end in (min(one.points), max(one.points)))
            rows.append([one.name, work.name(key), int(fine.size), float(fine.mean()), spread, low, high])
    return Table(
        key="ends",
        caption=phrase(_("Scores by criterion and system, and the ends of the scale")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            Column(key="system", label=phrase(_("System"))),
            Column(key="n", label=phrase(_("Scores")), kind="int"),
            Column(key="mean", label=phrase(_("Mean")), kind="number"),
            Column(key="sd", label=phrase(_("SD")), kind="number"),
            Column(key="floor", label=phrase(_("Lowest point")), kind="percent"),
            Column(key="ceiling", label=phrase(_("Highest point")), kind="percent"),
        ],
        rows=rows,
    )


def standardised(rated: Rated) -> Iterator[Section]:
    """Yield means as given and with each rater's scale evened out, side by side."""
    work, found = rated.work, rated.criteria
    rows: list[list[CellValue]] = []
    for one in found:
        for key, scores in one.standardised.items():
            even = one.mean_of(scores)
            rows.append([one.name, work.name(key), ink.estimate(one.means[key]), ink.estimate(even)])
    if not rows:
        return
    table = Table(
        key="standardised",
        caption=phrase(_("Mean scores, as given and rater-standardised")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            Column(key="system", label=phrase(_("System"))),
            Column(key="raw", label=phrase(_("As given")), kind="ci"),
            Column(key="even", label=phrase(_("Rater-standardised")), kind="ci"),
        ],
        rows=rows,
    )
    yield Section(key="standardised", title=phrase(_("Strict and lenient raters evened out")), blocks=[table])


def main(work: Work) -> Callable[[again.Cases], again.Main]:
    """Return how the means are computed from some judgements."""

    def compute(cases: again.Cases) -> again.Main:
        return {
            (one.name, work.name(key)): ink.estimate(figure)
            for one in criteria(work, cases)
            for key, figure in one.means.items()
        }

    return compute


def sensitivity(rated: Rated) -> Iterator[Section]:
    """Yield the means on other choices of judgements."""
    heads = [ink.text("criterion", _("Criterion")), ink.text("system", _("System"))]
    caption = _("Mean score on other choices of judgements")
    yield from again.sections(rated.work, main(rated.work), heads=heads, caption=caption)


PARTS = Parts(
    load=load,
    chapters=(
        scores, rating_agreement.sections, tests, rating_agreement.by_group,
        rating_agreement.by_guideline, distributions, rating_raters.raters,
        standardised, rating_raters.shown, rating_raters.repeats, sensitivity,
    ),
    headline=headline,
    methods=methods,
)  # fmt: skip
