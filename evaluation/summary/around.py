"""The chapters that every blind report ends with: flags, words that tell, checks, guesses, proofs, what is left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_noop as _

from evaluation.models import BlindCheck, Guess, LexiconHit, Mark
from evaluation.services import checks
from evaluation.summary.frame import Work, order
from projects import made
from projects.models import Submission
from reports import ink
from reports.blocks import CellValue
from reports.summary import Column, Section, Table, Text, Words, phrase
from stats.result import Figure

CONCERNS = {
    Mark.Concern.ADVICE: _("harmful advice"),
    Mark.Concern.CRISIS: _("a crisis was missed"),
    Mark.Concern.PRIVACY: _("privacy: a name, a place, a contact"),
    Mark.Concern.AUTHOR: _("the text reveals who wrote it"),
    Mark.Concern.RISK: _("ethical risk"),
}


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
    seen, marked, any_ = flagged(work)
    raised = [concern for concern in CONCERNS if any(counts[concern] for counts in marked.values())]
    columns = [
        ink.text("system", _("System")),
        ink.count("n", _("Judged")),
        *(ink.count(f"c{n}", CONCERNS[concern]) for n, concern in enumerate(raised)),
        ink.percentage("any", _("With a flag")),
    ]
    rows: list[list[CellValue]] = [
        [work.name(key), seen[key], *(marked[key][concern] for concern in raised), ink.share(any_[key], seen[key])]
        for key in order(work)
    ]
    never = [phrase(words) for concern, words in CONCERNS.items() if concern not in raised]
    notes = [phrase(_("Wilson intervals over judgements.")), *([joined(_("Never flagged:"), never)] if never else [])]
    table = Table(key="flags", caption=phrase(_("Flags by system")), columns=columns, rows=rows, notes=notes)
    yield Section(
        key="flags",
        title=phrase(_("What raters flagged")),
        intro=phrase(_("How often a response of each system was flagged, among its judgements.")),
        blocks=[table],
    )


def flagged(work: Work) -> tuple[Counter[int], dict[int, Counter[str]], Counter[int]]:
    """Return by system its judgements, its flags by concern, and its judgements with any flag."""
    seen: Counter[int] = Counter()
    marked: dict[int, Counter[str]] = defaultdict(Counter)
    any_: Counter[int] = Counter()
    for (submission, member), concerns in work.data.marks.items():
        if submission in work.data.counted:
            system = work.data.members[member].system
            marked[system].update(concerns)
            any_[system] += 1
    assignments = {case.assignment for case in work.data.counted.values()}
    for assignment, member in work.data.slots:
        if assignment in assignments:
            seen[work.data.members[member].system] += 1
    return seen, marked, any_


def joined(head: str, words: Sequence[Words]) -> Words:
    """Return a list in a sentence."""
    found: Words = phrase(head)
    for n, word in enumerate(words):
        found = phrase("%(a)s%(comma)s %(b)s", a=found, comma="," if n else "", b=word)
    return found


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
        words = phrase(_("This study has not been replayed on a clone; its page on blinding offers to do so."))
        text = Text(key="unproven", paragraphs=[words], tone="note")
        yield Section(key="blindness", title=phrase(_("Was it blind?")), blocks=[text], folded=True)
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
    key = ink.cited(
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


def left_out(work: Work) -> Iterator[Section]:
    """Yield what a person left out of the results, with the reason; the sensitivity above counts it again."""
    table = made.left_out(work.study)
    if table is not None:
        yield Section(key="left-out", title=phrase(_("What was left out")), blocks=[table])


# The order in which they stand at the end of a report.
CHAPTERS = (flags, left_out, hygiene, attention, guesses, proof, progress)
