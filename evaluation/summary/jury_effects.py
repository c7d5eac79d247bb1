"""The chapter of a judges' report on what moves a judge besides the answer: its own texts, length, and place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from evaluation.summary import jury_beside
from evaluation.summary.jury_frame import OVERALL, Work, whole
from reports import ink
from reports.blocks import CellValue
from reports.summary import Block, Missing, Section, Table, phrase
from stats.judge_effects import both_orders, length_effect, position_effect, self_preference
from stats.result import Figure


def effects(work: Work) -> Iterator[Section]:
    """Yield self-preference and length of judges that score, place of those that order, both orders of pairs."""
    blocks = [*scoring(work), *placing(work), *pairs(work)]
    if blocks:
        intro = phrase(_("What should not count, and by how much it does; intervals go by questions."))
        yield Section(key="effects", title=phrase(_("What moves a judge")), blocks=blocks, intro=intro)


def scoring(work: Work) -> Iterator[Block]:
    """Yield the preference for a judge's own texts, and the weight of length."""
    if not work.scorers:
        return
    human = people_on_this_scale(work)
    columns = [
        ink.text("judge", _("Judge")), ink.value("own", _("Own texts, points more")),
        ink.value("own-beyond", _("beyond what people give")), ink.value("length", _("Correlation with length")),
        ink.value("slope", _("Points for twice the length")), ink.value("beyond", _("beyond people")),
    ]  # fmt: skip
    rows: list[list[CellValue]] = []
    for judge in work.scorers:
        alone = own_and_length(work, judge, None)
        beside = own_and_length(work, judge, human) if human else {}
        rows.append([
            work.judge(judge), cell(alone.get("own"), "no_own_texts"),
            cell(beside.get("own"), "no_people" if "own" in alone else "no_own_texts"),
            cell(alone["correlation"]), cell(alone["slope"]), cell(beside.get("beyond_slope"), "no_people"),
        ])  # fmt: skip
    notes = [
        phrase(_("Own texts are those of a system that calls the judge's model. Without people beside, a better "
                 "model looks as if it preferred itself.")),
    ]  # fmt: skip
    caption = phrase(_("Own texts and length, of scores over all criteria"))
    yield Table(key="scoring", caption=caption, columns=columns, rows=rows, notes=notes)


def cell(figure: Figure | None, why: str = "") -> CellValue:
    """Return a figure as a cell, or why there is none."""
    return Missing(why) if figure is None else ink.estimate(figure)


def people_on_this_scale(work: Work) -> dict[int, float]:
    """Return people's scores over all criteria, of studies that rate on the judges' very criteria and scale."""
    found: dict[int, list[float]] = defaultdict(list)
    for people in work.panel.people:
        human = jury_beside.by_criterion(people)
        fits = all(one.key in human and people.criteria[one.key][1] == one.points for one in work.criteria)
        if human and fits:
            for pk, value in whole([human[one.key] for one in work.criteria]).items():
                found[pk].append(value)
    return {pk: sum(values) / len(values) for pk, values in found.items()}


def own_and_length(work: Work, judge: int, human: dict[int, float] | None) -> dict[str, Figure]:
    """Return self-preference and length effects of one judge, with people beside where given."""
    panel, scores = work.panel, work.scores(judge, OVERALL)
    chosen = [pk for pk in scores if human is None or pk in human]
    shown = [panel.responses[pk] for pk in chosen]
    values, items = [scores[pk] for pk in chosen], [one.item for one in shown]
    beside = [human[pk] for pk in chosen] if human is not None else None
    model = panel.models.get(judge, "")
    own = [bool(model) and panel.versions[one.version].model_id == model for one in shown]
    found = length_effect(values, [one.length for one in shown], items=items, human=beside, **work.draw)
    if any(own):
        found["own"] = self_preference(values, own, items=items, human=beside)
    return found


def placing(work: Work) -> Iterator[Block]:
    """Yield how much the place in a list counts, for each judge that put responses in order."""
    rows: list[list[CellValue]] = []
    places = sorted({row.slot for row in work.panel.ranks})
    for judge in work.panel.judges:
        own = [row for row in work.panel.ranks if row.judge == judge]
        if not own:
            continue
        items = [work.panel.responses[row.response].item for row in own]
        found = position_effect([-row.rank for row in own], [row.slot for row in own], items=items, **work.draw)
        by_place = found.extra.get("by_place") or {}
        cells: list[CellValue] = [
            ink.estimate(by_place[str(place)]) if str(place) in by_place else Missing("no_value") for place in places
        ]
        rows.append([work.judge(judge), ink.estimate(found), *cells])
    if not rows:
        return
    columns = [ink.text("judge", _("Judge")), ink.value("first", _("First place, ranks better"))]
    columns += [ink.value(f"p{place}", str(place), phrase(_("Mean of each place"))) for place in places]
    notes = [phrase(_("Ranks with the sign turned, less the item's mean: above 0 a place is ranked better."))]
    caption = phrase(_("What the place in a list counts for"))
    yield Table(key="places", caption=caption, columns=columns, rows=rows, notes=notes)


def pairs(work: Work) -> Iterator[Block]:
    """Yield how often a judge's verdict turns with the order of a pair, and how often the first one wins."""
    rows: list[list[CellValue]] = []
    for judge in work.panel.judges:
        for criterion in dict.fromkeys(row.criterion for row in work.panel.choices if row.judge == judge):
            first, second, items, alone = turned(work, judge, criterion)
            found = both_orders(first, second, items=items, **work.draw)
            flips, lean = found["flip_rate"], found["first_position_rate"]
            p = lean.extra.get("p")
            rows.append([
                work.judge(judge), work.criterion(criterion), len(first), alone, ink.estimate(flips),
                flips.extra.get("reversed", 0), ink.estimate(lean), ink.p_cell(p, "no_decisions"),
            ])  # fmt: skip
    if not rows:
        return
    columns = [
        ink.text("judge", _("Judge")), ink.text("criterion", _("Criterion")), ink.count("n", _("Pairs")),
        ink.count("alone", _("in one order only")), ink.percentage("flips", _("Flip rate")),
        ink.count("reversed", _("of these turned round")), ink.percentage("first", _("First-position rate")),
        ink.p("p", _("p")),
    ]  # fmt: skip
    notes = [
        phrase(_("A pair flips where its two orders bring different verdicts. Of decided verdicts half should go to "
                 "the first; p is exact, over the pairs that went by the place both times.")),
    ]  # fmt: skip
    yield Table(key="orders", caption=phrase(_("Pairs in both orders")), columns=columns, rows=rows, notes=notes)


def turned(work: Work, judge: int, criterion: str) -> tuple[list[str], list[str], list[int], int]:
    """Return a judge's verdicts of each pair in its two orders, their items, and how many pairs have one order only."""
    said: dict[tuple[int, int, int, int], dict[bool, str]] = defaultdict(dict)
    for row in work.panel.choices:
        if (row.judge, row.criterion) != (judge, criterion):
            continue
        a, b = min(row.first, row.second), max(row.first, row.second)
        won = {1: row.first, -1: row.second, 0: None}[row.value]
        said[row.run, row.round, a, b][row.first == a] = "tie" if won is None else "a" if won == a else "b"
    whole_pairs = {key: both for key, both in said.items() if len(both) == 2}
    return (
        [both[True] for both in whole_pairs.values()], [both[False] for both in whole_pairs.values()],
        [work.panel.responses[a].item for _run, _round, a, _b in whole_pairs], len(said) - len(whole_pairs),
    )  # fmt: skip
