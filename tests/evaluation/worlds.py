"""Small worlds for tests of runs: a project with questions, an endpoint, a prompt, systems."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from evaluation.models import Endpoint, EndpointMeter, PromptTemplate, Run, System
from evaluation.providers.outcomes import Outcome
from evaluation.services import endpoints, ledger, preparing, prompts, queue, runs, systems
from evaluation.services.ledger import Finished
from projects.models import Dataset, ImportBatch, Item, ItemRevision, Job, Membership, Project, User

PARAMETERS = {"temperature": 1.0, "top_p": 1.0, "max_tokens": 200}
TEXTS = {
    "en": {"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "{text}"}]},
}


def project_named(slug: str = "care") -> Project:
    return Project.objects.create(name=slug.title(), slug=slug)


def questions(project: Project, count: int, kind: str = Item.Kind.QUESTION, slug: str = "questions") -> Dataset:
    """A data set of `count` items, each text of its own."""
    labels = [
        {"key": "positive", "text": "Positive", "names": {"zh-Hans": "积极"}},
        {"key": "negative", "text": "Negative"},
    ]
    dataset = Dataset.objects.create(project=project, slug=slug, name=slug, item_count=count, labels=labels)
    batch = ImportBatch.objects.create(dataset=dataset, published=True)
    items = Item.objects.bulk_create(
        [Item(dataset=dataset, batch=batch, external_id=f"q{n}", position=n, kind=kind) for n in range(count)]
    )
    revisions = ItemRevision.objects.bulk_create(
        [ItemRevision(item=item, text=f"Question {item.position}?", language="en", content_hash="x") for item in items]
    )
    for item, revision in zip(items, revisions, strict=True):
        item.current = revision
    Item.objects.bulk_update(items, ["current"], batch_size=500)
    return dataset


def endpoint_at(url: str, *projects: Project, name: str = "Server", key: str = "", **values: Any) -> Endpoint:
    """An endpoint that these projects may use."""
    endpoint = endpoints.save(Endpoint(name=name, base_url=url, **values), actor=None, key=key)
    endpoints.set_grants(endpoint, projects, actor=None)
    return endpoint


def prompt_for(project: Project, **values: Any) -> PromptTemplate:
    return prompts.create(
        **{"project": project, "name": "Answer", "purpose": "answer", "texts": TEXTS, "actor": None} | values
    )


def system_at(endpoint: Endpoint, project: Project, name: str = "Tiny", **values: Any) -> System:
    """A system with a prompt of its own."""
    prompt = values.pop("prompt", None) or project.prompts.first() or prompt_for(project)
    return systems.create(
        **{
            "project": project,
            "name": name,
            "endpoint": endpoint,
            "model_id": values.pop("model_id", name.lower()),
            "parameters": PARAMETERS,
            "prompt": prompt.version,
            "actor": None,
        }
        | values
    )


def started(project: Project, dataset: Dataset, *chosen: System, **values: Any) -> Run:
    """A run whose rows are written and open to workers."""
    run = runs.create(
        **{"project": project, "name": "Run", "purpose": "answer", "systems": chosen, "dataset": dataset, "actor": None}
        | values
    )
    assert runs.start(run, actor=None)
    prepare(run)
    return run


def prepare(run: Run) -> None:
    """Do the worker's part of starting."""
    job = Job.objects.filter(kind="prepare_run", subject=f"run:{run.pk}").latest("pk")
    preparing.prepare(job, Silent())
    job.state = Job.State.DONE
    job.save()
    run.refresh_from_db()


class Silent:
    """A progress that nobody watches."""

    def report(self, done: int, total: int | None = None, **_: Any) -> None:
        """Say nothing."""


def meter_of(endpoint: Endpoint) -> EndpointMeter:
    return EndpointMeter.objects.get(endpoint=endpoint)


def client_of(role: str, project: Project) -> Client:
    """The browser of a new member with this role; of a site admin for "admin"."""
    if role == "admin":
        user = User.objects.create_superuser("admin@example.org", "a long walk by the sea")
    else:
        user = User.objects.create_user(f"{role}@example.org", None)
        Membership.objects.create(project=project, user=user, role=role)
    client = Client()
    client.force_login(user, backend="projects.backends.AccountBackend")
    return client


def estimate(run: Run) -> None:
    """Do the worker's part of a draft."""
    job = Job.objects.get(kind="estimate_run", subject=f"run:{run.pk}:estimate")
    preparing.estimate(job, Silent())
    job.state = Job.State.DONE
    job.save()
    run.refresh_from_db()


def settle(run: Run, *outcomes: Outcome, now: datetime | None = None) -> None:
    """Let the run's next calls come to these ends, as a worker writes them down."""
    moment = now or timezone.now()
    with transaction.atomic():
        lanes = [lane for lane in queue.lanes() if lane.run_id == run.pk]
        claims = queue.take(lanes, len(outcomes), moment).claims
        done = [Finished(claim, one, {"model": "m"}) for claim, one in zip(claims, outcomes, strict=True)]
        ledger.record(done, {run.pk: run.retry_until}, moment)
    runs.finish_if_complete(run.pk)
    run.refresh_from_db()
