"""The demonstration's four studies: one closed with results, a test of it, one half done, one being set up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from annotation.forms import Order, PrelabelMode
from annotation.kinds.label_review import EFFECTIVENESS, LabelReview
from annotation.management.demo import content, times
from annotation.management.demo.disputing import Table
from annotation.management.demo.people import ADJUDICATOR, MANAGER
from annotation.management.demo.working import Stint, Worker
from projects import kinds
from projects.management.demo_import import carry_out
from projects.models import Dataset, Project, Rater, Study, User
from projects.services import exclusions, studies
from projects.services.parts import add_people

State = Study.State
DAY = timedelta(days=1)
SEED = 20260302
# The half-done study: what is discussed and settled, and what still waits.
SETTLED = ("en-tf-027", "zh-tf-024", "zh-ch-016")
DISCUSSED = (*SETTLED, "en-tf-025", "en-tf-029", "en-tf-030", "zh-tf-029", "en-ch-011")
AGENDA = ("en-tf-030", "zh-tf-029")
SKIPPED = {"zh-ch-003": "hard", "en-tf-026": "known: I think I know whom this is about."}
MISTAKE = "Sent by mistake while putting the phone away; the rater said so the same day."


@dataclass(frozen=True)
class World:
    """What the studies are made of."""

    project: Project
    accounts: Mapping[str, User]
    raters: Mapping[str, Rater]
    now: datetime = field(default_factory=timezone.now)

    @property
    def manager(self) -> User:
        """Whoever sets everything up."""
        return self.accounts[MANAGER.key]

    @property
    def adjudicator(self) -> User:
        """Whoever settles disputes."""
        return self.accounts[ADJUDICATOR.key]


def world(project: Project, accounts: Mapping[str, User]) -> World:
    """Gather the raters by code."""
    return World(project, accounts, {rater.code: rater for rater in project.raters.all()})


def find(world: World, name: str) -> Study | None:
    """Return one of the demonstration's studies by the name it was made with; it may have another by now."""
    rows = Study.objects.select_related("project", "version", "guideline", "dataset", "source")
    return rows.filter(project=world.project, slug=slugify(name)).first()


def _make(
    world: World, name: str, dataset: Dataset, codes: Iterable[str], *, source: Study | None = None, **settings: Any
) -> Study:
    """Return a study, set up as a draft where it is missing."""
    if found := find(world, name):
        return found
    form = kinds.registry()[LabelReview.key].settings_form(world.project, None, {})
    initial = {key: one.initial for key, one in form.fields.items()}
    with transaction.atomic():
        study = studies.create(
            project=world.project, kind=LabelReview.key, name=name, slug=slugify(name), dataset=dataset, source=source,
            settings=initial | settings, guideline=content.text("guideline"), seed=SEED, actor=world.manager,
        )  # fmt: skip
        judges = [] if source else [world.adjudicator]
        add_people(study, raters=[world.raters[code] for code in codes], adjudicators=judges, actor=world.manager)
    return study


def _work_through(world: World, study: Study, work: Callable[[World, Study], None]) -> Study:
    """Open a study where that is still to be done, and do its work, whole or not at all."""
    if study.state in {State.DRAFT, State.OPENING}:
        carry_out(studies.open_study(study, actor=world.manager))
        study.refresh_from_db()
    if not study.assignments.exists():
        with transaction.atomic():
            work(world, study)
    return study


def _finish(world: World, study: Study, closed: datetime) -> None:
    """Close a study where that is still to be done; closing asks a worker for its results."""
    if study.state == State.OPEN:
        with transaction.atomic():
            studies.close(study, actor=world.manager)
            times.move_study(study, closed=closed)


def _all_answer(world: World, study: Study, stints: Iterable[Stint]) -> list[Worker]:
    workers = []
    for stint in stints:
        worker = Worker(study, world.raters[stint.code])
        worker.rate(stint)
        workers.append(worker)
    times.move_endings(study)
    return workers


def first_round(world: World, dataset: Dataset) -> Study:
    """Return the closed review: two raters who never saw the pre-label, every dispute settled."""
    settings: dict[str, Any] = {"raters_per_item": 2, "prelabel": PrelabelMode.HIDDEN, "order": Order.SHUFFLED}
    study = _make(world, "First round", dataset, ["R1", "R2"], **settings)
    _work_through(world, study, _first_round_work)
    _finish(world, study, world.now - 9 * DAY)
    return study


def _first_round_work(world: World, study: Study) -> None:
    stints = [
        Stint("R1", study.unit_count, 4, world.now - 15 * DAY),
        Stint("R2", study.unit_count, 5, world.now - 13 * DAY - DAY / 5),
    ]
    table = Table(study, _all_answer(world, study, stints), world.adjudicator)
    contested = [item_id for item_id in table.open if content.items()[item_id].discussion]
    for item_id in contested:
        table.discuss(item_id)
    at = world.now - 11 * DAY
    for n, item_id in enumerate(sorted(set(table.open) - set(contested))):
        table.settle(item_id, at + n * timedelta(minutes=4))
    table.meet(contested, world.now - 10 * DAY)
    answer = study.assignments.filter(rater=world.raters["R2"], unit__dispute=None).order_by("ordinal").last()
    if answer:
        exclusions.leave_out(study, answer, reason=MISTAKE, actor=world.manager)


def effectiveness(world: World, dataset: Dataset, source: Study) -> None:
    """Make the effectiveness test: three people who met none of the items, a sample with the same share a topic."""
    settings: dict[str, Any] = {**EFFECTIVENESS, "sample_size": 28, "stratified": True}
    study = _make(world, "Effectiveness of the first round", dataset, ["R3", "R4", "R5"], source=source, **settings)
    _work_through(world, study, _effectiveness_work)
    _finish(world, study, world.now - 5 * DAY)


def _effectiveness_work(world: World, study: Study) -> None:
    ends = [world.now - 6 * DAY - n * DAY / 6 for n in range(3)]
    codes = ("R3", "R4", "R5")
    _all_answer(world, study, [Stint(code, study.unit_count, 2, end) for code, end in zip(codes, ends, strict=True)])


def second_round(world: World, dataset: Dataset) -> None:
    """Make the half-done review: the pre-label after one's own answer, disputes in every state; R3 has yet to begin."""
    settings: dict[str, Any] = {"raters_per_item": 2, "prelabel": PrelabelMode.AFTER, "order": Order.IMPORTED}
    study = _make(world, "Second round", dataset, ["R1", "R2", "R3"], **settings)
    _work_through(world, study, _second_round_work)


def _second_round_work(world: World, study: Study) -> None:
    stints = [
        Stint("R1", 36, 4, world.now - DAY / 12),
        Stint("R2", 32, 3, world.now - DAY / 4, SKIPPED),
    ]
    table = Table(study, _all_answer(world, study, stints), world.adjudicator)
    for item_id in DISCUSSED:
        table.discuss(item_id)
    for n, item_id in enumerate(SETTLED):
        table.settle(item_id, max(table.open[item_id].opened_at + DAY / 8, world.now - DAY / 10 + n * DAY / 200))
    table.set_agenda(AGENDA)
    times.move_study(study)


def third_round(world: World, dataset: Dataset) -> Study:
    """Return the draft. It is made last: its address (LAST_STUDY) tells that the demonstration is whole."""
    settings: dict[str, Any] = {"raters_per_item": 3, "prelabel": PrelabelMode.HIDDEN, "sample_size": 20}
    return _make(world, "Third round", dataset, ["R3", "R4", "R5"], **settings)
