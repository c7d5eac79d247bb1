"""The chapters of a judges' report that set judges beside people: correlation, agreement, error, in three views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_noop as _

from evaluation.results.people import People
from evaluation.summary import jury_groups
from evaluation.summary.jury_beside import PLACE, Beside
from evaluation.summary.jury_frame import OVERALL, TOGETHER, Work
from reports import ink, numbers
from reports.blocks import CellValue, Column
from reports.summary import (
    Axis,
    Block,
    Dot,
    Estimate,
    KeyFigure,
    Missing,
    Scatter,
    Section,
    Table,
    Text,
    Threshold,
    Words,
    phrase,
)

FIGURES = (
    ("pearson", _("Pearson's r")), ("spearman", _("Spearman's rho")), ("kendall_tau_b", _("Kendall's tau-b")),
    ("icc_a1", _("ICC(A,1)")), ("mean_difference", _("Mean difference")), ("mae", _("Mean absolute error")),
)  # fmt: skip
ORDER_ALONE = FIGURES[:3]
INSIDE = (("pearson_within", _("Pearson's r")), ("tau_within", _("Kendall's tau-b")))
MOST_PLOTS = 4
# A grid this fine tells dots apart that a reader could tell apart.
FINE = 2


def human(work: Work) -> Iterator[Section]:
    """Yield a chapter for each study of people beside the judges."""
    for n, people in enumerate(work.panel.people):
        found = work.beside[people.study.pk]
        if not any(one.shared for one in found):
            if not people.choices:
                yield apart(people, n)
            continue
        title = phrase(_("Judges beside people: %(study)s"), study=people.study.name)
        yield Section(key=f"human-{n}", title=title, blocks=list(blocks(work, people, found)), intro=intro(people))


def apart(people: People, n: int) -> Section:
    """Return the chapter of a study whose responses no judge has judged."""
    words = _("No judge has judged a response that people judged in this study, so nothing can be compared.")
    title = phrase(_("Judges beside people: %(study)s"), study=people.study.name)
    return Section(key=f"human-{n}", title=title, blocks=[Text(key="none", paragraphs=[phrase(words)])])


def intro(people: People) -> Words:
    """Return how to read the chapter."""
    if people.ranks:
        return phrase(
            _("People ranked, so their ranks were turned round: above zero, judges give more to what people put "
              "first. Ranks and scores have no common unit: mean difference, error and ICC do not exist for them.")
        )  # fmt: skip
    return phrase(
        _("Each response counts once: the mean over people beside the judge's mean over rounds. Differences are judge "
          "less people. Intervals draw whole questions.")
    )  # fmt: skip


def blocks(work: Work, people: People, found: Sequence[Beside]) -> Iterator[Block]:
    """Yield one study's figures, tables and plots; what has no common scale stands apart, with what exists for it."""
    found = [one for one in found if one.shared]
    lead = leading(found)
    if lead is not None:
        yield from key_figures(work, lead)
    scaled = [one for one in found if one.scaled]
    apart = [one for one in found if not one.scaled]
    if scaled:
        yield table(work, "items", _("Over responses"), scaled, FIGURES)
    if apart:
        yield table(work, "items-order", _("Over responses, order alone"), apart, ORDER_ALONE, NO_SCALE)
    yield table(work, "inside", _("Within questions"), found, INSIDE, INSIDE_NOTE)
    if scaled:
        yield table(work, "systems", _("Over systems' means"), scaled, FIGURES, SYSTEM_NOTE, end="_system")
    if apart:
        yield table(
            work, "systems-order", _("Over systems' means, order alone"), apart, ORDER_ALONE, SYSTEM_NOTE,
            end="_system",
        )  # fmt: skip
    if lead is not None:
        yield from jury_groups.by_group(work, people, lead)
    yield from plots(work, people, found)


NO_SCALE = _("ICC, mean difference and mean absolute error do not exist here: the two have no common unit.")
INSIDE_NOTE = _(
    "Both were taken from their question's mean first, so that easy and hard questions do not look like agreement; "
    "tau is the mean over questions."
)
SYSTEM_NOTE = _("Systems are the sample: with few of them intervals are wide or do not exist.")


def leading(found: Sequence[Beside]) -> Beside | None:
    """Return what is told first: all judges together over all criteria, else the last there is."""
    have = [one for one in found if one.shared]
    together = [one for one in have if one.judge == TOGETHER and one.criterion == OVERALL]
    over = [one for one in have if one.criterion in (OVERALL, PLACE)]
    return next(iter(together or over or have), None)


def key_figures(work: Work, one: Beside) -> Iterator[KeyFigure]:
    """Yield the figures to cite."""
    unit = phrase(_("responses"))
    who: Words = phrase(_("%(judge)s, %(criterion)s"), judge=work.judge(one.judge), criterion=named(work, one))
    yield ink.key_figure(
        "spearman", one.figures["spearman"], label=phrase(_("Spearman's rho: %(who)s"), who=who), role="primary",
        method=phrase(_("over responses, intervals draw whole questions")), n_unit=unit,
        reading=(_("1 means that people and judges put the responses into the same order."),
                 _("It says nothing about whether both use the scale alike.")),
    )  # fmt: skip
    if not one.scaled:
        return
    yield ink.key_figure(
        "icc", one.figures["icc_a1"], label=phrase(_("ICC(A,1): %(who)s"), who=who), role="robust",
        method=phrase(_("absolute agreement of single scores, intervals draw whole questions")), n_unit=unit,
        reading=(_("1 means that judges give what people give."),
                 _("A judge who is stricter than people by the same amount every time lowers it.")),
    )  # fmt: skip


def named(work: Work, one: Beside) -> Words:
    """Return what was compared."""
    return phrase(_("Order")) if one.criterion == PLACE else work.criterion(one.criterion)


def table(
    work: Work,
    key: str,
    caption: str,
    found: Sequence[Beside],
    figures: Sequence[tuple[str, str]],
    note: str = "",
    *,
    end: str = "",
) -> Table:
    """Return one view's figures: a row for each judge and criterion."""
    columns = [
        ink.text("judge", _("Judge")), ink.text("criterion", _("Criterion")),
        ink.count("n", _("Systems") if end else _("Responses")),
        *(ink.value(name.replace("_", "-"), label) for name, label in figures),
    ]  # fmt: skip
    rows: list[list[CellValue]] = []
    for one in found:
        n = len(set(one.columns[3])) if end else len(one.shared)
        cells = [ink.estimate(one.figures[name + end]) for name, _label in figures]
        rows.append([work.judge(one.judge), named(work, one), n, *cells])
    notes = [phrase(note)] if note else []
    return Table(key=key, caption=phrase(caption), columns=columns, rows=rows, notes=notes)


# --- plots


def plots(work: Work, people: People, found: Sequence[Beside]) -> Iterator[Block]:
    """Yield scatter and Bland-Altman plots over all criteria, one for each judge, with the limits as a table."""
    over = [one for one in found if one.shared and one.judge != TOGETHER]
    wanted = [one for one in over if one.criterion in (OVERALL, PLACE)] or over
    for n, one in enumerate(wanted[:MOST_PLOTS]):
        yield scatter(work, one, n, people)
    scaled = [one for one in wanted if one.scaled]
    for n, one in enumerate(scaled[:MOST_PLOTS]):
        if one.limits.values is not None:
            yield bland_altman(work, one, n)
    if scaled:
        yield limits(work, scaled)


def scatter(work: Work, one: Beside, n: int, people: People) -> Scatter:
    """Return people's values across, the judge's up."""
    human, judge, _items, _systems = one.columns
    sides = {"judge": work.judge(one.judge), "criterion": named(work, one)}
    label = phrase(_("People, mean rank")) if people.ranks and one.ranks else phrase(_("People, mean"))
    if one.criterion == PLACE:
        label = phrase(_("People, ranks turned round")) if people.ranks else label
    return Scatter(
        key=f"scatter-{n}", title=phrase(_("%(judge)s and people: %(criterion)s"), **sides),
        dots=gathered(human, judge), across=Axis(label=label), up=Axis(label=work.judge(one.judge)),
        diagonal=one.scaled, n=len(one.shared), n_unit=phrase(_("responses")),
    )  # fmt: skip


def bland_altman(work: Work, one: Beside, n: int) -> Scatter:
    """Return the mean of both across, their difference up, with the limits of agreement."""
    human, judge, _items, _systems = one.columns
    values = dict(one.limits.values or {})
    lines = [
        Threshold(value=values["lower"], label=numbers.number(values["lower"])),
        Threshold(value=values["bias"], label=numbers.number(values["bias"])),
        Threshold(value=values["upper"], label=numbers.number(values["upper"])),
    ]
    middle = [(x + y) / 2 for x, y in zip(human, judge, strict=True)]
    return Scatter(
        key=f"bland-altman-{n}",
        title=phrase(_("Differences, %(judge)s less people: %(criterion)s"), judge=work.judge(one.judge),
                     criterion=named(work, one)),
        dots=gathered(middle, [y - x for x, y in zip(human, judge, strict=True)]),
        across=Axis(
            label=phrase(_("Mean of both, ranks turned round"))
            if one.criterion == PLACE
            else phrase(_("Mean of both"))
        ),
        up=Axis(label=phrase(_("Judge less people")), thresholds=lines),
        n=len(one.shared), n_unit=phrase(_("responses")),
        notes=[
            phrase(_("The lines are the mean difference and the limits within which %(level)s of differences lie."),
                   level="95%"),
        ],
    )  # fmt: skip


def gathered(across: Sequence[float], up: Sequence[float]) -> list[Dot]:
    """Return places with how many cases share them."""
    found = Counter((round(x, FINE), round(y, FINE)) for x, y in zip(across, up, strict=True))
    return [Dot(x=x, y=y, n=n) for (x, y), n in sorted(found.items())]


def limits(work: Work, found: Sequence[Beside]) -> Table:
    """Return the limits of agreement with their intervals."""
    columns = [
        ink.text("judge", _("Judge")), ink.text("criterion", _("Criterion")), ink.value("bias", _("Mean difference")),
        ink.value("lower", _("Lower limit")), ink.value("upper", _("Upper limit")), ink.value("slope", _("Slope")),
    ]  # fmt: skip
    rows: list[list[CellValue]] = []
    for one in found:
        inner = one.limits.extra.get("limits") or {}
        cells: list[CellValue] = [
            ink.estimate(inner[name]) if name in inner else Missing(ink.why(one.limits))
            for name in ("bias", "lower", "upper")
        ]
        slope = one.limits.extra.get("slope")
        cells.append(ink.estimate(slope) if slope else Estimate(None, None, None, "no_variation"))
        rows.append([work.judge(one.judge), named(work, one), *cells])
    notes = [
        phrase(_("The slope says how the difference changes for a point more of both; away from 0 the limits hold only "
                 "on average."))
    ]  # fmt: skip
    caption = phrase(_("Limits of agreement (Bland and Altman)"))
    headed: list[Column] = columns
    return Table(key="limits", caption=caption, columns=headed, rows=rows, notes=notes)
