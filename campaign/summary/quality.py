"""How raters work, as a page shows it: cells that lead to the units behind them, and pictures with their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from campaign.models import RaterQuality
from campaign.words import UNUSUAL
from reports import numbers, reasons
from reports.present import PlotView, plot_view
from reports.summary import Axis, DotWhisker, HeatMap, Mark, Missing, Words, phrase

Figures = Mapping[str, Any]
Href = Callable[[str], str]


@dataclass(frozen=True)
class Cell:
    """A number with what it rests on; `reason` where there is none; `href` leads to the units behind it."""

    text: str = ""
    detail: str = ""
    reason: str = ""
    href: str = ""


@dataclass(frozen=True)
class Row:
    """One rater's line: figures by name, and what deserves a look as (words, address)."""

    quality: RaterQuality
    cells: Mapping[str, Cell]
    unusual: Sequence[tuple[str | Promise, str]]


def estimate(figure: Figures, href: str, *, percent: bool = False) -> Cell:
    """Return a stored figure with its interval and its n."""
    if figure.get("value") is None:
        return Cell(reason=reasons.words(str(figure.get("reason") or "no_value")), href=href)
    ends = figure.get("ci")
    detail = numbers.interval(ends["low"], ends["high"], as_percent=percent) if ends else ""
    n = numbers.sample(figure.get("n_items"))
    return Cell(numbers.figure(figure["value"], as_percent=percent), f"{detail}; {n}" if detail else n, href=href)


def counted(hits: int, n: int, href: str, *, none: str = "not_applicable") -> Cell:
    """Return how many of how many; `none` is the code of why there is nothing to count."""
    if not n:
        return Cell(reason=reasons.words(none))
    return Cell(numbers.integer(hits), _("of %(n)s") % {"n": numbers.integer(n)}, href=href)


def seconds(value: float) -> str:
    """Return a length of time as a table shows it."""
    return _("%(seconds)s s") % {"seconds": numbers.number(value, 1 if value < 100 else 0)}


def took(time: Figures, href: str) -> Cell:
    """Return the median time with the middle half."""
    if time["median"] is None:
        return Cell(reason=reasons.words("no_answers"))
    half = _("%(low)s to %(high)s") % {"low": seconds(time["q1"]), "high": seconds(time["q3"])}
    return Cell(seconds(time["median"]), half, href=href)


def run_cell(run: Figures, href: str) -> Cell:
    """Return the longest run, with how likely it is to come about by chance."""
    if not run["length"]:
        return Cell(reason=reasons.words("no_answers"))
    told = reasons.words(run["reason"]) if run["chance"] is None else chance(run["chance"])
    return Cell(numbers.integer(run["length"]), told, href=href)


def chance(p: float) -> str:
    """Return a p value in words."""
    shown = numbers.p_value(p)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"


def side_cell(side: Figures, href: str) -> Cell:
    """Return how often what stood first was preferred, with the exact test."""
    cell = estimate(side, href, percent=True)
    if cell.reason:
        return cell
    expected = numbers.figure(side["expected"], as_percent=True)
    told = _("expected %(share)s, %(chance)s, %(n)s") % {
        "share": expected, "chance": chance(side["p"]), "n": numbers.sample(side["n_items"]),
    }  # fmt: skip
    return Cell(cell.text, told, href=href)


def row(quality: RaterQuality, href: Href) -> Row:
    """Return a rater's line; `href` gives the address of one of the lists behind it."""
    told = quality.figures
    return Row(
        quality,
        {
            "n": Cell(numbers.integer(told["n"]), href=href("all")),
            "agreement": estimate(told["agreement"], href("shared"), percent=True),
            "beyond": estimate(told["beyond"], href("apart")),
            "time": took(told["time"], href("all")),
            "fast": counted(told["fast"]["hits"], told["fast"]["n"], href("fast")),
            "run": run_cell(told["run"], href("run")),
            "level": counted(told["level"]["hits"], told["level"]["n"], href("level")),
            "side": side_cell(told["side"], href("first")),
            "checks": counted(told["checks"]["missed"], told["checks"]["n"], href("missed"), none="no_checks"),
        },
        remarks(quality, href),
    )


def remarks(quality: RaterQuality, href: Href) -> list[tuple[str | Promise, str]]:
    """Return what deserves a look, each with the address of the units behind it."""
    return [(UNUSUAL[code][0], href(UNUSUAL[code][1])) for code in quality.unusual if code in UNUSUAL]


def plots(rows: Sequence[RaterQuality]) -> list[PlotView]:
    """Return the pictures of some raters: agreement, time, and agreement over their work."""
    found = [plot_view(agreement_plot(rows), "quality.agreement"), plot_view(time_plot(rows), "quality.time")]
    blocks = max((len(one.figures["drift"]["blocks"]) for one in rows), default=0)
    if blocks:
        found.append(plot_view(drift_plot(rows, blocks), "quality.drift"))
    return found


def _mark(code: str, figure: Figures) -> Mark:
    ends = figure.get("ci") or {}
    known = figure.get("value") is not None
    return Mark(
        label=code, value=figure["value"] if known else None, low=ends.get("low") if known else None,
        high=ends.get("high") if known else None, n=figure.get("n_items"),
        reason="" if known else str(figure.get("reason") or "no_value"),
    )  # fmt: skip


def agreement_plot(rows: Sequence[RaterQuality]) -> DotWhisker:
    """Return how each rater agrees with the others."""
    return DotWhisker(
        key="agreement", title=phrase(gettext_noop("Like answers with the others")),
        rows=[_mark(one.rater.code, one.figures["agreement"]) for one in rows],
        axis=Axis(label=phrase(gettext_noop("Share of like answers")), low=0.0, high=1.0, percent=True),
        notes=[phrase(gettext_noop(
            "First, independent answers; each rater against everybody else who answered the same unit. n counts units."
        ))],
    )  # fmt: skip


def time_plot(rows: Sequence[RaterQuality]) -> DotWhisker:
    """Return how long each rater takes for a unit."""

    def mark(one: RaterQuality) -> Mark:
        time = one.figures["time"]
        if time["median"] is None:
            return Mark(label=one.rater.code, value=None, reason="no_answers", n=0)
        return Mark(label=one.rater.code, value=time["median"], low=time["q1"], high=time["q3"], n=time["n"])

    timed = any(one.figures["time"]["median"] is not None for one in rows)
    return DotWhisker(
        key="time",
        title=phrase(gettext_noop("Time for a unit")),
        rows=[mark(one) for one in rows],
        axis=Axis(
            label=phrase(gettext_noop("Active time")),
            unit=phrase(gettext_noop("seconds")),
            low=0.0,
            high=None if timed else 1.0,
            decimals=1,
        ),
        notes=[phrase(gettext_noop("The dot is the median; the line holds the middle half of the units."))],
    )


def drift_plot(rows: Sequence[RaterQuality], blocks: int) -> HeatMap:
    """Return each rater's agreement in the parts of their work, in order."""
    values: list[list[float | Missing | None]] = []
    counts: list[list[int | None]] = []
    for one in rows:
        told = one.figures["drift"]["blocks"]
        shown = [block["agreement"] for block in told]
        line: list[float | Missing | None] = [Missing("no_overlap") if value is None else value for value in shown]
        values.append(line + [None] * (blocks - len(told)))
        counts.append([block["shared"] for block in told] + [None] * (blocks - len(told)))
    labels: list[Words] = [str(n) for n in range(1, blocks + 1)]
    return HeatMap(
        key="drift", title=phrase(gettext_noop("Like answers over the course of the work")),
        row_labels=[one.rater.code for one in rows], col_labels=labels, values=values, counts=counts, percent=True,
        row_title=phrase(gettext_noop("Rater")), col_title=phrase(gettext_noop("Part of the rater's work")),
        value_title=phrase(gettext_noop("Share of like answers")),
        notes=[phrase(gettext_noop("Each rater's answers in order, cut into up to five parts of ten or more."))],
    )  # fmt: skip


def trend_words(trend: Figures) -> str:
    """Return a trend with its test, or why there is none."""
    if trend["value"] is None:
        return reasons.words(str(trend["reason"]))
    words = _("rho %(value)s, %(chance)s")
    return words % {"value": numbers.number(trend["value"]), "chance": chance(trend["p"])}
