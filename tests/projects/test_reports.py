"""Reports as snapshots, their page and files, the study's own files, and the command that writes them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from projects import kinds, reporting
from projects.models import AuditEntry, Exposure, Job, Project, Report, Role, Study, Submission, User
from projects.services import exclusions, exporting, jobs, reports, studies, work
from reports.exports import FORMATS

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def reviewed(stage: Any) -> Study:
    """An open label review of three items: two raters agree on two of them and differ on the third."""
    raters = stage.raters(2)
    study = stage.study(*raters, units=3, wanted=2)
    for rater, said in zip(raters, (["positive"] * 3, ["positive", "positive", "negative"]), strict=True):
        for label in said:
            answer(stage, study, rater, label)
    return study


def answer(stage: Any, study: Study, rater: Any, label: str) -> None:
    """Let a rater answer their next unit through the work loop and the kind."""
    kind, part = kinds.of(study), stage.part(study, rater)
    (row,) = stage.hold(study, rater, shown=Exposure.NOTHING)
    given = work.Answer(client_key=f"key-{row.pk}", active_ms=0)

    def write(submission: Submission) -> None:
        submission.labels.create(value=label)

    work.submit(part, row, answer=given, write=write, settle=kind.settle)


def computed(study: Study, actor: User | None = None) -> Report:
    """Ask for a report and let a worker compute it."""
    asked = reports.ask(study, actor=actor)
    job = jobs.run(asked.job_id or 0)
    assert (job and job.state, job and job.message) == (Job.State.DONE, "")
    return Report.objects.get(pk=asked.pk)


def address(study: Study, tail: str = "results/") -> str:
    """An address under a study."""
    return f"/p/{study.project.slug}/studies/{study.slug}/{tail}"


@pytest.fixture
def manager(stage: Any) -> Client:
    """A browser of the manager."""
    return stage.client(stage.manager)


# --- snapshots --------------------------------------------------------------------------------------------


def test_a_report_keeps_what_it_was_computed_from(reviewed: Study, stage: Any) -> None:
    report = computed(reviewed, stage.manager)
    assert report.inputs_hash == kinds.of(reviewed).inputs_hash(Study.objects.get(pk=reviewed.pk))
    assert (report.seed, report.created_by) == (reviewed.seed, stage.manager)
    assert set(report.versions) == {"Concord", "Python", "numpy", "scipy", "scikit-learn", "krippendorff", "Django"}
    assert report.computed_at is not None
    assert report.summary is not None
    assert report.summary["type"] == "Summary"


def test_the_version_is_the_one_in_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == reporting.VERSION


def test_asking_twice_gives_one_report(reviewed: Study) -> None:
    first, second = reports.ask(reviewed, actor=None), reports.ask(reviewed, actor=None)
    assert first == second
    assert Report.objects.count() == 1


def test_a_job_that_runs_twice_gives_one_report_and_changes_it_no_more(reviewed: Study) -> None:
    report = computed(reviewed)
    Job.objects.filter(pk=report.job_id).update(state=Job.State.QUEUED)
    jobs.run(report.job_id or 0)
    (again,) = Report.objects.all()
    assert (again.computed_at, again.summary) == (report.computed_at, report.summary)


def test_a_job_whose_report_is_gone_makes_it_anew(reviewed: Study) -> None:
    asked = reports.ask(reviewed, actor=None)
    Report.objects.all().delete()
    jobs.run(asked.job_id or 0)
    assert Report.objects.get().computed_at is not None


def test_a_report_is_stale_once_something_is_left_out(reviewed: Study, stage: Any) -> None:
    report = computed(reviewed)
    study = Study.objects.get(pk=reviewed.pk)
    assert reporting.is_stale(report, study) is False
    exclusions.leave_out(study, study.units.first(), reason="asked twice", actor=stage.manager)
    assert reporting.is_stale(report, study) is True


def test_closing_a_study_asks_for_its_report(reviewed: Study, stage: Any) -> None:
    studies.close(reviewed, actor=stage.manager)
    report = reviewed.reports.get()
    assert (report.computed_at, report.job and report.job.state) == (None, Job.State.QUEUED)
    jobs.run(report.job_id or 0)
    report.refresh_from_db()
    assert report.summary is not None
    assert report.summary["warnings"] == []


def test_a_study_that_closes_while_its_report_is_computed_is_reported_closed(
    reviewed: Study, stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = kinds.of(reviewed)
    plain = kind.summarise

    def summarise(report: Report, tell: Any) -> Any:
        found = plain(report, tell)
        Study.objects.filter(pk=reviewed.pk).update(state=Study.State.CLOSED)
        return found

    monkeypatch.setattr(kind, "summarise", summarise)
    report = computed(reviewed)
    assert report.summary is not None
    assert report.summary["warnings"] == []
    assert reporting.is_stale(report, Study.objects.get(pk=reviewed.pk)) is False


# --- the page ---------------------------------------------------------------------------------------------


def test_the_page_of_a_draft_says_that_there_are_no_results_yet(stage: Any, manager: Client) -> None:
    study = stage.draft()
    page = manager.get(address(study)).content.decode()
    assert "This study has not been opened." in page
    assert "results/compute/" not in page
    assert manager.post(address(study, "results/compute/")).status_code == 302
    assert Report.objects.count() == 0


def test_the_page_without_a_report_offers_to_compute_it(reviewed: Study, manager: Client) -> None:
    page = manager.get(address(reviewed)).content.decode()
    assert "Compute the report" in page
    answered = manager.post(address(reviewed, "results/compute/"))
    assert (answered.status_code, answered["Location"]) == (302, address(reviewed))
    assert Job.objects.get().kind == "report"


def test_the_page_shows_progress_while_a_worker_computes(reviewed: Study, manager: Client) -> None:
    asked = reports.ask(reviewed, actor=None)
    assert "It waits for a worker." in manager.get(address(reviewed)).content.decode()
    Job.objects.filter(pk=asked.job_id).update(state=Job.State.RUNNING, done=3, total=12)
    part = manager.get(address(reviewed), headers={"HX-Request": "true", "HX-Target": "report-job"})
    assert "3 of 12" in part.content.decode()
    assert "<html" not in part.content.decode()
    Job.objects.filter(pk=asked.job_id).update(state=Job.State.DONE)
    done = manager.get(address(reviewed), headers={"HX-Request": "true", "HX-Target": "report-job"})
    assert done["HX-Refresh"] == "true"


def test_a_failed_computation_is_said_and_can_be_tried_again(reviewed: Study, manager: Client) -> None:
    asked = reports.ask(reviewed, actor=None)
    Job.objects.filter(pk=asked.job_id).update(state=Job.State.FAILED, message="The disk is full.")
    page = manager.get(address(reviewed)).content.decode()
    assert "The report was not computed" in page
    assert "The disk is full." in page
    assert "Try again" in page


def test_the_page_shows_the_newest_report_and_leads_to_earlier_ones(reviewed: Study, manager: Client) -> None:
    first, second = computed(reviewed), computed(reviewed)
    page = manager.get(address(reviewed)).content.decode()
    assert "Krippendorff&#x27;s alpha" in page
    assert f'href="{address(reviewed, f"results/{first.pk}/")}"' in page
    assert f"results/{second.pk}/export/xlsx/" in page
    earlier = manager.get(address(reviewed, f"results/{first.pk}/")).content.decode()
    assert "This is an earlier report" in earlier
    assert "This is an earlier report" not in page


def test_the_page_says_when_its_inputs_have_changed(reviewed: Study, stage: Any, manager: Client) -> None:
    computed(reviewed)
    changed = "have changed since this was computed"
    assert changed not in manager.get(address(reviewed)).content.decode()
    exclusions.leave_out(reviewed, reviewed.units.first(), reason="asked twice", actor=stage.manager)
    assert changed in manager.get(address(reviewed)).content.decode()


def test_the_page_asks_the_same_queries_however_many_reports_there_are(
    reviewed: Study, manager: Client, django_assert_num_queries: Any
) -> None:
    computed(reviewed)
    with_one = queries(manager, reviewed)
    for _ in range(3):
        computed(reviewed)
    assert queries(manager, reviewed) == with_one
    assert with_one <= 20


def queries(client: Client, study: Study) -> int:
    """How many queries the page asks."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert client.get(address(study)).status_code == 200
    return len(captured)


def test_the_page_speaks_the_readers_language_and_keeps_to_the_policy(reviewed: Study, manager: Client) -> None:
    computed(reviewed)
    page = manager.get(address(reviewed)).content.decode()
    assert re.findall(r"\sstyle=|\son[a-z]+=", page) == []


@pytest.mark.parametrize(
    ("role", "status"), [(Role.MANAGER, 200), (Role.ANALYST, 200), (Role.ADJUDICATOR, 200), (Role.RATER, 403)]
)
def test_only_those_who_may_read_results_reach_them(reviewed: Study, stage: Any, role: Role, status: int) -> None:
    report = computed(reviewed)
    client = stage.client(stage.user("someone", role))
    tails = ["results/", f"results/{report.pk}/", f"results/{report.pk}/export/json/", "export/final.csv"]
    assert [client.get(address(reviewed, tail)).status_code for tail in tails] == [status] * 4
    assert client.post(address(reviewed, "results/compute/")).status_code == (302 if status == 200 else 403)


def test_a_report_of_another_study_is_not_found(reviewed: Study, stage: Any, manager: Client) -> None:
    report = computed(reviewed)
    other = stage.study(name="Other")
    assert manager.get(address(other, f"results/{report.pk}/")).status_code == 404
    assert manager.get(address(other, f"results/{report.pk}/export/json/")).status_code == 404


def test_a_report_that_is_not_computed_yet_is_not_found(reviewed: Study, manager: Client) -> None:
    asked = reports.ask(reviewed, actor=None)
    assert manager.get(address(reviewed, f"results/{asked.pk}/")).status_code == 404


# --- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", list(FORMATS))
def test_a_report_is_handed_out_in_every_format(reviewed: Study, manager: Client, suffix: str) -> None:
    report = computed(reviewed)
    answered = manager.get(address(reviewed, f"results/{report.pk}/export/{suffix}/"))
    assert answered.status_code == 200
    assert answered["Content-Type"] == FORMATS[suffix].content_type
    assert answered["Content-Disposition"] == f'attachment; filename="study-report{FORMATS[suffix].suffix}"'
    assert len(answered.content) > 500


def test_an_unknown_format_of_a_report_is_not_found(reviewed: Study, manager: Client) -> None:
    report = computed(reviewed)
    assert manager.get(address(reviewed, f"results/{report.pk}/export/docx/")).status_code == 404


def test_a_file_of_the_study_is_streamed_and_the_log_keeps_who_took_it(
    reviewed: Study, stage: Any, manager: Client
) -> None:
    answered = manager.get(address(reviewed, "export/answers.jsonl"))
    assert answered.streaming
    rows = [json.loads(line) for line in b"".join(answered).splitlines()]
    assert [(row["id"], row["rater"], row["label"]) for row in rows][-2:] == [
        ("item-2", "R1", "positive"), ("item-2", "R2", "negative"),
    ]  # fmt: skip
    assert answered["Content-Disposition"] == 'attachment; filename="study-answers.jsonl"'
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.actor_id, entry.target_id) == ("study.exported", stage.manager.pk, reviewed.pk)
    assert entry.data == {"file": "answers", "format": "jsonl"}


@pytest.mark.parametrize("tail", ["export/secrets.csv", "export/final.xlsx", "export/final."])
def test_an_unknown_file_of_the_study_is_not_found(reviewed: Study, manager: Client, tail: str) -> None:
    assert manager.get(address(reviewed, tail)).status_code == 404


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_writes_what_the_page_hands_out(reviewed: Study, manager: Client, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    call_command("export_study", reviewed.slug, what="answers", suffix="csv", output=str(path))
    assert path.read_bytes() == b"".join(manager.get(address(reviewed, "export/answers.csv")))


def test_the_command_writes_to_standard_output(reviewed: Study, capfdbinary: Any) -> None:
    call_command("export_study", reviewed.slug, suffix="jsonl", what="final")
    assert [json.loads(line)["id"] for line in capfdbinary.readouterr().out.splitlines()] == ["item-0", "item-1"]


@pytest.mark.parametrize(
    ("slug", "options", "words"),
    [
        ("nothing", {}, "There is no such study."),
        ("study", {"project": "elsewhere"}, "There is no such study."),
        ("study", {"what": "secrets"}, "This study has no file “secrets”. It has: final, removed, answers, matrix."),
    ],
)
def test_the_command_says_what_is_wrong(reviewed: Study, slug: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(CommandError) as raised:
        call_command("export_study", slug, **options)
    assert str(raised.value) == words


def test_the_command_asks_which_project_where_several_have_such_a_study(reviewed: Study) -> None:
    other = Project.objects.create(slug="elsewhere", name="Elsewhere")
    Study.objects.create(project=other, kind="label_review", slug=reviewed.slug, name="Same")
    with pytest.raises(CommandError) as raised:
        call_command("export_study", reviewed.slug)
    assert str(raised.value) == (
        "Several projects have a study of this name; say which with --project: elsewhere, harbour."
    )


def test_the_command_says_where_it_could_not_write(reviewed: Study, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as raised:
        call_command("export_study", reviewed.slug, output=str(tmp_path / "missing" / "file.csv"))
    assert str(raised.value).startswith("The file was not written: ")


def test_every_offered_file_comes_in_every_format(reviewed: Study) -> None:
    for offer in kinds.of(reviewed).exports():
        for suffix in exporting.FORMATS:
            assert exporting.filename(reviewed, offer, suffix) == f"study-{offer.key}.{suffix}"
            assert all(isinstance(chunk, bytes) for chunk in exporting.stream(reviewed, offer, suffix))
