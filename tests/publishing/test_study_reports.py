"""The study report: made, changed, computed by a worker, shown and handed out."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from publishing_world import PaperWorld

from projects.models import AuditEntry, Job, Study
from projects.services import jobs
from publishing.forms.study_reports import StudyReportForm
from publishing.models import StudyReport, StudyReportEdition
from publishing.services import study_reports
from publishing.words import SECTIONS
from reports.summary import Summary, Table

pytestmark = pytest.mark.django_db
URL = "/p/harbour/study-reports/"


def computed(report: StudyReport) -> StudyReportEdition:
    """Have a worker compute the newest edition."""
    edition = report.editions.order_by("-pk")[0]
    job = jobs.run(edition.job_id or 0)
    assert job is not None
    assert (job.state, job.message) == (Job.State.DONE, "")
    edition.refresh_from_db()
    return edition


def typed(form: StudyReportForm, **changes: Any) -> dict[str, Any]:
    """What a browser would send of a form."""
    found: dict[str, Any] = {}
    for name in form.fields:
        value = form[name].value()
        if value is not None and value is not False and value != "":
            found[name] = [one.pk for one in value] if hasattr(value, "model") else value
    return {name: value for name, value in {**found, **changes}.items() if value not in (None, [])}


def test_report_is_made_once_shown_changed_and_computed() -> None:
    world = PaperWorld(items=2, raters=2)
    plan, client = world.judged(names=("Judge A",), unread=1), world.client(world.manager)
    assert "No study reports yet" in client.get(URL).content.decode()
    sent = typed(StudyReportForm(project=world.project), title="What we found", judges=[plan.pk])
    refused = client.post(URL + "new/", {**sent, "title": ""})
    assert refused.status_code == 422
    assert f'name="judges" value="{plan.pk}"' in refused.content.decode()
    for _again in range(2):
        made = client.post(URL + "new/", sent)
        assert made.status_code == 302
    report = StudyReport.objects.get()
    page = client.get(made.url).content.decode()
    assert "It waits for a worker." in page
    edition = computed(report)
    page = client.get(made.url).content.decode()
    assert "Systems by criterion" in page
    assert "Scores of judges: answers of Judge A that could not be read" in page
    assert "have changed since" not in page
    changes = typed(
        StudyReportForm(project=world.project, report=report), place_bars="1", on_sources=None, caption_bars="As bars."
    )
    assert client.post(f"{made.url}edit/", changes).status_code == 302
    assert client.post(f"{made.url}edit/", changes).status_code == 302
    report.refresh_from_db()
    assert report.version == 2
    assert report.sections[0] == {"key": "bars", "caption": "As bars."}
    assert "sources" not in study_reports.captions(report.sections)
    assert edition.pk != computed(report).pk
    assert "As bars." in client.get(made.url).content.decode()
    assert sorted(AuditEntry.objects.filter(verb__startswith="study_report").values_list("verb", flat=True)) == [
        "study_report.changed", "study_report.created",
    ]  # fmt: skip


def test_section_moves_without_a_script_and_nothing_typed_is_lost() -> None:
    world = PaperWorld(items=1, raters=1)
    world.judged(names=("Judge A",))
    sent = typed(StudyReportForm(project=world.project), title="Half typed", caption_systems="Mine.")
    second = list(SECTIONS)[1]
    reply = world.client(world.manager).post(URL + "new/", {**sent, "move": f"{second}:up"})
    page = reply.content.decode()
    assert reply.status_code == 200
    assert StudyReport.objects.count() == 0
    assert 'value="Half typed"' in page
    assert "Mine." in page
    assert f'name="place_{second}" value="1"' in page
    assert page.index(f'id="id_on_{second}"') < page.index(f'id="id_on_{next(iter(SECTIONS))}"')
    # The page begins where the button was pressed; what is first now can only go down.
    assert [
        words.partition(" ")[0] for words in page.split(' name="move" value="')[1:] if "autofocus" in words[:60]
    ] == [f'{second}:down"']
    third = list(SECTIONS)[2]
    again = world.client(world.manager).post(URL + "new/", {**sent, "move": f"{third}:up"}).content.decode()
    assert f'value="{third}:up" autofocus' in again


def test_change_of_an_older_version_is_refused_once_and_stands_in_the_form() -> None:
    world = PaperWorld(items=1, raters=1)
    report, client = world.report(judges=[world.judged(names=("Judge A",))]), world.client(world.manager)
    mine = typed(StudyReportForm(project=world.project, report=report), title="Mine")
    theirs = typed(StudyReportForm(project=world.project, report=report), title="Theirs")
    assert client.post(f"{URL}{report.pk}/edit/", theirs).status_code == 302
    refused = client.post(f"{URL}{report.pk}/edit/", mine)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Somebody has changed this report" in page
    assert 'value="Mine"' in page
    assert 'name="version" value="2"' in page
    assert client.post(f"{URL}{report.pk}/edit/", {**mine, "version": "2"}).status_code == 302
    report.refresh_from_db()
    assert (report.title, report.version) == ("Mine", 3)


def test_sources_of_another_project_are_no_choice() -> None:
    world, other = PaperWorld(items=1, raters=1), PaperWorld(items=1, raters=1, slug="elsewhere")
    plan = other.judged(names=("Judge A",))
    world.judged(names=("Judge A",))
    content = study_reports.Content("T", [], [plan], [], [{"key": "systems", "caption": ""}])
    with pytest.raises(ValidationError):
        study_reports.create(project=world.project, content=content, client_key="k", actor=None)
    sent = typed(StudyReportForm(project=world.project), title="T", judges=[plan.pk])
    assert world.client(world.manager).post(URL + "new/", sent).status_code == 422


def test_list_asks_the_same_number_of_queries_for_one_and_three_reports() -> None:
    world = PaperWorld(items=1, raters=1)
    plan = world.judged(names=("Judge A",))
    counts = []
    for n in range(3):
        world.report(judges=[plan], client_key=f"key-{n}")
        client = world.client(world.manager)
        client.get(URL)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(URL).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[2]


def test_new_verdict_makes_the_edition_stale() -> None:
    world = PaperWorld(items=1, raters=1)
    plan, study = world.judged(names=("Judge A",)), world.answered("ranking", opened=False)
    report, client = world.report([study], [plan], sections=["sources"]), world.client(world.manager)
    computed(report)
    url = f"{URL}{report.pk}/"
    assert "have changed since" not in client.get(url).content.decode()
    plan.run.items.first().verdict.delete()
    assert "have changed since" in client.get(url).content.decode()


def table(summary: Summary, key: str) -> Table:
    """Return a table by its key."""
    return next(b for s in summary.sections for b in s.blocks if isinstance(b, Table) and b.key == key)


def test_systems_of_a_study_whose_key_is_closed_stand_apart_under_their_codes() -> None:
    world = PaperWorld(items=2, raters=2)
    hidden = world.answered("ranking", opened=False)
    summary = Summary.from_json(computed(world.report([hidden], [world.judged()])).summary or {})
    names = {str(row[0]) for row in table(summary, "ranks-1").rows}
    assert names == {f"System {n}" for n in range(1, 8)}
    main = table(summary, "systems-1")
    assert {row[0] for row in main.rows} == {f"Model {n}" for n in range(7)}
    assert all(row[-1] is None for row in main.rows)
    assert "human_judge" not in {section.key for section in summary.sections}


def test_study_that_has_not_closed_gives_counts_only() -> None:
    world = PaperWorld(items=2, raters=2)
    study = world.answered("ranking")
    Study.objects.filter(pk=study.pk).update(state=Study.State.PAUSED)
    edition = computed(world.report([study], sections=["sources", "ranks"]))
    assert "Model" not in str(edition.summary)
    assert edition.material.content
    rows = table(Summary.from_json(edition.summary or {}), "sources").rows
    assert [row[5] for row in rows] == [4]
