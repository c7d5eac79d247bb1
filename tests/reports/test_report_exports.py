import csv
import io
import json
import re
import zipfile

import openpyxl
import pytest
from report_markup import html_elements, svg_elements

from reports.exports import FORMATS, export
from reports.exports.collect import tables
from reports.exports.delimited import BOM, safe
from reports.exports.latex import escape
from reports.exports.methods import plain
from reports.exports.workbook import sheet_name
from reports.summary import (
    Axis,
    Cell,
    Column,
    DotWhisker,
    Estimate,
    KeyFigure,
    Link,
    Mark,
    Missing,
    Parameter,
    Section,
    Summary,
    Table,
)


def report(*blocks, **options):
    return Summary(title="R", headline="H", sections=[Section(key="s", title="S", blocks=blocks)], **options)


def table(rows, **options):
    columns = [
        Column(key="name", label="Name"),
        Column(key="alpha", label="Alpha", kind="ci"),
        Column(key="share", label="Share", kind="percent"),
    ]
    return Table(key="t", caption="Values", columns=columns, rows=rows, **options)


def csv_files(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def csv_rows(text):
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))


@pytest.mark.parametrize(
    ("name", "filename", "content_type"),
    [
        ("html", "example.html", "text/html; charset=utf-8"),
        ("json", "example.json", "application/json"),
        ("csv", "example-csv.zip", "application/zip"),
        ("xlsx", "example.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("latex", "example.tex", "application/x-tex; charset=utf-8"),
        ("text", "example-methods.txt", "text/plain; charset=utf-8"),
        ("markdown", "example-methods.md", "text/markdown; charset=utf-8"),
    ],
)
def test_export_names_and_announces_the_file(summary, name, filename, content_type):
    made = export(summary, name)
    assert (made.filename, made.content_type) == (filename, content_type)


def test_every_format_is_covered():
    assert set(FORMATS) == {"html", "json", "csv", "xlsx", "latex", "text", "markdown"}


def test_unknown_format_raises_key_error(summary):
    with pytest.raises(KeyError):
        export(summary, "docx")


def test_json_holds_the_whole_report(summary):
    assert Summary.from_json(json.loads(export(summary, "json").content)) == summary


@pytest.mark.parametrize("name", ["json", "csv", "latex", "text", "markdown", "html"])
def test_same_report_gives_the_same_bytes(summary, name):
    assert export(summary, name).content == export(summary, name).content


# --- tables of all blocks ---------------------------------------------------------------------------


def test_every_block_with_numbers_becomes_a_table(summary):
    assert [named.name for named in tables(summary)] == [
        "agreement.figures_krippendorff_alpha",
        "agreement.figures_percent_agreement_percent",
        "agreement.coefficients",
        "agreement.pairs",
        "groups.groups",
        "groups.topics",
        "model.figures_accuracy_percent",
        "model.confusion",
        "model.outcomes",
        "model.ratings",
        "model.differences",
        "model.beside",
        "time.drift",
        "flow.flow",
        "raters.raters",
        "raters.systems",
        "raters.ranks",
        "items.disputed",
    ]


# --- CSV ----------------------------------------------------------------------------------------------


def test_csv_keeps_full_precision_and_spreads_intervals(summary):
    rows = csv_rows(csv_files(export(summary, "csv").content)["agreement.coefficients.csv"])
    head = "Agreement beyond chance"
    assert rows[0] == ["", head, f"{head} low", f"{head} high", f"{head} reason"]
    assert rows[1] == ["Krippendorff's alpha", "0.7083", "0.6412", "0.7701", ""]
    assert rows[5] == ["Kendall's W", "", "", "", "no item was ranked in full by every rater"]


def test_csv_of_a_heat_map_leaves_the_diagonal_empty_and_explains_gaps(summary):
    rows = csv_rows(csv_files(export(summary, "csv").content)["agreement.pairs.csv"])
    assert rows[0][:4] == ["Rater", "R01", "R01 reason", "R02"]
    assert rows[1][:4] == ["R01", "", "", "0.77"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "  ="])
def test_csv_takes_the_fire_out_of_formulas(start):
    assert safe(f"{start}cmd()") == f"'{start}cmd()"


@pytest.mark.parametrize("value", ["-0.5", "+3", "-1e-9", -0.5, 3, None, "a=b", "", "—"])
def test_csv_leaves_numbers_and_plain_words_alone(value):
    assert safe(value) == value


@pytest.mark.parametrize("trick", ["-1+cmd()", "+1\n", "-"])
def test_csv_is_not_fooled_by_what_only_begins_like_a_number(trick):
    assert safe(trick) == f"'{trick}"


def test_csv_neutralises_labels_in_the_file():
    made = export(report(table([["=1+1", Estimate(-0.5), 0.25]])), "csv")
    assert csv_rows(csv_files(made.content)["s.t.csv"])[1] == ["'=1+1", "-0.5", "0.25"]


def test_csv_has_the_footer_as_last_row():
    made = export(report(table([["a", 1.0, 0.5]], footer=["All", 1.0, 0.5])), "csv")
    assert csv_rows(csv_files(made.content)["s.t.csv"])[-1] == ["All", "1.0", "0.5"]


# --- XLSX ---------------------------------------------------------------------------------------------


def book(made):
    return openpyxl.load_workbook(io.BytesIO(made.content))


def test_xlsx_numbers_are_numbers_with_their_formats():
    rows = [["a", Estimate(0.123456, 0.1, 0.2), 0.975], ["b", Missing("no_overlap"), None]]
    sheet = book(export(report(table(rows)), "xlsx"))["Values"]
    assert [cell.value for cell in sheet[1]] == ["Name", "Alpha", "Alpha low", "Alpha high", "Alpha reason", "Share"]
    assert [cell.value for cell in sheet[2]] == ["a", 0.123456, 0.1, 0.2, None, 0.975]
    assert [cell.number_format for cell in sheet[2]] == ["General", "0.00", "0.00", "0.00", "General", "0.0%"]
    assert [cell.value for cell in sheet[3]] == ["b", None, None, None, "no item was answered by two raters", None]


def test_xlsx_words_never_become_formulas():
    sheet = book(export(report(table([["=1+1", 0.5, 0.5], ["-x\x07", 0.5, 0.5]])), "xlsx"))["Values"]
    assert [(sheet[row][0].value, sheet[row][0].data_type) for row in (2, 3)] == [("=1+1", "s"), ("-x", "s")]


def test_xlsx_has_a_sheet_for_every_table_and_one_about_the_report(summary):
    names = book(export(summary, "xlsx")).sheetnames
    assert len(names) == 1 + len(list(tables(summary)))
    assert names[:3] == ["About", "Key figures", "Key figures 2"]


def test_xlsx_about_sheet_says_what_was_found(summary):
    rows = {row[0]: row[1] for row in book(export(summary, "xlsx"))["About"].iter_rows(values_only=True)}
    assert (rows["Title"], rows["Seed"]) == ("Emotional support: label review", "20260309")


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("A/B [x]: *?", [], "A B  x"),
        ("", [], "Table"),
        ("History", [], "History 2"),
        ("values", ["Values"], "values 2"),
        ("x" * 40, [], "x" * 31),
        ("x" * 40, ["x" * 31, "x" * 29 + " 2"], "x" * 29 + " 3"),
        ("家庭", [], "家庭"),
    ],
)
def test_xlsx_sheet_names_are_what_excel_accepts(wanted, taken, name):
    assert sheet_name(wanted, taken) == name


# --- LaTeX --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "escaped"),
    [
        ("50% & $x_1^2$ #{}", r"50\% \& \$x\_1\textasciicircum{}2\$ \#\{\}"),
        ("\\input{x}~", r"\textbackslash{}input\{x\}\textasciitilde{}"),
        ("< − >", r"\textless{} $-$ \textgreater{}"),
        ("家庭 — 冲突", "家庭 --- 冲突"),
        ("a\nb\x00c", "a b c"),
    ],
)
def test_latex_prints_words_as_they_are(words, escaped):
    assert escape(words) == escaped


def latex(summary):
    return export(summary, "latex").content.decode()


def test_latex_table_is_set_with_booktabs():
    rows = [
        ["a_b", Estimate(-0.44, -0.5, 0.2), 0.975],
        ["[x]", Missing("no_overlap"), Cell(0.5, strong=True, mark="•")],
    ]
    body = latex(report(table(rows, notes=["100% sure"]))).split("\n\n", 1)[1]
    assert body == (
        "% S\n\n\\begin{table}[htbp]\n\\centering\n\\caption{Values}\\label{tab:s-t}\n"
        "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n\\begin{tabular}{lrr}\n\\toprule\n"
        "Name & Alpha & Share \\\\\n\\midrule\n"
        "a\\_b & $-$0.44 ($-$0.50 to 0.20) & 97.5\\%\\hphantom{\\,\\textbullet{}} \\\\\n"
        "{}[x] & ---$^{a}$ & \\textbf{50.0\\%}\\rlap{\\,\\textbullet{}}\\hphantom{\\,\\textbullet{}} \\\\\n"
        "\\bottomrule\n\\end{tabular}}\n"
        "\\par\\smallskip{\\footnotesize\\raggedright $^{a}$ no item was answered by two raters\\par}\n"
        "\\par\\smallskip{\\footnotesize\\raggedright 100\\% sure\\par}\n\\end{table}\n"
    )


def test_latex_is_balanced_and_every_row_fits_its_table(summary):
    source = latex(summary)
    bare = re.sub(r"\\[{}]", "", source)
    assert bare.count("{") == bare.count("}")
    assert source.count(r"\begin{table}") == source.count(r"\end{table}") == len(list(tables(summary)))
    for spec, body in re.findall(r"\\begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", source, re.S):
        rows = [line for line in body.splitlines() if line.endswith(r"\\")]
        widths = [
            sum(int(n) for n in re.findall(r"\\multicolumn\{(\d+)\}", row)) or len(re.findall(r"(?<!\\)&", row)) + 1
            for row in rows
        ]
        assert widths == [len(spec)] * len(rows)


# --- HTML ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def standalone(summary):
    return export(summary, "html").content.decode()


def test_html_file_asks_nobody_for_anything(standalone):
    elements = html_elements(standalone)
    assert [e.tag for e in elements if e.tag in ("script", "link", "img", "iframe")] == []
    assert [e.attributes for e in elements if "src" in e.attributes] == []
    assert set(re.findall(r"https?://[^\s\"']+", standalone)) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"url\(|@import", standalone) == []


def test_html_file_forbids_requests_by_its_own_policy(standalone):
    policy = next(e for e in html_elements(standalone) if "http-equiv" in e.attributes).attributes
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"].split("; ")[0] == "default-src 'none'"


def test_html_file_leads_nowhere_but_into_itself(standalone):
    links = [e.attributes["href"] for e in html_elements(standalone) if e.tag == "a"]
    assert [link for link in links if not link.startswith("#")] == []


def test_html_file_has_its_title_language_and_style(standalone):
    elements = html_elements(standalone)
    assert elements[0].attributes == {"lang": "en", "dir": "ltr"}
    assert [e.text for e in elements if e.tag == "h1"] == ["Emotional support: label review"]
    assert ["--plot-1:" in e.text and ".plot-narrow" in e.text for e in elements if e.tag == "style"] == [True]


def test_drawings_in_the_html_file_are_well_formed(standalone):
    found = re.findall(r"<svg.*?</svg>", standalone, re.S)
    assert [svg_elements(svg)[0].attributes["role"] for svg in found] == ["img"] * 24


# --- words --------------------------------------------------------------------------------------------


def test_methods_text_fills_in_every_figure_and_parameter():
    figures = [
        KeyFigure(
            key="a", label="Alpha", value=0.5, low=0.4, high=0.6, n=30, n_unit="items", raters=1, method="nominal"
        ),
        KeyFigure(key="w", label="W", value=None, reason="incomplete_blocks"),
    ]
    made = export(
        report(*figures, methods=["One.", "Two."], limits=["None."], parameters=[Parameter(label="Seed", value=7)]),
        "text",
    )
    assert made.content.decode() == (
        "R\n\nH\n\n"
        "Alpha: 0.50; 95% interval 0.40 to 0.60; n = 30 items, 1 rater; nominal\n"
        "W: — (no item was ranked in full by every rater)\n\n"
        "One. Two.\n\nLimits: None.\n\nSeed: 7\n"
    )


def test_markdown_shows_words_that_look_like_markup():
    assert plain("# *a* [x](y)\n<b>") == r"\# \*a\* \[x\](y) \<b\>"


def test_links_keep_their_words_in_every_table_format():
    columns = [Column(key="item", label="Item", kind="link")]
    linked = report(Table(key="t", caption="C", columns=columns, rows=[[Link("post-1", "/items/1/")]]))
    assert csv_rows(csv_files(export(linked, "csv").content)["s.t.csv"])[1] == ["post-1"]
    assert book(export(linked, "xlsx"))["C"]["A2"].value == "post-1"
    assert r"post-1 \\" in latex(linked).splitlines()


def test_plot_without_counts_has_no_empty_column():
    plot = DotWhisker(key="p", title="P", rows=[Mark(label="a", value=1)], axis=Axis(label="V"))
    assert csv_rows(csv_files(export(report(plot), "csv").content)["s.p.csv"]) == [["", "V"], ["a", "1"]]
