"""A study's life: what each step needs, changes and leaves behind."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from projects import opening
from projects.models import Assignment, AuditEntry, Job, Study, StudyRole, Unit
from projects.services import jobs, studies

State = Study.State


@pytest.fixture
def raters(stage):
    stage.items(4)
    return stage.raters(3)


def verbs():
    """What the log says, in order."""
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def test_set_up_makes_a_whole_draft_or_none(stage, raters):
    adjudicator = raters[0].user
    form = {"raters_per_item": 2}
    with pytest.raises(ValidationError, match="another part in this study already: rater"):
        studies.set_up(
            project=stage.project,
            kind="label_review",
            name="Both",
            settings=form,
            actor=stage.manager,
            dataset=stage.dataset,
            raters=raters,
            adjudicators=[adjudicator],
        )
    assert Study.objects.count() == 0
    assert verbs() == []


def test_short_names_stay_free_of_each_other_and_of_pages(stage):
    names = ["First round", "First round", "第一轮", "New"]
    assert [stage.draft(name=name).slug for name in names] == ["first-round", "first-round-2", "study", "study-new"]


def test_opening_makes_the_units_and_freezes_the_settings(stage, raters):
    study = stage.opened(*raters, raters_per_item=2)
    assert (study.state, study.unit_count, study.place_count, study.languages) == (State.OPEN, 4, 8, ["en"])
    assert list(study.units.order_by("sort_key").values_list("item__external_id", flat=True)) == [
        "item-0",
        "item-1",
        "item-2",
        "item-3",
    ]
    with pytest.raises(ValidationError, match="not possible while the study is open"):
        studies.change_settings(study, settings={}, actor=stage.manager)


def test_a_shuffled_order_can_be_made_again_from_the_seed(stage, raters):
    study = stage.opened(*raters, order="shuffled")
    keys = {unit.item.external_id: unit.sort_key for unit in study.units.select_related("item")}
    assert keys == {key: studies.sort_key(study, key, 0, shuffled=True) for key in keys}


def test_opening_twice_runs_one_job(stage, raters):
    study = stage.draft(*raters)
    first = studies.open_study(study, actor=stage.manager)
    assert studies.open_study(study, actor=stage.manager) == first
    jobs.run(first.pk)
    assert study.units.count() == 4
    with pytest.raises(ValidationError, match="not possible while the study is open"):
        studies.open_study(study, actor=stage.manager)


def test_an_opening_that_finds_nothing_leaves_a_draft_and_says_so(stage):
    study = stage.draft()
    job = jobs.run(studies.open_study(study, actor=stage.manager).pk)
    study.refresh_from_db()
    assert (study.state, job.state) == (State.DRAFT, Job.State.FAILED)
    assert job.message == "There is nothing to judge: no item fits the study's settings."


def test_an_opening_that_waits_can_be_stopped(stage, raters):
    study = stage.draft(*raters)
    job = studies.open_study(study, actor=stage.manager)
    studies.stop_opening(study, actor=stage.manager)
    job.refresh_from_db()
    assert (study.state, job.state) == (State.DRAFT, Job.State.CANCELLED)
    assert jobs.run(job.pk) is None


def test_an_opening_in_a_workers_hands_stops_at_its_next_report(stage, raters):
    study = stage.draft(*raters)
    job = studies.open_study(study, actor=stage.manager)
    claimed = jobs.claim(job.pk)
    studies.stop_opening(study, actor=stage.manager)
    assert Study.objects.get().state == State.OPENING
    with pytest.raises(jobs.JobCancelled):
        opening.run(claimed, jobs.Progress(claimed))
    assert (Study.objects.get().state, Unit.objects.count()) == (State.DRAFT, 0)


def test_a_worker_that_lost_its_job_opens_nothing(stage, raters, monkeypatch):
    study = stage.draft(*raters)
    claimed = jobs.claim(studies.open_study(study, actor=stage.manager).pk)
    progress = jobs.Progress(claimed)
    # Long between two reports, so that only the last one before opening notices.
    progress._next = float("inf")
    Job.objects.update(attempts=2)
    with pytest.raises(jobs.JobLost):
        opening.run(claimed, progress)
    assert Study.objects.get(pk=study.pk).state == State.OPENING
    assert "study.opened" not in verbs()


def test_an_opening_starts_over_after_a_crash(stage, raters):
    study = stage.draft(*raters)
    job = studies.open_study(study, actor=stage.manager)
    Unit.objects.create(study=study, item=stage.dataset.items.first(), sort_key=99)
    jobs.run(job.pk)
    assert (study.units.count(), study.units.filter(sort_key=99).count()) == (4, 0)


def test_a_study_pauses_and_goes_on(stage, raters):
    study = stage.opened(*raters)
    studies.pause(study, message="Lunch.", actor=stage.manager)
    assert (study.state, study.pause_message) == (State.PAUSED, "Lunch.")
    with pytest.raises(ValidationError, match="not possible while the study is paused"):
        studies.pause(study, message="", actor=stage.manager)
    studies.resume(study, actor=stage.manager)
    assert (study.state, study.pause_message) == (State.OPEN, "")


def test_closing_gives_back_what_is_in_work_and_keeps_what_was_submitted(stage, raters):
    study = stage.opened(*raters)
    stage.do(study, raters[0])
    stage.hold(study, raters[1])
    studies.close(study, actor=stage.manager)
    assert study.state == State.CLOSED
    assert sorted(study.assignments.values_list("state", flat=True)) == ["released", "submitted"]
    assert stage.counters_are_true(study)
    with pytest.raises(ValidationError, match="not possible while the study is closed"):
        studies.resume(study, actor=stage.manager)


def test_a_clone_copies_people_and_settings_but_no_work(stage, raters):
    study = stage.opened(*raters, raters_per_item=2)
    stage.do(study, raters[0])
    studies.leave(stage.part(study, raters[2]), actor=stage.manager)
    copy = studies.clone(study, name="Again", actor=stage.manager)
    assert (copy.state, copy.settings, copy.cloned_from_id or Study.objects.get(pk=copy.pk).cloned_from_id) == (
        State.DRAFT,
        study.settings,
        study.pk,
    )
    assert sorted(copy.roles.values_list("rater__code", flat=True)) == ["R1", "R2"]
    assert (copy.units.count(), copy.seed == study.seed) == (0, False)


def test_a_draft_changes_its_settings_in_versions(stage, raters):
    study = stage.draft(*raters)
    about = {"name": "Renamed", "dataset": study.dataset, "source": None}
    studies.change_draft(study, settings=study.settings, actor=stage.manager, **about)
    studies.change_draft(study, settings=study.settings | {"raters_per_item": 3}, actor=stage.manager, **about)
    assert (study.name, study.versions.count(), study.settings["raters_per_item"]) == ("Renamed", 2, 3)
    assert verbs()[-2:] == ["study.renamed", "study.settings_changed"]


def test_a_guideline_changes_at_any_time_and_keeps_its_versions(stage, raters):
    study = stage.opened(*raters)
    studies.change_guideline(study, text="One\r\nTwo\r\n", actor=stage.manager)
    studies.change_guideline(study, text="One\nTwo", actor=stage.manager)
    assert list(study.guidelines.order_by("number").values_list("text", flat=True)) == ["", "One\nTwo"]


def test_nobody_has_two_parts(stage, raters):
    study = stage.draft(raters[0])
    with pytest.raises(ValidationError, match="another part in this study already: rater"):
        studies.add_adjudicator(study, raters[0].user, actor=stage.manager)
    studies.add_adjudicator(study, stage.manager, actor=stage.manager)
    assert study.roles.count() == 2


def test_adding_somebody_again_changes_and_logs_nothing(stage, raters):
    study = stage.draft(raters[0])
    before = verbs()
    studies.add_rater(study, raters[0], actor=stage.manager)
    assert (study.roles.count(), verbs()) == (1, before)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("user", None, "has no account"), ("active", False, "takes on no work"), ("project_id", 0, "takes on no work")],
)
def test_only_active_raters_of_the_project_with_an_account_join(stage, raters, field, value, message):
    rater, study = raters[0], stage.draft()
    setattr(rater, field, value)
    with pytest.raises(ValidationError, match=message):
        studies.add_rater(study, rater, actor=stage.manager)
    assert study.roles.count() == 0


def test_nobody_joins_a_closed_study(stage, raters):
    study = stage.opened(raters[0])
    studies.close(study, actor=stage.manager)
    with pytest.raises(ValidationError, match="not possible while the study is closed"):
        studies.add_rater(study, raters[1], actor=stage.manager)


def test_whoever_leaves_gives_back_and_keeps_what_was_submitted(stage, raters):
    study = stage.opened(raters[0], raters[1], raters_per_item=1)
    stage.do(study, raters[0])
    stage.hold(study, raters[0], count=2)
    studies.leave(stage.part(study, raters[0]), actor=stage.manager)
    assert sorted(study.assignments.values_list("state", flat=True)) == ["released", "released", "submitted"]
    assert len(stage.do(study, raters[1], 9)) == 3
    assert stage.counters_are_true(study)


def test_whoever_comes_back_goes_on_where_they_were(stage, raters):
    study = stage.opened(raters[0], raters_per_item=1)
    stage.do(study, raters[0], 2)
    studies.leave(stage.part(study, raters[0]), actor=stage.manager)
    part = studies.add_rater(study, raters[0], actor=stage.manager)
    assert (part.state, part.left_at, part.submitted) == (StudyRole.State.ACTIVE, None, 2)
    assert len(stage.do(study, raters[0], 9)) == 2


def test_a_replacement_inherits_open_places_and_no_answers(stage, raters):
    first, second, new = raters
    study = stage.opened(first, second, raters_per_item=2)
    done = stage.do(study, first, 2)
    stage.hold(study, first)
    part = studies.replace(stage.part(study, first), new, actor=stage.manager)
    assert part.replaces.rater == first
    stage.do(study, second, 9)
    # All but what the first has answered: there both places are taken.
    assert stage.do(study, new, 9) == [key for key in range(4) if key not in done]
    assert set(Assignment.objects.filter(state="submitted", rater=first).values_list("unit__sort_key", flat=True)) == {
        *done
    }
    assert stage.counters_are_true(study)


def test_nobody_is_replaced_by_somebody_who_takes_part(stage, raters):
    study = stage.opened(*raters)
    with pytest.raises(ValidationError, match="Rater R2 takes part in this study already"):
        studies.replace(stage.part(study, raters[0]), raters[1], actor=stage.manager)
    assert stage.part(study, raters[0]).state == StudyRole.State.ACTIVE


def test_an_adjudicator_is_not_replaced_by_a_rater(stage, raters):
    study = stage.draft()
    part = studies.add_adjudicator(study, stage.manager, actor=stage.manager)
    with pytest.raises(ValidationError, match="Only a rater"):
        studies.replace(part, raters[0], actor=stage.manager)
