"""Items that raters differ on, how disputes went, what was removed, and what was left out of the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from annotation.models import Dispute
from annotation.summary import ink
from annotation.summary.measures import disagreement, light
from annotation.summary.parts import counted, parts, table_of
from annotation.summary.words import CAUSES, HOW, LABELS, REASONS
from annotation.summary.work import Work, primary, robust
from projects import made
from reports.summary import CellValue, Column, Link, Section, Table, Text, Words, phrase

MOST_ITEMS = 25
DAY = 24 * 3600.0


# --- most disputed ----------------------------------------------------------------------------------------


def disputed(work: Work) -> Iterator[Section]:
    """Yield the items whose first answers are spread most, with links.

    A list to read from, no figure: answers given with and without the pre-label in view stand together in it.
    """
    found = [one for kind in sorted({part.kind for part in work.parts}) for one in spread_of(work, kind)]
    if not found:
        return
    found.sort(key=lambda one: (-one.spread, -sum(one.said.values()), one.name))
    pages = addresses(work, [one.at for one in found[:MOST_ITEMS]])
    rows = [item_row(work, one, pages[one.at]) for one in found[:MOST_ITEMS]]
    columns = [
        Column(key="item", label=phrase(_("Item")), kind="link"),
        ink.text("topic", _("Topic")),
        ink.text("answers", _("First answers")),
        ink.percentage("spread", _("Pairs that differ")),
        ink.text("outcome", _("Outcome")),
    ]
    table = Table(key="items", caption=phrase(_("Most disputed items")), columns=columns, rows=rows)
    words = phrase(_("Read them before you read the figures: they show what the guideline leaves open."))
    note = Text(key="note", paragraphs=[words], tone="note")
    yield Section(key="disputed", title=phrase(_("Most disputed items")), blocks=[note, table], folded=True)


@dataclass(frozen=True)
class Spread:
    """A unit (its place) whose answers differ: the share of pairs that do, and how often each answer was given."""

    at: int
    name: str
    spread: float
    said: Counter[str]


def spread_of(work: Work, kind: int) -> list[Spread]:
    """Return the units of a kind whose answers differ most."""
    review = work.review
    chosen = work.first & (review.units.kind[review.answers.unit] == kind)
    table, unit = table_of(review, chosen, kind)
    spread, found = disagreement(table), []
    for row in np.argsort(-spread, kind="stable")[:MOST_ITEMS]:
        if spread[row] > 0:
            codes = [int(code) for code in table.codes[row] if code >= 0]
            said = Counter(spelled(table.categories[code]) for code in codes)
            at = int(unit[row])
            found.append(Spread(at, review.units.external[at], float(spread[row]), said))
    return found


def addresses(work: Work, places: list[int]) -> dict[int, str]:
    """Return where to read some units: their disputes, which adjudicators may read too, else the units' own pages."""
    study, pks = work.study, {at: int(work.review.units.pk[at]) for at in places}
    args = [study.project.slug, study.slug]
    open_to_more = dict(Dispute.objects.filter(unit__in=pks.values()).values_list("unit", "pk"))
    return {
        at: reverse("dispute", args=[*args, open_to_more[pk]])
        if pk in open_to_more
        else reverse("study_unit", args=[*args, pk])
        for at, pk in pks.items()
    }


def item_row(work: Work, one: Spread, href: str) -> list[CellValue]:
    """Return one item: its link, topic, answers, spread and outcome."""
    units = work.review.units
    ordered = sorted(one.said.items(), key=lambda pair: (-pair[1], pair[0]))
    said = ", ".join(f"{label} × {n}" for label, n in ordered)
    topic = units.topics[units.topic[one.at]] if units.topic[one.at] >= 0 else ""
    return [Link(one.name, href), topic, said, one.spread, outcome(work, one.at)]


def spelled(category: object) -> str:
    """Return a category, a set of labels joined by +."""
    return "+".join(sorted(map(str, category))) if isinstance(category, frozenset) else str(category)


def outcome(work: Work, at: int) -> Words:
    """Return how a unit ended, with its final label."""
    units = work.review.units
    if units.how[at] < 0:
        return phrase(_("none yet"))
    how = phrase(HOW[units.hows[units.how[at]]])
    if units.final[at] < 0:
        return how
    return phrase(_("%(label)s, %(how)s"), label="+".join(work.review.values[units.final[at]]), how=how)


# --- disputes and removed items ---------------------------------------------------------------------------


def disputes(work: Work) -> Iterator[Section]:
    """Yield how many disputes were opened and settled, how they ended, and how long they took."""
    rows = Dispute.objects.filter(unit__study=work.study, unit__withdrawn=False)
    found = list(rows.values_list("unit", "cause", "state", "opened_at", "settled_at"))
    if not found:
        return
    now = timezone.now()
    settled = [(at - opened).total_seconds() / DAY for _u, _c, _s, opened, at in found if at]
    waiting = [(now - opened).total_seconds() / DAY for _u, _c, state, opened, _at in found if state == "open"]
    causes = Counter(cause for _u, cause, *_rest in found)
    tables = [
        times_table(len(found), settled, waiting),
        causes_table(causes),
        endings_table(work, {row[0] for row in found}),
    ]
    yield Section(key="disputes", title=phrase(_("Disputes")), blocks=tables, folded=True)


def times_table(total: int, settled: list[float], waiting: list[float]) -> Table:
    """Return numbers and ages in days."""

    def row(label: str, n: int, ages: list[float]) -> list[CellValue]:
        span: list[CellValue] = [median(ages), max(ages)] if ages else [None, None]
        return [phrase(label), n, *span]

    columns = [
        ink.text("what", _("Disputes")),
        ink.count("n", _("Number")),
        Column(key="median", label=phrase(_("Median age, days")), kind="number", decimals=1),
        Column(key="longest", label=phrase(_("Longest, days")), kind="number", decimals=1),
    ]
    rows = [row(_("settled"), len(settled), settled), row(_("still open"), len(waiting), waiting)]
    caption = phrase(_("Disputes and their age"))
    footer: list[CellValue] = [phrase(_("opened")), total, None, None]
    return Table(key="ages", caption=caption, columns=columns, rows=rows, footer=footer)


def causes_table(causes: Counter[str]) -> Table:
    """Return why disputes were opened."""
    rows: list[list[CellValue]] = [[phrase(CAUSES[cause]), n] for cause, n in causes.most_common()]
    columns = [ink.text("cause", _("Cause")), ink.count("n", _("Disputes"))]
    return Table(key="causes", caption=phrase(_("Why disputes were opened")), columns=columns, rows=rows)


def endings_table(work: Work, disputed_units: set[int]) -> Table:
    """Return how disputed items ended."""
    units = work.review.units
    own = np.isin(units.pk, list(disputed_units))
    counts = {how: int((own & (units.how == at)).sum()) for at, how in enumerate(units.hows)}
    rows: list[list[CellValue]] = [[phrase(words), counts[how]] for how, words in HOW.items() if counts.get(how)]
    rows.append([phrase(_("none yet")), int((own & (units.how < 0)).sum())])
    columns = [ink.text("how", _("Outcome")), ink.count("n", _("Items"))]
    return Table(key="endings", caption=phrase(_("How disputed items ended")), columns=columns, rows=rows)


def removed(work: Work) -> Iterator[Section]:
    """Yield the removed items by reason."""
    units = work.review.units
    counts = [(reason, int((units.reason == at).sum())) for at, reason in enumerate(units.reasons)]
    if not counts:
        return
    total = sum(n for _reason, n in counts)
    rows: list[list[CellValue]] = [
        [phrase(REASONS[reason]) if reason in REASONS else reason, n, n / len(units)]
        for reason, n in sorted(counts, key=lambda one: -one[1])
    ]
    columns = [
        ink.text("reason", _("Reason")),
        ink.count("n", _("Items")),
        ink.percentage("share", _("Of all items")),
    ]
    footer: list[CellValue] = [phrase(_("all")), total, total / len(units)]
    caption = phrase(_("Items removed from the data set, by reason"))
    table = Table(key="removed", caption=caption, columns=columns, rows=rows, footer=footer)
    yield Section(key="removed", title=phrase(_("Removed items")), blocks=[table], folded=True)


# --- with and without what was left out -------------------------------------------------------------------


def left_out(work: Work) -> Iterator[Section]:
    """Yield what was left out with the reasons, and the leading figures with and without it."""
    table = made.left_out(work.study)
    if table is None:
        return
    title = phrase(_("With and without what was left out"))
    yield Section(key="left-out", title=title, blocks=[table, both_ways(work)])


def both_ways(work: Work) -> Table:
    """Return the leading figures without what was left out, and with it."""
    everything = {(part.kind, part.base): part for part in parts(work.review, counted(work.review, excluded=True))}
    without = {(part.kind, part.base): part for part in work.parts}
    rows: list[list[CellValue]] = []
    for place, part in sorted(everything.items(), key=lambda one: one[0][::-1]):
        lead, second = primary(part), robust(part)
        ways = [(phrase(_("with everything")), light(part.table, work.draw, several=part.several))]
        if place in without:
            ways.insert(0, (phrase(_("without it")), work.coefficients[without[place].key]))
        for words, figures in ways:
            cells = [ink.estimate(figures[name]) for name in (lead, second, "percent_agreement", "consensus_rate")]
            rows.append([part.title, words, *cells, figures[lead].n_items, figures[lead].n_raters])
    columns = [
        ink.text("part", _("Kind of item")),
        ink.text("way", _("Computed")),
        ink.value("primary", _("Primary (alpha; MASI for sets)")),
        ink.value("robust", _("Robust (AC1; Jaccard for sets)")),
        ink.percentage("percent", LABELS["percent_agreement"]),
        ink.percentage("consensus", LABELS["consensus_rate"]),
        ink.count("n", _("Items")),
        ink.count("raters", _("Raters")),
    ]
    return Table(key="both", caption=phrase(_("The leading figures both ways")), columns=columns, rows=rows)
