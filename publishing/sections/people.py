"""What people said on scales and in pairs: rating means, and win, tie and lose."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from django.utils.translation import gettext_noop as _

from publishing.sections.frame import Book, Found, estimate, number, strong, text, why
from reports import ink
from reports.blocks import CellValue, Column
from reports.summary import Block, Stacked, StackRow, Table, phrase


def ratings(book: Book) -> Iterator[Block]:
    """Yield systems by criterion, as given; the same with raters evened out and by group of raters."""
    for n, one in enumerate(book.figures("ratings").get("studies", ()), start=1):
        for kind, words in (("raw", _("Mean ratings: %(study)s")), ("standardised", EVENED)):
            yield rating_means(book, n, one, kind, words)
        yield from by_group(book, n, one)


EVENED = _("Mean ratings, each rater's scale evened out: %(study)s")


def rating_means(book: Book, n: int, one: Found, kind: str, words: str) -> Table:
    """Return a row a system, a column a criterion."""
    columns = [text("system", _("System"))]
    columns += [
        Column(key=f"c{at}", label=book.criterion(one["rubric"], key), kind="ci")
        for at, key in enumerate(one["criteria"])
    ]
    rows: list[list[CellValue]] = []
    for code in one["systems"]:
        cells: list[CellValue] = [book.system(code)]
        for key in one["criteria"]:
            means = one["means"][key]
            figure = means[kind].get(code)
            best = kind == "raw" and code in means["best"] and len(one["systems"]) > 1
            cells.append(strong(estimate(figure), when=best) if figure else None)
        rows.append(cells)
    return Table(
        key=f"{kind}-{n}", caption=phrase(words, study=book.study(one["study"])), columns=columns, rows=rows
    )  # fmt: skip


def by_group(book: Book, n: int, one: Found) -> Iterator[Block]:
    """Yield the means within each group of raters, where there are groups."""
    groups = sorted({group for found in one["by_group"].values() for group in found})
    if len(groups) < 2:
        return
    columns = [text("criterion", _("Criterion")), text("system", _("System"))]
    columns += [Column(key=f"g{at}", label=group, kind="ci") for at, group in enumerate(groups)]
    rows: list[list[CellValue]] = []
    for key in one["criteria"]:
        for code in one["systems"]:
            found = [one["by_group"][key].get(group, {}).get(code) for group in groups]
            rows.append(
                [book.criterion(one["rubric"], key), book.system(code), *(estimate(f) if f else None for f in found)]
            )
    caption = phrase(_("Mean ratings by group of raters: %(study)s"), study=book.study(one["study"]))
    yield Table(key=f"groups-{n}", caption=caption, columns=columns, rows=rows)


# --- pairs


def comparisons(book: Book) -> Iterator[Block]:
    """Yield win, tie and lose on each criterion: a chart and a table for each two systems; judges' counts last."""
    found = book.figures("comparisons")
    at = count(1)
    for one in found.get("people", ()):
        pairs = [(pair["systems"][0], pair["systems"][1]) for pair in pairs_of(one)]
        for first, second in dict.fromkeys(pairs):
            n = next(at)
            yield chart(book, n, one, first, second)
            yield outcome(book, n, one, first, second)
    for one in found.get("judges", ()):
        yield judged(book, next(at), one)


def pairs_of(one: Found) -> list[Found]:
    """Return every pair of systems that was compared on some criterion."""
    return [pair for key in one["criteria"] for pair in one["figures"][key]["wins"].get("by_pair", ())]


def counts_of(figure: Found, first: str, second: str) -> tuple[int, int, int]:
    """Return how often the first won, neither, and the second."""
    for pair in figure.get("by_pair", ()):
        if pair["systems"] == [first, second]:
            return pair["win"], pair["tie"], pair["lose"]
        if pair["systems"] == [second, first]:
            return pair["lose"], pair["tie"], pair["win"]
    return 0, 0, 0


def chart(book: Book, n: int, one: Found, first: str, second: str) -> Stacked:
    """Return win, tie and lose on each criterion as shares."""
    rubric = book.rubric_of[one["study"]]
    names = {"first": book.system(first), "second": book.system(second)}
    return Stacked(
        key=f"pair-{n}",
        title=phrase(_("%(first)s against %(second)s: %(study)s"), study=book.study(one["study"]), **names),
        parts=[
            phrase(_("%(system)s better"), system=names["first"]), phrase(_("tie")),
            phrase(_("%(system)s better"), system=names["second"]),
        ],
        rows=[
            StackRow(label=book.criterion(rubric, key), counts=counts_of(one["figures"][key]["wins"], first, second))
            for key in one["criteria"]
        ],
        neutral=1,
        n=max((one["figures"][key]["wins"].get("n_items") or 0 for key in one["criteria"]), default=0),
        n_unit=phrase(_("pairs")),
    )  # fmt: skip


def outcome(book: Book, n: int, one: Found, first: str, second: str) -> Table:
    """Return win and lose in percent of the votes, with the sign test on the pairs' majorities."""
    rubric = book.rubric_of[one["study"]]
    columns = [
        text("criterion", _("Criterion")), ink.count("votes", _("Votes")), ink.percentage("win", _("Win")),
        ink.percentage("tie", _("Tie")), ink.percentage("lose", _("Lose")), ink.p("p", _("p, sign test")),
    ]  # fmt: skip
    rows: list[list[CellValue]] = []
    for key in one["criteria"]:
        counts = counts_of(one["figures"][key]["wins"], first, second)
        total, sign = sum(counts), one["figures"][key]["sign_test"]
        shares = [ink.share(part, total) for part in counts]
        p = sign.get("value") if not isinstance(sign.get("value"), list) else None
        reason = why(sign) if sign.get("reason") else "no_decisions"
        rows.append([book.criterion(rubric, key), total, *shares, number(p, reason)])
    caption = phrase(
        _("%(first)s wins and loses against %(second)s, of all votes"), first=book.system(first),
        second=book.system(second),
    )  # fmt: skip
    return Table(key=f"outcome-{n}", caption=caption, columns=columns, rows=rows)


def judged(book: Book, n: int, one: Found) -> Table:
    """Return a judge's win, tie and lose of every two systems, over both orders."""
    rubric = book.rubric_of[one["study"]]
    columns = [
        text("criterion", _("Criterion")), text("pair", _("Pair")), ink.count("win", _("Win")),
        ink.count("tie", _("Tie")), ink.count("lose", _("Lose")),
    ]  # fmt: skip
    rows: list[list[CellValue]] = [
        [
            book.criterion(rubric, key),
            phrase(_("%(system)s – %(base)s"), system=book.system(a), base=book.system(b)),
            pair["win"], pair["tie"], pair["lose"],
        ]
        for key in one["criteria"]
        for pair in one["wins"][key].get("by_pair", ())
        for a, b in [pair["systems"]]
    ]  # fmt: skip
    caption = phrase(
        _("Win, tie and lose by %(judge)s, both orders: %(study)s"), judge=book.judge(one["judge"]),
        study=book.study(one["study"]),
    )  # fmt: skip
    return Table(key=f"judged-{n}", caption=caption, columns=columns, rows=rows)
