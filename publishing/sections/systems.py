"""Systems by criterion: the table a paper prints, the same means as bars, and the tests behind the bullets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from django.utils.translation import gettext_noop as _

from publishing.sections.frame import SIGNS, Book, Found, by_run, estimate, mark, number, plain, slug, strong, text
from reports import ink
from reports.blocks import CellValue, Column
from reports.summary import Axis, Bars, Block, Table, phrase

# Which of the bullets' tests is shown: as the protocol has it.
TEST = "two_sample"


def blocks(book: Book) -> Iterator[Block]:
    """Yield for each set of criteria the table, and the same means with their intervals."""
    found = book.figures("systems")
    for n, one in enumerate(found.get("tables", ()), start=1):
        yield main(book, n, one, found["mean_rank"])
        yield long(book, n, one)


def main(book: Book, n: int, one: Found, ranks: Found) -> Table:
    """Return systems by criterion and judge, with how many criteria are better and worse, and people's mean rank."""
    columns = [text("system", _("System"))]
    grouped = any(book.group_of.get(code) for group in one["groups"] for code in group["systems"])
    if grouped:
        columns.append(text("group", _("Group")))
    at = count()
    for key in one["criteria"]:
        columns += [
            Column(key=f"c{next(at)}", label=book.judge(judge), kind="number", group=book.criterion(one["rubric"], key))
            for judge in one["judges"]
        ]
    for judge in one["judges"]:
        columns.append(Column(key=f"d{next(at)}", label=book.judge(judge), group=phrase(_("Better / worse"))))
    columns.append(Column(key="rank", label=phrase(_("Mean rank by people")), kind="number"))
    rows = [row(book, one, code, ranks, grouped) for code in codes(one)]
    return Table(
        key=f"systems-{n}", caption=phrase(_("Mean scores of judges by system and criterion")), columns=columns,
        rows=rows, notes=[phrase(words) for words in NOTES],
    )  # fmt: skip


NOTES = (
    _("•+ and •− mark p < 0.05 of the two-sample t test against the group's base on question means: higher and lower. "
      "A bullet says that there is a difference, and its sign which way."),
    _("The best of each group is set in bold. Of mean ranks the lowest is the best."),
)  # fmt: skip


def codes(one: Found) -> list[str]:
    """Return a table's systems in their order."""
    return [code for group in one["groups"] for code in group["systems"]]


def bullets(one: Found, judge: str) -> dict[tuple[str, str], str]:
    """Return the sign of each (criterion, system) that differs from its base."""
    return {
        (test["criterion"], test["system"]): SIGNS.get(test[TEST]["direction"], "")
        for test in one["tests"][judge]["comparisons"]
        if test["bullet"][TEST]
    }


def row(book: Book, one: Found, code: str, ranks: Found, grouped: bool) -> list[CellValue]:
    """Return a system's row."""
    cells: list[CellValue] = [book.system(code)]
    if grouped:
        cells.append(book.group_of.get(code, ""))
    signs = {judge: bullets(one, judge) for judge in one["judges"]}
    for key in one["criteria"]:
        for judge in one["judges"]:
            column = one["cells"][key].get(judge)
            if column is None:
                cells.append(number(None, "no_answers"))
                continue
            best = code in column["best"]
            cells.append(strong(plain(column["means"][code]), when=best, mark=signs[judge].get((key, code), "")))
    cells += [counted(one["tests"][judge]["counts"].get(code)) for judge in one["judges"]]
    lowest = [ranks[other]["pooled"]["value"] for other in group_of(one, code) if other in ranks]
    mean = ranks[code]["pooled"] if code in ranks else None
    best = mean is not None and mean["value"] is not None and mean["value"] == min(v for v in lowest if v is not None)
    cells.append(strong(plain(mean), when=best) if mean else None)
    return cells


def group_of(one: Found, code: str) -> list[str]:
    """Return the systems that stand in one group with this one."""
    return next(list(group["systems"]) for group in one["groups"] if code in group["systems"])


def counted(counts: Found | None) -> str | None:
    """Return how many criteria are better and worse, as "5 / 1"; nothing for what has no base."""
    return None if counts is None else f"{counts['better']} / {counts['worse']}"


def long(book: Book, n: int, one: Found) -> Table:
    """Return every mean with its interval, spread and number of questions."""
    columns = [
        text("criterion", _("Criterion")), text("system", _("System")), text("judge", _("Judge")),
        Column(key="mean", label=phrase(_("Mean")), kind="ci"),
        Column(key="sd", label=phrase(_("SD over questions")), kind="number"),
        Column(key="n", label=phrase(_("Questions")), kind="int"),
        Column(key="scores", label=phrase(_("Scores")), kind="int"),
    ]  # fmt: skip
    rows: list[list[CellValue]] = []
    for key in one["criteria"]:
        for code in codes(one):
            for judge, column in one["cells"][key].items():
                figure = column["means"][code]
                rows.append([
                    book.criterion(one["rubric"], key), book.system(code), book.judge(judge), estimate(figure),
                    number(figure.get("sd"), "too_few_items"), figure.get("n_items"), figure.get("n_scores"),
                ])  # fmt: skip
    return Table(key=f"means-{n}", caption=phrase(_("The same means with their intervals")), columns=columns, rows=rows)


# --- bars


def bars(book: Book) -> Iterator[Block]:
    """Yield a chart for each criterion, with a bar for each judge."""
    for n, one in enumerate(book.figures("systems").get("tables", ()), start=1):
        for key in one["criteria"]:
            marks = [
                mark(book.system(code), column["means"][code], book.judge(judge))
                for code in codes(one)
                for judge, column in one["cells"][key].items()
            ]
            name = book.criterion(one["rubric"], key)
            yield Bars(
                key=f"bars-{n}-{slug(key)}", title=phrase(_("Mean score: %(criterion)s"), criterion=name), rows=marks,
                axis=Axis(label=phrase(_("Mean score")), low=0.0), n=max((m.n or 0 for m in marks), default=0),
                n_unit=phrase(_("questions")),
            )  # fmt: skip


# --- tests


def significance(book: Book) -> Iterator[Block]:
    """Yield how often each system is better and worse than its base, then every test."""
    for n, one in enumerate(book.figures("systems").get("tables", ()), start=1):
        if any(tests["comparisons"] for tests in one["tests"].values()):
            yield verdicts(book, n, one)
            yield every_test(book, n, one)


KINDS_OF_COUNT = {
    "counts": _("two-sample t, p < 0.05"),
    "counts_paired": _("paired t, p < 0.05"),
    "counts_holm": _("paired t, Holm, p < 0.05"),
}


def verdicts(book: Book, n: int, one: Found) -> Table:
    """Return on how many criteria each fine-tuned system is better, worse, or neither, test by test."""
    columns = [
        text("system", _("System")), text("judge", _("Judge")), text("test", _("Test")),
        ink.count("better", _("Better")), ink.count("worse", _("Worse")), ink.count("neither", _("Neither")),
    ]  # fmt: skip
    rows: list[list[CellValue]] = [
        [book.system(code), book.judge(judge), phrase(words), found["better"], found["worse"], found["neither"]]
        for _group, run in by_run(codes(one), book)
        for code in run
        for judge, tests in one["tests"].items()
        for key, words in KINDS_OF_COUNT.items()
        if (found := tests[key].get(code))
    ]
    caption = phrase(_("Criteria on which a fine-tuned system differs from its base"))
    return Table(key=f"verdicts-{n}", caption=caption, columns=columns, rows=rows)


def every_test(book: Book, n: int, one: Found) -> Table:
    """Return every test: the two-sample t of the protocol, and paired by question, the better choice."""
    two, paired = phrase(_("Two-sample t")), phrase(_("Paired by question"))
    columns = [
        text("criterion", _("Criterion")), text("system", _("System and base")), text("judge", _("Judge")),
        Column(key="gap", label=phrase(_("Difference")), kind="ci", group=two),
        Column(key="g", label=phrase(_("Hedges' g")), kind="number", group=two),
        Column(key="p", label=phrase(_("p")), kind="p", group=two),
        Column(key="paired", label=phrase(_("Difference")), kind="ci", group=paired),
        Column(key="d", label=phrase(_("Cohen's d of differences")), kind="number", group=paired),
        Column(key="pp", label=phrase(_("p")), kind="p", group=paired),
        Column(key="holm", label=phrase(_("p, Holm")), kind="p", group=paired),
    ]  # fmt: skip
    rows = [test_row(book, one, judge, test) for judge, tests in one["tests"].items() for test in tests["comparisons"]]
    return Table(key=f"tests-{n}", caption=phrase(_("Every test against the base")), columns=columns, rows=rows)


def test_row(book: Book, one: Found, judge: str, test: Found) -> list[CellValue]:
    """Return one comparison's row."""
    two, paired = test["two_sample"], test["paired"]
    pair = phrase(_("%(system)s – %(base)s"), system=book.system(test["system"]), base=book.system(test["base"]))
    return [
        book.criterion(one["rubric"], test["criterion"]), pair, book.judge(judge),
        strong(estimate(two), when=False, mark=SIGNS.get(two["direction"], "") if test["bullet"][TEST] else ""),
        number(two.get("hedges_g")), number(two.get("p")),
        estimate(paired), number(paired.get("cohen_dz")), number(paired.get("p")), number(test["p_holm"]["paired"]),
    ]  # fmt: skip
