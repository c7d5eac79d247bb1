"""Making the demonstration's annotation: sessions with proposals, two raters' answers, a curated session a language.

Two sessions are left for whoever looks around.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.management import CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from annotation import presets
from annotation.answers import ACCEPTED, EDITED, REJECTED, UNKNOWN, VALUE, Given
from annotation.dialogue_forms import SessionOrder
from annotation.forms import PrelabelMode
from annotation.kinds.dialogue import Dialogue
from annotation.management.demo import content, times
from annotation.management.demo.people import ADJUDICATOR, MANAGER
from annotation.management.demo.sessions import CURATED
from annotation.schema import Field, FieldKind
from annotation.services import curation
from annotation.services.turns import Part, Proposal, open_work
from projects import kinds, loop
from projects.demo import dialogues
from projects.management.demo_import import ask_report, carry_out
from projects.models import Assignment, Dataset, ImportBatch, Project, Rater, Study, StudyRole, Unit, User, new_token
from projects.services import datasets, dialogue_records, leases, studies
from projects.services.parts import add_people

SESSIONS, STUDY = "sessions", "Counselling sessions"
RATERS = ("R1", "R2")
# The sessions of the two cases are annotated.
ANNOTATED = 6
DAY = timedelta(days=1)
MINUTES_A_SESSION = 17
# How often, in percent, each rater follows the first proposal, and shortens a text.
FOLLOWS = {"R1": 88, "R2": 62}
SHORTENS = {"R1": 25, "R2": 10}
PART_OF_TEXT = re.compile(r"(?<=[.!?])\s|(?<=[。！？])|[,;:，；：]")


def ensure(project: Project, accounts: Mapping[str, User]) -> None:
    """Make data set, study, answers and curation, each where it is missing."""
    dataset = ensure_dataset(project, accounts[MANAGER.key])
    study = ensure_study(dataset, accounts)
    if not study.assignments.exists():
        with transaction.atomic():
            for code in RATERS:
                rate(study, project.raters.get(code=code))
            times.move_study(study)
    with transaction.atomic():
        for unit in Unit.objects.filter(study=study, item__external_id__in=CURATED).select_related("item", "study"):
            curate(unit, accounts[ADJUDICATOR.key])
    ask_report(study, accounts[MANAGER.key])


def ensure_dataset(project: Project, manager: User) -> Dataset:
    """Return the data set with its eight sessions; those of a case come first, so that they are annotated."""
    dataset = Dataset.objects.filter(project=project, slug=SESSIONS).first() or datasets.create(
        project=project, name="Counselling sessions", slug=SESSIONS, actor=manager,
        description="Made-up counselling sessions, four in English and four in Chinese, with what two models propose.",
    )  # fmt: skip
    if not dataset.batches.filter(published=True).exists():
        records = sorted(dialogues.sessions(), key=lambda one: not one.case)
        added = dialogue_records.add(dataset=dataset, sessions=records, actor=manager, filename="sessions.jsonl")
        if added.problems:
            raise CommandError(added.problems[0].message)
        then = timezone.now() - 9 * DAY
        ImportBatch.objects.filter(dataset=dataset).update(created_at=then, published_at=then)
        Dataset.objects.filter(pk=dataset.pk).update(created_at=then)
    dataset.refresh_from_db()
    return dataset


def ensure_study(dataset: Dataset, accounts: Mapping[str, User]) -> Study:
    """Return the open study."""
    found = Study.objects.filter(project=dataset.project, slug=slugify(STUDY)).first()
    study = found or create(dataset, accounts)
    if study.state in {Study.State.DRAFT, Study.State.OPENING}:
        carry_out(studies.open_study(study, actor=accounts[MANAGER.key]))
    return Study.objects.select_related("project", "version", "guideline", "dataset").get(pk=study.pk)


def create(dataset: Dataset, accounts: Mapping[str, User]) -> Study:
    """Set the study up as a draft."""
    project = dataset.project
    form = kinds.registry()[Dialogue.key].settings_form(project, None, {})
    initial = {key: form.get_initial_for_field(field, key) for key, field in form.fields.items()}
    settings = initial | {
        "schema": presets.schema("psy-insight", "en").to_json(),
        "raters_per_session": 2,
        "order": SessionOrder.IMPORTED,
        "prelabel": PrelabelMode.SHOWN,
    }
    with transaction.atomic():
        study = studies.create(
            project=project, kind=Dialogue.key, name=STUDY, slug=slugify(STUDY), dataset=dataset, settings=settings,
            guideline=content.text("guideline"), actor=accounts[MANAGER.key],
        )  # fmt: skip
        raters = list(project.raters.filter(code__in=RATERS))
        add_people(study, raters=raters, adjudicators=[accounts[ADJUDICATOR.key]], actor=accounts[MANAGER.key])
    return study


def rate(study: Study, rater: Rater) -> None:
    """Let a rater annotate the sessions of both cases, as services and the form take it from a browser."""
    rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
    part = rows.get(study=study, rater=rater)
    kind, first = kinds.of(study), timezone.now() - 6 * DAY
    for number in range(ANNOTATED):
        row = leases.hold(part, count=1, shown=lambda unit: kind.shown(study, rater.code, unit))[0]
        begun = first + number // 2 * DAY + number % 2 * timedelta(minutes=MINUTES_A_SESSION + 4)
        times.move_claim(row, begun)
        annotate(part, row, begun)


def annotate(part: StudyRole, row: Assignment, begun: datetime) -> None:
    """Hand one session in, as if it had taken some time."""
    work = open_work(row, proposals=True)
    rater, told = part.coded.code, {}
    for one in work.parts:
        place = str(one.turn.index) if one.turn else "session"
        if one.asked:
            told[place] = entry(one, f"{rater} {row.unit.item} {place}", rater)
    spent = timedelta(minutes=MINUTES_A_SESSION)
    sent = {"client_key": new_token(), "turns": json.dumps(told), "active_ms": spent // timedelta(milliseconds=1)}
    form = kinds.of(part.study).form(row, sent)  # type: ignore[arg-type]  # a form reads any mapping
    if not form.is_valid():
        raise CommandError(f"A session of the demonstration is not complete: {form.errors.as_text()}")
    times.move_answer(row, loop.take(part, row, form).submission, begun + spent)


def entry(part: Part, place: str, rater: str) -> dict[str, Any]:
    """What a rater says of one turn or of the session, with what became of each proposal; `place` names both."""
    fields: dict[str, Any] = {}
    decisions: dict[str, dict[str, str]] = {}
    for one in part.asked:
        proposals = [row for row in part.proposals.get(one.key, []) if row.given]
        if proposals:
            fields[one.key], decisions[one.key] = decided(one, proposals, place, rater)
        elif one.required:
            fields[one.key] = {"state": UNKNOWN} if one.unknown else {"state": VALUE, "values": list(one.values[:1])}
    return {"fields": fields, "decisions": decisions, "done": True}


def decided(one: Field, proposals: list[Proposal], place: str, rater: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A rater's answer to a field with proposals: one of them, or a part of it, and the verdict on each."""
    chosen = proposals[0] if luck(f"{place} {one.key}") < FOLLOWS[rater] else proposals[-1]
    given = kept = chosen.given or Given()
    if one.kind == FieldKind.TEXT and luck(f"{place} {one.key} cut") < SHORTENS[rater]:
        kept = shortened(given)
    verdicts = {row.source: ACCEPTED if row.given == given else REJECTED for row in proposals}
    if kept != given:
        verdicts[chosen.source] = EDITED
    return kept.to_json(), verdicts


def luck(what: str) -> int:
    """A number from 0 to 99 that is the same each time."""
    return hashlib.sha256(what.encode()).digest()[0] * 100 // 256


def shortened(given: Given) -> Given:
    """The first part of a text."""
    return Given(given.state, tuple(PART_OF_TEXT.split(value)[0] for value in given.values))


def curate(unit: Unit, by: User) -> None:
    """Decide every field of a session that is still open: the adjudicator sides with the expert."""
    reason = CURATED[unit.item.external_id] if unit.item else ""
    for part in curation.compare(unit).parts:
        chosen = dict(open_fields(part))
        if chosen:
            based_on = {one.field.key: one.number for one in part.fields}
            curation.decide(unit, part.name, chosen=chosen, based_on=based_on, reason=reason, by=by)


def open_fields(part: curation.ComparedPart) -> Iterator[tuple[str, Given]]:
    """What the first rater who answered said, for each field that is open."""
    for one in part.fields:
        given = next((given for given in one.said.values() if given is not None), None)
        if one.open and given is not None:
            yield one.field.key, given
