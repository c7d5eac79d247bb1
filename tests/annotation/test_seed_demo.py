"""The demonstration's world: whole, the same however often it is made, and something to see for everybody."""

from __future__ import annotations

import json
import re
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from demo_shape import REVIEW, SHAPE, seed, shape
from django.conf import settings
from django.core.management import call_command
from django.db.models import F, Max, Q
from django.test import Client
from django.utils import timezone

from annotation.management.demo import content
from annotation.models import (
    CuratedValue,
    Curation,
    Dispute,
    DisputePost,
    Resolution,
    SuggestionDecision,
    TurnComment,
)
from projects.models import (
    Assignment,
    AuditEntry,
    Dataset,
    Flag,
    ImportBatch,
    Item,
    Project,
    Study,
    StudyRole,
    User,
)
from projects.services import reports
from projects.services.dialogue_read import dialogues

pytestmark = pytest.mark.long

# The data sets of the label reviews.
REVIEWED = ("first-round", "second-round")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the demonstration."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any, folder: Path) -> Iterator[None]:
    """Make the demonstration once for all tests that only read it or undo what they do."""
    before, settings.DATA_DIR = settings.DATA_DIR, folder
    # Committed, not inside one large transaction: a job's heartbeat writes from a thread of its own.
    with django_db_blocker.unblock():
        try:
            seed()
            yield
        finally:
            settings.DATA_DIR = before
            call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def demo(seeded: None, db: None) -> Project:
    """The demonstration, and a transaction on top of it."""
    return Project.objects.get(slug="demonstration")


def study(slug: str) -> Study:
    """Return one of the demonstration's studies."""
    return Study.objects.get(project__slug="demonstration", slug=slug)


def accounts(folder: Path) -> dict[str, dict[str, str]]:
    """Return the log-ins in the file, by role."""
    rows = json.loads((folder / "demo-logins.json").read_text())["accounts"]
    return {row["role"]: row for row in rows}


# --- what there is --------------------------------------------------------------------------------------------


def test_demonstration_is_whole(demo: Project) -> None:
    assert shape() == SHAPE


def test_demonstration_has_six_studies_in_three_states(demo: Project) -> None:
    states = dict(demo.studies.filter(kind__in=[REVIEW, "dialogue", "screening"]).values_list("name", "state"))
    assert states == {
        "First round": "closed",
        "Effectiveness of the first round": "closed",
        "Second round": "open",
        "Third round": "draft",
        "Counselling sessions": "open",
        "Screening of the sessions": "open",
    }


def test_every_item_was_imported_as_it_was_written(demo: Project) -> None:
    rows = Item.objects.visible().filter(dataset__project=demo, dataset__slug__in=REVIEWED).select_related("current")
    imported = {row.external_id: (row.kind, row.current.text, row.current.topic) for row in rows if row.current}
    written = {one.id: (one.kind, one.text, one.row["topic"]) for one in content.items().values()}
    assert imported == written


def test_data_sets_name_their_files_and_keep_the_right_answers_out(demo: Project) -> None:
    batches = ImportBatch.objects.filter(dataset__project=demo, dataset__slug__in=REVIEWED).order_by("filename")
    assert [(row.filename, row.report["good"], row.report["rejected"]) for row in batches] == [
        ("passages-round-1.csv", 44, 0),
        ("round-2.jsonl", 64, 0),
    ]
    metadata = Item.objects.filter(dataset__project=demo, dataset__slug__in=REVIEWED).values_list(
        "current__metadata", flat=True
    )
    assert {key for row in metadata for key in row} == {"life_stage", "setting"}


def test_second_round_is_about_half_done_with_disputes_in_every_state(demo: Project) -> None:
    half = study("second-round")
    done = half.units.filter(done=F("wanted")).count()
    assert 0.4 < done / half.unit_count < 0.6
    assert set(Dispute.objects.filter(unit__study=half).values_list("state", flat=True)) == {"open", "settled"}
    assert set(Resolution.objects.filter(unit__study=half, current=True).values_list("how", flat=True)) == {
        "agreed",
        "discussed",
        "adjudicated",
        "removed",
    }
    assert Dispute.objects.filter(unit__study=half, agenda=True).count() == 2
    assert Assignment.objects.filter(study=half, state="skipped").exclude(skip_reason="").count() == 2


def test_every_written_discussion_is_told_to_its_end(demo: Project) -> None:
    for item in content.items().values():
        if item.discussion:
            posts = DisputePost.objects.filter(dispute__unit__item__external_id=item.id).order_by("created_at")
            assert [(post.rater.code, post.text) for post in posts if post.rater] == list(item.discussion.posts)


def test_closed_studies_have_their_results_and_settle_every_dispute(demo: Project) -> None:
    for slug in ("first-round", "effectiveness-of-the-first-round"):
        assert reports.latest(study(slug)) is not None
    assert not Dispute.objects.filter(unit__study=study("first-round"), state="open").exists()
    assert Resolution.objects.filter(unit__study=study("first-round"), current=True).count() == 44


def test_effectiveness_test_was_answered_by_people_who_had_met_none_of_it(demo: Project) -> None:
    test = study("effectiveness-of-the-first-round")
    assert set(test.assignments.values_list("rater__code", flat=True)) == {"R3", "R4", "R5"}
    items = test.units.values_list("item", flat=True)
    assert (
        not Assignment.objects.filter(rater__code__in=["R3", "R4", "R5"], unit__item__in=items)
        .exclude(study=test)
        .exists()
    )


def test_counters_equal_the_rows_they_count(demo: Project) -> None:
    for part in StudyRole.objects.filter(study__project=demo, part="rater"):
        rows = list(Assignment.objects.filter(study=part.study, rater=part.rater))
        submitted = [row for row in rows if row.state == "submitted"]
        counted = (len(rows), len(submitted), sum(row.active_ms for row in rows))
        assert (part.claimed, part.submitted, part.active_ms) == counted


def test_times_are_in_order_and_none_lies_ahead(demo: Project) -> None:
    rows = Assignment.objects.filter(study__project=demo, state="submitted")
    assert not rows.filter(Q(submitted_at__lt=F("claimed_at")) | Q(claimed_at__lt=F("study__opened_at"))).exists()
    assert not rows.filter(active_ms__lt=1000).exists()
    assert not rows.filter(study__closed_at__lt=F("submitted_at")).exists()
    latest = [
        rows.aggregate(at=Max("submitted_at"))["at"],
        DisputePost.objects.aggregate(at=Max("created_at"))["at"],
        Resolution.objects.aggregate(at=Max("created_at"))["at"],
    ]
    assert max(latest) < timezone.now()
    assert max(latest) > timezone.now() - timedelta(days=1)


def test_two_raters_differ_as_people_do(demo: Project) -> None:
    disputed = Dispute.objects.filter(unit__study=study("first-round")).count()
    assert 0.1 < disputed / 44 < 0.35


def test_audit_log_tells_what_was_done(demo: Project) -> None:
    verbs = set(AuditEntry.objects.filter(project_id=demo.pk).values_list("verb", flat=True))
    assert verbs > {"import.published", "study.opened", "study.closed", "dispute.settled", "rater.created"}


def test_sessions_are_annotated_by_two_and_curated_in_both_languages(demo: Project) -> None:
    rows = Curation.objects.filter(unit__study=study("counselling-sessions")).order_by("unit__item__position")
    done = {row.unit.item.external_id: row.open for row in rows if row.unit.item}
    assert [key for key, left in done.items() if not left] == ["en-grief-1", "zh-work-1"]
    assert [key for key, left in done.items() if left] == ["en-grief-2", "en-grief-3", "zh-work-2", "zh-work-3"]
    decided = CuratedValue.objects.filter(unit__study=study("counselling-sessions"), how="adjudicated", current=True)
    assert {row.by.email for row in decided if row.by} == {"adjudicator@demo.example.org"}
    assert set(SuggestionDecision.objects.values_list("decision", flat=True)) == {"accepted", "edited", "rejected"}
    assert reports.latest(study("counselling-sessions")) is not None


def test_sessions_are_screened_flagged_and_talked_about(demo: Project) -> None:
    endings = Resolution.objects.filter(unit__study=study("screening-of-the-sessions"), current=True)
    assert Counter(endings.values_list("how", "reason_code")) == {("voted", ""): 7, ("removed", "privacy"): 1}
    assert dialogues(Dataset.objects.get(project=demo, slug="sessions")).count() == 8
    flagged = [
        row.revision.turns.get(index=row.turn).text
        for row in Flag.objects.order_by("item__external_id")
        if row.revision
    ]
    assert ["I hate myself" in flagged[0], "周明远" in flagged[1]] == [True, True]
    assert sorted(Flag.objects.values_list("item__external_id", "concern", "rater__code", "state")) == [
        ("en-exam-1", "self_harm", "R5", "open"), ("zh-baby-1", "privacy", "R3", "open"),
    ]  # fmt: skip
    assert list(TurnComment.objects.values_list("turn__index", "rater__code")) == [(2, "R1"), (2, None)]


# --- who logs in -----------------------------------------------------------------------------------------------


def test_logins_are_for_their_owner_alone_and_all_work(demo: Project, folder: Path) -> None:
    assert stat.S_IMODE((folder / "demo-logins.json").stat().st_mode) == 0o600
    found = accounts(folder)
    assert list(found) == [
        "rater R1", "rater R2", "rater R3", "rater R4", "rater R5", "adjudicator", "manager", "site admin",
    ]  # fmt: skip
    for row in found.values():
        user = User.objects.get(email=row["email"])
        assert user.check_password(row["password"])
        assert user.name == row["name"]
    assert len({row["password"] for row in found.values()}) == 8


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("rater R1", ["Second round", "Go on", "Discuss"]),
        ("rater R2", ["Second round", "Go on", "Discuss"]),
        ("rater R3", ["Second round", "Begin"]),
        ("rater R5", ["Demonstration"]),
        ("adjudicator", ["Second round", "Settle", "8 open disputes"]),
        ("manager", ["Demonstration", "7 open studies"]),
        ("site admin", ["Demonstration", "7 open studies"]),
    ],
)
def test_home_of_every_role_shows_something(demo: Project, folder: Path, role: str, words: list[str]) -> None:
    client = Client()
    client.force_login(User.objects.get(email=accounts(folder)[role]["email"]))
    page = client.get("/").content.decode()
    assert [word for word in words if word not in page] == []


def test_home_and_work_page_tell_the_same_progress(demo: Project, folder: Path) -> None:
    client = Client()
    client.force_login(User.objects.get(email=accounts(folder)["rater R1"]["email"]))
    for address in ("/", f"/rate/{study('second-round').token}/"):
        words = " ".join(re.sub(r"<[^>]+>", " ", client.get(address).content.decode()).split())
        assert "36 of about 43" in words


@pytest.mark.parametrize(
    "slug",
    [
        "first-round",
        "second-round",
        "effectiveness-of-the-first-round",
        "third-round",
        "counselling-sessions",
        "screening-of-the-sessions",
    ],
)
def test_pages_of_every_study_show_something(demo: Project, folder: Path, slug: str) -> None:
    client = Client()
    client.force_login(User.objects.get(email=accounts(folder)["manager"]["email"]))
    address = f"/p/demonstration/studies/{slug}/"
    pages = [client.get(address + path) for path in ("", "people/", "guideline/", "settings/", "results/", "disputes/")]
    assert [page.status_code for page in pages] == [200] * 6


# --- made again ------------------------------------------------------------------------------------------------


def test_second_time_asks_a_question_for_each_part_and_changes_nothing(
    demo: Project, folder: Path, django_assert_num_queries: Any
) -> None:
    before, file = shape(), (folder / "demo-logins.json").read_bytes()
    with django_assert_num_queries(2 + len(settings.CONCORD_DEMO_PARTS)):
        call_command("seed_demo", verbosity=0)
    assert (shape(), (folder / "demo-logins.json").read_bytes()) == (before, file)


def test_lost_file_is_replaced_by_new_passwords(demo: Project, folder: Path) -> None:
    before, path = shape(), folder / "demo-logins.json"
    old, kept = accounts(folder)["manager"], path.read_bytes()
    path.unlink()
    seed()
    new = accounts(folder)["manager"]
    manager = User.objects.get(email=new["email"])
    assert (manager.check_password(new["password"]), manager.check_password(old["password"])) == (True, False)
    assert shape() == before
    # The passwords go back with the transaction, and so does the file.
    path.write_bytes(kept)
