"""The chapters of the appendix: what stands in them. Codes and names of people stand nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.appendix import prose
from campaign.appendix.document import Block, Bullets, Grid, Heading, Para, Picture
from campaign.models import Calibration, Consent, PayRate, TrainingItem
from campaign.summary import flow
from projects import kinds
from projects.models import Assignment, Item, Study, StudyRole, Submission, Unit
from reports import numbers
from reports.behind import table_of
from reports.cells import show

MOST_EXAMPLES = 20
EXCERPT = 1500


@dataclass(frozen=True)
class Material:
    """What the appendix is made of: the study, the pictures there are, the ids of the items chosen as examples."""

    study: Study
    pages: Sequence[Picture]
    diagram: Picture | None
    # Why there are no pictures, where there are none.
    unseen: str
    examples: Sequence[str] = ()


Chapter = Callable[[Material], Iterator[Block]]


def study(material: Material) -> Iterator[Block]:
    """What the study was."""
    row = material.study
    yield Heading(_("The study"))
    days = [(_("Opened"), row.opened_at), (_("Closed"), row.closed_at)]
    told = [
        (_("Study"), row.name),
        (_("Kind"), str(kinds.of(row).name)),
        (_("Data set"), row.dataset.name if row.dataset else ""),
        *((label, date_format(localtime(day), "DATE_FORMAT")) for label, day in days if day),
        (_("Settings, version"), str(row.in_force.number)),
    ]
    yield Grid("", [_("What"), _("Value")], [[label, value] for label, value in told if value])


def design(material: Material) -> Iterator[Block]:
    """Who judged what, and in which order."""
    row = material.study
    yield Heading(_("Design"))
    units = row.units.order_by("role", "repeat", "wanted").values_list("role", "repeat", "wanted")
    rows = [
        [str(Unit.Role(role).label), _("again") if repeat else _("first"), str(wanted), numbers.integer(n)]
        for role, repeat, wanted, n in units.annotate(n=Count("pk"))
    ]
    yield Grid(_("Units"), [_("Role"), _("First or again"), _("Raters wanted"), _("Units")], rows)
    order = row.settings.get("order")
    facts = [_("Places to fill: %(n)s.") % {"n": numbers.integer(row.place_count)}]
    if order:
        shuffled = _("Units came in an order drawn from the seed, the same for all raters.")
        facts.append(_("Units came in the order of the data set.") if order == "imported" else shuffled)
    facts.append(_("How places were given: %(how)s.") % {"how": row.get_allotment_display()})
    facts.append(_("Seed: %(seed)s.") % {"seed": row.seed})
    yield Bullets(facts)


def instructions(material: Material) -> Iterator[Block]:
    """What raters were told before the guideline."""
    project = material.study.project
    parts = [(_("Content notice"), project.content_notice), (_("Help lines"), project.help_text)]
    if any(text for _label, text in parts):
        yield Heading(_("Instructions as raters saw them"))
    for label, text in parts:
        if text:
            yield Heading(label, 2)
            yield from prose.blocks(text, below=2)


def guideline(material: Material) -> Iterator[Block]:
    """The guideline in force, and the list of its versions with how many answers were given under each."""
    row = material.study
    yield Heading(_("Guideline"))
    if row.guideline is None or not row.guideline.text.strip():
        yield Para(_("This study has no guideline."))
        return
    given = Submission.objects.filter(assignment__study=row, guideline__isnull=False).order_by()
    counted = dict(given.values_list("guideline").annotate(n=Count("pk")))
    versions = row.guidelines.order_by("number").values_list("pk", "number", "created_at")
    rows = [
        [str(number), date_format(localtime(at), "DATE_FORMAT"), numbers.integer(counted.get(pk, 0))]
        for pk, number, at in versions
    ]
    yield Grid(_("Versions"), [_("Version"), _("Since"), _("Answers given under it")], rows)
    yield Heading(_("Version %(number)s, in force") % {"number": row.guideline.number}, 2)
    yield from prose.blocks(row.guideline.text, below=2)


def pages(material: Material) -> Iterator[Block]:
    """What raters saw."""
    yield Heading(_("Pages as raters saw them"))
    if material.unseen:
        yield Para(material.unseen)
    yield from material.pages


def raters(material: Material) -> Iterator[Block]:
    """Who rated, in counts."""
    parts = material.study.roles.filter(part=StudyRole.Part.RATER).select_related("rater")
    people = [part.coded for part in parts]
    yield Heading(_("Raters"))
    yield Para(
        ngettext("%(n)s rater took part.", "%(n)s raters took part.", len(people)) % {"n": numbers.integer(len(people))}
    )
    unsaid = _("not stated")
    columns: list[tuple[str, list[str]]] = [
        (_("Group"), [one.group or unsaid for one in people]),
        (_("Languages"), [", ".join(map(prose.language_name, sorted(one.languages))) or unsaid for one in people]),
        (_("Qualification"), [one.qualification or unsaid for one in people]),
    ]
    for label, values in columns:
        if set(values) - {unsaid}:
            yield Grid("", [label, _("Raters")], counted(values))


def counted(values: Iterable[str]) -> list[list[str]]:
    """Return values with how often each stands, the most frequent first."""
    found = sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))
    return [[value, numbers.integer(n)] for value, n in found]


def consent(material: Material) -> Iterator[Block]:
    """What raters agreed to before they worked."""
    text = material.study.consent_texts.order_by("-number").first()
    if text is None:
        return
    yield Heading(_("Consent"))
    given = Consent.objects.filter(part__study=material.study, text__isnull=False, given_at__isnull=False)
    taken_back = Consent.objects.filter(part__study=material.study, withdrawn_at__isnull=False)
    told = [
        (_("Version"), str(text.number)),
        (_("Protocol"), text.protocol),
        (_("Contact"), text.contact),
        (_("Raters who agreed"), numbers.integer(given.values("part").distinct().count())),
        (_("Raters who withdrew"), numbers.integer(taken_back.values("part").distinct().count())),
    ]
    yield Grid("", [_("What"), _("Value")], [[label, value] for label, value in told if value])
    yield from prose.blocks(text.text, below=1)


def training(material: Material) -> Iterator[Block]:
    """How raters were trained and calibrated, in counts."""
    items = TrainingItem.objects.filter(study=material.study).order_by("stage", "round")
    counted_items = list(items.values_list("stage", "round").annotate(n=Count("pk")))
    if not counted_items:
        return
    yield Heading(_("Training and calibration"))
    rows = [
        [str(TrainingItem.Stage(stage).label), str(number), numbers.integer(n)] for stage, number, n in counted_items
    ]
    yield Grid(_("Items"), [_("Stage"), _("Round"), _("Items")], rows)
    tries = Calibration.objects.filter(part__study=material.study).order_by("round")
    scores: dict[int, list[tuple[float | None, bool]]] = {}
    for number, score, passed in tries.values_list("round", "score", "passed"):
        scores.setdefault(number, []).append((score, passed))
    if scores:
        head = [_("Round"), _("Raters"), _("Passed"), _("Median of the share that is right")]
        yield Grid(_("Calibration"), head, [_calibrated(number, found) for number, found in scores.items()])


def _calibrated(number: int, found: Sequence[tuple[float | None, bool]]) -> list[str]:
    known = sorted(score for score, _passed in found if score is not None)
    share = numbers.figure(middle(known), as_percent=True) if known else numbers.DASH
    passed = sum(done for _score, done in found)
    return [str(number), numbers.integer(len(found)), numbers.integer(passed), share]


def practice(material: Material) -> Iterator[Block]:
    """The items raters practised on, with what was expected of them."""
    rows = TrainingItem.objects.filter(study=material.study, stage=TrainingItem.Stage.PRACTICE)
    shown = list(rows.select_related("item__current").order_by("position", "pk")[:MOST_EXAMPLES])
    if shown:
        yield Heading(_("Practice items"))
    for row in shown:
        text = row.item.current.text if row.item.current else ""
        yield Heading(_("Item %(id)s") % {"id": row.item.external_id}, 2)
        yield Para(text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…", quoted=True)
        told = [(_("Expected: %(answer)s"), row.answer), (_("Why: %(answer)s"), row.explanation)]
        yield Bullets([words % {"answer": value} for words, value in told if value])


def flows(material: Material) -> Iterator[Block]:
    """The flow of raters, units and answers."""
    yield Heading(_("Flow of raters, units and answers"))
    if material.diagram:
        yield material.diagram
    table = table_of(flow.plot(flow.count(material.study)))
    head = [str(column.label) for column in table.columns]
    pairs = ([show(column, cell).full for column, cell in zip(table.columns, row, strict=True)] for row in table.rows)
    yield Grid(str(table.caption), head, list(pairs))


def time(material: Material) -> Iterator[Block]:
    """How long the work took, and what was paid for it."""
    done = Assignment.objects.filter(study=material.study, state=Assignment.State.SUBMITTED)
    spent = sorted(done.values_list("active_ms", flat=True))
    if not spent:
        return
    yield Heading(_("Time and pay"))
    total = done.aggregate(ms=Sum("active_ms"))["ms"] or 0
    rows = [
        [_("Answers"), numbers.integer(len(spent))],
        [_("Active time in all, hours"), numbers.number(total / 3_600_000, 1)],
        [_("Median active time for an answer, seconds"), numbers.number(middle(spent) / 1000, 1)],
        *pay(material.study),
    ]
    yield Grid("", [_("What"), _("Value")], rows)


def pay(study: Study) -> Iterator[list[str]]:
    """Yield what everybody is paid, and how many raters have a rate of their own."""
    rates = list(PayRate.objects.filter(study=study))
    for rate in rates:
        if rate.rater_id is None:
            words = _("%(amount)s %(currency)s for %(basis)s")
            values = {"amount": rate.amount, "currency": rate.currency, "basis": rate.get_basis_display()}
            yield [_("Pay"), words % values]
    if own := sum(rate.rater_id is not None for rate in rates):
        yield [_("Raters with a rate of their own"), numbers.integer(own)]


def middle(values: Sequence[float]) -> float:
    """Return the median of sorted values."""
    half = len(values) // 2
    return float(values[half]) if len(values) % 2 else (values[half - 1] + values[half]) / 2


def examples(material: Material) -> Iterator[Block]:
    """Items that the manager chose to show."""
    chosen = Item.objects.filter(dataset=material.study.dataset, external_id__in=material.examples, removed=False)
    rows = {item.external_id: item for item in chosen.select_related("current")}
    if rows:
        yield Heading(_("Examples"))
    for key in material.examples[:MOST_EXAMPLES]:
        item = rows.get(key)
        if item is not None and item.current is not None:
            yield Heading(_("Item %(id)s") % {"id": key}, 2)
            text = item.current.text
            yield Para(text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…", quoted=True)
            yield Bullets([f"{option['key']}: {option['text']}" for option in item.current.options])


CHAPTERS: tuple[Chapter, ...] = (
    study, design, instructions, guideline, consent, pages, raters, training, flows, time, practice, examples,
)  # fmt: skip
