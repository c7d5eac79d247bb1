"""Example tables: estimates, undefined cells, links, grouped columns, a footer, emphasis."""

from ..summary import Cell, CellValue, Column, Estimate, Link, Missing, Table


def raters() -> Table:
    """Return one row per rater."""
    columns = [
        Column(key="rater", label="Rater"),
        Column(key="group", label="Group"),
        Column(key="answers", label="Answers", kind="int"),
        Column(key="alpha", label="Agreement with the rest (alpha)", kind="ci"),
        Column(key="time", label="Median time (s)", kind="number", decimals=1),
        Column(key="unsure", label="Unsure", kind="percent"),
        Column(key="changed", label="Proposal changed", kind="percent"),
    ]
    rows: list[list[CellValue]] = [
        ["R01", "expert", 1200, Estimate(0.744, 0.69, 0.79), 31.42, 0.041, 0.12],
        ["R02", "expert", 1180, Estimate(0.731, 0.67, 0.78), 28.9, 0.058, 0.094],
        ["R03", "student", 420, Estimate(0.612, 0.5, 0.71), 19.25, 0.113, 0.031],
        ["=R04", "student", 9, Missing("too_few_items"), 12.0, 0.0, None],
    ]
    return Table(
        key="raters",
        caption="Raters",
        columns=columns,
        rows=rows,
        footer=["All", "", 2809, Estimate(0.7083, 0.6412, 0.7701), 27.1, 0.055, 0.082],
        notes=["Times leave out pauses of more than a minute."],
    )


def systems() -> Table:
    """Return systems by criteria with two judges side by side."""
    columns = [
        Column(key="system", label="System"),
        Column(key="e1", label="Empathy", kind="number", group="Judge A"),
        Column(key="s1", label="Safety", kind="number", group="Judge A"),
        Column(key="e2", label="Empathy", kind="number", group="Judge B"),
        Column(key="s2", label="Safety", kind="number", group="Judge B"),
        Column(key="p", label="p (Holm)", kind="p", decimals=3),
    ]
    rows: list[list[CellValue]] = [
        ["Base", 3.41, 4.2, 3.52, 4.31, None],
        ["Fine-tuned", Cell(3.98, strong=True, mark="•"), 4.18, Cell(4.02, strong=True, mark="•"), 4.35, 0.00004],
        ["Fine-tuned, short answers", 3.77, Cell(4.4, strong=True), 3.8, Missing("no_answers"), 0.0312],
    ]
    notes = ["Bold: best of its column. •: differs from Base with p < 0.05 after Holm's correction."]
    return Table(key="systems", caption="Mean ratings of the systems", columns=columns, rows=rows, notes=notes)


def disputed() -> Table:
    """Return items with links."""
    columns = [
        Column(key="item", label="Item", kind="link"),
        Column(key="text", label="Beginning"),
        Column(key="labels", label="Different labels", kind="int"),
    ]
    rows: list[list[CellValue]] = [
        [Link("post-0173", "/items/post-0173/"), "I do not know why I am writing this at all, but since my sister…", 3],
        [Link("post-0042", "/items/post-0042/"), "昨天晚上又没睡着，一直在想是不是我的错", 3],
    ]
    return Table(key="disputed", caption="Most disputed items", columns=columns, rows=rows)
