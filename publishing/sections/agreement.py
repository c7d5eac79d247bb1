"""Agreement of raters: coefficients of each study, and a heat map of every two raters."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from publishing.sections.frame import Book, Found, estimate, slug, text
from reports.blocks import CellValue, Column, Missing
from reports.nodes import Words
from reports.summary import Block, HeatMap, Table, phrase

NAMES = {
    "exact_rank_kappa": _("exact-rank kappa"),
    "quadratic_kappa": _("quadratic kappa"),
    "kendall_w": _("Kendall's W"),
    "mean_spearman": _("mean Spearman"),
    "mean_kendall_tau_b": _("mean tau-b"),
    "top1": _("same first place"),
    "icc_a1": _("ICC(A,1)"),
    "icc_c1": _("ICC(C,1)"),
    "krippendorff_alpha": _("Krippendorff's alpha"),
    "krippendorff_alpha_ordinal": _("alpha, ordinal"),
    "gwet_ac1": _("Gwet's AC1"),
    "cohen_kappa": _("Cohen's kappa, mean of pairs"),
    "fleiss_kappa": _("Fleiss' kappa"),
    "percent_agreement": _("percent agreement"),
    "consensus_rate": _("consensus"),
}
ALL = "all"
LABEL = "label"


def blocks(book: Book) -> Iterator[Block]:
    """Yield for each study a table with a row a part, then the heat maps."""
    for n, one in enumerate(book.figures("agreement").get("studies", ()), start=1):
        yield coefficients(book, n, one)
        for key, part in one["parts"].items():
            yield from heat_map(book, n, one, key, part["pairs"])


def part_name(book: Book, one: Found, key: str) -> Words:
    """Return what a part is called: a criterion, a block, or the whole."""
    if key in (ALL, LABEL):
        return phrase(_("all answers"))
    if key in book.keyed.blocks:
        return book.block(key)
    return book.criterion(book.rubric_of.get(one["study"], ""), key)


def coefficients(book: Book, n: int, one: Found) -> Table:
    """Return a row a part, a column a coefficient."""
    names = list(dict.fromkeys(name for part in one["parts"].values() for name in part["figures"]))
    columns = [text("part", _("On")), Column(key="items", label=phrase(_("Items")), kind="int")]
    columns += [
        Column(key=f"f{at}", label=phrase(NAMES[name]) if name in NAMES else name, kind="ci")
        for at, name in enumerate(names)
    ]
    rows: list[list[CellValue]] = []
    for key, part in one["parts"].items():
        found = part["figures"]
        items = max((figure.get("n_items") or 0 for figure in found.values()), default=0)
        rows.append(
            [
                part_name(book, one, key),
                items,
                *(estimate(found[name]) if name in found else None for name in names),
            ]
        )
    notes = [phrase(RANKS)] if "exact_rank_kappa" in names else []
    caption = phrase(_("Agreement: %(study)s"), study=book.study(one["study"]))
    return Table(key=f"agreement-{n}", caption=caption, columns=columns, rows=rows, notes=notes)


RANKS = _(
    "Exact-rank kappa treats each rank as a class and ignores how far two ranks are apart; read it with quadratic "
    "kappa and W beside it."
)


def heat_map(book: Book, n: int, one: Found, key: str, pairs: Found) -> Iterator[Block]:
    """Yield the kappa of every two raters."""
    raters = pairs["raters"]
    if len(raters) < 2:
        return
    names = [book.keyed.raters.get(code, code) for code in raters]
    values: list[list[float | Missing | None]] = [
        [
            None if a == b else Missing(str(pairs["reason"][a][b] or "no_overlap")) if value is None else value
            for b, value in enumerate(row)
        ]
        for a, row in enumerate(pairs["kappa"])
    ]
    words = {"study": book.study(one["study"]), "part": part_name(book, one, key)}
    yield HeatMap(
        key=f"pairs-{n}-{slug(key)}", title=phrase(_("Kappa of each two raters: %(study)s, %(part)s"), **words),
        row_labels=names, col_labels=names, values=values, counts=pairs["n_items"], low=-1.0, high=1.0, middle=0.0,
        value_title=phrase(_("kappa")),
    )  # fmt: skip
