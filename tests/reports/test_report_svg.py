import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from report_markup import svg_elements, with_class

from reports.behind import describe
from reports.gallery_parts import plots
from reports.summary import (
    Axis,
    Bars,
    Confusion,
    DotWhisker,
    Flow,
    FlowLane,
    FlowPart,
    FlowStep,
    HeatMap,
    Histogram,
    Lines,
    Mark,
    Missing,
    Series,
    Stacked,
    StackRow,
    Threshold,
)
from reports.svg import draw, measure
from reports.svg.canvas import WIDE, Canvas
from reports.svg.drawing import PAINTERS
from reports.svg.heads import plan
from reports.svg.scale import Scale, decimals, extent, ticks

EXAMPLES = [
    plots.coefficients(),
    plots.pairs(),
    plots.groups(),
    plots.topics(),
    plots.confusion(),
    plots.outcomes(),
    plots.flow(),
    plots.beside(),
    plots.ratings(),
    plots.differences(),
    plots.drift(),
    plots.ranks(),
]
by_key = pytest.mark.parametrize("plot", EXAMPLES, ids=lambda plot: plot.key)
both_sizes = pytest.mark.parametrize("size", ["wide", "narrow"])


def elements_of(plot, size="wide"):
    return svg_elements(str(getattr(draw(plot, "p", describe(plot)), size)))


def words_of(elements):
    return [element.text for element in elements if element.tag == "text"]


def test_every_kind_of_plot_is_among_the_examples():
    assert {type(plot) for plot in EXAMPLES} == set(PAINTERS)


@by_key
@both_sizes
def test_plot_is_named_for_people_who_cannot_see_it(plot, size):
    root, title, desc = elements_of(plot, size)[:3]
    assert (root.tag, root.attributes["role"]) == ("svg", "img")
    assert root.attributes["aria-labelledby"] == f"p-{size}-t p-{size}-d"
    assert (title.tag, title.attributes["id"], title.text) == ("title", f"p-{size}-t", str(plot.title))
    assert (desc.tag, desc.attributes["id"], desc.text) == ("desc", f"p-{size}-d", describe(plot))


@by_key
@both_sizes
def test_plot_obeys_a_strict_content_policy(plot, size):
    elements = elements_of(plot, size)
    assert {e.tag for e in elements} <= {"svg", "title", "desc", "line", "rect", "path", "text"}
    assert [e for e in elements for name in e.attributes if name == "style" or name.startswith("on")] == []


@by_key
@both_sizes
def test_plot_writes_only_numbers_into_its_geometry(plot, size):
    geometry = {"x", "y", "x1", "x2", "y1", "y2", "width", "height", "font-size"}
    found = [value for e in elements_of(plot, size) for name, value in e.attributes.items() if name in geometry]
    assert [value for value in found if not re.fullmatch(r"-?\d+(\.\d)?", value)] == []


def extents(elements):
    """Left and right ends of all upright words, and all other x."""
    for e in elements:
        if e.tag == "text" and "transform" not in e.attributes:
            x, width = float(e.attributes["x"]), measure.width(e.text, float(e.attributes["font-size"]))
            left = x - {"start": 0, "middle": width / 2, "end": width}[e.attributes["text-anchor"]]
            yield left, left + width
        elif e.tag in ("rect", "line"):
            names = ("x", "x") if e.tag == "rect" else ("x1", "x2")
            yield tuple(float(e.attributes[name]) for name in names)


def assert_inside(elements, slack=2.5):
    width, height = (float(part) for part in elements[0].attributes["viewBox"].split()[2:])
    outside = [ends for ends in extents(elements) if ends[0] < -slack or ends[1] > width + slack]
    assert outside == []
    assert [e.text for e in elements if e.tag == "text" and not 0 < float(e.attributes["y"]) <= height] == []


@by_key
@both_sizes
def test_plot_keeps_its_words_on_the_sheet(plot, size):
    assert_inside(elements_of(plot, size))


labels = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
values = st.floats(-1, 1)


@st.composite
def marks(draw):
    value = draw(values)
    return Mark(label=draw(labels), value=value, low=value - 0.1, high=value + 0.2, n=draw(st.integers(0, 10**6)))


gaps = st.builds(lambda label: Mark(label=label, value=None, reason="incomplete_blocks"), labels)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(marks(), gaps), max_size=6), st.sampled_from([DotWhisker, Bars]), st.booleans())
def test_rows_with_any_labels_and_values_stay_on_the_sheet(rows, kind, percent):
    plot = kind(key="k", title="T", rows=rows, axis=Axis(label="A", percent=percent), n=5, n_unit="items")
    for size in ("wide", "narrow"):
        assert_inside(elements_of(plot, size))


@settings(max_examples=40, deadline=None)
@given(st.lists(labels, min_size=1, max_size=20), st.data())
def test_matrix_of_any_size_stays_on_the_sheet(names, data):
    cell = st.one_of(st.none(), values, st.just(Missing("no_overlap")))
    matrix = data.draw(st.lists(st.lists(cell, min_size=len(names), max_size=len(names)), min_size=2, max_size=2))
    plot = HeatMap(key="k", title="T", row_labels=["a", "b"], col_labels=names, values=matrix, low=-1)
    for size in ("wide", "narrow"):
        assert_inside(elements_of(plot, size))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.tuples(labels, st.integers(0, 10**7)), max_size=4), min_size=1, max_size=3))
def test_flow_of_any_words_and_counts_stays_on_the_sheet(lanes):
    made = []
    for lane in lanes:
        total, steps = sum(count for _label, count in lane), []
        for label, count in lane:
            part = FlowPart(label=label, count=count)
            steps.append(FlowStep(label=label, count=total, out=[part] if count else [], within=[part]))
            total -= count
        made.append(FlowLane(label="Raters", steps=steps))
    plot = Flow(key="k", title="T", lanes=made)
    for size in ("wide", "narrow"):
        elements = elements_of(plot, size)
        assert_inside(elements)
        boxes = [e for e in elements if e.tag == "rect"]
        assert len(boxes) == sum(1 + bool(step.out) for lane in made for step in lane.steps)


@both_sizes
def test_empty_plots_are_drawn_without_error(size):
    axis = Axis(label="A")
    empty = [
        DotWhisker(key="k", title="T", rows=[], axis=axis),
        Bars(key="k", title="T", rows=[], axis=axis),
        HeatMap(key="k", title="T", row_labels=[], col_labels=[], values=[]),
        Confusion(key="k", title="T", row_labels=[], col_labels=[], counts=[], row_title="", col_title=""),
        Histogram(key="k", title="T", edges=[0, 1], counts=[0], axis=axis),
        Lines(key="k", title="T", places=[], place_title="", series=[], axis=axis),
        Stacked(key="k", title="T", parts=[], rows=[]),
        Flow(key="k", title="T", lanes=[]),
        Flow(key="k", title="T", lanes=[FlowLane(label="", steps=[])]),
    ]
    assert [elements_of(plot, size)[0].tag for plot in empty] == ["svg"] * len(empty)


@both_sizes
def test_hostile_words_stay_words(size):
    evil = '"><script>alert(1)</script>&'
    axis = Axis(label=evil, unit=evil, thresholds=[Threshold(value=0.33, label=evil)])
    rows = [Mark(label=evil, value=0.5, series=evil), Mark(label="b", value=None, reason=evil, series="s")]
    hostile = [
        DotWhisker(key="k", title=evil, description=evil, rows=rows, axis=axis, n=1, n_unit=evil),
        HeatMap(key="k", title=evil, row_labels=[evil], col_labels=[evil], values=[[Missing(evil)]], value_title=evil),
        Flow(key="k", title=evil, lanes=[FlowLane(label=evil, steps=[FlowStep(label=evil, count=1)])]),
        Stacked(key="k", title=evil, parts=[evil, "b"], rows=[StackRow(label=evil, counts=[1, 2])]),
        Lines(
            key="k",
            title=evil,
            places=[evil],
            place_title=evil,
            axis=axis,
            series=[Series(label=evil, marks=[Mark(label=evil, value=1)])],
        ),
    ]
    for plot in hostile:
        elements = elements_of(plot, size)
        assert elements[1].text == evil
        assert "script" not in {e.tag for e in elements}


def test_dots_and_whiskers_stand_where_the_axis_says():
    rows = [Mark(label="a", value=0.5, low=0.25, high=1.0)]
    elements = elements_of(DotWhisker(key="k", title="T", rows=rows, axis=Axis(label="A", low=0, high=1)))
    base = next(e for e in with_class(elements, "axis") if e.attributes["y1"] == e.attributes["y2"])
    start, end = float(base.attributes["x1"]), float(base.attributes["x2"])
    whisker = with_class(elements, "whisker")[0]
    shares = [(float(whisker.attributes[name]) - start) / (end - start) for name in ("x1", "x2")]
    assert shares == pytest.approx([0.25, 1.0], abs=1e-3)


def test_undefined_mark_says_why_and_draws_nothing():
    rows = [Mark(label="a", value=None, reason="no_variation")]
    elements = elements_of(DotWhisker(key="k", title="T", rows=rows, axis=Axis(label="A")))
    assert "— every answer was the same" in words_of(elements)
    assert with_class(elements, "dot") == []


def test_undefined_cell_is_a_dash_with_its_reason_and_the_diagonal_is_empty():
    elements = elements_of(plots.pairs())
    titles = [e.text for e in elements if e.tag == "title" and e.parents[-1:] == ("rect",)]
    assert titles.count("R01, R06: — no item was answered by two raters") == 1
    assert len(titles) == 7 * 7 - 7


def test_single_series_wears_the_accent_and_two_series_wear_plot_colours():
    alone = {name for e in elements_of(plots.coefficients()) for name in e.classes}
    both = {name for e in elements_of(plots.groups()) for name in e.classes}
    assert ("dot" in alone, "fill-5" in alone) == (True, False)
    assert ("dot" in both, {"fill-5", "fill-1"} <= both) == (False, True)


def test_neutral_part_is_grey_and_takes_no_colour():
    bars = with_class(elements_of(plots.outcomes()), "bar")
    assert [e.classes[1] for e in bars[:3]] == ["fill-5", "fill-neutral", "fill-1"]


def test_line_breaks_where_a_value_is_undefined():
    lines = [e for e in with_class(elements_of(plots.drift()), "line") if "line-5" in e.classes]
    assert [e.attributes["d"].count("L") for e in lines] == [2, 3]


def test_confusion_shows_counts_with_the_share_of_the_row():
    shown = [e.text for e in with_class(elements_of(plots.confusion()), "heat-text")]
    assert shown[:6] == ["31", "84%", "4", "11%", "2", "5%"]


def test_n_stands_in_the_corner():
    assert [e.text for e in with_class(elements_of(plots.ratings()), "n")] == ["n = 600 ratings"]


@pytest.mark.parametrize(
    ("low", "high", "wanted", "found"),
    [
        (0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 1, 4, [0, 0.25, 0.5, 0.75, 1.0]),
        (-1, 1, 4, [-1, -0.5, 0, 0.5, 1]),
        (0, 340, 4, [0, 100, 200, 300]),
    ],
)
def test_ticks_are_round_and_inside(low, high, wanted, found):
    assert ticks(low, high, wanted) == found


@pytest.mark.parametrize(("marks_", "found"), [([0, 1], 0), ([0, 0.5], 1), ([0, 0.25], 2)])
def test_decimals_are_as_many_as_the_ticks_need(marks_, found):
    assert decimals(marks_) == found


@example([5e-324], 0.0)
@example([1.0, 1.0 + 1e-12], None)
@given(st.lists(st.floats(-1e6, 1e6), max_size=5), st.one_of(st.none(), st.floats(-10, 0)))
def test_axis_never_cuts_a_value_off(found, low):
    start, end = extent(Axis(label="", low=low), found)
    assert start < end
    assert [value for value in found if not start - 1e-6 <= value <= end + 1e-6] == []


@given(st.floats(-100, 100), st.floats(0.1, 100))
def test_scale_maps_its_ends_to_the_ends(low, length):
    scale = Scale(low, low + length, 10, 110)
    assert [scale(low), scale(low + length)] == pytest.approx([10, 110])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.floats(30, 300), st.integers(1, 3))
def test_wrapped_lines_fit_and_are_few(text, room, most):
    lines = measure.wrap(text, 13, room, most)
    assert 1 <= len(lines) <= most
    assert [line for line in lines if measure.width(line, 13) > room] == []


@pytest.mark.parametrize(
    ("text", "piece"), [("asks for comfort", "comfort"), ("qwen-2.5-72b", "qwen-"), ("亲密关系", "亲"), ("", "")]
)
def test_longest_piece_is_what_no_break_divides(text, piece):
    assert measure.longest(text, 10) == pytest.approx(measure.width(piece, 10))


@pytest.mark.parametrize(
    ("names", "turn"),
    [
        (["a", "b"], 0),
        (["asks for comfort", "neither"], 0),
        (["unbreakable" * 3] * 6, -45),
        (["Rater A"] * 40, -90),
    ],
)
def test_column_names_are_turned_only_as_far_as_they_must(names, turn):
    assert plan(Canvas(WIDE), names, left=80, contents=40).turn == turn


def test_wrap_breaks_chinese_between_characters_and_words_at_spaces():
    assert measure.wrap("亲密关系与家庭冲突", 10, 50) == ["亲密关系与", "家庭冲突"]
    assert measure.wrap("asks for comfort", 13, 60) == ["asks for", "comfort"]


def test_description_of_a_long_plot_counts_what_it_leaves_out():
    rows = [Mark(label=f"r{place}", value=0.5) for place in range(14)]
    spoken = describe(DotWhisker(key="k", title="T", rows=rows, axis=Axis(label="A")))
    assert spoken.split("; ")[-2:] == ["r11: 0.50", "and 2 more rows"]


def test_description_given_by_the_author_is_kept():
    plot = DotWhisker(key="k", title="T", description="All agree.", rows=[], axis=Axis(label="A"))
    assert describe(plot) == "All agree."
