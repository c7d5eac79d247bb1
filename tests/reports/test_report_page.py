import re
import subprocess
import sys

import pytest
from django.utils import translation
from report_markup import html_elements, with_class

from reports.present import present
from reports.render import render
from reports.summary import KeyFigure, Phrase, Plot, Section, Summary, Text

# Names of fields whose text is a code or a key and never shown as somebody wrote it.
CODES = {"type", "key", "kind", "role", "scale", "tone", "href", "value_type"}


@pytest.fixture(scope="module")
def fragment(summary):
    return html_elements(str(render(summary)))


def poisoned(data, evil):
    """The same report with every human word replaced."""
    if isinstance(data, dict):
        kept = data.get("type") in ("datetime", "Phrase")
        return data if kept else {k: v if k in CODES else poisoned(v, evil) for k, v in data.items()}
    if isinstance(data, list):
        return [poisoned(part, evil) for part in data]
    return evil if isinstance(data, str) and data else data


def test_fragment_has_a_figure_with_two_drawings_and_a_table_for_every_plot(summary, fragment):
    count = sum(isinstance(block, Plot) for section in summary.sections for block in section.blocks)
    figures = [e for e in fragment if e.tag == "figure"]
    drawings = [e for e in fragment if e.tag == "svg"]
    tables = [e for e in fragment if e.tag == "table" and "figure" in e.parents]
    assert (len(figures), len(drawings), len(tables)) == (count, 2 * count, count)
    assert [e for e in tables if "details" not in e.parents] == []


def test_fragment_obeys_a_strict_content_policy(fragment):
    assert [e.tag for e in fragment if e.tag in ("style", "script", "link", "iframe", "object")] == []
    assert [e for e in fragment for name in e.attributes if name == "style" or name.startswith("on")] == []


def test_ids_are_unique_and_every_reference_is_met(fragment):
    ids = [e.attributes["id"] for e in fragment if "id" in e.attributes]
    assert len(set(ids)) == len(ids)
    wanted = [ref for e in fragment for ref in e.attributes.get("aria-labelledby", "").split()]
    wanted += [e.attributes["href"][1:] for e in fragment if e.attributes.get("href", "").startswith("#")]
    assert sorted(set(wanted) - set(ids)) == []


def test_primary_and_robust_stand_first_and_the_rest_is_folded(fragment):
    labels = [(e.text, "details" in e.parents) for e in with_class(fragment, "label")]
    assert labels[:5] == [
        ("Krippendorff's alpha", False),
        ("Gwet's AC1", False),
        ("Percent agreement", True),
        ("Fleiss' kappa", True),
        ("Kendall's W", True),
    ]


def test_robust_figure_given_first_still_stands_second():
    figures = [
        KeyFigure(key="b", label="B", value=0.2, role="robust"),
        KeyFigure(key="a", label="A", value=0.1, role="primary"),
    ]
    view = present(Summary(title="", headline="", sections=[Section(key="s", title="", blocks=figures)]))
    assert [figure.label for figure in view.sections[0].blocks[0].content.lead] == ["A", "B"]


def test_undefined_figure_shows_a_dash_and_its_reason(fragment):
    values = [e.text for e in with_class(fragment, "value")]
    intervals = [e.text for e in with_class(fragment, "interval")]
    assert (values[4], intervals[4]) == ("—", "no item was ranked in full by every rater")


def test_missing_interval_says_why(fragment):
    assert [e.text for e in with_class(fragment, "interval")][3] == "no interval: too few items"


def figure_view(**options):
    figure = KeyFigure(key="k", label="K", scale="landis_koch", **options)
    view = present(Summary(title="", headline="", sections=[Section(key="s", title="", blocks=[figure])]))
    return view.sections[0].blocks[0].content.other[0]


def test_landis_koch_words_come_only_with_an_interval():
    assert figure_view(value=0.5).scale == ""
    assert figure_view(value=None, low=0.1, high=0.2, reason="no_variation").scale == ""
    said = "The whole interval lies in what Landis and Koch call “moderate”."
    assert figure_view(value=0.5, low=0.45, high=0.55).scale == said


def test_table_cells_show_estimates_gaps_marks_and_links(fragment):
    cells = [e.text for e in fragment if e.tag in ("td", "th")]
    assert "0.74 (0.69 to 0.79)" in cells
    assert "— too few items" in cells
    assert [e.text for e in fragment if e.tag == "td" and "3.98" in e.text] == ["3.98•"]
    links = [e.attributes["href"] for e in fragment if e.tag == "a" and "table" in e.parents]
    assert links == ["/items/post-0173/", "/items/post-0042/"]


def test_every_table_row_has_as_many_cells_as_there_are_columns(summary):
    for table in re.findall(r"<table.*?</table>", str(render(summary)), re.S):
        rows = re.findall(r"<tr.*?</tr>", table, re.S)
        spans = [re.findall(r'colspan="(\d+)"', row) for row in rows]
        widths = [sum(map(int, span)) or len(re.findall(r"<t[dh]", row)) for row, span in zip(rows, spans, strict=True)]
        assert len(set(widths)) == 1, widths


def test_folded_section_is_closed_and_keeps_its_heading(fragment):
    headings = {e.text: e.parents for e in fragment if e.tag == "h2"}
    assert "details" in headings["Most disputed items"]
    assert "details" not in headings["Agreement"]
    assert [e for e in fragment if e.tag == "details" and "open" in e.attributes] == []


@pytest.mark.parametrize("evil", ["</style></title><script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>"])
def test_hostile_words_anywhere_stay_words(summary, evil):
    bad = Summary.from_json(poisoned(summary.to_json(), evil))
    elements = html_elements(str(render(bad)))
    assert [e.tag for e in elements if e.tag in ("script", "img", "style")] == []
    assert [name for e in elements for name in e.attributes if name.startswith("on") or name == "style"] == []
    assert next(e for e in elements if "headline" in e.classes).text == evil


def test_phrases_follow_the_readers_language():
    section = Section(key="s", title=Phrase("January"), blocks=[Text(key="t", paragraphs=["x"])])
    report = Summary(title="", headline=Phrase("February"), sections=[section])
    with translation.override("de"):
        elements = html_elements(str(render(report)))
    assert next(e.text for e in elements if e.tag == "h2") == "Januar"
    assert next(e for e in elements if "headline" in e.classes).text == "Februar"


def test_seed_is_not_grouped_like_an_amount(fragment):
    values = {label.text: value.text for label, value in zip(
        [e for e in fragment if e.tag == "dt"], [e for e in fragment if e.tag == "dd"], strict=True
    )}  # fmt: skip
    assert values["Seed"] == "20260309"


def test_reports_load_neither_an_app_nor_the_heavy_libraries():
    code = (
        "import sys, django; from django.conf import settings; settings.configure(); "
        "import reports.render, reports.exports, reports.gallery; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & "
        "{'scipy', 'sklearn', 'numpy', 'projects', 'annotation', 'evaluation', 'stats', 'config', 'rest_framework'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
