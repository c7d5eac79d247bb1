"""Responses that come in files: read strictly, taken in whole or not at all, never twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.models import Response, ResponseImport, ResponseScore, System
from evaluation.responses.columns import Columns, guess
from evaluation.services import response_files as files
from evaluation.services import response_import, systems
from projects.models import Dataset, Job, Role, User
from projects.services import jobs
from projects.services.people import add_roles
from tests.evaluation import worlds

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset() -> Dataset:
    """Five questions, q0 to q4."""
    return worlds.questions(worlds.project_named(), 5)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    """Files of a test stay in its folder."""
    settings.MEDIA_ROOT = str(tmp_path / "media")


def fastchat(*rows: tuple[object, str], model: str = "tiny") -> bytes:
    """A FastChat answer file."""
    return b"".join(
        json.dumps(
            {
                "question_id": question, "answer_id": f"a{number}", "model_id": model, "tstamp": 1.0,
                "choices": [{"index": 0, "turns": [text]}],
            }
        ).encode() + b"\n"
        for number, (question, text) in enumerate(rows)
    )  # fmt: skip


def received(dataset: Dataset, content: bytes, name: str = "tiny.jsonl", **columns: Any) -> ResponseImport:
    """A file that was uploaded and checked."""
    batch = files.receive(dataset=dataset, file=ContentFile(content), filename=name, actor=None)
    chosen = Columns.from_json(files.columns_of(batch).to_json() | columns)
    finish(files.request_check(batch=batch, columns=chosen, actor=None))
    batch.refresh_from_db()
    return batch


def taken(batch: ResponseImport, *, keep_good: bool = False) -> Job:
    """Carry the import out."""
    job = finish(files.start(batch=batch, keep_good=keep_good, actor=None))
    batch.refresh_from_db()
    return job


def finish(job: Job) -> Job:
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def counts(batch: ResponseImport) -> dict[str, int]:
    return {name: batch.report[name] for name in ("rows", "good", "unchanged", "repeated", "rejected")}


def test_fastchat_file_is_named_after_its_model(dataset: Dataset) -> None:
    batch = received(dataset, fastchat(("q0", "One."), ("q1", "Two."), model="other"), name="tiny-v2.jsonl")
    assert counts(batch) == {"rows": 2, "good": 2, "unchanged": 0, "repeated": 0, "rejected": 0}
    assert batch.report["systems"] == [{"name": "tiny-v2", "good": 2, "new": True}]
    assert System.objects.count() == 0
    assert taken(batch).state == Job.State.DONE
    system = System.objects.get()
    assert (system.name, system.kind, system.in_force.frozen_at is not None) == ("tiny-v2", "imported", True)
    said = Response.objects.visible().order_by("revision__item__position")
    assert list(said.values_list("revision__item__external_id", "text", "round")) == [
        ("q0", "One.", 1),
        ("q1", "Two.", 1),
    ]
    assert not batch.file


def test_what_is_wrong_is_reported_row_by_row_and_nothing_comes_in(dataset: Dataset) -> None:
    content = fastchat(
        ("q0", "One."), ("nowhere", "Two."), ("q0", "Another."), ("q0", "One."), ("q1", " "), ("q2", "X")
    )
    batch = received(dataset, content)
    assert counts(batch) == {"rows": 6, "good": 2, "unchanged": 0, "repeated": 1, "rejected": 3}
    assert [(one["row"], one["code"], one["params"]) for one in batch.report["problems"]] == [
        (2, "unknown_item", {"item": "nowhere"}),
        (3, "contradiction", {"first": 1}),
        (5, "no_text", {}),
    ]
    job = taken(batch)
    assert (job.state, job.message) == (Job.State.FAILED, "3 rows cannot be imported, so nothing was.")
    assert Response.objects.count() == 0
    taken(batch, keep_good=True)
    assert sorted(Response.objects.visible().values_list("text", flat=True)) == ["One.", "X"]


def test_same_file_twice_adds_nothing(dataset: Dataset) -> None:
    content = fastchat(("q0", "One."), ("q1", "Two."))
    taken(received(dataset, content))
    batch = received(dataset, content)
    assert counts(batch) == {"rows": 2, "good": 0, "unchanged": 2, "repeated": 0, "rejected": 0}
    taken(batch)
    assert Response.objects.count() == 2
    other = received(dataset, fastchat(("q0", "Changed.")))
    assert [one["code"] for one in other.report["problems"]] == ["conflict"]


def test_table_with_systems_rounds_and_scores(dataset: Dataset) -> None:
    rows = [
        "model,item_id,response,round,score",
        "Tiny,q0,Hello there,1,3",
        "Tiny,q0,Hello again,2,",
        "Large,q0,“Good day”,1,4",
        "large,q1,Hm,1,0",
        "Tiny,q2,Off,1,5",
        "Tiny,q3,Off,zero,1",
    ]
    batch = received(dataset, "\n".join(rows).encode(), name="answers.csv", scorer="Two experts")
    assert counts(batch)["good"] == 4
    assert [(one["row"], one["code"]) for one in batch.report["problems"]] == [(6, "off_scale"), (7, "bad_round")]
    assert [one["name"] for one in batch.report["systems"]] == ["Tiny", "Large"]
    taken(batch, keep_good=True)
    scores = ResponseScore.objects.order_by("response__system_version__system__name", "value")
    columns = ("response__system_version__system__name", "value", "low", "high", "scorer", "criterion")
    assert list(scores.values_list(*columns)) == [
        ("Large", 0.0, 0.0, 4.0, "Two experts", "overall"),
        ("Large", 4.0, 0.0, 4.0, "Two experts", "overall"),
        ("Tiny", 3.0, 0.0, 4.0, "Two experts", "overall"),
    ]


def test_scores_of_known_responses_are_added(dataset: Dataset) -> None:
    taken(received(dataset, fastchat(("q0", "One."), ("q1", "Two."))))
    rows = "system,item,text,score\ntiny,q0,One.,2\ntiny,q1,Two.,\n"
    batch = received(dataset, rows.encode(), name="scores.csv", scorer="Expert")
    assert (counts(batch)["unchanged"], batch.report["scored"]) == (2, 1)
    taken(batch)
    assert list(ResponseScore.objects.values_list("response__text", "value")) == [("One.", 2.0)]


def test_import_that_was_killed_begins_again(dataset: Dataset) -> None:
    batch = received(dataset, fastchat(("q0", "One."), ("q1", "Two.")))
    left = systems.create(project=batch.project, name="Left", kind="imported", actor=None)
    Response.objects.create(
        system_version=left.in_force, revision=dataset.items.first().current, text="Half", source_import=batch
    )
    assert Response.objects.visible().count() == 0
    taken(batch)
    assert sorted(Response.objects.values_list("text", flat=True)) == ["One.", "Two."]


def test_words_that_tell_the_author_are_counted(dataset: Dataset) -> None:
    rows = [("q0", "As an AI language model I cannot feel."), ("q1", "I hear you."), ("q2", "Ask tiny about it.")]
    words = received(dataset, fastchat(*rows)).report["words"]
    assert (words["texts"], words["telling"], words["clues"]) == (3, 2, {"self": 1, "system": 1})
    assert words["examples"][1] == {
        "about": ["tiny", "q2"], "before": "Ask ", "words": "tiny", "after": " about it.", "clue": "system",
    }  # fmt: skip


def test_guess_reads_headers_in_both_languages() -> None:
    found = guess(["模型", "编号", "回答", "评分"], "评测.csv")
    assert (found.system, found.item, found.text, found.score, found.scorer) == ("模型", "编号", "回答", "评分", "评测")
    assert guess(["id", "output"], "llama-7b.csv").system_name == "llama-7b"
    assert guess(["a", "b"], "x.csv").missing() == ["item", "text"]


def test_published_answer_files_come_in_whole(shared: Path, dataset: Dataset) -> None:
    folder = shared / "data" / "chatpsychiatrist"
    project = dataset.project
    questions = [json.loads(line) for line in (folder / "question.jsonl").read_text().splitlines()]
    numbered = worlds.questions(project, len(questions), slug="counselling")
    for item, question in zip(numbered.items.order_by("position"), questions, strict=True):
        numbered.items.filter(pk=item.pk).update(external_id=str(question["question_id"]))
    call_command(
        "import_responses", *sorted(map(str, (folder / "model_answers").glob("*.jsonl"))), "--project", project.slug,
        "--dataset", "counselling", "--good-rows",
    )  # fmt: skip
    made = {system.name: system.in_force.responses.count() for system in System.objects.all()}
    empty = {name: sum(not text(line) for line in lines(folder, name)) for name in made}
    assert made == {name: 229 - empty[name] for name in empty}
    assert len(made) == 5


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "model_answers" / f"{name}.jsonl").read_text().splitlines()]


def text(line: dict[str, Any]) -> str:
    return str(line["choices"][0]["turns"][0]).strip()


def test_command_says_what_is_wrong(dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tiny.jsonl"
    path.write_bytes(fastchat(("q0", "One."), ("q9", "Two.")))
    given = (str(path), "--project", "care", "--dataset", "questions")
    with pytest.raises(CommandError, match=r"^Bad rows: 1, so nothing was imported\."):
        call_command("import_responses", *given)
    assert "tiny.jsonl, row 2: The data set has no item “q9”." in capsys.readouterr().err
    assert ResponseImport.objects.get().report == {"cancelled": True}
    with pytest.raises(CommandError, match="no column “words”"):
        call_command("import_responses", *given, "--map", "text=words")
    call_command("import_responses", *given, "--good-rows", "--system", "Tiny 1B")
    assert capsys.readouterr().out == "Responses of Tiny 1B imported into questions: 1.\n"


# --- pages


@pytest.fixture
def manager(dataset: Dataset, client: Client, settings: Any) -> Client:
    """A browser of the project's manager."""
    user = User.objects.create_user("manager@example.org", "x")
    add_roles(project=dataset.project, user=user, roles=[Role.MANAGER], actor=None)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def upload(client: Client, dataset: Dataset, *named: tuple[str, bytes]) -> Any:
    sent = [ContentFile(content, name=name) for name, content in named]
    return client.post("/p/care/responses/import/", {"dataset": dataset.pk, "uploads": sent, "encoding": ""})


def work() -> None:
    for job in Job.objects.filter(state=Job.State.QUEUED).order_by("pk"):
        jobs.run(job.pk)


def test_several_files_are_uploaded_checked_and_imported_with_one_press(manager: Client, dataset: Dataset) -> None:
    named = [("small.jsonl", fastchat(("q0", "a"))), ("large.jsonl", fastchat(("q0", "b"))), ("bad.jsonl", b"{}\n{")]
    response = upload(manager, dataset, *named)
    assert (response.status_code, response["Location"]) == (302, "/p/care/responses/")
    work()
    page = manager.get("/p/care/responses/").content.decode()
    assert "2 files were read and are without a fault." in page
    assert manager.post("/p/care/responses/take/").status_code == 302
    work()
    assert sorted(System.objects.values_list("name", flat=True)) == ["large", "small"]
    assert Response.objects.visible().count() == 2


def test_file_that_cannot_be_read_is_refused_with_its_reason(manager: Client, dataset: Dataset) -> None:
    response = upload(manager, dataset, ("answers.pdf", b"%PDF-1.7 x"))
    assert response.status_code == 422
    assert response.context["form"].errors["uploads"] == [
        "answers.pdf: This is a PDF file, which cannot be read here. Save it as XLSX or CSV."
    ]
    assert ResponseImport.objects.count() == 0


def test_columns_are_chosen_where_nothing_could_be_guessed(manager: Client, dataset: Dataset) -> None:
    response = upload(manager, dataset, ("x.csv", b"a,b\nq0,Hello\n"))
    url = response["Location"]
    page = manager.get(url)
    assert (page.status_code, page.context["stage"]) == (200, "failed")
    given = {"item": "a", "text": "", "system_name": "X", "criterion": "", "scorer": ""}
    wrong = manager.post(url, given)
    assert (wrong.status_code, wrong.context["form"].errors) == (422, {"text": ["Say which column holds the text."]})
    assert manager.post(url, given | {"text": "b"}).status_code == 302
    work()
    shown = manager.get(url)
    assert shown.context["report"]["good"] == 1
    assert manager.post(url, {"rows": "all"}).status_code == 302
    work()
    assert list(Response.objects.visible().values_list("text", flat=True)) == ["Hello"]
    assert manager.get(url).context["stage"] == "done"


def test_progress_is_a_fragment_until_the_work_is_over(manager: Client, dataset: Dataset) -> None:
    url = upload(manager, dataset, ("tiny.jsonl", fastchat(("q0", "One."))))["Location"]
    asked = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "import-progress"}
    fragment = manager.get(url, **asked)
    assert "<html" not in fragment.content.decode()
    assert "It waits for a worker." in fragment.content.decode()
    work()
    assert manager.get(url, **asked)["HX-Refresh"] == "true"


def test_list_asks_the_database_equally_often_with_one_file_and_with_three(manager: Client, dataset: Dataset) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            manager.get("/p/care/responses/")
        return len(found)

    received(dataset, fastchat(("q0", "a")), name="one.jsonl")
    first = asked()
    received(dataset, fastchat(("q0", "a")), name="two.jsonl")
    received(dataset, fastchat(("q0", "a")), name="three.jsonl")
    assert asked() == first


def test_thrown_away_file_is_gone(manager: Client, dataset: Dataset, settings: Any) -> None:
    batch = received(dataset, fastchat(("q0", "a")))
    path = Path(batch.file.path)
    assert path.exists()
    assert manager.post(f"/p/care/responses/{batch.pk}/cancel/").status_code == 302
    assert not path.exists()
    page = manager.get(f"/p/care/responses/{batch.pk}/")
    assert page.context["stage"] == "cancelled"
    assert manager.post(f"/p/care/responses/{batch.pk}/", {"rows": "all"}).status_code == 302
    work()
    assert Response.objects.count() == 0


def test_job_for_an_import_that_is_gone_fails_with_a_sentence(dataset: Dataset) -> None:
    job = jobs.enqueue("check_responses", "responses:99", project=dataset.project, actor=None)
    assert finish(job).message == "The import is no longer there. Upload the file again."


Handler = Callable[..., str]


@pytest.mark.parametrize("handler", [response_import.check, response_import.run])
def test_handlers_run_twice_with_the_same_rows(dataset: Dataset, handler: Handler) -> None:
    batch = received(dataset, fastchat(("q0", "One."), ("q1", "Two.")))
    job = files.start(batch=batch, keep_good=False, actor=None)
    assert (handler(job, worlds.Silent()), handler(job, worlds.Silent())) == ("", "")
    assert Response.objects.count() == (0 if handler is response_import.check else 2)
