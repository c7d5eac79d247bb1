"""Benchmarks: figures against hand computation, on 200 items of a real exam and on a small world of both kinds."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blind_world import BlindWorld
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.chat_server import Chat, Say
from evaluation import benchmarking
from evaluation.models import Benchmark, BenchmarkReport, Response, ResponseImport, ResponseScore, System, Unblinding
from evaluation.results import marked
from evaluation.services import benchmarks, systems
from evaluation.summary.benchmark_frame import Bench
from projects.models import Dataset, Item, ItemRevision, Job, Project, Role, User
from projects.services import datasets, import_records, jobs, studies
from projects.services.people import add_roles
from reports.exports import export
from reports.summary import Estimate, Summary, Table
from tests.evaluation import worlds
from tests.evaluation.test_rating import rate


def computed(row: Benchmark) -> Summary:
    """Have a worker compute the report, and return it as it was kept."""
    report = benchmarks.ask(row, actor=None)
    job = jobs.run(report.job_id or 0)
    assert job is not None
    assert (job.state, job.message) == (Job.State.DONE, "")
    report.refresh_from_db()
    return Summary.from_json(report.summary or {})


def table(summary: Summary, key: str) -> dict[str, list[Any]]:
    """Return a table's rows by the words of their first cell, estimates as numbers to four places."""
    found = next(b for s in summary.sections for b in s.blocks if isinstance(b, Table) and b.key == key)
    return {str(row[0]): [value(cell) for cell in row[1:]] for row in found.rows}


def value(cell: Any) -> Any:
    bare = getattr(cell, "value", cell) if type(cell).__name__ == "Cell" else cell
    if isinstance(bare, Estimate):
        return None if bare.value is None else round(bare.value, 4)
    return bare


# --- 200 items of a counsellor exam through a scripted model


def exam(shared: Path) -> list[dict[str, Any]]:
    """The first 100 items with one right option and the first 100 with several, whose options are whole."""
    lines = (shared / "data" / "cpsyexam" / "cpsyexam_dev.jsonl").read_text(encoding="utf-8").splitlines()
    chosen: dict[str, list[dict[str, Any]]] = {"single": [], "multi": []}
    seen: set[str] = set()
    for number, line in enumerate(lines):
        row = json.loads(line)
        offered = {key: text for key, text in row["options"].items() if text}
        answer = sorted(row["answer"])
        kind = row["question_type"]
        whole = set(answer) <= set(offered) and (len(answer) == 1) == (kind == "single")
        if whole and len(chosen[kind]) < 100 and row["question"] not in seen:
            seen.add(row["question"])
            chosen[kind].append({**row, "id": f"{kind}-{number}", "answer": answer, "options": offered})
    return [*chosen["single"], *chosen["multi"]]


def said(number: int, row: dict[str, Any]) -> str:
    """What the scripted model answers: by the item's place in its kind, right, wrong, in part, or beside the point."""
    right, others = row["answer"], [key for key in row["options"] if key not in row["answer"]]
    if row["question_type"] == "single":
        turn = number % 5
        return (right[0], f"答案：{right[0]}。", others[0], "这道题很难说。", f"（{right[0]}）")[turn]
    turn = number % 4
    if turn == 0:
        return "、".join(right)
    if turn == 1:
        return right[0]
    if turn == 2:
        return "".join([*right, others[0]]) if others else "".join(right)
    return "我认为" + right[0] + "比较好，但也要看情况"


@pytest.mark.django_db(transaction=True)
def test_exam_through_a_scripted_model_equals_the_hand_computed_accuracies(
    shared: Path, chat: Callable[..., Chat], engine: Any
) -> None:
    rows = exam(shared)
    assert len(rows) == 200
    answers = {row["question"]: said(n % 100, row) for n, row in enumerate(rows)}
    assert len(answers) == 200

    def script(request: dict[str, Any], _times: int) -> Say:
        return Say(text=answers[request["messages"][-1]["content"].partition("\n§")[0]])

    project = worlds.project_named()
    dataset = datasets.create(project=project, name="Exam", actor=None)
    kinds = {"single": "single_choice", "multi": "multiple_choice"}
    import_records.add(
        dataset=dataset, actor=None,
        records=[
            {
                "external_id": row["id"], "text": row["question"], "kind": kinds[row["question_type"]],
                "options": [{"key": key, "text": text} for key, text in row["options"].items()],
                "answer": row["answer"], "language": "zh", "topic": row["subject_name"],
                "metadata": {"kind": row["kind"]},
            }
            for row in rows
        ],
    )  # fmt: skip
    texts = {"zh": {"messages": [{"role": "user", "content": "{text}\n§{options}"}]}}
    prompt = worlds.prompt_for(project, purpose="test", texts=texts, fallback="zh", name="Exam")
    server = chat(script)
    system = worlds.system_at(worlds.endpoint_at(server.url, project), project, prompt=prompt)
    worlds.started(project, dataset, system, purpose="test")
    engine.drain(stopping=lambda: False)
    row = benchmarks.create(
        project=project, name="Exam", datasets=[dataset], systems=[system], actor=None, settings={"section": "kind"}
    )
    summary = computed(row)
    # By hand, from the script: of 100 single items every fifth is 0, 1 or 4: right; the others wrong or unread.
    single_right = 60
    several = [entry for entry in rows if entry["question_type"] == "multi"]
    exact = elastic = unread = 0.0
    for n, entry in enumerate(several):
        whole = set(entry["options"]) == set(entry["answer"])
        if n % 4 == 0 or (n % 4 == 2 and whole):
            exact, elastic = exact + 1, elastic + 1
        elif n % 4 == 1:
            elastic += 1 / len(entry["answer"])
            exact += len(entry["answer"]) == 1
        unread += n % 4 == 3
    found = table(summary, "kinds")["Tiny"]
    assert found == [single_right / 100, exact / 100, round(elastic / 100, 4)]
    overall = table(summary, "overall")["Tiny"]
    assert overall[0] == round((single_right + exact) / 200, 4)
    assert overall[-1] == 200
    unread_row = table(summary, "unread")["Tiny"]
    assert unread_row[:2] == [200, round((20 + unread) / 200, 4)]
    assert set(table(summary, "sections")) == {"Tiny"}


# --- both kinds, several systems


@pytest.fixture
def world(db: None) -> Benchmark:
    """Two topics, four true/false items and two questions each; a base model, its variant, a baseline."""
    project = worlds.project_named()
    dataset = worlds.questions(project, 12, kind=Item.Kind.TRUE_FALSE, slug="mixed")
    items = list(dataset.items.order_by("position"))
    for n, item in enumerate(items):
        topic = "Sleep" if n < 6 else "Work"
        question = n % 6 > 3
        ItemRevision.objects.filter(item=item).update(
            topic=topic, language="zh" if n % 2 else "en", reference="Sleep well, and call me." if question else ""
        )
        Item.objects.filter(pk=item.pk).update(
            kind=Item.Kind.QUESTION if question else Item.Kind.TRUE_FALSE, final=None if question else ["positive"]
        )
    made = {
        name: system(project, name, role) for name, role in (("Base", "base"), ("Tuned", "both"), ("Other", "baseline"))
    }
    right = {"Base": {0, 6}, "Tuned": {0, 1, 2, 6, 7, 8, 9}, "Other": {0, 1, 2, 3}}
    points = {"Base": [1, 1, 2, 2], "Tuned": [3, 3, 4, 4], "Other": [4, 0, 4, 0]}
    batch = ResponseImport.objects.create(project=project, dataset=dataset, published=True)
    for name, row in made.items():
        for n, item in enumerate(items):
            question = n % 6 > 3
            text = f"Sleep well, {name}." if question else "positive" if n in right[name] else "negative"
            if (name, n) == ("Other", 7):
                text = "Hard to tell."
            response = Response.objects.create(
                system_version=row.in_force, revision=item.current, text=text, source_import=batch
            )
            if question:
                at = (n // 6) * 2 + (n % 6 - 4)
                ResponseScore.objects.create(response=response, scorer="Panel", value=points[name][at])
    return benchmarks.create(
        project=project, name="Mixed", datasets=[dataset], systems=list(made.values()), actor=None,
        settings={"scores": [benchmarks.GIVEN, "Panel", "overall"]},
    )  # fmt: skip


def system(project: Project, name: str, role: str) -> System:
    group = "" if role == "baseline" else "Base"
    return systems.create(project=project, name=name, actor=None, kind="imported", role=role, group=group)


def test_overall_topics_and_kinds_by_hand(world: Benchmark) -> None:
    summary = computed(world)
    # Base: 2 of 8 right, questions 1, 1, 2, 2 of 4. Overall (2 + 1.5) / 12.
    overall = table(summary, "overall")
    assert overall["Base"] == [round(3.5 / 12, 4), 0.25, 0.375, round(abs(1.5 / 6 - 2 / 6) / 2, 4), 0.0, 12]
    assert overall["Tuned"][:3] == [round(10.5 / 12, 4), 0.875, 0.875]
    assert overall["Other"][:3] == [0.5, 0.5, 0.5]
    assert overall["Other"][4] == 0.125
    topics = table(summary, "topics")
    assert topics["Base"][:2] == [0.25, round(2 / 6, 4)]
    assert topics["Other"][:2] == [round(5 / 6, 4), round(1 / 6, 4)]
    assert table(summary, "kinds")["Tuned"] == [0.875, 0.875]
    assert table(summary, "languages")["Base"] == [round((2 + 0.25 + 0.5) / 6, 4), round((0.25 + 0.5) / 6, 4)]
    assert str(summary.headline).startswith("Tuned has the highest overall score, 87.5% (")


def test_before_and_after_and_mcnemar_by_hand(world: Benchmark) -> None:
    from statsmodels.stats.contingency_tables import mcnemar

    summary = computed(world)
    found = next(b for s in summary.sections for b in s.blocks if isinstance(b, Table) and b.key == "pairs")
    first = [value(cell) for cell in found.rows[0]]
    assert [str(first[0]), *first[2:]] == ["Base → Tuned", 12, round(3.5 / 12, 4), 0.875, round(7 / 12, 4)]
    assert len(found.rows) == 3
    tests = next(b for s in summary.sections for b in s.blocks if isinstance(b, Table) and b.key == "mcnemar")
    rows = {(row[0], row[1]): [value(cell) for cell in row[2:]] for row in tests.rows}
    # Base and Tuned: both right on 0 and 6; Tuned alone on 1, 2, 7, 8, 9.
    assert rows["Base", "Tuned"][:4] == [8, 0, 5, 0.625]
    assert rows["Base", "Tuned"][4] == pytest.approx(float(mcnemar([[2, 0], [5, 1]], exact=True).pvalue))
    assert rows["Tuned", "Other"][:3] == [8, 4, 1]


def test_texts_are_compared_by_language_on_the_items_all_systems_answered(world: Benchmark) -> None:
    from stats.text import text_summary

    summary = computed(world)
    english = table(summary, "texts-0")
    expected = text_summary(["Sleep well, Base."] * 2, ["Sleep well, and call me."] * 2, language="en", bootstrap=10)
    assert english["Base"][0] == 2
    assert english["Base"][1] == round(expected["bleu_1"].value or 0, 4)
    assert english["Base"][7] == round(expected["rouge_l"].value or 0, 4)
    assert set(table(summary, "texts-1")) == {"Base", "Tuned", "Other"}


def test_unread_answers_stand_apart_and_count_as_wrong(world: Benchmark) -> None:
    rows = table(computed(world), "unread")
    assert rows["Other"] == [8, 0.125, 1]
    assert rows["Base"] == [8, 0.0, 0]
    bench = Bench(marked.load(world), 1)
    item = Item.objects.get(external_id="q7").pk
    other = System.objects.get(name="Other").pk
    assert bench.scores.of(other, [item]).tolist() == [0.0]


def test_newest_version_that_answered_counts_and_earlier_wordings_do_not(world: Benchmark) -> None:
    base = System.objects.get(name="Base")
    version = base.versions.create(number=2)
    batch = ResponseImport.objects.get()
    item = Item.objects.get(external_id="q1")
    Response.objects.create(system_version=version, revision=item.current, text="positive", source_import=batch)
    taken = marked.load(world)
    assert (taken.versions[base.pk], taken.outdated) == ({1: 11, 2: 1}, 0)
    assert [one.exact for one in taken.marked if (one.item, one.system) == (item.pk, base.pk)] == [1.0]
    again = ItemRevision.objects.create(item=item, number=2, text="Reworded", content_hash="y", topic="Sleep")
    Item.objects.filter(pk=item.pk).update(current=again)
    taken = marked.load(world)
    assert taken.outdated == 4
    assert item.pk not in taken.answered[base.pk]


def test_report_is_stale_once_something_it_rests_on_changes(world: Benchmark) -> None:
    computed(world)
    report = BenchmarkReport.objects.latest("pk")
    assert not benchmarking.is_stale(report, world)
    Item.objects.filter(external_id="q0").update(final=["negative"])
    assert benchmarking.is_stale(report, world)
    computed(world)
    newest = BenchmarkReport.objects.latest("pk")
    assert (newest.pk > report.pk, benchmarking.is_stale(newest, world)) == (True, False)
    ResponseScore.objects.first().delete()
    assert benchmarking.is_stale(newest, world)


def test_job_run_twice_computes_once(world: Benchmark) -> None:
    report = benchmarks.ask(world, actor=None)
    for _ in range(2):
        assert benchmarking.run(report.job, worlds.Silent()) == ""
    assert BenchmarkReport.objects.filter(computed_at__isnull=False).count() == 1


def test_empty_benchmark_says_that_nothing_can_be_said(db: None) -> None:
    project = worlds.project_named()
    dataset = worlds.questions(project, 2)
    row = benchmarks.create(
        project=project, name="Empty", datasets=[dataset], systems=[system(project, "A", "other")], settings={},
        actor=None,
    )  # fmt: skip
    summary = computed(row)
    assert str(summary.headline).startswith("No response has a score yet")
    assert [str(words) for words in summary.limits] == [
        "A has no response to 2 of 2 items; they do not count for it.",
        "2 open questions have no score and count for nothing but the texts.",
    ]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "latex", "json", "html"])
def test_report_is_exported_with_its_numbers(world: Benchmark, suffix: str) -> None:
    made = export(computed(world), suffix)
    if suffix == "csv":
        with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
            names = [name for name in archive.namelist() if "overall.overall" in name and "bars" not in name]
            text = archive.read(names[0]).decode("utf-8-sig")
        assert text.splitlines()[2].split(",")[:2] == ["Tuned", "0.875"]
    elif suffix == "xlsx":
        import openpyxl

        sheets = openpyxl.load_workbook(io.BytesIO(made.content))
        cells = {cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row}
        assert {"Tuned", 0.875} <= cells
    else:
        text = made.content.decode()
        assert ("Tuned" in text, "87.5" in text or "0.875" in text) == (True, True)


# --- pages


@pytest.fixture
def manager(world: Benchmark, client: Client, settings: Any) -> Client:
    user = User.objects.create_user("manager@example.org", "x")
    add_roles(project=world.project, user=user, roles=[Role.MANAGER], actor=None)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def test_benchmark_is_made_computed_and_changed_on_its_pages(manager: Client, world: Benchmark) -> None:
    chosen = {
        "name": "Second", "datasets": [world.datasets.get().pk], "systems": [s.pk for s in world.systems.all()],
        "scores": benchmarks.coded(benchmarks.GIVEN, "Panel", "overall"), "texts": "on", "segmentation": "words",
        "before_0": System.objects.get(name="Other").pk, "after_0": System.objects.get(name="Tuned").pk,
    }  # fmt: skip
    response = manager.post("/p/care/benchmarks/new/", chosen)
    made = Benchmark.objects.get(name="Second")
    assert (response.status_code, response["Location"]) == (302, f"/p/care/benchmarks/{made.pk}/")
    assert made.settings["pairs"] == [[chosen["before_0"], chosen["after_0"]]]
    waiting = manager.get(f"/p/care/benchmarks/{made.pk}/").content.decode()
    assert "The report is being computed" in waiting
    jobs.run(benchmarks.last_job(made).pk)
    page = manager.get(f"/p/care/benchmarks/{made.pk}/").content.decode()
    assert "Tuned has the highest overall score" in page
    assert "Other → Tuned" in page
    edit = manager.get(f"/p/care/benchmarks/{made.pk}/edit/")
    assert edit.context["form"]["after_0"].value() == chosen["after_0"]
    assert manager.post(f"/p/care/benchmarks/{made.pk}/edit/", chosen | {"name": "Third"}).status_code == 302
    assert manager.post(f"/p/care/benchmarks/{made.pk}/delete/").status_code == 302
    assert not Benchmark.objects.filter(pk=made.pk).exists()


def test_half_a_pair_is_refused_and_what_was_typed_stays(manager: Client, world: Benchmark) -> None:
    other = System.objects.get(name="Other").pk
    response = manager.post("/p/care/benchmarks/new/", {"name": "Kept", "before_0": other})
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert errors["after_0"] == ["A pair takes two different systems."]
    assert {"datasets", "systems"} <= set(errors)
    assert 'value="Kept"' in response.content.decode()


def test_list_asks_the_database_equally_often_with_one_and_with_three(manager: Client, world: Benchmark) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            manager.get("/p/care/benchmarks/")
        return len(found)

    first = asked()
    for name in ("Two", "Three"):
        benchmarks.create(
            project=world.project, name=name, datasets=list(world.datasets.all()), systems=list(world.systems.all()),
            settings={}, actor=None,
        )  # fmt: skip
    assert asked() == first


def test_form_asks_the_database_equally_often_with_one_and_with_many_data_sets(
    manager: Client, world: Benchmark
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert manager.get("/p/care/benchmarks/new/").status_code == 200
        return len(captured)

    asked()
    before = asked()
    for n in range(5):
        extra = worlds.questions(world.project, 2, slug=f"more-{n}")
        ItemRevision.objects.filter(item__dataset=extra).update(metadata={f"column {n}": "x"})
    assert asked() == before
    assert {"column 0", "column 4"} <= set(benchmarks.section_columns(world.project))


def test_file_of_a_report_is_handed_out(manager: Client, world: Benchmark) -> None:
    computed(world)
    report = BenchmarkReport.objects.latest("pk")
    response = manager.get(f"/p/care/benchmarks/{world.pk}/{report.pk}/export/json/")
    assert json.loads(response.content)["title"] == "Mixed"
    assert manager.get(f"/p/care/benchmarks/{world.pk}/{report.pk}/export/exe/").status_code == 404


def test_scores_of_a_closed_study_count_once_its_key_is_open(db: None) -> None:
    blind = BlindWorld(systems=2, items=2, raters=2)
    study = blind.opened("rating", rubric="preset:answer_quality:en", together="on")
    a, b = (version.pk for version in blind.systems)
    given = {blind.raters[0]: [{a: 4, b: 0}, {a: 2, b: 1}], blind.raters[1]: [{a: 3, b: 1}, {a: 2, b: 1}]}
    for rater, wanted in given.items():
        for scores in wanted:
            assert rate(blind, study, rater, scores).status_code == 302
    criterion = study.blind.rubric.criteria[0]["key"]
    row = benchmarks.create(
        project=blind.project, name="Rated", datasets=[blind.dataset], actor=None,
        systems=[version.system for version in blind.systems], settings={"scores": ["study", study.pk, criterion]},
    )  # fmt: skip
    assert (list(benchmarks.sources(blind.project)), marked.load(row).scored) == ([], [])
    studies.close(study, actor=blind.manager)
    assert marked.load(row).scored == []
    Unblinding.objects.create(study=study, by=blind.manager, reason="The results are in.")
    [(source, _words)] = benchmarks.sources(blind.project)
    assert json.loads(source) == ["study", study.pk, criterion]
    scored = Bench(marked.load(row), 1).scores
    means = {name: sorted(scored.of(System.objects.get(name=name).pk).tolist()) for name in ("Model 0", "Model 1")}
    # Which item came first is the study's to shuffle: 7 of 8 points and 4 of 8, 1 of 8 and 2 of 8.
    assert means == {"Model 0": [0.5, 0.875], "Model 1": [0.125, 0.25]}


def test_uploaded_scores_are_offered_as_a_source(world: Benchmark) -> None:
    assert list(benchmarks.sources(world.project)) == [('["given", "Panel", "overall"]', "Panel: overall")]
    hidden = ResponseImport.objects.create(
        project=world.project, dataset=Dataset.objects.get(), file=ContentFile(b"", "x")
    )
    ResponseScore.objects.update(source_import=hidden)
    assert list(benchmarks.sources(world.project)) == []
