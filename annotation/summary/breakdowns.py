"""Agreement by topic, language, options and kind of item, by group of raters, and after discussion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from django.utils.translation import gettext_noop as _

from annotation.results.arrays import NONE
from annotation.summary import ink
from annotation.summary.agreement import MOST_OPEN, axis_for
from annotation.summary.measures import Figures, light
from annotation.summary.parts import Part, counted, option_sets, parts, split
from annotation.summary.words import LABELS
from annotation.summary.work import Work, primary, robust
from reports.summary import Block, CellValue, DotWhisker, Section, Table, Words, phrase
from stats.groups import group_alphas
from stats.table import Table as Ratings

# A longer list is no overview; the file of all answers has the rest.
MOST_NAMES = 40
# A breakdown of one value says nothing new.
LEAST = 2


def sections(work: Work) -> Iterator[Section]:
    """Yield every breakdown that has something to tell apart."""
    yield from breakdowns(work)
    yield from by_group(work)
    yield from after_discussion(work)


def breakdowns(work: Work) -> Iterator[Section]:
    """Yield agreement by topic, by language, and by options where they differ."""
    units = work.review.units
    columns = [
        ("topic", _("Agreement by topic"), _("Topic"), units.topic, units.topics),
        ("language", _("Agreement by language"), _("Language"), units.language, units.languages),
    ]
    for key, title, head, codes, names in columns:
        blocks = [
            block for part in work.parts for block in breakdown(work, part, head, list(split(part, codes, names)))
        ]
        if blocks:
            yield Section(key=f"by-{key}", title=phrase(title), blocks=blocks, folded=len(work.parts) > MOST_OPEN)
    blocks = [block for part in work.parts for block in by_options(work, part)]
    if blocks:
        yield Section(key="by-options", title=phrase(_("Agreement by number of options")), blocks=blocks)
    if len(work.parts) > 1:
        beside = phrase(_("Kinds of items side by side"))
        yield Section(key="by-kind", title=beside, blocks=[kinds_plot(work), by_kind(work)])


def by_options(work: Work, part: Part) -> list[Block]:
    """Return the part by the set of keys that could be chosen, where there are several."""
    sets, units = option_sets(work.review, part.unit), work.review.units
    if part.several or len(sets) < LEAST:
        return []
    place = {keys: at for at, keys in enumerate(sets)}
    own = np.asarray([place.get(keys, NONE) for keys, _full in units.option_sets], dtype=np.int64)
    codes = np.where(units.options >= 0, own[units.options], NONE)
    chosen = [(at, part.table.keep_units(codes[part.unit] == at)) for at in range(len(sets))]
    tables = [(", ".join(sets[at]), narrowed(table, sets[at])) for at, table in chosen]
    return breakdown(work, part, _("Options"), tables)


def narrowed(table: Ratings, keys: Sequence[str]) -> Ratings:
    """Return a table with only these categories declared; an answer outside them is taken as not given."""
    kept = [at for at, key in enumerate(table.categories) if key in keys]
    move = np.full(len(table.categories) + 1, NONE, dtype=table.codes.dtype)
    move[kept] = np.arange(len(kept))
    return Ratings(table.units, table.raters, tuple(table.categories[at] for at in kept), move[table.codes])


def breakdown(work: Work, part: Part, head: str, tables: Sequence[tuple[str, Ratings]]) -> list[Block]:
    """Return a plot and a table of the leading figures for each table; nothing where there is only one."""
    if len(tables) < LEAST:
        return []
    found = [(ink.named(name), light(table, work.draw, several=part.several)) for name, table in tables[:MOST_NAMES]]
    lead, second = primary(part), robust(part)
    rows = [ink.mark(name, figures[lead]) for name, figures in found]
    return [
        DotWhisker(
            key=f"plot-{part.key}",
            title=phrase(_("%(coefficient)s: %(part)s"), coefficient=phrase(LABELS[lead]), part=part.title),
            rows=rows,
            axis=axis_for(rows),
            n=part.table.n_pairable,
            n_unit=ink.ITEMS,
        ),
        figures_table(f"table-{part.key}", part.title, head, lead, second, found),
    ]


def figures_table(
    key: str, caption: Words, head: str, lead: str, second: str, found: Sequence[tuple[Words, Figures]]
) -> Table:
    """Return the leading figures side by side, a row for each name."""
    rows: list[list[CellValue]] = [
        [
            name,
            ink.estimate(figures[lead]),
            ink.estimate(figures[second]),
            ink.estimate(figures["percent_agreement"]),
            ink.estimate(figures["consensus_rate"]),
            figures[lead].n_items,
            figures[lead].n_raters,
        ]
        for name, figures in found
    ]
    columns = [
        ink.text("name", head),
        ink.value("primary", LABELS[lead]),
        ink.value("robust", LABELS[second]),
        ink.percentage("percent", _("Percent agreement")),
        ink.percentage("consensus", _("Consensus")),
        ink.count("n", _("Items")),
        ink.count("raters", _("Raters")),
    ]
    return Table(key=key, caption=caption, columns=columns, rows=rows)


def kinds_plot(work: Work) -> DotWhisker:
    """Return each part's primary coefficient on one axis."""
    rows = [ink.mark(part.title, work.coefficients[part.key][primary(part)]) for part in work.parts]
    title = phrase(_("Primary coefficient by kind of item (alpha; over sets of labels with MASI)"))
    return DotWhisker(key="plot", title=title, rows=rows, axis=axis_for(rows))


def by_kind(work: Work) -> Table:
    """Return the parts in one table. They are not pooled: chance depends on what could be answered."""
    rows: list[list[CellValue]] = []
    for part in work.parts:
        figures = work.coefficients[part.key]
        cells = [ink.estimate(figures[name]) for name in (robust(part), "percent_agreement", "consensus_rate")]
        rows.append([part.title, *cells, part.table.n_pairable, figures["percent_agreement"].n_raters])
    columns = [
        ink.text("name", _("Items")),
        ink.value("robust", _("AC1; Jaccard for sets")),
        ink.percentage("percent", _("Percent agreement")),
        ink.percentage("consensus", _("Consensus")),
        ink.count("n", _("Items")),
        ink.count("raters", _("Raters")),
    ]
    note = phrase(
        _("Coefficients that correct for chance are not pooled over kinds: chance depends on what could be answered.")
    )
    caption = phrase(_("The other leading figures"))
    return Table(key="kinds", caption=caption, columns=columns, rows=rows, notes=[note])


# --- rater groups, and after discussion -------------------------------------------------------------------


def by_group(work: Work) -> Iterator[Section]:
    """Yield alpha within each group of raters and the differences, where raters have groups."""
    own = dict(zip(work.review.raters, work.review.groups, strict=True))
    blocks: list[Block] = []
    for part in work.parts:
        groups = [own[str(name)] for name in part.table.raters]
        if part.several or len({name for name in groups if name}) < LEAST:
            continue
        blocks += group_blocks(work, part, groups)
    if blocks:
        intro = phrase(_("Agreement among the raters of each group, and how much it differs between them."))
        folded = len(work.parts) > MOST_OPEN
        title = phrase(_("Agreement by rater group"))
        yield Section(key="by-group", title=title, intro=intro, blocks=blocks, folded=folded)


def group_blocks(work: Work, part: Part, groups: Sequence[str]) -> list[Block]:
    """Return a plot of the groups and a table of them with their differences."""
    found, gaps = group_alphas(part.table, groups, bootstrap=work.draw.replicates, seed=work.draw.seed)
    rows = [ink.mark(name, figure) for name, figure in found.items()]
    listed: list[list[CellValue]] = [
        [name, ink.estimate(figure), figure.n_items, groups.count(name)] for name, figure in found.items()
    ]
    listed += [
        [phrase(_("%(first)s minus %(second)s"), first=a, second=b), ink.estimate(figure), figure.n_items, None]
        for (a, b), figure in gaps.items()
    ]
    columns = [
        ink.text("group", _("Group")),
        ink.value("alpha", _("Krippendorff's alpha")),
        ink.count("n", _("Items")),
        ink.count("raters", _("Raters")),
    ]
    note = phrase(
        _("Each group rests on the items that two of its raters answered; differences draw the items jointly.")
    )
    return [
        DotWhisker(
            key=f"plot-{part.key}", title=part.title, rows=rows, axis=axis_for(rows), n=part.table.n_pairable,
            n_unit=ink.ITEMS,
        ),
        Table(key=f"table-{part.key}", caption=part.title, columns=columns, rows=listed, notes=[note]),
    ]  # fmt: skip


def after_discussion(work: Work) -> Iterator[Section]:
    """Yield how far the answers in force agree beside the first ones, where some were changed after seeing more."""
    a = work.review.answers
    now = counted(work.review, independent=False)
    if not bool((now & (a.exposure > a.base)).any()):
        return
    later = {(part.kind, part.base): part for part in parts(work.review, now)}
    blocks: list[Block] = []
    for part in work.parts:
        if (part.kind, part.base) in later:
            figures = light(later[part.kind, part.base].table, work.draw, several=part.several)
            found = [
                (phrase(_("first, independent answers")), work.coefficients[part.key]),
                (phrase(_("answers in force")), figures),
            ]
            blocks.append(
                figures_table(f"after-{part.key}", part.title, _("Answers"), primary(part), robust(part), found)
            )
    intro = phrase(
        _(
            "Some raters changed their answer after they had seen the pre-label or others' answers. The answers in "
            "force then are not independent of each other; cite the first ones as agreement."
        )
    )
    yield Section(key="after", title=phrase(_("After discussion")), intro=intro, blocks=blocks)
