"""The report of a screening: how many dialogues are kept, why others are dropped, and how far raters agree.

Loads numpy and the statistics, so nothing but a worker may import it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from annotation import screening_breakdowns as breakdowns
from annotation.results import screening as rows
from annotation.services.screening import DROP, KEEP
from annotation.summary import ink
from annotation.summary.agreement import SINGLE, axis_for
from annotation.summary.measures import Draw, coefficients, share, with_the_rest
from annotation.summary.words import LABELS
from projects import made
from projects.models import Report, Study
from reports import numbers
from reports.blocks import Role
from reports.summary import (
    Block,
    CellValue,
    DotWhisker,
    Section,
    Stacked,
    StackRow,
    Summary,
    Table,
    Text,
    Words,
    phrase,
)
from stats.result import Figure
from stats.table import Table as Ratings

REPLICATES = 1000
DIALOGUES = phrase(_("dialogues"))
WHY = {
    "harmful": _("harmful or wrong advice"),
    "unprofessional": _("not how a counsellor works"),
    "incoherent": _("incoherent or broken off"),
    "off_topic": _("no counselling at all"),
    "privacy": _("tells who somebody is"),
    "other": _("another reason"),
}
Row = Mapping[str, Any]


def summarise(report: Report, tell: Callable[[int, int], None]) -> Summary:
    """Compute the figures; `tell(done, total)` reports progress."""
    study = report.study
    tell(0, 3)
    outcomes, verdicts = list(rows.outcomes(study)), list(rows.verdicts(study))
    draw = Draw(int(report.params.get("replicates", REPLICATES)), report.seed)
    tell(1, 3)
    table = ratings(outcomes, verdicts)
    sections = [
        outcome(outcomes),
        *agreement(table, draw),
        *breakdowns.by_group(table, verdicts, draw),
        *breakdowns.by_guideline(study, table, draw),
        *raters(table, verdicts, draw),
        *left_out(study),
    ]
    tell(2, 3)
    return Summary(
        key=f"{study.slug}-report",
        title=study.name,
        headline=headline(outcomes),
        sections=sections,
        warnings=[] if closed(study) else [phrase(_("The study is still open: these figures are preliminary."))],
        methods=list(methods(study, outcomes, draw)),
        parameters=made.parameters(report, seed=draw.seed, replicates=draw.replicates),
        limits=list(limits(outcomes, verdicts)),
        generated_at=timezone.now(),
    )


def closed(study: Study) -> bool:
    """Whether no more work can change the figures."""
    return study.state == Study.State.CLOSED


def headline(outcomes: Sequence[Row]) -> Words:
    """Return the finding in one sentence, with its interval."""
    ended = [row for row in outcomes if row["outcome"]]
    if not ended:
        return phrase(_("No dialogue has all its verdicts yet."))
    dropped = share(sum(row["outcome"] == DROP for row in ended), len(ended))
    words = _("%(share)s of %(n)s dialogues were dropped by a majority.")
    return phrase(words, share=ink.said(dropped, percent=True), n=numbers.integer(len(ended)))


def outcome(outcomes: Sequence[Row]) -> Section:
    """Return what became of the dialogues, by topic, and why some were dropped."""
    topics = sorted({row["topic"] for row in outcomes})[:40]
    stacked = []
    for topic in topics:
        own = Counter(row["outcome"] for row in outcomes if row["topic"] == topic)
        stacked.append(StackRow(label=ink.named(topic), counts=[own[KEEP], own[DROP], own[""]]))
    plot = Stacked(
        key="outcomes", title=phrase(_("What became of the dialogues")),
        parts=[phrase(_("kept")), phrase(_("dropped")), phrase(_("no outcome yet"))],
        rows=stacked, neutral=2, n=len(outcomes), n_unit=DIALOGUES,
    )  # fmt: skip
    dropped = Counter(row["reason_code"] for row in outcomes if row["outcome"] == DROP)
    reasons = Table(
        key="reasons", caption=phrase(_("Why dialogues were dropped")),
        columns=[ink.text("reason", _("Reason")), ink.count("n", _("Dialogues")), ink.percentage("share", _("Share"))],
        rows=[[phrase(WHY.get(code, code)), n, n / dropped.total()] for code, n in dropped.most_common()],
        notes=[phrase(_("The reason that most of those who dropped a dialogue gave."))],
    )  # fmt: skip
    blocks: list[Block] = [plot, *([reasons] if dropped else [])]
    return Section(key="outcomes", title=phrase(_("Outcomes")), blocks=blocks)


def ratings(outcomes: Sequence[Row], verdicts: Sequence[Row]) -> Ratings:
    """Return the independent verdicts on dialogues that have all of theirs, as dialogues x raters."""
    whole = {row["session"] for row in outcomes if row["outcome"]}
    found = [
        (row["session"], row["rater"], row["verdict"])
        for row in verdicts
        if row["independent"] and not row["surplus"] and not row["excluded"] and row["session"] in whole
    ]
    return Ratings.from_rows(found, categories=[KEEP, DROP])


def agreement(table: Ratings, draw: Draw) -> Iterator[Section]:
    """Yield all coefficients."""
    if not table.n_pairable:
        words = _("No dialogue has two verdicts yet, so there is nothing to compare.")
        blocks: list[Block] = [Text(key="none", paragraphs=[phrase(words)])]
        yield Section(key="agreement", title=phrase(_("Agreement")), blocks=blocks)
        return
    figures: dict[str, Figure] = coefficients(table, draw, several=False)
    roles: dict[str, Role] = {"krippendorff_alpha": "primary", "gwet_ac1": "robust"}
    prevalence = ink.paradox(table, figures["krippendorff_alpha"], figures["gwet_ac1"])
    warned = ("krippendorff_alpha", "cohen_kappa", "fleiss_kappa", "conger_kappa")
    blocks = [
        ink.coefficient(
            name, figures[name], table, role=roles.get(name, "other"), prevalence=prevalence if name in warned else ""
        )
        for name in SINGLE
    ]
    marks = [
        ink.mark(phrase(LABELS[name]), figures[name], n=False)
        for name in SINGLE
        if name not in ("percent_agreement", "consensus_rate")
    ]
    title = phrase(_("How far raters agree, by coefficient"))
    blocks.append(
        DotWhisker(key="plot", title=title, rows=marks, axis=axis_for(marks), n=table.n_pairable, n_unit=DIALOGUES)
    )
    intro = phrase(_("How far the raters' first, independent verdicts agree, on dialogues that have all of theirs."))
    yield Section(key="agreement", title=phrase(_("Agreement")), intro=intro, blocks=blocks)


def raters(table: Ratings, verdicts: Sequence[Row], draw: Draw) -> Iterator[Section]:
    """Yield how each rater agrees with the rest, and how often each would drop."""
    found = dict(zip(table.raters, with_the_rest(table, draw), strict=True)) if table.n_pairable else {}
    listed: list[list[CellValue]] = []
    for code in sorted({row["rater"] for row in verdicts}):
        own = [row for row in verdicts if row["rater"] == code and row["independent"] and not row["surplus"]]
        dropped = share(sum(row["verdict"] == DROP for row in own), len(own))
        figure = found.get(code)
        listed.append([code, len(own), ink.estimate(dropped), ink.estimate(figure) if figure else None])
    columns = [
        ink.text("code", _("Rater")),
        ink.count("n", _("Verdicts")),
        ink.percentage("drop", _("Dropped")),
        ink.percentage("rest", _("Agreement with the rest")),
    ]
    table_of = Table(key="work", caption=phrase(_("How each rater worked")), columns=columns, rows=listed)
    if listed:
        yield Section(key="raters", title=phrase(_("Raters")), blocks=[table_of])


def left_out(study: Study) -> Iterator[Section]:
    """Yield what is left out of the agreement, with the reasons."""
    table = made.left_out(study)
    if table is None:
        return
    yield Section(key="left-out", title=phrase(_("Left out of the figures")), blocks=[table])


def methods(study: Study, outcomes: Sequence[Row], draw: Draw) -> Iterator[Words]:
    """Yield the sentences of the methods paragraph."""
    yield phrase(
        _("%(n)s dialogues were screened by %(each)s raters each, independently; the majority kept or dropped them."),
        n=numbers.integer(len(outcomes)),
        each=study.settings["raters_per_dialogue"],
    )
    yield phrase(
        _("Agreement rests on first, independent verdicts, with 95 %% percentile bootstrap intervals over dialogues "
          "(%(replicates)s replicates, seed %(seed)s); shares have Wilson intervals."),
        replicates=draw.replicates, seed=draw.seed,
    )  # fmt: skip


def limits(outcomes: Sequence[Row], verdicts: Sequence[Row]) -> Iterator[Words]:
    """Yield what is missing or left out."""
    if unfinished := sum(not row["outcome"] for row in outcomes):
        yield phrase(_("Dialogues without all their verdicts, which agreement leaves out: %(n)s."), n=unfinished)
    if excluded := sum(bool(row["independent"] and row["excluded"]) for row in verdicts):
        yield phrase(_("Answers left out, for the reasons listed above: %(n)s."), n=excluded)
