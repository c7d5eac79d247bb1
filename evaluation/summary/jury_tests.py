"""The chapter of a judges' report on significance: fine-tuned systems against their base, criterion by criterion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_noop as _

from evaluation.models import System
from evaluation.summary import jury_beside
from evaluation.summary.jury_frame import TOGETHER, Work
from reports import ink
from reports.blocks import CellValue, Column
from reports.summary import Block, Cell, Missing, Section, Table, Text, Words, phrase
from stats.significance import Comparison, Means, against_base, better_and_worse, p_of

TUNED = (System.Role.SYNTHETIC, System.Role.INTERVIEW, System.Role.BOTH)
BULLET = "•"
DIRECTIONS = {1: _("better"), -1: _("worse"), 0: _("neither")}


def tests(work: Work) -> Iterator[Section]:
    """Yield every fine-tuned system against its base, by each judge, by all together, and by people who rated."""
    pairs = pairs_of(work)
    sources = list(sources_of(work))
    if not sources:
        return
    title = phrase(_("Fine-tuned against base"))
    if work.panel.coded:
        words = _("Which system is the base is told when the keys of all studies are open.")
        yield Section(key="tests", title=title, blocks=[Text(key="sealed", paragraphs=[phrase(words)])])
        return
    if not pairs:
        words = _("No system here is the base of another one: groups and roles are set on the systems' pages.")
        yield Section(key="tests", title=title, blocks=[Text(key="none", paragraphs=[phrase(words)])])
        return
    blocks: list[Block] = []
    for n, (who, criteria) in enumerate(sources):
        have = [pair for pair in pairs if all(one in m.systems for m in criteria.values() for one in pair)]
        if have:
            found = against_base(criteria, have)
            blocks += [table(work, n, who, found), counted(work, n, who, found)]
    if blocks:
        yield Section(key="tests", title=title, blocks=blocks, intro=phrase(INTRO))


INTRO = _(
    "Question means over rounds, so that five answers to one question are not five questions. The two-sample t test is "
    "the protocol's; the paired test uses that both answered the same questions and is the better choice. Holm's "
    "correction is over all rows of a table, test by test. A bullet stands for p < 0.05 without correction."
)


def pairs_of(work: Work) -> list[tuple[int, int]]:
    """Return (fine-tuned, base) of each group, both as system versions."""
    rows = work.panel.versions.items()
    return [
        (tuned, base)
        for base, first in rows
        if first.system.role == System.Role.BASE and first.system.group
        for tuned, other in rows
        if other.system.role in TUNED and other.system.group == first.system.group
    ]


def sources_of(work: Work) -> Iterator[tuple[Words, Mapping[str, Means]]]:
    """Yield whose scores are compared: each judge's, all judges' together, and people's."""
    for judge in [*work.scorers, *([TOGETHER] if len(work.scorers) > 1 else [])]:
        given = {one.key: work.means(judge, one.key) for one in work.criteria if work.scores(judge, one.key)}
        yield work.judge(judge), given
    shown = work.panel.responses
    for people in work.panel.people:
        human = jury_beside.by_criterion(people)
        rows = {
            key: Means.from_rows(
                (shown[pk].version, shown[pk].item, shown[pk].round, value) for pk, value in of.items() if pk in shown
            )
            for key, of in human.items()
            if key in work.panel.criteria
        }
        if rows:
            yield phrase(_("people: %(study)s"), study=people.study.name), rows


def table(work: Work, n: int, who: Words, found: list[Comparison]) -> Table:
    """Return every comparison as a row."""
    two, paired = phrase(_("Two samples")), phrase(_("Paired by question"))
    columns = [
        ink.text("criterion", _("Criterion")), ink.text("system", _("System")), ink.text("base", _("Base")),
        ink.text("direction", _("It is")),
        ink.value("gap", _("Difference"), two), _p("p", _("p"), two), _p("holm", _("p, Holm"), two),
        _number("g", _("Hedges' g"), two),
        ink.value("pair-gap", _("Difference"), paired), _p("pair-p", _("p"), paired),
        _p("pair-holm", _("p, Holm"), paired), _number("dz", _("Cohen's d"), paired),
        ink.count("n", _("Questions"), paired),
    ]  # fmt: skip
    return Table(
        key=f"against-{n}", caption=phrase(_("Against the base, by %(judge)s"), judge=who), columns=columns,
        rows=[row(work, one) for one in found],
    )  # fmt: skip


def row(work: Work, one: Comparison) -> list[CellValue]:
    """Return one comparison's cells; the bullet stands with each p below 0.05."""
    two, paired = one.figures["two_sample"], one.figures["paired"]
    said = DIRECTIONS[one.direction("paired") if one.significant("paired") else 0]
    return [
        work.criterion(one.criterion), work.system(int(str(one.system))), work.system(int(str(one.base))), phrase(said),
        ink.estimate(two), _marked(p_of(two), ink.why(two)), _marked(one.adjusted["two_sample"], ink.why(two)),
        two.extra.get("hedges_g", Missing(ink.why(two) or "no_value")),
        ink.estimate(paired), _marked(p_of(paired), ink.why(paired)),
        _marked(one.adjusted["paired"], ink.why(paired)),
        paired.extra.get("cohen_dz", Missing(ink.why(paired) or "no_value")), paired.n_items or 0,
    ]  # fmt: skip


def _marked(p: float | None, why: str) -> CellValue:
    if p is None:
        return Missing(why or "no_value")
    return Cell(p, mark=BULLET) if p < 0.05 else p


def _p(key: str, label: str, group: Words) -> Column:
    return Column(key=key, label=phrase(label), kind="p", group=group)


def _number(key: str, label: str, group: Words) -> Column:
    return Column(key=key, label=phrase(label), kind="number", group=group)


def counted(work: Work, n: int, who: Words, found: list[Comparison]) -> Table:
    """Return for each system on how many criteria it is better, worse or neither, by either test and with Holm."""
    views = [
        (phrase(_("Two samples")), {"test": "two_sample"}), (phrase(_("Paired")), {"test": "paired"}),
        (phrase(_("Paired, with Holm")), {"test": "paired", "adjusted": True}),
    ]  # fmt: skip
    columns = [ink.text("system", _("System"))]
    for place, (group, _how) in enumerate(views):
        columns += [
            ink.count(f"better-{place}", _("Better"), group), ink.count(f"worse-{place}", _("Worse"), group),
            ink.count(f"neither-{place}", _("Neither"), group),
        ]  # fmt: skip
    counts = [better_and_worse(found, **how) for _group, how in views]  # type: ignore[arg-type]  # its own keywords
    rows: list[list[CellValue]] = [
        [work.system(int(system)), *(of[system][word] for of in counts for word in ("better", "worse", "neither"))]
        for system in counts[0]
    ]
    caption = phrase(_("Better and worse than the base, by %(judge)s"), judge=who)
    return Table(key=f"counted-{n}", caption=caption, columns=columns, rows=rows)
