"""Making the demonstration's pairs of dialogues through the services that pages use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.db import transaction
from django.utils import timezone

from evaluation.management.demo import blind_work
from evaluation.management.demo.blind_work import Plan
from evaluation.management.demo.conversations import COMPARED, LISTENER, PROGRAM
from evaluation.models import LexiconHit, Pair
from evaluation.services import matching, pairs, telling
from projects import kinds
from projects.demo.dialogues import SPEAKERS
from projects.formats.dialogues.records import SessionRecord, TurnRecord, session_hash
from projects.management.demo_import import carry_out
from projects.models import Dataset, ImportBatch, Project, Study, User
from projects.services import datasets, dialogue_records, parts, studies

SIDES = {
    LISTENER: ("listener", "Sessions of practised listeners", "Four made-up conversations with somebody who listens."),
    PROGRAM: ("program", "Sessions of a program", "Four made-up conversations with something that gives advice."),
}
DAYS_AGO = 8
GUIDELINE = """Read both conversations to the end. Which of the two would have left **the client** better off?

A conversation that misses a danger, or gives harmful advice, is the worse one; flag it as well."""
PLAN = Plan(
    COMPARED, "comparison", (), ("R1", "R2", "R4"), "Overall verdicts for the listeners' conversations", 2, 2,
    {"raters_per_item": 3, "reason": "optional", "pairs": pairs.MATCHED},
)  # fmt: skip


def ensure(project: Project, accounts: Mapping[str, User]) -> None:
    """Make each step where it is missing; one that was broken off goes on where it stopped."""
    manager = accounts["manager"]
    ours, theirs = (ensure_dataset(project, slug, manager) for slug in SIDES)
    study = Study.objects.filter(project=project, name=COMPARED).first() or draft(ours, theirs, accounts)
    if study.state in (Study.State.DRAFT, Study.State.OPENING):
        study = opened(study, manager)
    if not blind_work.submitted(study):
        with transaction.atomic():
            blind_work.work(study, PLAN)


def ensure_dataset(project: Project, slug: str, manager: User) -> Dataset:
    """Return the data set of one side with its sessions."""
    side, name, text = SIDES[slug]
    dataset = Dataset.objects.filter(project=project, slug=slug).first() or datasets.create(
        project=project, name=name, slug=slug, description=text, actor=manager
    )
    if not dataset.batches.filter(published=True).exists():
        added = dialogue_records.add(dataset=dataset, sessions=sessions(side), actor=manager, filename=f"{side}.jsonl")
        if added.problems:
            raise CommandError(added.problems[0].message)
        then = timezone.now() - timedelta(days=DAYS_AGO)
        ImportBatch.objects.filter(dataset=dataset).update(created_at=then, published_at=then)
        Dataset.objects.filter(pk=dataset.pk).update(created_at=then)
    dataset.refresh_from_db()
    return dataset


def sessions(side: str) -> list[SessionRecord]:
    """Return one side's conversations as records that the services take."""
    told = json.loads((settings.BASE_DIR / "evaluation" / "demo" / "conversations.json").read_bytes())
    return [_session(row, one) for row, one in enumerate((one for one in told if one["side"] == side), start=1)]


def _session(row: int, told: Mapping[str, Any]) -> SessionRecord:
    turns = tuple(_turn(one, told["language"]) for one in told["turns"])
    return SessionRecord(
        row=row, line=0, external_id=told["id"], turns=turns, topic=told["topic"], language=told["language"],
        content_hash=session_hash((turn.role, turn.speaker, turn.text) for turn in turns),
    )  # fmt: skip


def _turn(told: Mapping[str, str], language: str) -> TurnRecord:
    (key, text), *_rest = told.items()
    role, names = SPEAKERS[key]
    return TurnRecord(speaker=names[language], role=role, text=text)


def draft(ours: Dataset, theirs: Dataset, accounts: Mapping[str, User]) -> Study:
    """Set the study up with its people, and propose its pairs."""
    project, manager = ours.project, accounts["manager"]
    form = kinds.registry()[PLAN.kind].settings_form(project, None, {})
    values = {key: form.get_initial_for_field(one, key) for key, one in form.fields.items()}
    values |= {"systems": [], "other_dataset": str(theirs.pk), "primary_outcome": PLAN.outcome, **PLAN.settings}
    with transaction.atomic():
        study = studies.set_up(
            project=project, kind=PLAN.kind, name=PLAN.name, settings=values, actor=manager, dataset=ours,
            raters=list(project.raters.filter(code__in=PLAN.raters)), guideline=GUIDELINE,
        )  # fmt: skip
        parts.add_key_holder(study, accounts["adjudicator"], actor=manager)
        matching.propose(study, lambda _done, _total: None)
    return study


def opened(study: Study, manager: User) -> Study:
    """Accept the pairs, take out what tells who wrote a conversation, and open the draft."""
    if study.state == Study.State.DRAFT:
        proposed = Pair.objects.filter(study=study, state=Pair.State.PROPOSED).values_list("pk", flat=True)
        pairs.decide(study, list(proposed), Pair.State.ACCEPTED, actor=manager)
        revisions = [one.current_id or 0 for pair in pairs.accepted(study) for one in (pair.left, pair.right)]
        telling.scan(study, [], telling.names_of([], pairs.datasets(study)), revisions)
        hits = LexiconHit.objects.filter(study=study, decision=LexiconHit.Decision.OPEN)
        telling.decide(study, hits, LexiconHit.Decision.REDACTED, actor=manager)
    carry_out(studies.open_study(study, actor=manager))
    return Study.objects.select_related("project", "version", "guideline", "dataset").get(pk=study.pk)
