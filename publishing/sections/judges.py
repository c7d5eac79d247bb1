"""Judges beside people, and what else moves a judge."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from evaluation.summary import jury_groups
from publishing.sections.frame import Book, Found, estimate, text
from reports.blocks import CellValue, Column, Missing
from reports.nodes import Words
from reports.summary import Axis, Block, DotWhisker, Mark, Table, phrase

OVER_ITEMS = (
    ("pearson", _("Pearson")), ("spearman", _("Spearman")), ("kendall_tau_b", _("Kendall's tau-b")),
    ("icc_a1", _("ICC(A,1)")), ("mean_difference", _("Judge less people")), ("mae", _("Mean absolute error")),
)  # fmt: skip
WITHIN = (("pearson_within", _("Pearson within questions")), ("tau_within", _("tau within questions")))
SYSTEMS = (
    ("pearson_system", _("Pearson, systems")), ("spearman_system", _("Spearman, systems")),
    ("kendall_tau_b_system", _("tau-b, systems")),
)  # fmt: skip
LEVELS = (("items", OVER_ITEMS, _("over responses")), ("levels", (*WITHIN, *SYSTEMS), _("within questions, by system")))


def human_judge(book: Book) -> Iterator[Block]:
    """Yield for each study and judge two tables, over responses and at the other levels, and one more rater."""
    pairs = book.figures("human_judge").get("pairs", ())
    for n, one in enumerate(pairs, start=1):
        yield correlations(book, n, one)
        for key, wanted, words in LEVELS:
            yield level(book, f"{key}-{n}", one, wanted, words)
        yield from one_more(book, n, one)
        yield from by_group(book, n, one)


def title(book: Book, one: Found) -> Words:
    """Return who is set beside whom."""
    return phrase(_("%(judge)s, %(study)s"), judge=book.judge(one["judge"]), study=book.study(one["study"]))


def correlations(book: Book, n: int, one: Found) -> DotWhisker:
    """Return Pearson's correlation on each criterion with its interval."""
    rows = []
    for key, found in one["criteria"].items():
        cell = estimate(found["figures"]["pearson"])
        label = book.criterion(one["rubric"], key)
        rows.append(Mark(label=label, value=cell.value, low=cell.low, high=cell.high, reason=cell.reason, n=found["n"]))
    notes = [phrase(_("People gave ranks, so their sign is turned: above zero both agree."))] if one["ranks"] else []
    return DotWhisker(
        key=f"pearson-{n}", title=phrase(_("Correlation with people: %(pair)s"), pair=title(book, one)), rows=rows,
        axis=Axis(label=phrase(_("Pearson's correlation")), low=-1.0, high=1.0),
        n=max((found["n"] for found in one["criteria"].values()), default=0), n_unit=phrase(_("responses")),
        notes=notes,
    )  # fmt: skip


def level(book: Book, key: str, one: Found, wanted: tuple[tuple[str, str], ...], words: str) -> Table:
    """Return a row a criterion, a column a figure."""
    columns = [text("criterion", _("Criterion")), Column(key="n", label=phrase(_("n")), kind="int")]
    columns += [Column(key=f"f{at}", label=phrase(label), kind="ci") for at, (_key, label) in enumerate(wanted)]
    rows: list[list[CellValue]] = [
        [
            book.criterion(one["rubric"], criterion),
            found["n"],
            *(estimate(found["figures"].get(name) or {"reason": "not_computed"}) for name, _label in wanted),
        ]
        for criterion, found in one["criteria"].items()
    ]
    notes = []
    if one["ranks"] and wanted is OVER_ITEMS:
        notes.append(phrase(_("People gave ranks and the judge scores: what needs one scale for both does not exist.")))
    caption = phrase(_("%(pair)s, %(level)s"), pair=title(book, one), level=phrase(words))
    return Table(key=key, caption=caption, columns=columns, rows=rows, notes=notes)


def one_more(book: Book, n: int, one: Found) -> Iterator[Block]:
    """Yield agreement without the judge, with it, and the difference."""
    found = {key: figures for key, figures in one["one_more"].items() if "reason" not in figures}
    names = list(dict.fromkeys(name for figures in found.values() for name in figures))
    if not names:
        return
    columns = [text("criterion", _("Criterion"))]
    columns += [
        Column(key=f"f{at}", label=phrase(ONE_MORE[name]) if name in ONE_MORE else name, kind="ci")
        for at, name in enumerate(names)
    ]
    rows: list[list[CellValue]] = [
        [book.criterion(one["rubric"], key), *(estimate(figures[name]) for name in names)]
        for key, figures in found.items()
    ]
    caption = phrase(_("%(pair)s as one more rater"), pair=title(book, one))
    yield Table(key=f"more-{n}", caption=caption, columns=columns, rows=rows)


ONE_MORE = {
    "without": _("alpha, people alone"),
    "with": _("alpha with the judge"),
    "difference": _("change of alpha"),
    "people": _("kappa among people"),
    "judge_with_people": _("kappa of the judge with people"),
    "gap": _("judge's kappa less people's"),
}


# --- groups of people


def by_group(book: Book, n: int, one: Found) -> Iterator[Block]:
    """Yield the judge beside each group of people, and the groups' differences, where there are groups."""
    found = one.get("by_group")
    if found:
        yield groups(book, n, one, found)
        yield differences(book, n, one, found)


def groups(book: Book, n: int, one: Found, found: Found) -> Table:
    """Return a row a group: the judge's figures beside that group alone."""
    columns = [text("group", _("Group")), *counts(("raters", _("Raters")), ("n", _("Responses"))), *group_figures()]
    rows: list[list[CellValue]] = [
        [name, own["raters"], own["n"], *cells(own["figures"])] for name, own in found["groups"].items()
    ]
    caption = phrase(_("%(pair)s, beside each group of people: %(criterion)s"), pair=title(book, one),
                     criterion=book.criterion(one["rubric"], found["criterion"]))  # fmt: skip
    notes = [phrase(words) for words in jury_groups.APART]
    return Table(key=f"groups-{n}", caption=caption, columns=columns, rows=rows, notes=notes)


def differences(book: Book, n: int, one: Found, found: Found) -> Table:
    """Return a row for every two groups: the first group's figures less the second's."""
    columns = [text("groups", _("Groups")), *counts(("n", _("Responses")), ("questions", _("Questions")))]
    rows: list[list[CellValue]] = []
    for own in found["differences"]:
        first, second = own["groups"]
        pair = phrase(_("%(first)s minus %(second)s"), first=first, second=second)
        rows.append([pair, own["n"], own["questions"], *cells(own["figures"])])
    figures = [figure for own in found["differences"] for figure in own["figures"].values()]
    missing = {str(one.get("ci_reason")) for one in figures if one["value"] is not None and not one["ci"]}
    caption = phrase(_("%(pair)s, differences between groups of people: %(criterion)s"), pair=title(book, one),
                     criterion=book.criterion(one["rubric"], found["criterion"]))  # fmt: skip
    notes = list(jury_groups.gap_notes(int(book.found["bootstrap"]), missing))
    return Table(key=f"group-gaps-{n}", caption=caption, columns=[*columns, *group_figures()], rows=rows, notes=notes)


def counts(*named: tuple[str, str]) -> list[Column]:
    """Return columns of counts."""
    return [Column(key=key, label=phrase(label), kind="int") for key, label in named]


def group_figures() -> list[Column]:
    """Return a column for each figure that is told by group."""
    return [
        Column(key=f"f{at}", label=phrase(label), kind="ci") for at, (_key, label) in enumerate(jury_groups.FIGURES)
    ]


def cells(figures: Found) -> list[CellValue]:
    """Return these figures, or that there is no response to take them from."""
    return [
        estimate(figures[key]) if figures else Missing("no_shared_responses") for key, _label in jury_groups.FIGURES
    ]


# --- effects


def effects(book: Book) -> Iterator[Block]:
    """Yield one table of everything that moved a judge beside the answer."""
    found = book.figures("judge_effects")
    rows: list[list[CellValue]] = []
    for one in found.get("scores", ()):
        rows += scored(book, one)
    for one in found.get("lists", ()):
        label = phrase(_("first place against the others, in ranks"))
        rows.append([book.judge(one["judge"]), label, estimate(one["position"]), one["position"].get("n_items")])
    for one in found.get("pairs", ()):
        rows += ordered(book, one)
    if not rows:
        return
    columns = [
        text("judge", _("Judge")), text("effect", _("Effect")),
        Column(key="value", label=phrase(_("Value")), kind="ci"),
        Column(key="n", label=phrase(_("Items")), kind="int"),
    ]  # fmt: skip
    yield Table(key="effects", caption=phrase(_("What else moves a judge")), columns=columns, rows=rows)


def scored(book: Book, one: Found) -> Iterator[list[CellValue]]:
    """Yield a judge's preference for its own model and for length, plain and beyond what people say."""
    for kind, words in (("plain", _("%(effect)s")), ("beyond_people", _("%(effect)s, beyond people's scores"))):
        for key, figure in (one.get(kind) or {}).items():
            for name, value in ({key: figure} if "value" in figure else figure).items():
                label = phrase(words, effect=phrase(EFFECTS[name]) if name in EFFECTS else name)
                yield [book.judge(one["judge"]), label, estimate(value), value.get("n_items")]


def ordered(book: Book, one: Found) -> Iterator[list[CellValue]]:
    """Yield how often a judge changed its mind with the order, and chose the first."""
    rubric = book.rubric_of[one["study"]]
    for key, figures in one["criteria"].items():
        for name in ("flip_rate", "first_position_rate"):
            if figure := figures.get(name):
                label = phrase(_("%(effect)s: %(criterion)s"), effect=phrase(EFFECTS[name]),
                               criterion=book.criterion(rubric, key))  # fmt: skip
                yield [book.judge(one["judge"]), label, estimate(figure), figure.get("n_items")]


EFFECTS = {
    "self_preference": _("points more for its own model"),
    "correlation": _("correlation with length"),
    "slope": _("points for each doubling of length"),
    "flip_rate": _("pairs that change with the order"),
    "first_position_rate": _("first response chosen"),
}
