"""Statements that go together: as if each had gone alone, in their order, with Django's own between them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from projects import access, direct
from projects.models import Project, Rater
from projects.postgres.line import MOST, Line, numbered
from projects.prepared import Prepared, foreseen, select
from projects.services import leases
from projects.writing import execute, insert, insert_drawing, insert_later, next_key
from tests.label_world import World

pytestmark = pytest.mark.django_db
RENAME = "UPDATE projects_project SET name = %s WHERE slug = %s"
NAME = "SELECT name FROM projects_project WHERE slug = %s"
on_postgres = pytest.mark.postgres_only
committing = pytest.mark.django_db(transaction=True)


@pytest.fixture
def harbour() -> Project:
    return Project.objects.create(slug="harbour", name="Before")


def waiting() -> int:
    return len(connection.line().waiting)


def test_several_questions_have_each_their_own_answer(harbour):
    found = direct.fetch_all((NAME, ["harbour"]), (NAME, ["nowhere"]), ("SELECT 1 + %s", [2]))
    assert found == [[("Before",)], [], [(3,)]]


@committing
def test_what_waits_is_done_when_the_transaction_ends(harbour):
    with transaction.atomic():
        execute(RENAME, "After", "harbour")
    assert list(Project.objects.values_list("name", flat=True)) == ["After"]


@on_postgres
def test_what_waits_goes_before_the_next_statement_whoever_sends_it(harbour):
    execute(RENAME, "One", "harbour")
    assert waiting() == 1
    assert (select(NAME, "harbour"), waiting()) == ([("One",)], 0)
    execute(RENAME, "Two", "harbour")
    assert (Project.objects.get().name, waiting()) == ("Two", 0)
    execute(RENAME, "Three", "harbour")
    direct.flush()
    assert waiting() == 0
    assert Project.objects.get().name == "Three"


@on_postgres
@committing
def test_nothing_waits_outside_a_transaction(harbour):
    execute(RENAME, "After", "harbour")
    assert (waiting(), Project.objects.get().name) == (0, "After")


@committing
def test_what_fails_on_its_way_fails_the_transaction(harbour):
    with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012  the error comes at the end
        insert_later(Project(slug="inland", name="Kept by nobody"))
        insert_later(Project(slug="harbour", name="Twice"))
    assert list(Project.objects.values_list("slug", "name")) == [("harbour", "Before")]
    with transaction.atomic():
        execute(RENAME, "After", "harbour")
    assert select(NAME, "harbour") == [("After",)]


@committing
def test_failed_question_tells_which_error_and_leaves_the_line_clean(harbour):
    with pytest.raises(IntegrityError, match="projects_project"), transaction.atomic():  # noqa: PT012
        execute(RENAME, "Lost", "harbour")
        insert(Project(slug="harbour", name="Twice"))
    assert direct.fetch_all((NAME, ["harbour"]), (NAME, ["harbour"])) == [[("Before",)], [("Before",)]]


@committing
def test_what_waits_is_forgotten_with_its_transaction(harbour):
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        execute(RENAME, "Lost", "harbour")
        raise ZeroDivisionError
    assert select(NAME, "harbour") == [("Before",)]


@committing
def test_what_waits_since_a_savepoint_is_forgotten_with_it(harbour):
    with transaction.atomic():
        execute(RENAME, "Kept", "harbour")
        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
            execute(RENAME, "Lost", "harbour")
            raise ZeroDivisionError
    assert select(NAME, "harbour") == [("Kept",)]


@on_postgres
@committing
def test_transaction_of_waiting_writes_is_one_trip_and_is_over_afterwards(harbour):
    with transaction.atomic():
        execute(RENAME, "One", "harbour")
        execute(RENAME, "Two", "harbour")
        assert (waiting(), connection.connection.info.transaction_status.name) == (2, "IDLE")
    assert connection.connection.info.transaction_status.name == "IDLE"
    assert select(NAME, "harbour") == [("Two",)]


def test_row_saved_later_has_its_key_once_it_is_sent(harbour):
    rater = insert_later(Rater(project=harbour, code="R1"))
    direct.flush()
    assert rater.pk == Rater.objects.get().pk
    assert rater._state.adding is False


@on_postgres
def test_row_that_brings_its_key_is_saved_under_it(harbour):
    [(key,)] = select(f"SELECT {next_key(Rater)}")
    insert_later(Rater(pk=key, project=harbour, code="R1", languages=["en"]))
    after = Rater.objects.create(project=harbour, code="R2")
    assert list(Rater.objects.order_by("pk").values_list("pk", "code", "languages")) == [
        (key, "R1", ["en"]), (after.pk, "R2", []),
    ]  # fmt: skip
    assert after.pk > key


def test_row_draws_a_value_from_what_another_statement_wrote(harbour):
    rename = ("UPDATE projects_project SET name = name || %s WHERE id = %s RETURNING name", ["!", harbour.pk])
    rater = insert_drawing(Rater(project=harbour, languages=["zh"]), "code", rename)
    direct.flush()
    assert (rater.pk, rater.code) == Rater.objects.values_list("pk", "code").get()
    assert (rater.code, Project.objects.get().name) == ("Before!", "Before!")


def test_watched_statements_go_one_by_one_and_at_once(harbour):
    with CaptureQueriesContext(connection) as asked:
        execute(RENAME, "After", "harbour")
        assert direct.fetch_all((NAME, ["harbour"]), (NAME, ["harbour"])) == [[("After",)], [("After",)]]
    assert len(asked) == 3


@on_postgres
def test_values_come_back_as_from_the_queryset(harbour):
    moment = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    Session.objects.create(session_key="key", session_data="x", expire_date=moment)
    [row] = select("SELECT session_key, expire_date, NULL, true, 1.5::float8 FROM django_session")
    assert row == ("key", moment, None, True, 1.5)
    assert row[1].tzinfo is UTC


@on_postgres
def test_statements_that_may_not_stay_prepared_are_sent_whole(harbour, monkeypatch):
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
    monkeypatch.setattr(connection.connection, "prepare_threshold", None)
    known = len(connection.line().plans)
    assert select("SELECT name, 'sent whole' FROM projects_project WHERE slug = %s", "harbour") == [
        ("Before", "sent whole")
    ]
    assert (len(connection.line().plans), select(kept, "%sent whole%")) == (known, [(0,)])


@on_postgres
@committing
def test_connection_keeps_no_more_plans_than_it_may():
    for n in range(MOST + 5):
        assert select(f"SELECT {n} + %s", 1) == [(n + 1,)]
    assert len(connection.line().plans) == MOST
    # The tests that follow have one of their own.
    connection.close()


@on_postgres
@committing
def test_connection_that_ends_in_the_middle_is_an_error_and_is_replaced(harbour):
    other = connection.copy()
    [(pid,)] = select("SELECT pg_backend_pid()")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    with pytest.raises(Exception, match=r"terminat|closed|lost"), transaction.atomic():
        execute(RENAME, "Lost", "harbour")
    connection.close()
    assert select(NAME, "harbour") == [("Before",)]


def test_marks_are_numbered_and_percent_signs_kept():
    assert numbered("a = %s AND b LIKE '%%x%%s' AND c = %s") == "a = $1 AND b LIKE '%x%s' AND c = $2"


def test_foreseen_questions_are_asked_once_and_their_answers_used_once(harbour):
    by_slug = Prepared(lambda slug: Project.objects.filter(slug=slug), "?")
    with CaptureQueriesContext(connection) as asked, foreseen((by_slug, ("harbour",)), (by_slug, ("inland",))):
        assert [project.name for project in by_slug.rows("harbour")] == ["Before"]
        assert by_slug.first("inland") is None
        before = len(asked)
        Project.objects.update(name="After")
        assert by_slug.first("harbour").name == "After"
    assert (before, len(asked)) == (2, 4)


def test_visit_that_is_foreseen_wrongly_is_read_anew():
    """A session that is taken for another rater's, or another study's, sees its own units and nobody else's."""
    world = World()
    units = [world.unit() for _ in range(2)]
    other = World("inland", order="shuffled")
    held = [leases.hold(world.part(rater), count=1, shown=lambda _: 0)[0] for rater in world.raters]
    assert [row.unit_id for row in held] == [units[0].pk, units[0].pk]
    first, second = (world.client(rater) for rater in world.raters)
    pages = [f"/rate/{world.study.token}/{row.token}/" for row in held]
    for _ in range(2):
        assert [first.get(page).status_code for page in pages] == [200, 404]
        assert [second.get(page).status_code for page in pages] == [404, 200]
        assert first.get(f"/rate/{other.study.token}/").status_code == 404
        # Each session is taken for the other one's from now on.
        visits = [(client.session.session_key, world.study.token) for client in (first, second)]
        access._visits[visits[0]], access._visits[visits[1]] = (access._visits[visit] for visit in reversed(visits))
        access._visits[visits[0][0], other.study.token] = access._visits[visits[0]]


@on_postgres
def test_visit_that_is_foreseen_is_one_trip(monkeypatch):
    world = World()
    world.unit()
    [held] = leases.hold(world.part(world.raters[0]), count=1, shown=lambda _: 0)
    client, page = world.client(world.raters[0]), f"/rate/{world.study.token}/{held.token}/"
    trips = []
    ask = Line.ask
    monkeypatch.setattr(Line, "ask", lambda line, *asked: trips.append(len(asked)) or ask(line, *asked))
    client.get(page)
    before = list(trips)
    trips.clear()
    client.get(page)
    assert (before[:3], trips[0], len(trips)) == ([1, 1, 1], 3, len(before) - 2)
