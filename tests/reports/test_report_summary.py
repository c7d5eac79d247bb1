import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

import numpy as np
import pytest
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from reports.summary import (
    Axis,
    Bars,
    Cell,
    Column,
    Confusion,
    CriticalDifference,
    DotWhisker,
    Estimate,
    Flow,
    FlowLane,
    FlowPart,
    FlowStep,
    HeatMap,
    Histogram,
    KeyFigure,
    Lines,
    Link,
    Mark,
    Missing,
    Phrase,
    Scatter,
    Section,
    Series,
    Stacked,
    StackRow,
    Summary,
    Table,
    Text,
    phrase,
)


def through_json(node):
    return type(node).from_json(json.loads(json.dumps(node.to_json(), allow_nan=False)))


def test_summary_survives_json_without_loss(summary):
    assert through_json(summary) == summary


def test_summary_json_twice_gives_the_same_text(summary):
    assert json.dumps(through_json(summary).to_json()) == json.dumps(summary.to_json())


numbers = st.floats(allow_nan=False, allow_infinity=False)
cells = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    numbers,
    st.builds(Missing, st.text(min_size=1)),
    st.builds(Estimate, numbers),
    st.builds(Cell, st.one_of(numbers, st.text()), st.booleans(), st.text(max_size=2)),
    st.builds(Link, st.text(), st.just("/items/1/")),
    st.builds(lambda word: phrase("about %(what)s", what=word), st.text()),
)


@given(st.lists(st.tuples(cells, cells), max_size=5), st.datetimes(timezones=st.just(UTC)))
def test_table_of_any_cells_survives_json(rows, moment):
    columns = [Column(key="a", label="A"), Column(key="b", label="B", kind="number")]
    table = Table(key="t", caption="T", columns=columns, rows=rows)
    section = Section(key="s", title="S", blocks=[table])
    report = Summary(title="R", headline="H", sections=[section], generated_at=moment)
    assert through_json(report) == report


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), np.float64("nan")])
def test_mark_refuses_what_is_no_number_and_names_the_field(bad):
    with pytest.raises(ValueError, match=r"Mark\.value: (nan|inf|-inf) is not a number to print"):
        Mark(label="alpha", value=bad)


def test_nan_deep_in_a_matrix_is_refused_with_its_place():
    with pytest.raises(ValueError, match=r"HeatMap\.values\[1\]\[0\]: nan"):
        HeatMap(key="h", title="", row_labels=["a", "b"], col_labels=["a"], values=[[0.1], [float("nan")]])


def test_library_scalars_become_plain_numbers():
    mark = Mark(label="x", value=np.float32(0.5), low=np.int64(0), high=np.float64(1), n=np.int32(7))
    assert [type(part) for part in (mark.value, mark.low, mark.high, mark.n)] == [float, int, float, int]


def test_values_without_a_json_form_are_refused():
    with pytest.raises(TypeError, match=r"Mark\.value: object has no place in a report"):
        Mark(label="x", value=object())


def test_string_in_place_of_a_list_is_refused():
    with pytest.raises(TypeError, match=r"Text\.paragraphs: a list is needed, not the string 'One sentence.'"):
        Text(key="t", paragraphs="One sentence.")


def test_decimal_is_refused_rather_than_rounded():
    with pytest.raises(TypeError, match="Decimal has no place"):
        Mark(label="x", value=Decimal("0.1"))


def test_lists_become_tuples_so_that_nothing_changes_afterwards():
    rows = [["a"]]
    table = Table(key="t", caption="", columns=[Column(key="a", label="A")], rows=rows)
    rows[0].append("b")
    assert table.rows == (("a",),)


def test_string_marked_as_safe_loses_the_mark():
    text = Text(key="t", paragraphs=[mark_safe("<b>")])
    assert [type(part) for part in text.paragraphs] == [str]


def test_reason_given_as_enum_becomes_its_code():
    class Reason(StrEnum):
        NO_OVERLAP = "no_overlap"

    assert type(Missing(Reason.NO_OVERLAP).reason) is str
    assert Missing(Reason.NO_OVERLAP).reason == "no_overlap"


def test_lazy_string_is_fixed_when_it_enters():
    with translation.override("de"):
        text = Text(key="t", paragraphs=[gettext_lazy("January")])
    assert text.paragraphs == ("Januar",)


def test_phrase_is_translated_when_it_is_read():
    month = through_json(phrase("%(month)s %(year)s", month=Phrase("January"), year=2026))
    with translation.override("de"):
        assert str(month) == "Januar 2026"
    with translation.override("en"):
        assert str(month) == "January 2026"


@pytest.mark.parametrize("params", [{}, {"other": 1}])
def test_phrase_without_its_parameters_is_refused(params):
    with pytest.raises(ValueError, match="the parameters do not fill"):
        phrase("%(n)s items", **params)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Mark(label="x", value=None), "Mark x: an undefined value needs a reason"),
        (lambda: Mark(label="x", value=1.0, low=0.5), "Mark x: an interval needs both ends"),
        (lambda: Estimate(1.0, 2.0, 1.0), "Estimate: the interval 2.0 to 1.0 is upside down"),
        (lambda: Missing(""), "Missing: an undefined value needs a reason"),
        (lambda: KeyFigure(key="k", label="K", value=None), "KeyFigure k: an undefined value needs a reason"),
        (lambda: KeyFigure(key="k", label="K", value=1, role="main"), "KeyFigure k: unknown role 'main'"),
        (lambda: KeyFigure(key="k", label="K", value=1, scale="fleiss"), "KeyFigure k: unknown scale 'fleiss'"),
        (lambda: Column(key="a", label="", kind="float"), "Column a: unknown kind 'float'"),
        (lambda: Text(key="A b", paragraphs=[]), "'A b' is no key: use a-z, 0-9, _ and -"),
        (lambda: Text(key="t", paragraphs=[], tone="loud"), "Text t: unknown tone 'loud'"),
        (lambda: Axis(label="", low=1, high=1), "Axis: 1 to 1 has no length"),
        (
            lambda: Table(key="t", caption="", columns=[Column(key="a", label="")], rows=[["x"], ["x", "y"]]),
            "Table t: row 1 has 2 cells, not 1",
        ),
        (
            lambda: Table(key="t", caption="", columns=[Column(key="a", label="")] * 2, rows=[]),
            "Table t: two columns share a key",
        ),
        (
            lambda: HeatMap(key="h", title="", row_labels=["a"], col_labels=["a", "b"], values=[[0.1]]),
            "HeatMap h: row 0 has 1 cells for 2 labels",
        ),
        (
            lambda: HeatMap(key="h", title="", row_labels=["a"], col_labels=["a"], values=[[0.1]], low=0.5),
            "HeatMap h: the scale 0.5, 0.0, 1.0 is not rising",
        ),
        (
            lambda: Confusion(
                key="c", title="", row_labels=["a", "b"], col_labels=["a"], counts=[[1]], row_title="", col_title=""
            ),
            "Confusion c: 1 rows for 2 labels",
        ),
        (
            lambda: Histogram(key="h", title="", edges=[0, 1], counts=[1, 2], axis=Axis(label="")),
            "Histogram h: 2 counts need one edge more",
        ),
        (
            lambda: Histogram(key="h", title="", edges=[0, 1, 3], counts=[1, 2], axis=Axis(label="")),
            "Histogram h: the edges do not rise evenly",
        ),
        (
            lambda: Stacked(key="s", title="", parts=["a", "b"], rows=[StackRow(label="x", counts=[1])]),
            "Stacked s: x has not one count per part",
        ),
        (
            lambda: Lines(
                key="l",
                title="",
                places=["1", "2"],
                place_title="",
                axis=Axis(label=""),
                series=[Series(label="s", marks=[Mark(label="", value=1)])],
            ),
            "Lines l: s has not one mark per place",
        ),
        (
            lambda: Section(key="s", title="", blocks=[Text(key="t", paragraphs=[])] * 2),
            "Section s: 't' stands twice",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused_by_name(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()


@pytest.mark.parametrize("href", ["javascript:alert(1)", "//elsewhere.example", "/\\elsewhere.example", "data:x", ""])
def test_link_refuses_what_leads_astray(href):
    with pytest.raises(ValueError, match="is neither a path nor a web address"):
        Link("x", href)


def test_older_snapshot_without_a_newer_field_is_read_with_its_default():
    data = Mark(label="x", value=0.5).to_json()
    del data["series"]
    assert Mark.from_json(data) == Mark(label="x", value=0.5, series="")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"type": "Pie"}, "unknown part of a report: 'Pie'"),
        ({}, "unknown part of a report: None"),
        (
            {"type": "Mark", "label": "x", "value": 1, "colour": "red"},
            "Mark: unknown fields ['colour'], missing fields []",
        ),
        ({"type": "Mark", "label": "x"}, "Mark: unknown fields [], missing fields ['value']"),
        ({"type": "Missing", "reason": "no_overlap"}, "expected Mark, found Missing"),
    ],
)
def test_json_that_is_no_mark_is_refused(data, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Mark.from_json(data)


def test_numbers_lists_the_key_figures_with_the_undefined(summary):
    assert summary.numbers() == {
        "agreement/krippendorff_alpha": 0.7083,
        "agreement/gwet_ac1": 0.8126,
        "agreement/percent_agreement": 0.8842,
        "agreement/fleiss_kappa": 0.6894,
        "agreement/kendall_w": None,
        "model/accuracy": 0.98,
    }


def test_example_shows_every_block(summary):
    kinds = {type(block) for section in summary.sections for block in section.blocks}
    assert kinds == {
        KeyFigure, Table, Text, DotWhisker, HeatMap, Bars, Histogram, Confusion, Lines, Stacked,
        CriticalDifference, Flow, Scatter,
    }  # fmt: skip


def test_moment_keeps_its_time_zone():
    moment = datetime(2026, 3, 9, 14, 30, tzinfo=UTC)
    report = Summary(title="", headline="", sections=[], generated_at=moment)
    assert through_json(report).generated_at == moment


def test_flow_whose_steps_do_not_add_up_is_refused():
    left = FlowPart(label="left", count=2)
    first = FlowStep(label="came", count=5, out=[left])
    assert first.left == 3
    FlowLane(label="Raters", steps=[first, FlowStep(label="stayed", count=3)])
    with pytest.raises(ValueError, match=r"^FlowLane Raters: 3 left after came, 4 arrive$"):
        FlowLane(label="Raters", steps=[first, FlowStep(label="stayed", count=4)])
    with pytest.raises(ValueError, match=r"^FlowStep came: more leave than the 1 there are$"):
        FlowStep(label="came", count=1, out=[left])
    with pytest.raises(ValueError, match=r"^FlowStep came: 2 of 1 are left$"):
        FlowStep(label="came", count=1, within=[left])
    with pytest.raises(ValueError, match=r"^FlowPart x: -1 is no count$"):
        FlowPart(label="x", count=-1)
    with pytest.raises(ValueError, match="neither a path nor a web address"):
        FlowPart(label="x", count=1, href="javascript:alert(1)")
