"""The reproduction bundle: recomputed to the last digit, the same bytes again, and nobody is named in it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from publishing_world import PaperWorld

from evaluation.models import Benchmark, System, SystemVersion, Unblinding
from projects.models import AuditEntry, Job, Rater, Study, StudyRole, User
from projects.services import jobs
from publishing.models import EditionBundle, StudyReport, StudyReportEdition
from publishing.services import bundle, bundles
from stats.cli import main
from stats.paper.package import unpack

pytestmark = pytest.mark.django_db
CANARY = "kanarienvogel"


def computed(report: StudyReport) -> StudyReportEdition:
    """Have a worker compute the newest edition."""
    edition = report.editions.order_by("-pk")[0]
    job = jobs.run(edition.job_id or 0)
    assert job is not None
    assert (job.state, job.message) == ("done", "")
    return StudyReportEdition.objects.select_related("report__project", "material").get(pk=edition.pk)


def handed(client: Client, edition: StudyReportEdition, *, texts: bool = False) -> bytes:
    """Ask for a bundle as a browser does, have a worker make it, and take the file that the page offers."""
    url = f"/p/harbour/study-reports/{edition.report_id}/{edition.pk}/bundle/"
    assert client.post(url, {"texts": "1"} if texts else {}).status_code == 302
    for job in Job.objects.filter(kind=bundles.KIND, state=Job.State.QUEUED):
        assert "It waits for a worker." in client.get(url).content.decode()
        done = jobs.run(job.pk)
        assert done is not None
        assert (done.state, done.message, done.done, done.total) == ("done", "", 100, 100)
    made = bundles.kept(edition, texts=texts)[0]
    assert f'href="{url}{made.pk}/"' in client.get(url).content.decode()
    return client.get(f"{url}{made.pk}/").content


def marked(world: PaperWorld) -> None:
    """Write a canary into every name of systems, models, people and raters."""
    for n, system in enumerate(System.objects.all()):
        group = f"{CANARY}-family" if system.group else ""
        System.objects.filter(pk=system.pk).update(
            name=f"{CANARY} {n}", slug=f"{CANARY}-{n}", notes=CANARY, group=group
        )
    SystemVersion.objects.update(model_id=f"{CANARY}/model", parameters={"temperature": 1.0, "stop": [CANARY]})
    for person in User.objects.all():
        User.objects.filter(pk=person.pk).update(name=f"{CANARY} {person.pk}")
    for n, rater in enumerate(world.raters):
        Rater.objects.filter(pk=rater.pk).update(code=f"{CANARY}-{n}")


def said(files: dict[str, bytes]) -> str:
    """All of a bundle's content as one text."""
    return "\n".join(content.decode().casefold() for content in files.values())


def test_bundle_recomputes_and_names_nobody_and_the_key_waits_for_all_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = PaperWorld(items=3, raters=2)
    marked(world)
    ranking, hidden = world.answered("ranking"), world.answered("rating", opened=False, name=f"{CANARY} rated")
    report = world.report([ranking, hidden], [world.judged(names=(f"{CANARY} judge",), unread=1)])
    marked(world)
    edition = computed(report)
    manager, url = world.client(world.manager), f"/p/harbour/study-reports/{report.pk}/{edition.pk}/"
    assert "Have the bundle made first." in manager.get(url + "bundle/").content.decode()
    assert "Have the bundle made first" in manager.get(url + "key/", follow=True).content.decode()
    content = handed(manager, edition)
    assert content == bundle.build(edition)
    (tmp_path / "b.zip").write_bytes(content)
    assert main(["report", str(tmp_path / "b.zip")]) == 0
    assert "DIFFER" not in capsys.readouterr().out
    files = unpack(io.BytesIO(content))
    assert CANARY not in said(files)
    assert not any(name.startswith("texts/") for name in files)
    studies = json.loads(files["design/studies.json"])
    assert [(one["study"], one["kind"]) for one in studies] == [
        ("ranking-1", "ranking"), ("rating-1", "rating"), ("judging-1", "judging"),
    ]  # fmt: skip
    described = json.loads(files["design/systems.json"])
    assert len(described) == 7
    assert {json.dumps(one["versions"][0]["parameters"]) for one in described} == {'{"temperature": 1.0}'}

    assert manager.get(url + "key/").status_code == 302
    Unblinding.objects.create(study=hidden, by=world.manager, reason="Now.")
    key = json.loads(manager.get(url + "key/").content)
    assert key["bundle_sha256"] == sha256(content).hexdigest()
    assert {name for name in key["systems"].values() if name.startswith(CANARY)}
    assert set(key["raters"].values()) == {f"{CANARY}-0", f"{CANARY}-1"}
    assert AuditEntry.objects.filter(verb="study_report.key_taken").count() == 1


def test_texts_are_for_managers_who_ask_and_leave_out_those_that_name_somebody() -> None:
    world = PaperWorld(items=2, raters=1, systems=2)
    edition = computed(world.report([], [world.judged(names=("Judge A",))]))
    url = f"/p/harbour/study-reports/{edition.report_id}/{edition.pk}/bundle/"
    analyst, manager = world.client(world.user("ana", "analyst")), world.client(world.manager)
    assert analyst.post(url, {"texts": "1"}).status_code == 403
    assert not EditionBundle.objects.exists()
    assert not any(name.startswith("texts/") for name in unpack(io.BytesIO(handed(analyst, edition))))
    files = unpack(io.BytesIO(handed(manager, edition, texts=True)))
    rows = list(csv.DictReader(io.StringIO(files["texts/responses.csv"].decode())))
    assert len(rows) == 4
    assert all(row["text"].startswith("Words of kind") for row in rows)
    withtexts = bundles.kept(edition, texts=True).get()
    assert analyst.get(f"{url}{withtexts.pk}/").status_code == 403
    assert f"{url}{withtexts.pk}/" not in analyst.get(url).content.decode()
    System.objects.filter(pk=world.systems[0].system_id).update(name="kind 0")
    files = unpack(io.BytesIO(handed(manager, edition, texts=True)))
    assert len(json.loads(files["texts/withheld.json"])) == 2
    assert b"kind 0" not in files["texts/responses.csv"]
    # The one that still had these words is gone.
    assert manager.get(f"{url}{withtexts.pk}/").status_code == 404
    assert EditionBundle.objects.count() == 2


def test_a_bundle_is_made_once_and_one_with_texts_is_gone_after_a_day() -> None:
    world = PaperWorld(items=1, raters=1, systems=2)
    edition = computed(world.report([], [world.judged(names=("Judge A",))]))
    url = f"/p/harbour/study-reports/{edition.report_id}/{edition.pk}/bundle/"
    manager = world.client(world.manager)
    for _twice in range(2):
        manager.post(url)
    assert Job.objects.filter(kind=bundles.KIND).count() == 1
    first = handed(manager, edition)
    assert handed(manager, edition) == first
    assert Job.objects.filter(kind=bundles.KIND).count() == 1
    job = Job.objects.get(kind=bundles.KIND)
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
    jobs.run(job.pk)
    assert EditionBundle.objects.count() == 1
    handed(manager, edition, texts=True)
    made = bundles.kept(edition, texts=True).get()
    EditionBundle.objects.update(made_at=timezone.now() - timedelta(hours=25))
    assert manager.get(f"{url}{made.pk}/").status_code == 404
    assert "With the texts of responses</h3>" not in manager.get(url).content.decode()
    assert handed(manager, edition) == first
    bundles.forget_old()
    assert list(EditionBundle.objects.values_list("texts", flat=True)) == [False]


def test_the_page_of_a_bundle_says_how_far_it_is_and_what_went_wrong() -> None:
    world = PaperWorld(items=1, raters=1, systems=2)
    edition = computed(world.report([], [world.judged(names=("Judge A",))]))
    url = f"/p/harbour/study-reports/{edition.report_id}/{edition.pk}/bundle/"
    manager, part = world.client(world.manager), {"HX-Request": "true", "HX-Target": "bundle-job"}
    assert manager.get(url, headers=part)["HX-Refresh"] == "true"
    manager.post(url)
    Job.objects.filter(kind=bundles.KIND).update(state=Job.State.RUNNING, done=40, total=100)
    shown = manager.get(url, headers=part).content.decode()
    assert "40 of 100" in shown
    assert "<html" not in shown
    Job.objects.filter(kind=bundles.KIND).update(state=Job.State.FAILED, message="No room left.")
    assert manager.get(url, headers=part)["HX-Refresh"] == "true"
    page = manager.get(url).content.decode()
    assert "The bundle was not made" in page
    assert "No room left." in page
    assert handed(manager, edition)
    assert "The bundle was not made" not in manager.get(url).content.decode()


def test_holder_of_every_key_may_take_the_key_and_other_members_may_not() -> None:
    world = PaperWorld(items=1, raters=1)
    ranking = world.answered("ranking")
    edition = computed(world.report([ranking]))
    url = f"/p/harbour/study-reports/{edition.report_id}/{edition.pk}/key/"
    holder = world.user("holder", "analyst")
    assert world.client(holder).get(url).status_code == 403
    StudyRole.objects.create(study=ranking, user=holder, part=StudyRole.Part.KEY_HOLDER, state=StudyRole.State.ACTIVE)
    assert world.client(holder).get(url).status_code == 302
    jobs.run(bundles.ask(edition, texts=False, actor=holder).job_id or 0)
    assert world.client(holder).get(url).status_code == 200


def test_command_writes_bundle_and_key_and_refuses_what_is_not_there(tmp_path: Path) -> None:
    world = PaperWorld(items=1, raters=1)
    hidden = world.answered("ranking", opened=False)
    report = world.report([hidden])
    out: dict[str, Any] = {"stdout": io.StringIO()}
    with pytest.raises(CommandError, match="not been computed"):
        call_command("study_bundle", report.pk, tmp_path / "b.zip", **out)
    computed(report)
    with pytest.raises(CommandError, match="keys of all blind studies"):
        call_command("study_bundle", report.pk, tmp_path / "b.zip", key=tmp_path / "key.json", **out)
    assert not (tmp_path / "b.zip").exists()
    call_command("study_bundle", report.pk, tmp_path / "b.zip", **out)
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        assert packed.namelist()[0] == "manifest.json"
    Study.objects.filter(pk=hidden.pk)
    Unblinding.objects.create(study=hidden, by=world.manager, reason="Now.")
    call_command("study_bundle", report.pk, tmp_path / "b.zip", key=tmp_path / "key.json", **out)
    assert json.loads((tmp_path / "key.json").read_text())["systems"]
    assert Benchmark.objects.count() == 0
