"""Benchmarks: systems by topic with their evenness, by kind, topic by kind, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_noop as _

from publishing.sections.frame import Book, Found, estimate, slug, strong, text
from reports import numbers
from reports.blocks import CellValue, Column, Estimate
from reports.nodes import Words
from reports.summary import Block, Table, phrase

KINDS = {
    "true_false": _("True/false"),
    "single_choice": _("Single choice"),
    "multiple_choice": _("Several right options"),
    "qa": _("Questions and answers"),
    "dialogue": _("Dialogues"),
}


def found(book: Book) -> list[tuple[int, Found]]:
    """Return the benchmarks, numbered."""
    return list(enumerate(book.figures("benchmark").get("benchmarks", ()), start=1))


def kind_name(kind: str) -> Words:
    """Return what a kind of question is called."""
    return phrase(KINDS[kind]) if kind in KINDS else kind


def topics(book: Book) -> Iterator[Block]:
    """Yield systems by topic; the overall score has the population SD of the topics' scores in brackets."""
    for n, one in found(book):
        columns = [text("system", _("System"))]
        columns += [percent(f"t{at}", name) for at, name in enumerate(one["topics"])]
        columns += [
            Column(key="overall", label=phrase(_("Overall")), kind="percent"),
            Column(key="sd", label=phrase(_("Overall (SD over topics)"))),
        ]
        best = {name: top(one, name) for name in one["topics"]}
        rows = [topic_row(book, one, code, best) for code in one["systems"]]
        notes = [
            phrase(_("In brackets the population standard deviation (ddof 0) of the topics' scores, in percentage "
                     "points: the smaller, the more even."))
        ]  # fmt: skip
        caption = phrase(_("Scores by topic: %(benchmark)s"), benchmark=book.study(one["study"]))
        yield Table(key=f"topics-{n}", caption=caption, columns=columns, rows=rows, notes=notes)


def percent(key: str, label: Words) -> Column:
    """Return a column of shares."""
    return Column(key=key, label=label, kind="percent")


def top(one: Found, topic: str) -> float | None:
    """Return the best score on a topic, where several systems have one."""
    values = [figures[topic]["value"] for figures in one["by_topic"].values() if topic in figures]
    known = [value for value in values if value is not None]
    return max(known) if len(known) > 1 else None


def topic_row(book: Book, one: Found, code: str, best: dict[str, float | None]) -> list[CellValue]:
    """Return a system's row."""
    cells: list[CellValue] = [book.system(code)]
    for name in one["topics"]:
        figure = one["by_topic"][code][name]
        cells.append(strong(estimate(figure), when=best[name] is not None and figure["value"] == best[name]))
    overall, spread = one["overall"][code], one["evenness"][code]
    whole = code in one["best"] and len(one["systems"]) > 1
    cells.append(strong(estimate(overall), when=whole))
    cells.append(strong(bracketed(overall.get("value"), spread.get("value")), when=whole))
    return cells


def bracketed(value: float | None, spread: float | None) -> str:
    """Return a share with another number in brackets, as a paper prints it: 43.0 (10.7)."""
    if value is None:
        return numbers.DASH
    shown = numbers.number(value * 100, 1)
    return shown if spread is None else f"{shown} ({numbers.number(spread * 100, 1)})"


def kinds(book: Book) -> Iterator[Block]:
    """Yield systems by kind of question; several right options exactly, and with part credit."""
    for n, one in found(book):
        columns = [text("system", _("System"))]
        columns += [percent(f"k{at}", kind_name(kind)) for at, kind in enumerate(one["kinds"])]
        elastic = one.get("elastic") or {}
        if elastic:
            columns.append(percent("elastic", phrase(_("Several right options, elastic"))))
        columns.append(percent("overall", phrase(_("Overall"))))
        rows: list[list[CellValue]] = []
        for code in one["systems"]:
            cells: list[CellValue] = [book.system(code)]
            cells += [estimate(one["by_kind"][code][kind]) for kind in one["kinds"]]
            cells += [estimate(elastic[code]["elastic"])] if elastic else []
            rows.append([*cells, strong(estimate(one["overall"][code]), when=code in one["best"])])
        caption = phrase(_("Scores by kind of question: %(benchmark)s"), benchmark=book.study(one["study"]))
        yield Table(key=f"kinds-{n}", caption=caption, columns=columns, rows=rows)


def topic_kinds(book: Book) -> Iterator[Block]:
    """Yield for each system its scores by topic and kind."""
    for n, one in found(book):
        if len(one["topics"]) < 2:
            continue
        for code in one["systems"]:
            columns = [text("topic", _("Topic"))]
            columns += [percent(f"k{at}", kind_name(kind)) for at, kind in enumerate(one["kinds"])]
            columns.append(percent("all", phrase(_("Overall"))))
            rows: list[list[CellValue]] = [
                [
                    topic,
                    *(cell(one["topic_by_kind"][code][topic].get(kind)) for kind in one["kinds"]),
                    estimate(one["by_topic"][code][topic]),
                ]
                for topic in one["topics"]
            ]
            words = {"system": book.system(code), "benchmark": book.study(one["study"])}
            caption = phrase(_("%(system)s by topic and kind: %(benchmark)s"), **words)
            yield Table(key=f"cross-{n}-{slug(code)}", caption=caption, columns=columns, rows=rows)


def cell(figure: Found | None) -> Estimate | None:
    """Return a figure as a cell, empty where a topic has no question of the kind."""
    return estimate(figure) if figure else None


def before_after(book: Book) -> Iterator[Block]:
    """Yield each system beside the one it was made from, with the difference in brackets, by topic and over all."""
    for n, one in found(book):
        if not one["before_after"]:
            continue
        columns = [text("pair", _("System")), Column(key="overall", label=phrase(_("Overall")))]
        columns += [Column(key=f"t{at}", label=name) for at, name in enumerate(one["topics"])]
        rows: list[list[CellValue]] = []
        for change in one["before_after"]:
            rows += changed(book, one, change)
        caption = phrase(_("Before and after: %(benchmark)s"), benchmark=book.study(one["study"]))
        notes = [
            phrase(_("In percent of right answers or of the scale; in brackets after less before, in percentage "
                     "points, on the items both have a score for."))
        ]  # fmt: skip
        yield Table(key=f"pairs-{n}", caption=caption, columns=columns, rows=rows, notes=notes)
        yield differences(book, n, one)


def changed(book: Book, one: Found, change: Found) -> Iterator[list[CellValue]]:
    """Yield the row before, and the row after with its differences."""
    before, after = change["before"], change["after"]
    names: Sequence[str] = one["topics"]
    yield [book.system(before), score(one["overall"][before]), *(score(one["by_topic"][before][t]) for t in names)]
    yield [
        book.system(after),
        shifted(one["overall"][after], change["overall"]),
        *(shifted(one["by_topic"][after][name], change["by_topic"][name]) for name in names),
    ]


def score(figure: Found) -> str:
    """Return a share in percent, without a sign."""
    return bracketed(figure.get("value"), None)


def shifted(figure: Found, gap: Found) -> str:
    """Return a share with its change in brackets: 57.6 (+4.1)."""
    value = gap.get("value")
    if figure.get("value") is None or value is None:
        return score(figure)
    sign = "+" if value >= 0 else ""
    return f"{score(figure)} ({sign}{numbers.number(value * 100, 1)})"


def differences(book: Book, n: int, one: Found) -> Table:
    """Return every difference with its interval."""
    columns = [
        text("pair", _("Before and after")), text("part", _("Items")),
        Column(key="n", label=phrase(_("n")), kind="int"),
        Column(key="gap", label=phrase(_("Difference")), kind="percent"),
    ]  # fmt: skip
    rows: list[list[CellValue]] = []
    for change in one["before_after"]:
        words = {"before": book.system(change["before"]), "after": book.system(change["after"])}
        pair = phrase(_("%(before)s → %(after)s"), **words)
        parts: list[tuple[Words, Found]] = [(phrase(_("Overall")), change["overall"]), *change["by_topic"].items()]
        rows += [[pair, name, gap.get("n_items"), estimate(gap)] for name, gap in parts]
    return Table(key=f"gaps-{n}", caption=phrase(_("Differences with their intervals")), columns=columns, rows=rows)
