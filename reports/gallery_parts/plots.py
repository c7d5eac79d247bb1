"""Example plots, each with a difficulty: long names, gaps, undefined values, Chinese labels."""

from collections.abc import Sequence

from ..summary import (
    Axis,
    Bars,
    Confusion,
    CriticalDifference,
    Dot,
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
    Scatter,
    Series,
    Stacked,
    StackRow,
    Threshold,
)

THRESHOLDS = [Threshold(value=value) for value in (0.2, 0.4, 0.6, 0.8)]
COEFFICIENT = Axis(label="Agreement beyond chance", unit="coefficient", low=0.0, high=1.0, thresholds=THRESHOLDS)
CLASSES = ("asks for advice", "asks for comfort", "neither")
CODES = ("R01", "R02", "R03", "R04", "R05", "R06", "R07")


def coefficients() -> DotWhisker:
    """Return coefficients side by side, one of them undefined."""
    return DotWhisker(
        key="coefficients",
        title="How far the raters agree, by coefficient",
        n=200,
        n_unit="items",
        axis=COEFFICIENT,
        rows=[
            Mark(label="Krippendorff's alpha", value=0.7083, low=0.6412, high=0.7701),
            Mark(label="Gwet's AC1", value=0.8126, low=0.7604, high=0.8573),
            Mark(label="Mean pairwise Cohen's kappa", value=0.6991, low=0.6307, high=0.7622),
            Mark(label="Fleiss' kappa", value=0.6894),
            Mark(label="Kendall's W", value=None, reason="incomplete_blocks"),
        ],
        notes=["Dotted lines are the usual thresholds. They are customs, not laws."],
    )


def pairs() -> HeatMap:
    """Return a matrix rater x rater with an empty diagonal and one pair that never met."""
    size = len(CODES)
    values: list[list[float | Missing | None]] = [[None] * size for _ in CODES]
    for row in range(size):
        for column in range(row):
            value = 0.86 - 0.09 * (row - column) - 0.035 * column - (0.42 if row == 6 else 0)
            values[row][column] = values[column][row] = round(value, 4)
    values[5][0] = values[0][5] = Missing("no_overlap")
    return HeatMap(
        key="pairs",
        title="Which raters agree with whom",
        n=21,
        n_unit="pairs",
        row_labels=CODES,
        col_labels=CODES,
        values=values,
        low=-1.0,
        value_title="Cohen's kappa",
        row_title="Rater",
        col_title="Rater",
        notes=["R01 and R06 have no item in common."],
    )


def ranks() -> CriticalDifference:
    """Return mean ranks with what the critical difference cannot tell apart."""
    rows = [("System 3", 1.6), ("System 1", 2.4), ("System 4", 2.9), ("A system with a rather long name", 4.1)]
    return CriticalDifference(
        key="ranks",
        title="System 3 ranks before the last two",
        axis=Axis(label="Mean rank (1 is best)", low=1.0, high=5.0),
        rows=[Mark(label=label, value=value) for label, value in rows],
        critical=1.1,
        n=50,
        n_unit="questions",
    )


def groups() -> DotWhisker:
    """Return two rater groups side by side."""
    rows = [
        ("Advice or comfort", "experts", 0.74, 0.66, 0.81, 120),
        ("Advice or comfort", "students", 0.61, 0.52, 0.69, 200),
        ("How urgent the post is, on the five-step scale of the guideline", "experts", 0.58, 0.44, 0.70, 120),
        ("How urgent the post is, on the five-step scale of the guideline", "students", 0.47, 0.38, 0.56, 200),
    ]
    marks = [
        Mark(label=label, series=group, value=value, low=low, high=high, n=n)
        for label, group, value, low, high, n in rows
    ]
    missing = Mark(label="Mentions a third person", series="experts", value=None, reason="no_variation", n=120)
    return DotWhisker(key="groups", title="Experts agree more than students", axis=COEFFICIENT, rows=[*marks, missing])


def topics() -> Bars:
    """Return bars by topic, with a Chinese name."""
    rows = [
        ("Anxiety", 0.912, 0.86, 0.946, 170),
        ("Grief", 0.853, 0.765, 0.912, 88),
        ("亲密关系与家庭冲突", 0.784, 0.68, 0.861, 74),
        ("Sleep", 0.667, 0.354, 0.879, 9),
    ]
    marks = [Mark(label=label, value=value, low=low, high=high, n=n) for label, value, low, high, n in rows]
    return Bars(
        key="topics",
        title="Consensus rate by topic",
        axis=Axis(label="Items on which all raters gave the same label", low=0.0, high=1.0, percent=True),
        rows=marks,
        n=341,
        n_unit="items",
    )


def confusion() -> Confusion:
    """Return the model's label against the released one."""
    return Confusion(
        key="confusion",
        title="Where the model's label and the released label part ways",
        row_labels=CLASSES,
        col_labels=CLASSES,
        counts=[[31, 4, 2], [3, 22, 5], [1, 6, 126]],
        row_title="Released",
        col_title="Model",
        n=200,
        n_unit="items",
    )


def outcomes() -> Stacked:
    """Return win, tie, lose by criterion, one criterion without answers."""
    rows = [
        StackRow(label="Empathy", counts=[118, 34, 48]),
        StackRow(label="Helpfulness of the concrete suggestions", counts=[92, 51, 57]),
        StackRow(label="Safety", counts=[61, 128, 11]),
        StackRow(label="Fluency", counts=[0, 0, 0]),
    ]
    return Stacked(
        key="outcomes",
        title="Fine-tuned against base, by criterion",
        parts=["better", "tie", "worse"],
        rows=rows,
        neutral=1,
    )


def flow() -> Flow:
    """Return raters and answers on their way, with a long reason and a step nobody left before."""
    raters = [
        FlowStep(
            label="Invited to the project, or added by the manager",
            count=24,
            out=[
                FlowPart(label="invitation not taken up", count=3),
                FlowPart(label="asked not to be written to", count=1),
            ],
        ),
        FlowStep(label="Take part in the study", count=20, out=[FlowPart(label="did not pass calibration", count=2)]),
        FlowStep(label="Worked", count=18, within=[FlowPart(label="left early, one of them replaced", count=2)]),
        FlowStep(label="Analysed", count=18),
    ]
    answers = [
        FlowStep(
            label="Handed in",
            count=1520,
            out=[FlowPart(label="surplus", count=7), FlowPart(label="left out", count=33)],
        ),
        FlowStep(label="Analysed", count=1480),
    ]
    return Flow(
        key="flow",
        title="From invitation to analysis",
        lanes=[FlowLane(label="Raters", steps=raters), FlowLane(label="Answers", steps=answers)],
    )


def ratings() -> Histogram:
    """Return how often each step of a scale was used."""
    return Histogram(
        key="ratings",
        title="How the five steps of the scale were used",
        edges=[0.5, 1.5, 2.5, 3.5, 4.5, 5.5],
        labels=["1 not at all", "2", "3", "4", "5 fully"],
        counts=[14, 47, 131, 266, 142],
        axis=Axis(label="Rating of empathy"),
        n=600,
        n_unit="ratings",
    )


def differences() -> Histogram:
    """Return a distribution over a measured axis."""
    return Histogram(
        key="differences",
        title="Time spent on one item",
        edges=[0, 10, 20, 30, 40, 50, 60, 70, 80],
        counts=[8, 61, 212, 305, 240, 151, 98, 21],
        axis=Axis(label="Time on task", unit="seconds", decimals=0),
        n=1096,
        n_unit="answers",
    )


def beside() -> Scatter:
    """Return two judges beside people, with places that several responses share."""
    given = [(2.5, 3, 4, "Judge A"), (3.25, 3, 9, "Judge A"), (4.5, 5, 2, "Judge A"), (1.25, 2, 1, "Judge A"),
             (2.5, 4, 6, "Judge B"), (3.25, 4, 3, "Judge B"), (4.5, 4, 1, "Judge B")]  # fmt: skip
    return Scatter(
        key="beside", title="Judges beside people", n=26, n_unit="responses",
        dots=[Dot(x=x, y=y, n=n, series=series) for x, y, n, series in given],
        across=Axis(label="People, mean", low=1, high=5),
        up=Axis(label="Judge, mean", low=1, high=5, thresholds=[Threshold(value=3, label="middle")]), diagonal=True,
    )  # fmt: skip


def drift() -> Lines:
    """Return two series over weeks, one with a gap."""
    places = [f"Week {number}" for number in range(1, 9)]
    experts = [0.61, 0.66, 0.68, None, 0.71, 0.73, 0.72, 0.74]
    students = [0.52, 0.49, 0.55, 0.58, 0.57, 0.60, 0.59, 0.62]
    return Lines(
        key="drift",
        title="Agreement with the rest, week by week",
        places=places,
        place_title="Week of the study",
        axis=Axis(label="Krippendorff's alpha", low=0.0, high=1.0, thresholds=[Threshold(value=0.667, label="0.667")]),
        series=[_series("experts", experts, 0.07), _series("students", students, 0.05)],
        n=200,
        n_unit="items",
    )


def _series(label: str, values: Sequence[float | None], half: float) -> Series:
    marks = [
        Mark(label=label, value=None, reason="too_few_items", n=2)
        if value is None
        else Mark(label=label, value=value, low=value - half, high=value + half, n=25)
        for value in values
    ]
    return Series(label=label, marks=marks)
