"""Lists of systems, prompts, runs, calls and files: what stands in a row, in pages, and that of no other project."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.models import PromptVersion, ResponseImport, Run, RunItem, RunSystem, System, SystemVersion
from evaluation.services import response_files, runs
from evaluation.views import rows as calls
from projects.models import Job, Project, Study
from tests.evaluation import worlds

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def this_machine(settings: Any) -> None:
    """Let endpoints lie on this machine."""
    settings.CONCORD_PRIVATE_ENDPOINTS = True


@pytest.fixture
def project() -> Project:
    return worlds.project_named()


@pytest.fixture
def manager(project: Project) -> Client:
    return worlds.client_of("manager", project)


def lines(client: Client, path: str) -> list[str]:
    """Return the rows of a list's page, each as its text in one line."""
    page = client.get(path)
    assert page.status_code == 200
    [found] = re.findall(r'<ul class="row-list wide">(.*?)</ul>', page.content.decode(), re.DOTALL) or [""]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in found.split("<li>")[1:]]


def run_of(project: Project, count: int = 1, **values: Any) -> Run:
    server = worlds.endpoint_at("http://127.0.0.1:9/v1", project, name=f"Server of {project.slug}")
    systems = [worlds.system_at(server, project, name) for name in ("One", "Two")]
    return worlds.started(project, worlds.questions(project, count), *systems, **values)


def test_a_system_stands_with_its_version_in_force(manager: Client, project: Project) -> None:
    run_of(project)
    one = System.objects.get(name="One")
    SystemVersion.objects.create(system=one, number=2)
    System.objects.filter(pk=one.pk).update(group="Ours", role=System.Role.BASELINE)
    System.objects.create(project=project, slug="ada", name="Ada", kind=System.Kind.PERSON, archived=True)
    System.objects.create(project=worlds.project_named("other"), slug="theirs", name="Theirs")
    assert lines(manager, "/p/care/systems/") == [
        "Two other two Server of care Answer, v1 1 version model",
        "One Ours baseline one Server of care Answer, v1 2 versions model",
        "Ada other 0 versions put away",
    ]


def test_a_prompt_stands_with_its_languages_and_examples(manager: Client, project: Project) -> None:
    prompt = worlds.prompt_for(project, description="How we ask.")
    both = {"en": worlds.TEXTS["en"], "zh-Hans": worlds.TEXTS["en"]}
    PromptVersion.objects.filter(template=prompt).update(texts=both, examples=[{"language": "en"}] * 2, number=3)
    worlds.prompt_for(worlds.project_named("other"))
    assert lines(manager, "/p/care/prompts/") == ["Answer en zh-Hans 2 examples How we ask. version 3 answer questions"]


def test_a_run_stands_with_its_items_and_how_far_it_is(manager: Client, project: Project) -> None:
    run = run_of(project, 2)
    RunItem.objects.filter(pk__in=RunItem.objects.values("pk")[:3]).update(state=RunItem.State.FAILED)
    study = Study.objects.create(project=project, slug="s", name="Her study", kind="label_review", dataset=run.dataset)
    systems = list(project.systems.all())
    runs.create(project=project, name="Next", purpose="answer", systems=systems, study=study, actor=None)
    drafted, running = lines(manager, "/p/care/runs/")
    day = re.escape(str(run.created_at.year))
    assert re.fullmatch(rf"Next answer questions Her study made on .*{day} draft", drafted)
    assert re.fullmatch(rf"Run answer questions questions made on .*{day} 3 of 4 running", running)


def test_calls_are_in_pages_under_every_filter(manager: Client, project: Project) -> None:
    run = run_of(project)
    [first, second] = RunItem.objects.order_by("pk")
    RunItem.objects.bulk_create(
        RunItem(
            run=run, system_version_id=row.system_version_id, endpoint_id=row.endpoint_id, revision_id=row.revision_id,
            round=n + 2, state="failed" if n % 2 else "queued", error_class="poison" if n % 2 else "", attempts=n,
        )
        for row in (first, second) for n in range(calls.A_PAGE)
    )  # fmt: skip
    every = list(RunItem.objects.order_by("pk"))
    one, two = first.system_version_id, second.system_version_id
    at = f"/p/care/runs/{run.pk}/calls/"
    for query, wanted in (
        ("", every),
        ("?state=failed", [row for row in every if row.state == "failed"]),
        (f"?system={two}", [row for row in every if row.system_version_id == two]),
        (
            f"?state=failed&fault=poison&system={one}",
            [row for row in every if row.error_class and row.system_version_id == one],
        ),
        ("?state=done", []),
    ):  # fmt: skip
        for _again in range(2):
            page = manager.get(at + query)
            assert [row for row, *_words in page.context["rows"]] == wanted[: calls.A_PAGE]
            assert page.context["page_obj"].paginator.count == len(wanted)
        further = manager.get(at + (query + "&" if query else "?") + "page=2").context["rows"]
        last = wanted[calls.A_PAGE : 2 * calls.A_PAGE] if len(wanted) > calls.A_PAGE else wanted
        assert [row for row, *_words in further] == last
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", manager.get(f"{at}?fault=poison").content.decode()))
    assert "q0 One 3 failed 1 Set aside: three workers were lost on it" in text


def test_calls_of_another_projects_run_are_not_found(manager: Client) -> None:
    theirs = run_of(worlds.project_named("other"))
    assert manager.get(f"/p/care/runs/{theirs.pk}/calls/").status_code == 404
    assert manager.get("/p/care/runs/99999/calls/").status_code == 404


def test_a_filter_offers_the_systems_of_its_own_run_only(manager: Client, project: Project) -> None:
    run = run_of(project)
    RunSystem.objects.filter(run=run, system_version__system__name="Two").delete()
    page = manager.get(f"/p/care/runs/{run.pk}/calls/")
    assert [name for _pk, name in page.context["form"].fields["system"].choices] == ["all", "One"]
    wrong = manager.get(f"/p/care/runs/{run.pk}/calls/?system=99999")
    assert wrong.status_code == 422
    said = wrong.content.decode()
    assert 'href="#id_system"' in said
    # A list keeps nothing, so nothing is said about that.
    assert "The filter cannot be used as it is." in said
    assert "Nothing was saved yet" not in said


def test_calls_ask_the_database_as_often_for_many_as_for_one(manager: Client, project: Project) -> None:
    counts = []
    for slug, count in (("few", 1), ("many", 20)):
        dataset = worlds.questions(project, count, slug=slug)
        server = worlds.endpoint_at("http://127.0.0.1:9/v1", project, name=slug)
        run = worlds.started(project, dataset, worlds.system_at(server, project, slug))
        with CaptureQueriesContext(connection) as asked:
            assert len(manager.get(f"/p/care/runs/{run.pk}/calls/").context["rows"]) == count
        counts.append(len([one for one in asked if "django_session" not in one["sql"]]))
    assert counts[0] == counts[1]


def test_a_file_stands_with_its_systems_and_its_newest_job(manager: Client, project: Project) -> None:
    dataset = worlds.questions(project, 1)
    systems = [{"name": f"S{n}", "good": n} for n in range(6)]
    values = {"project": project, "dataset": dataset, "file": "kept.upload"}
    done = ResponseImport.objects.create(
        **values, filename="done.jsonl", published=True, report={"systems": systems, "good": 1}
    )
    open_ = ResponseImport.objects.create(
        **values, filename="open.jsonl", report={"systems": systems[:4], "good": 7, "problems": []}
    )
    fresh = ResponseImport.objects.create(**values, filename="fresh.jsonl")
    for batch, kind, state in (
        (done, response_files.CHECK, "failed"),
        (open_, response_files.IMPORT, "failed"),
        (open_, response_files.CHECK, "done"),
        (fresh, response_files.CHECK, "running"),
        (fresh, "estimate_run", "done"),
    ):
        Job.objects.create(project=project, kind=kind, subject=response_files.subject_of(batch.pk), state=state)
    found = [re.sub(r"\d+ \w+ \d{4}", "DAY", line.replace(".", "")) for line in lines(manager, "/p/care/responses/")]
    assert found == [
        "freshjsonl questions DAY being read",
        "openjsonl questions S0 S1 S2 S3 DAY waits for you",
        "donejsonl questions S0 S1 S2 S3 … DAY 1 response imported",
    ]
