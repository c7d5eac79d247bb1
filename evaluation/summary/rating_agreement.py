"""How far raters agree on scores, all of them and within each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from django.utils.translation import gettext_noop as _

from evaluation.summary import groups, others, versions
from evaluation.summary.frame import Work
from evaluation.summary.rated import Criterion, Rated, criteria, row_means
from reports import ink
from reports.blocks import CellValue
from reports.summary import Axis, Block, Column, Section, Table, phrase
from stats.groups import Found, Gaps, group_alphas, group_ratios
from stats.ratings import alpha, icc_figure
from stats.result import Figure

FORMS = ("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")


def sections(rated: Rated) -> Iterator[Section]:
    """Yield ICC and alpha: the first criterion to cite, all of them in tables."""
    work, found = rated.work, rated.criteria
    figures = {one.key: of_criterion(work, one) for one in found}
    lead = figures[found[0].key]
    blocks: list[Block] = [
        ink.cited(
            "icc",
            lead["icc"],
            label=_("ICC(A,1), one rater's score"),
            reading=(
                _("The share of the scores' spread that lies between responses and not between raters."),
                _("It uses the responses that every rater scored; strict and lenient raters lower it."),
            ),
            role="primary",
        ),
        ink.cited(
            "alpha",
            lead["ordinal"],
            label=_("Krippendorff's alpha (ordinal)"),
            reading=(
                _("1 is perfect agreement, 0 what chance would give; near misses weigh less."),
                _("It copes with raters who scored different responses."),
            ),
            role="robust",
            scale=True,
        ),
        alpha_table(found, figures),
        icc_table(found, figures),
        *others.blocks(work, [other_raters(one, figures[one.key]["ordinal"]) for one in found]),
    ]
    intro = phrase(_("On the first criterion, “%(name)s”; every criterion stands in the tables."), name=found[0].name)
    yield Section(key="agreement", title=phrase(_("Agreement between raters")), intro=intro, blocks=blocks)


def of_criterion(work: Work, one: Criterion) -> dict[str, Figure]:
    """Return a criterion's agreement figures over all systems' responses."""
    pooled = one.pooled
    forms: dict[str, Figure] = icc_figure(pooled.scores).extra["forms"]
    return {
        "icc": forms["ICC(A,1)"],
        "ordinal": alpha(pooled, level="ordinal", **work.draw),
        "interval": alpha(pooled, level="interval", **work.draw),
        **{name: forms[name] for name in FORMS if name in forms},
    }


def other_raters(one: Criterion, shown: Figure) -> others.Leading:
    """Return a criterion's alpha with what it is computed from; an item is drawn with all its responses."""
    clusters = np.tile(np.arange(len(one.items)), len(one.scores)).tolist()
    label = phrase(_("%(title)s: %(block)s"), title=phrase(_("Krippendorff's alpha (ordinal)")), block=one.name)
    return others.Leading(label, shown, one.pooled.table(), "krippendorff_alpha", "ordinal", clusters)


def alpha_table(found: Sequence[Criterion], figures: dict[str, dict[str, Figure]]) -> Table:
    """Return alpha by criterion."""
    rows: list[list[CellValue]] = [
        [
            one.name, ink.estimate(figures[one.key]["ordinal"]), ink.estimate(figures[one.key]["interval"]),
            figures[one.key]["ordinal"].n_items,
        ]
        for one in found
    ]  # fmt: skip
    return Table(
        key="alphas",
        caption=phrase(_("Krippendorff's alpha by criterion")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            Column(key="ordinal", label=phrase(_("Ordinal")), kind="ci"),
            Column(key="interval", label=phrase(_("Interval")), kind="ci"),
            Column(key="n", label=phrase(_("Responses")), kind="int"),
        ],
        rows=rows,
    )


def icc_table(found: Sequence[Criterion], figures: dict[str, dict[str, Figure]]) -> Table:
    """Return every form of the intraclass correlation by criterion."""
    rows: list[list[CellValue]] = [
        [
            one.name,
            *(ink.estimate(figures[one.key][name]) for name in FORMS if name in figures[one.key]),
            figures[one.key]["icc"].n_items,
        ]
        for one in found
    ]
    names = [name for name in FORMS if name in figures[found[0].key]]
    return Table(
        key="iccs",
        caption=phrase(_("Intraclass correlations by criterion")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            *(Column(key=f"f{at}", label=name, kind="ci") for at, name in enumerate(names)),
            Column(key="n", label=phrase(_("Responses all rated")), kind="int"),
        ],
        rows=rows,
    )


def by_group(rated: Rated) -> Iterator[Section]:
    """Yield mean scores and agreement within each group of raters, with the differences."""
    work = rated.work
    if not groups.names(work):
        return
    rows: list[groups.Row] = [row for one in rated.criteria for row in means_by_group(work, one)]
    alphas: list[groups.Row] = [(one.name, *alpha_by_group(work, one)) for one in rated.criteria]
    caption, heading = phrase(_("Mean score by group of raters")), _("Criterion and system")
    lead = rated.criteria[0]
    axis = Axis(label=lead.name, low=float(min(lead.points)), high=float(max(lead.points)))
    title = phrase(_("Mean score by group of raters: %(criterion)s"), criterion=lead.name)
    blocks: list[Block] = [
        groups.picture("plot", title, rows[: len(lead.scores)], axis),
        groups.table("table", caption, heading, rows),
        groups.table(
            "agreement", phrase(_("Krippendorff's alpha (ordinal) within each group")), _("Criterion"), alphas
        ),
    ]
    yield from groups.section(work, blocks)


def means_by_group(work: Work, one: Criterion) -> list[groups.Row]:
    """Return each system's mean over items by group of raters."""
    parts = {
        name: groups.means_of(np.stack([row_means(scores[:, keep]) for scores in one.scores.values()], axis=1))
        for name, keep in groups.columns_of(work, one.raters).items()
    }
    found = group_ratios(parts, method="mean over raters, then over items", **work.draw)
    return [
        (phrase(_("%(title)s: %(block)s"), title=one.name, block=label), figures, gaps)
        for label, figures, gaps in groups.systems(work, list(one.scores), found)
    ]


def alpha_by_group(work: Work, one: Criterion) -> tuple[Found, Gaps]:
    """Return ordinal alpha within each group of raters; an item is resampled with all its responses."""
    pooled = one.pooled
    own = groups.labels(work, pooled.raters)
    clusters = np.tile(np.arange(len(one.items)), len(one.scores))
    return group_alphas(pooled.table(), own, level="ordinal", clusters=clusters, **work.draw)


def by_guideline(rated: Rated) -> Iterator[Section]:
    """Yield ordinal alpha under each version of the guideline."""
    work = rated.work

    def alphas(cases: versions.Cases) -> versions.Alphas:
        return {
            one.key: (one.name, alpha(one.pooled, level="ordinal", **work.draw)) for one in criteria(work, cases)
        }  # fmt: skip

    yield from versions.section(work, alphas, phrase(_("Krippendorff's alpha (ordinal)")), _("Criterion"))
