"""Tables of any size on LaTeX's page: what is long breaks over pages, what is wide is turned, nothing runs over."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from reports.blocks import CellValue
from reports.exports import export
from reports.exports.latex_plan import Content, broken, letters, plan
from reports.summary import Cell, Column, Estimate, Missing, Section, Summary, Table

NAME = "A system with a long name, trained on interviews"
VALUE = Estimate(3.4, 2.95, 3.85)


def table(key: str, rows: int, values: int, words: int = 1, *, value: CellValue = VALUE, label: str = "Mean") -> Table:
    """A table of so many rows, columns of words and columns of values."""
    columns = [Column(key=f"w{n}", label="System") for n in range(words)]
    columns += [Column(key=f"v{n}", label=label, kind="ci") for n in range(values)]
    row = [*[NAME] * words, *[value] * values]
    return Table(key=key, caption=f"Table {key}", columns=columns, rows=[row] * rows, notes=["Read with care."])


def report(*tables: Table) -> Summary:
    """A report of nothing but tables."""
    return Summary(key="s", title="R", headline="H", sections=[Section(key="s", title="S", blocks=tables)])


def latex(*tables: Table) -> str:
    """The LaTeX of some tables."""
    return export(report(*tables), "latex").content.decode().split("\n\n", 1)[1]


def test_a_table_longer_than_a_page_has_its_heads_on_each() -> None:
    short, long = latex(table("t", 30, 2)), latex(table("t", 60, 2))
    assert "longtable" not in short
    assert long.count(r"\begin{longtable}{lrr}") == long.count(r"\end{longtable}") == 1
    assert r"\begin{table}" not in long
    first, again, rest = re.split(r"\\endfirsthead|\\endhead", long)
    assert r"System & Mean & Mean \\" in first
    assert r"System & Mean & Mean \\" in again
    assert r"\tablename\ \thetable: continued" in again
    assert rest.count("3.40 (2.95 to 3.85) & 3.40") == 60


def test_a_section_and_its_caption_stand_before_its_tables_for_whoever_looks_for_them() -> None:
    sections = [
        Section(key=key, title=title, intro=intro, blocks=[table("t", 2, 1), table("u", 2, 1)])
        for key, title, intro in (("a", "Ranks", "Mine, 50 %\n\\input{x}"), ("b", "Ratings", ""))
    ]
    source = export(Summary(key="s", title="R", headline="H", sections=sections), "latex").content.decode()
    assert [line for line in source.splitlines()[3:] if line.startswith("%")] == [
        "% Ranks", r"% Mine, 50 \%", r"% \textbackslash{}input\{x\}", "% Ratings",
    ]  # fmt: skip


def test_intervals_go_below_their_numbers_before_a_table_is_turned() -> None:
    wide, wider = latex(table("t", 4, 5)), latex(table("t", 4, 9))
    assert "landscape" not in wide
    assert r"\begin{tabular}[t]{@{}r@{}}3.40 \\ (2.95 to 3.85)\end{tabular}" in wide
    assert wide.count(r"\addlinespace") == 3
    assert wider.count(r"\begin{landscape}") == wider.count(r"\end{landscape}") == 1
    # On a turned page LaTeX misplaces what floats.
    assert r"\begin{table}" not in wider


def test_turned_tables_share_a_page_until_it_is_full() -> None:
    source = latex(table("a", 2, 9), table("b", 2, 9), table("c", 5, 9), table("d", 2, 1))
    assert source.count(r"\begin{landscape}") == 1
    order = re.findall(r"label\{tab:s-(\w)\}|(\\clearpage)|(\\end\{landscape\})", source)
    assert ["".join(found) for found in order] == ["a", "b", r"\clearpage", "c", r"\end{landscape}", "d"]


def test_floats_are_let_go_before_a_table_that_does_not_float() -> None:
    source = latex(table("a", 2, 1), table("b", 60, 1), table("c", 60, 1))
    order = re.findall(r"label\{tab:s-(\w)\}|(\\clearpage)", source)
    assert ["".join(found) for found in order] == ["a", r"\clearpage", "b", "c"]


def test_a_mark_has_room_in_every_cell_of_its_column() -> None:
    columns = [Column(key="a", label="A", kind="number"), Column(key="b", label="B")]
    rows: list[list[CellValue]] = [[Cell(4.2, mark="•+"), "x"], [3.1, "y"]]
    source = latex(Table(key="t", caption="T", columns=columns, rows=rows))
    assert source.count(r"\hphantom{\,\textbullet{}+}") == 2
    assert source.count(r"\rlap{\,\textbullet{}+}") == 1


def test_words_break_at_spaces_and_between_chinese_characters() -> None:
    assert broken("Better / worse, Elm", 9) == ["Better /", "worse,", "Elm"]
    assert broken("共情与理解的平均分", 8) == ["共情与理", "解的平均", "分"]
    assert broken("unbreakable", 4) == ["unbreakable"]
    assert broken("", 4) == [""]
    assert [letters("ab"), letters("情绪"), letters("a\nbcd")] == [2, 4, 3]


def test_a_heading_over_columns_counts_where_it_is_wider_than_they_are() -> None:
    def width(group: str) -> float:
        found = plan(Content(["a", "b"], ["", group], [["x", "1"]], [["x", "1"]], [0, 0], [True, False], []))
        return found.width

    assert width("g" * 40) > width("g") + 10


WIDE = "Cohen's kappa, mean of all pairs of raters"


@pytest.mark.parametrize("layout", [r"\usepackage[margin=25mm]{geometry}", ""])
def test_nothing_runs_over_the_page(layout: str, tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    made = [
        table("a", 60, 2), table("b", 4, 5), table("c", 4, 9, label=WIDE), table("d", 60, 6, 2), table("e", 40, 1),
        table("f", 3, 8, value=Missing("no_overlap"), label=WIDE), table("g", 7, 3), table("h", 45, 4, label=WIDE),
    ]  # fmt: skip
    body = export(report(*made), "latex").content.decode()
    packages = r"\usepackage{booktabs,graphicx,longtable,pdflscape}\usepackage[T1]{fontenc}" + layout
    whole = rf"\documentclass[11pt,a4paper]{{article}}{packages}\begin{{document}}" + "\n" + body + r"\end{document}"
    (tmp_path / "paper.tex").write_text(whole)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    for _time in range(2):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-1500:]
    log = (tmp_path / "paper.log").read_text(errors="replace")
    assert re.findall(r"Float too large.*|Overfull .*", log) == []
