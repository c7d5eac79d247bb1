"""What the reports of the three kinds share: what may be said before closing, methods, limits, flags, guesses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from evaluation.models import BlindCheck, Guess, LexiconHit, Mark
from evaluation.results import judged
from evaluation.results.judged import Judged
from evaluation.services import blinding, checks
from evaluation.summary import ink
from projects.models import Report, Study, Submission
from reports.blocks import CellValue
from reports.summary import Cell, Column, Parameter, Section, Summary, Table, Text, Words, phrase
from stats.result import VERSION, Figure

REPLICATES = 1000


@dataclass(frozen=True)
class Work:
    """A study's judgements with how figures are drawn from them."""

    data: Judged
    seed: int
    replicates: int

    @property
    def study(self) -> Study:
        """The study."""
        return self.data.study

    def name(self, system: int | str) -> str:
        """Return what readers may call a system."""
        return self.data.names[int(system)]


Chapter = Callable[[Work], Iterator[Section]]
CONCERNS = {
    Mark.Concern.ADVICE: _("harmful advice"),
    Mark.Concern.CRISIS: _("a crisis was missed"),
    Mark.Concern.PRIVACY: _("privacy: a name, a place, a contact"),
    Mark.Concern.AUTHOR: _("the text reveals who wrote it"),
    Mark.Concern.RISK: _("ethical risk"),
}


def summarise(
    report: Report,
    tell: Callable[[int, int], None],
    *,
    chapters: Sequence[Chapter],
    headline: Callable[[Work], Words],
    methods: Callable[[Work], Iterator[Words]],
) -> Summary:
    """Compute a report, a chapter a step; before closing it tells how far the work is and nothing of systems."""
    study = report.study
    data = judged.load(study)
    work = Work(data, report.seed, int(report.params.get("replicates", REPLICATES)))
    closed = study.state == Study.State.CLOSED
    todo: Sequence[Chapter] = (
        (*chapters, flags, hygiene, attention, guesses, proof, progress) if closed else (progress,)
    )
    sections: list[Section] = []
    for step, chapter in enumerate(todo):
        tell(step, len(todo))
        sections += chapter(work)
    return Summary(
        key=f"{study.slug}-report",
        title=study.name,
        subtitle=subtitle(work),
        headline=headline(work) if closed else phrase(_("Results by system are shown when the study has closed.")),
        sections=sections,
        warnings=[] if closed else [phrase(_("The study is still open: nothing is said about systems yet."))],
        methods=[*methods(work), *shared_methods(work)] if closed else [],
        parameters=parameters(work, report),
        limits=list(limits(work)),
        generated_at=timezone.now(),
    )


def subtitle(work: Work) -> Words:
    """Return what the report is about, in a line."""
    cases = work.data.cases.values()
    return phrase(
        _("%(items)s items, %(systems)s systems, %(raters)s raters, %(answers)s judgements"),
        items=len({case.item for case in cases}),
        systems=len(work.data.names),
        raters=len({case.rater for case in cases}),
        answers=len(work.data.cases),
    )


def shared_methods(work: Work) -> Iterator[Words]:
    """Yield the sentences that describe blinding, declaration and intervals."""
    settings: dict[str, Any] = work.study.settings
    yield phrase(
        _(
            "Raters saw neither names nor any other data of the systems; orders of presentation were made by "
            "HMAC-SHA-256 over codes drawn at random (%(design)s)."
        ),
        design=phrase(_("balanced Latin squares"))
        if settings["order_design"] == "latin"
        else phrase(_("keyed random")),
    )
    opened = work.study.opened_at
    yield phrase(
        _("Declared on %(day)s, before the first judgement: %(outcome)s."),
        day=f"{opened:%Y-%m-%d %H:%M} UTC" if opened else "",
        outcome=str(settings.get("primary_outcome", "")).rstrip("."),
    )
    yield phrase(
        _(
            "Intervals are %(level)s %% percentile bootstrap intervals over items (%(replicates)s replicates, seed "
            "%(seed)s); they speak of these raters only."
        ),
        level=95,
        replicates=work.replicates,
        seed=work.seed,
    )


def parameters(work: Work, report: Report) -> list[Parameter]:
    """Return everything somebody needs to compute the same again."""
    study = work.study
    key_open = phrase(_("open")) if blinding.is_open(study) else phrase(_("closed"))
    rows: list[tuple[str, Words | int | float | None]] = [
        (_("Study"), f"{study.project.slug}/{study.slug}"),
        (_("Settings, version"), study.in_force.number),
        (_("Guideline, version"), study.guideline.number if study.guideline else None),
        (_("Key to the codes"), key_open),
        (_("Seed of the bootstrap"), work.seed),
        (_("Replicates"), work.replicates),
        (_("Version of the computations"), VERSION),
        *((name, number) for name, number in report.versions.items()),
        (_("Fingerprint of the inputs"), report.inputs_hash),
    ]
    return [Parameter(label=phrase(label) if label[:1].isupper() else label, value=value) for label, value in rows]


def limits(work: Work) -> Iterator[Words]:
    """Yield what is missing or left out."""
    excluded = sum(case.excluded for case in work.data.cases.values())
    if excluded:
        yield phrase(_("%(n)s judgements are left out, each with a reason on the study's page."), n=excluded)
    places, done = work.study.place_count, len(work.data.cases)
    if done < places:
        yield phrase(_("%(done)s of %(places)s judgements were made."), done=done, places=places)


def progress(work: Work) -> Iterator[Section]:
    """Yield how many judgements each rater has made. Counts only."""
    made = Counter(case.rater for case in work.data.cases.values())
    table = Table(
        key="progress",
        caption=phrase(_("Judgements made, by rater")),
        columns=[
            Column(key="rater", label=phrase(_("Rater"))),
            Column(key="n", label=phrase(_("Judgements")), kind="int"),
        ],
        rows=[[rater, n] for rater, n in sorted(made.items())],
    )
    yield Section(key="progress", title=phrase(_("How far the work is")), blocks=[table], folded=bool(made))


def flags(work: Work) -> Iterator[Section]:
    """Yield how often raters flagged each system's responses."""
    seen: Counter[int] = Counter()
    marked: dict[int, Counter[str]] = defaultdict(Counter)
    for (submission, member), concerns in work.data.marks.items():
        if submission in work.data.counted:
            marked[work.data.members[member].system].update(concerns)
    assignments = {case.assignment for case in work.data.counted.values()}
    for assignment, member in work.data.slots:
        if assignment in assignments:
            seen[work.data.members[member].system] += 1
    columns = [
        Column(key="system", label=phrase(_("System"))),
        Column(key="n", label=phrase(_("Judged")), kind="int"),
        *(Column(key=f"c{n}", label=phrase(words), kind="int") for n, words in enumerate(CONCERNS.values())),
    ]
    rows: list[list[CellValue]] = [
        [work.name(key), seen[key], *(marked[key][concern] for concern in CONCERNS)] for key in order(work)
    ]
    table = Table(key="flags", caption=phrase(_("Flags by system")), columns=columns, rows=rows)
    yield Section(
        key="flags",
        title=phrase(_("What raters flagged")),
        intro=phrase(_("How often a response of each system was flagged, among its judgements.")),
        blocks=[table],
    )


def order(work: Work) -> list[int]:
    """Return the systems by what they are called, System 2 before System 10."""
    return sorted(work.data.names, key=lambda key: (len(work.data.names[key]), work.data.names[key]))


def hygiene(work: Work) -> Iterator[Section]:
    """Yield what the lexicon found in the texts and what was decided."""
    found = Counter(LexiconHit.objects.filter(study=work.study).values_list("decision", flat=True))
    if not found:
        return
    rows: list[list[CellValue]] = [[phrase(words), found[key]] for key, words in DECISIONS.items()]
    table = Table(
        key="lexicon",
        caption=phrase(_("Words that may tell who wrote a text")),
        columns=[
            Column(key="decision", label=phrase(_("Decision"))),
            Column(key="n", label=phrase(_("Hits")), kind="int"),
        ],
        rows=rows,
    )
    yield Section(key="hygiene", title=phrase(_("Identity in the texts")), blocks=[table], folded=True)


def attention(work: Work) -> Iterator[Section]:
    """Yield how many checks of attention each rater met."""
    found: dict[str, list[bool]] = defaultdict(list)
    checked = [key for key, case in work.data.cases.items() if case.role == "gold" and not case.excluded]
    for given in Submission.objects.filter(pk__in=checked).select_related("assignment"):
        if (met := checks.met(given)) is not None:
            found[work.data.cases[given.pk].rater].append(met)
    if not found:
        return
    table = Table(
        key="attention",
        caption=phrase(_("Checks of attention, by rater")),
        columns=[
            Column(key="rater", label=phrase(_("Rater"))),
            Column(key="n", label=phrase(_("Checks")), kind="int"),
            Column(key="met", label=phrase(_("Met")), kind="percent"),
        ],
        rows=[[rater, len(rows), sum(rows) / len(rows)] for rater, rows in sorted(found.items())],
        notes=[phrase(_("These judgements count in no result. Whoever should be left out is left out by a person."))],
    )
    yield Section(key="attention", title=phrase(_("Checks of attention")), blocks=[table], folded=True)


def proof(work: Work) -> Iterator[Section]:
    """Yield what the last replay of the study on a clone found."""
    check = BlindCheck.objects.filter(study=work.study).first()
    if check is None:
        return
    rows: list[list[CellValue]] = [
        [f"{one['key']} {one['name']}", phrase(_("held")) if one["held"] else phrase(_("not held")), one["words"]]
        for one in check.verdicts
    ]
    table = Table(
        key="blindness",
        caption=phrase(_("Properties of blindness, replayed on a clone")),
        columns=[
            Column(key="property", label=phrase(_("Property"))),
            Column(key="verdict", label=phrase(_("Verdict"))),
            Column(key="found", label=phrase(_("What was found"))),
        ],
        rows=rows,
        notes=[f"{check.created_at:%Y-%m-%d %H:%M} UTC"],
    )
    yield Section(key="blindness", title=phrase(_("Was it blind?")), blocks=[table], folded=True)


DECISIONS = {
    LexiconHit.Decision.OPEN: _("not decided"),
    LexiconHit.Decision.CLEARED: _("harmless"),
    LexiconHit.Decision.REDACTED: _("taken out"),
    LexiconHit.Decision.FLAGGED: _("left in and marked"),
}


def guess_figure(rows: Sequence[tuple[int, int | None]], systems: int) -> Figure:
    """Return the share of right guesses among those made, with an exact interval and p against chance.

    `rows` are (system, guessed system or None for "no idea").
    """
    from stats.intervals import clopper_pearson

    made = [(truth, guess) for truth, guess in rows if guess is not None]
    right = sum(truth == guess for truth, guess in made)
    if not made:
        return Figure(None, None, n_items=0, extra={"ci_reason": "no_answers"})
    from scipy.stats import binomtest

    p = float(binomtest(right, len(made), 1 / systems).pvalue)
    ci = clopper_pearson(right, len(made))
    return Figure(right / len(made), ci=ci, n_items=len(made), method="share of right guesses", extra={"p": p})


def guesses(work: Work) -> Iterator[Section]:
    """Yield whether raters could tell systems apart by their words."""
    rows = list(Guess.objects.filter(study=work.study).values_list("placement__member__system_id", "guessed_id"))
    if not rows:
        return
    figure = guess_figure(rows, len(work.data.names))
    chance = 1 / len(work.data.names)
    text = phrase(
        _("Chance alone gives %(chance)s; %(none)s of %(all)s answers were “no idea”."),
        chance=f"{chance:.0%}",
        none=sum(guess is None for _truth, guess in rows),
        all=len(rows),
    )
    key = ink.key_figure(
        "guesses",
        figure,
        label=_("Right guesses of the system"),
        reading=(_("How often raters named the system that wrote a response."), _("Near chance means: blind held.")),
        percent=True,
        n_unit=phrase(_("guesses")),
    )
    yield Section(
        key="guesses", title=phrase(_("Could raters tell?")), blocks=[key, Text(key="chance", paragraphs=[text])]
    )


def best(rows: Mapping[int, float], *, lowest: bool) -> int | None:
    """Return the system with the best value."""
    if not rows:
        return None
    return (min if lowest else max)(rows, key=lambda key: rows[key])


def strong(value: Any, *, when: bool) -> Any:
    """Return a cell, set apart where it is the best."""
    return Cell(value, strong=True) if when else value
