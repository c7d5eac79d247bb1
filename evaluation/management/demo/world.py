"""Making the demonstration's systems, their finished runs, and the responses of a person, which came in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from evaluation.management.demo import ANSWERS_RUN, BENCHMARK, QUESTIONS, TEST_ITEMS, TEST_RUN, answering, content
from evaluation.management.demo.content import PERSON, SYSTEMS, DemoSystem
from evaluation.models import (
    Attempt,
    Benchmark,
    Endpoint,
    Purpose,
    Response,
    ResponseImport,
    ResponseScore,
    Run,
    RunItem,
    RunSystem,
    System,
    SystemVersion,
)
from evaluation.services import benchmarks, readings, response_files
from projects.management.demo_import import SetOfItems, carry_out, ensure_dataset
from projects.models import Dataset, ItemRevision, Project, User

ENDPOINT = "Demonstration (no server)"
SCORER = "Two readers"
PERSON_FILE = "practised-listener.jsonl"
PARAMETERS = {
    Purpose.ANSWER: {"temperature": 1.0, "top_p": 1.0, "top_k": 50, "max_tokens": 1024, "seed": 7},
    Purpose.TEST: {"temperature": 0.0, "top_p": 1.0, "max_tokens": 32, "seed": 7},
}
DAY = timedelta(days=1)
# A made-up pace: a call takes so long, and so long for each token.
FIRST_TOKEN_MS, TOKEN_MS = 180, 24
QUESTION_SET = SetOfItems(
    QUESTIONS, "Questions for help", "What people ask who look for help, to be answered by systems.",
    "questions.jsonl", content.questions, content.QUESTION_COLUMNS, 16,
)  # fmt: skip
TEST_SET = SetOfItems(
    TEST_ITEMS, "Labelled items", "True/false and choice items with their right answers, to test models on.",
    "labelled-items.jsonl", content.test_file, content.TEST_COLUMNS, 15,
)  # fmt: skip
Says = Callable[[DemoSystem, ItemRevision], str]


@dataclass(frozen=True)
class Made:
    """One made-up call with its response."""

    item: RunItem
    attempt: Attempt
    response: Response


def ensure(project: Project, manager: User) -> None:
    """Make each part where it is missing."""
    questions = ensure_dataset(project, QUESTION_SET, manager)
    labelled = ensure_dataset(project, TEST_SET, manager)
    with transaction.atomic():
        answering_as = ensure_systems(project, manager, Purpose.ANSWER)
        ensure_run(questions, ANSWERS_RUN, answering_as, _written, manager, timezone.now() - 12 * DAY)
    ensure_import(questions, answering_as[PERSON].system, manager)
    with transaction.atomic():
        tested_as = ensure_systems(project, manager, Purpose.TEST)
        ensure_run(labelled, TEST_RUN, tested_as, _chosen(labelled), manager, timezone.now() - 10 * DAY)
    with transaction.atomic():
        ensure_scores(questions)
        ensure_benchmark(project, [questions, labelled], manager)


def _written(system: DemoSystem, revision: ItemRevision) -> str:
    return content.responses()[revision.item.external_id][system.key]


def _chosen(dataset: Dataset) -> Says:
    rows = {row["external_id"]: row for row in content.test_items()}
    return lambda system, revision: answering.said(system, rows[revision.item.external_id])


def ensure_systems(project: Project, manager: User, purpose: Purpose) -> dict[str, SystemVersion]:
    """Return each system's version for a purpose, by key; other parameters are another version."""
    return {one.key: _version(project, one, manager, purpose) for one in SYSTEMS}


def _version(project: Project, one: DemoSystem, manager: User, purpose: Purpose) -> SystemVersion:
    person = one.key == PERSON
    system, _ = System.objects.get_or_create(
        project=project,
        slug=one.key,
        defaults={
            "name": one.name, "role": one.role, "group": one.group, "notes": one.notes,
            "kind": System.Kind.PERSON if person else System.Kind.MODEL,
        },
    )  # fmt: skip
    number = 2 if purpose == Purpose.TEST and not person else 1
    version, made = SystemVersion.objects.get_or_create(
        system=system,
        number=number,
        defaults={
            "endpoint": None if person else endpoint(),
            "model_id": "" if person else f"{one.key}-demo",
            "parameters": {} if person else PARAMETERS[purpose],
            "frozen_at": timezone.now(),
            "created_by": manager,
        },
    )
    if made:
        System.objects.filter(pk=system.pk).update(version=version)
    return version


def endpoint() -> Endpoint:
    """The endpoint that the made-up calls went to. It is out of use and leads nowhere."""
    found, _ = Endpoint.objects.get_or_create(
        name=ENDPOINT, defaults={"base_url": "http://127.0.0.1:9/v1", "active": False}
    )
    return found


def ensure_run(
    dataset: Dataset, name: str, versions: Mapping[str, SystemVersion], says: Says, manager: User, at: datetime
) -> Run:
    """Return a finished run of the systems that have an endpoint over all items of a data set."""
    project = dataset.project
    if found := Run.objects.filter(project=project, name=name).first():
        return found
    purpose = Purpose.TEST if name == TEST_RUN else Purpose.ANSWER
    run = Run.objects.create(
        project=project, name=name, purpose=purpose, state=Run.State.DONE, dataset=dataset, created_by=manager,
        started_at=at, finished_at=at + timedelta(minutes=9), estimate={},
    )  # fmt: skip
    revisions = list(ItemRevision.objects.filter(item__dataset=dataset).select_related("item").order_by("item_id"))
    for one in SYSTEMS:
        if one.key != PERSON:
            _answer_all(run, versions[one.key], [(revision, says(one, revision)) for revision in revisions], at)
    Run.objects.filter(pk=run.pk).update(created_at=at - timedelta(minutes=20))
    readings.ask(run.pk, project, actor=manager)
    return run


def _answer_all(run: Run, version: SystemVersion, said: list[tuple[ItemRevision, str]], at: datetime) -> None:
    made = list(_calls(run, version, said, at))
    RunItem.objects.bulk_create([one.item for one in made])
    Attempt.objects.bulk_create([one.attempt for one in made])
    Response.objects.bulk_create([one.response for one in made])
    attempts = [one.attempt for one in made]
    RunSystem.objects.create(
        run=run,
        system_version=version,
        calls=len(made),
        tokens_in=sum(one.tokens_in or 0 for one in attempts),
        tokens_out=sum(one.tokens_out or 0 for one in attempts),
        unpriced=len(made),
        latency_ms=sum(one.latency_ms or 0 for one in attempts),
    )


def _calls(run: Run, version: SystemVersion, said: list[tuple[ItemRevision, str]], at: datetime) -> Iterator[Made]:
    for revision, text in said:
        size = tokens(text)
        latency = FIRST_TOKEN_MS + TOKEN_MS * size
        ended = at + timedelta(milliseconds=latency)
        same: dict[str, Any] = {"system_version": version, "revision": revision, "round": 1}
        item = RunItem(
            run=run, endpoint=version.endpoint, state=RunItem.State.DONE, attempts=1, finished_at=ended, **same
        )
        attempt = Attempt(
            run_item=item, number=1, started_at=at, latency_ms=latency, parameters=version.parameters, text=text,
            finish_reason="stop", model_reported=version.model_id, tokens_in=tokens(revision.text) + 60,
            tokens_out=size,
        )  # fmt: skip
        response = Response(run=run, attempt=attempt, text=text, finish_reason="stop", created_at=ended, **same)
        yield Made(item, attempt, response)
        at = ended


def tokens(text: str) -> int:
    """A rough number of tokens: a character of Chinese, or four of anything else."""
    wide = sum(ord(character) > 0x2E80 for character in text)
    return wide + -(-(len(text) - wide) // 4)


def ensure_import(dataset: Dataset, person: System, manager: User) -> None:
    """Have the person's responses imported from a file, like anybody's."""
    rows = ResponseImport.objects.filter(project=dataset.project, dataset=dataset)
    if rows.filter(published=True).exists():
        return
    for left in rows:
        # What a killed start has left.
        response_files.cancel(batch=left, actor=None)
    file = ContentFile(content.person_file())
    batch = response_files.receive(dataset=dataset, file=file, filename=PERSON_FILE, actor=manager)
    columns = replace(response_files.columns_of(batch), system="", system_name=person.name)
    carry_out(response_files.request_check(batch=batch, columns=columns, actor=manager))
    batch.refresh_from_db()
    carry_out(response_files.start(batch=batch, keep_good=False, actor=manager))
    then = timezone.now() - 11 * DAY
    ResponseImport.objects.filter(pk=batch.pk).update(created_at=then, published_at=then)
    Response.objects.filter(source_import=batch).update(created_at=then)


def ensure_scores(dataset: Dataset) -> None:
    """Give every response to a question the scores of two made-up readers, 0 to 4."""
    rows = Response.objects.filter(revision__item__dataset=dataset).exclude(given_scores__scorer=SCORER)
    systems = {one.key: one for one in SYSTEMS}
    ResponseScore.objects.bulk_create(
        ResponseScore(
            response=response, scorer=SCORER, criterion="helpfulness",
            value=answering.scored(systems[response.system_version.system.slug], response.revision.item.external_id),
        )
        for response in rows.select_related("system_version__system", "revision__item")
    )  # fmt: skip


def ensure_benchmark(project: Project, datasets: list[Dataset], manager: User) -> Benchmark:
    """Return the benchmark of all systems over both data sets; a worker computes its report."""
    if found := Benchmark.objects.filter(project=project, name=BENCHMARK).first():
        return found
    systems = list(System.objects.filter(project=project, slug__in=[one.key for one in SYSTEMS]))
    listener = next(system for system in systems if system.slug == PERSON)
    return benchmarks.create(
        project=project, name=BENCHMARK, datasets=datasets, systems=systems, actor=manager,
        settings={"scores": [benchmarks.GIVEN, SCORER, "helpfulness"], "reference": listener.pk},
    )  # fmt: skip
