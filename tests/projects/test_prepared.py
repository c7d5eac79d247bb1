"""Prepared queries give what the queryset gives, and statements write what `save` writes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects.models import Draft, Job, Project, Rater, Study, StudyVersion, User
from projects.prepared import Prepared, select
from projects.writing import execute_all, insert, update, updating

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    project = Project.objects.create(slug="harbour", name="Harbour", content_notice="Quiet.")
    study = Study.objects.create(project=project, kind="label_review", slug="one", name="One", languages=["en", "zh"])
    study.version = StudyVersion.objects.create(study=study, settings={"raters_per_item": 2})
    study.save()
    return study


def by_token() -> Prepared[Study]:
    return Prepared(lambda token: Study.objects.filter(token=token).select_related("project", "version", "source"), "?")


def test_prepared_rows_equal_the_queryset_related_rows_included(study):
    found = by_token().first(study.token)
    plain = Study.objects.select_related("project", "version").get(pk=study.pk)
    assert found == plain
    for field in Study._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(plain, field.attname)
    assert (found.project.content_notice, found.version.settings) == ("Quiet.", {"raters_per_item": 2})
    assert found.source is None


def test_prepared_needs_one_query_each_time_and_no_more(study):
    prepared = by_token()
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert prepared.first(study.token).project.name == "Harbour"
        assert len(asked) == 1


def test_prepared_finds_other_rows_with_other_values(study):
    other = Study.objects.create(project=study.project, kind="label_review", slug="two", name="Two")
    prepared = by_token()
    assert [prepared.first(token).name for token in (other.token, study.token)] == ["Two", "One"]
    assert prepared.first("nothing") is None


def test_prepared_refuses_a_sample_that_is_no_parameter():
    prepared = Prepared(lambda _unused: Study.objects.filter(slug="one"), "?")
    with pytest.raises(ValueError, match="no parameter"):
        prepared.rows("?")


def test_insert_writes_what_save_writes(study):
    rater = insert(Rater(project=study.project, code="R1", languages=["en"]))
    assert rater.pk == Rater.objects.get(code="R1").pk
    assert Rater.objects.values("project", "languages", "active", "nature", "user").get() == {
        "project": study.project.pk,
        "languages": ["en"],
        "active": True,
        "nature": "person",
        "user": None,
    }
    rater.code = "R2"
    rater.save()
    assert Rater.objects.get().code == "R2"


def test_update_writes_the_named_fields_only(study):
    job = Job.objects.create(kind="import", subject="dataset:1", message="before")
    lease = timezone.now() + timedelta(seconds=20)
    job.leased_until, job.state, job.message = lease, Job.State.RUNNING, "after"
    update(job, "leased_until", "state")
    job.refresh_from_db()
    assert (job.leased_until, job.state, job.message) == (lease, "running", "before")


def test_prepared_leaves_a_missing_one_to_one_row_empty(study):
    from projects.models import Assignment

    prepared = Prepared(lambda pk: Assignment.objects.filter(pk=pk).select_related("draft"), -1)
    assert prepared.rows(1) == []
    assert Draft.objects.count() == 0


def test_account_look_up_refuses_a_resting_account(client):
    user = User.objects.create_user("one@example.org", "a quiet harbour")
    client.force_login(user)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_a_session_that_has_run_out_is_no_session(client):
    from django.contrib.sessions.models import Session

    client.force_login(User.objects.create_user("one@example.org", "a quiet harbour"))
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/").status_code == 302


def test_statements_run_together_change_each_their_row(study):
    projects = [Project.objects.create(slug=f"p{n}", name="Before") for n in range(3)]
    for project in projects:
        project.name = f"After {project.slug}"
    execute_all(*[updating(project, "name") for project in projects])
    execute_all()
    assert list(Project.objects.exclude(pk=study.project.pk).order_by("pk").values_list("name", flat=True)) == [
        "After p0", "After p1", "After p2",
    ]  # fmt: skip


def test_statements_run_the_same_whether_they_are_watched_or_not(study):
    statement = "SELECT slug FROM projects_project WHERE id = %s AND slug LIKE '%%bour'"
    plain = select(statement, study.project.pk)
    with CaptureQueriesContext(connection) as asked:
        watched = select(statement, study.project.pk)
    assert (plain, watched, len(asked)) == ([("harbour",)], [("harbour",)], 1)


def test_errors_are_django_s_own(study):
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Project(slug="harbour", name="Twice"))
    with pytest.raises(DatabaseError), transaction.atomic():
        select("SELECT nothing FROM nowhere")


@pytest.mark.postgres_only
def test_statement_keeps_its_plan_and_takes_numbers_of_any_size():
    statement = "SELECT %s + 1"
    assert [select(statement, n) for n in (1, 2**40, -5)] == [[(2,)], [(2**40 + 1,)], [(-4,)]]
    assert select("SELECT parameter_types::text FROM pg_prepared_statements WHERE statement = 'SELECT $1 + 1'") == [
        ("{bigint}",)
    ]


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_connection_that_the_server_ended_is_found_unusable():
    select("SELECT 1")
    assert connection.is_usable()
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    assert not connection.is_usable()
    connection.close()
    assert select("SELECT 2") == [(2,)]
