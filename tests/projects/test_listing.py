"""Lists that are compiled once give what their querysets give, whatever the values, the page and the filters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Count, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects.listing import LONG_AGO, Among, Listing, Shaped
from projects.models import AuditEntry, Dataset, Invitation, ItemRevision, Project, Rater, Study, Unit
from projects.prepared import Counting, Prepared, foreseen
from projects.querysets.units import key_of, page_of, units_of

pytestmark = pytest.mark.django_db


def raters(project: Project, count: int) -> list[Rater]:
    return [Rater.objects.create(project=project, code=f"R{n:03}") for n in range(count)]


@pytest.fixture
def projects() -> list[Project]:
    return [Project.objects.create(slug=slug, name=slug) for slug in ("one", "two")]


def by_code(project: int) -> QuerySet[Rater]:
    return Rater.objects.filter(project_id=project).order_by("code")


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25])
def test_pages_are_those_of_the_queryset(projects: list[Project], count: int) -> None:
    raters(projects[0], count)
    raters(projects[1], 3)
    listing = Listing(by_code, -1, per_page=10)
    for number in (None, "", "1", "2", "3", "99", "x", "-1"):
        page = listing.page(number, projects[0].pk)
        expected = Paginator(by_code(projects[0].pk), 10).get_page(number)
        assert list(page) == list(expected)
        assert (page.number, page.paginator.count, page.has_next(), page.has_previous(), page.has_other_pages()) == (
            expected.number, expected.paginator.count, expected.has_next(), expected.has_previous(),
            expected.has_other_pages(),
        )  # fmt: skip
        if count:
            assert (page.start_index(), page.end_index()) == (expected.start_index(), expected.end_index())


@pytest.mark.parametrize(("count", "queries"), [(0, 1), (1, 1), (3, 1), (10, 1), (11, 2)])
def test_a_list_that_fits_is_not_counted(projects: list[Project], count: int, queries: int) -> None:
    raters(projects[0], count)
    listing = Listing(by_code, -1, per_page=10)
    with CaptureQueriesContext(connection) as asked:
        page = listing.page(None, projects[0].pk)
        assert page.has_other_pages() == (count > 10)
    # On PostgreSQL both go there together.
    assert len(asked) == (2 if connection.vendor == "postgresql" else queries)


def test_annotations_moments_and_deferred_columns_are_the_querysets(projects: list[Project]) -> None:
    now = timezone.now()
    dataset = Dataset.objects.create(project=projects[0], slug="d", name="D", labels=[{"key": "a"}])
    for n in range(3):
        Study.objects.create(project=projects[0], kind="label_review", slug=f"s{n}", name="S", dataset=dataset)
    counted = Prepared(
        lambda pk: Dataset.objects.filter(project_id=pk).annotate(n=Count("studies")).defer("labels"), -1
    )
    [found] = counted.rows(projects[0].pk)
    assert (found, found.n, found.get_deferred_fields()) == (dataset, 3, {"labels"})
    assert found.labels == [{"key": "a"}]
    for days in (-1, 1):
        Invitation.objects.create(
            project=projects[0], token_hash=f"{days}", roles=["rater"], expires_at=now + timedelta(days=days)
        )
    usable = Prepared(lambda at: Invitation.objects.filter(expires_at__gt=at), LONG_AGO)
    assert [row.expires_at for row in usable.rows(now)] == [now + timedelta(days=1)]


def test_values_come_as_the_queryset_gives_them(projects: list[Project]) -> None:
    Dataset.objects.create(project=projects[0], slug="d", name="D", labels=[{"key": "a"}])

    def build(project: int) -> Any:
        rows = Dataset.objects.filter(project_id=project).values_list("labels", "created_at", "labels__0__key")
        return rows.annotate(n=Count("studies")).order_by("pk")

    prepared: Prepared[Any] = Prepared(build, -1)
    assert prepared.tuples(projects[0].pk) == list(build(projects[0].pk))
    assert prepared.tuples(projects[1].pk) == []


@pytest.mark.parametrize("count", [0, 1, 2, 5, 6, 60, 61, 401])
def test_any_number_of_rows_is_found_by_their_keys(projects: list[Project], count: int) -> None:
    made = raters(projects[0], count + 2)
    among = Among(lambda keys, project: Rater.objects.filter(pk__in=keys, project_id=project).order_by("pk"), -5)
    assert among.rows([row.pk for row in made[1:-1]], projects[0].pk) == made[1:-1]
    assert among.rows([row.pk for row in made[1:-1]], projects[1].pk) == []
    assert len(among._prepared) <= 1


@pytest.mark.parametrize("count", [0, 1, 2, 6])
def test_rows_are_found_by_what_they_are_called(projects: list[Project], count: int) -> None:
    made = raters(projects[0], count + 1)
    among = Among(lambda codes: Rater.objects.filter(code__in=codes).order_by("pk"), called="R{:03}".format)
    assert among.rows(range(1, count + 1)) == made[1:]


def test_a_list_is_counted_without_what_is_shown(projects: list[Project]) -> None:
    raters(projects[0], 3)
    listing = Listing(
        lambda project, code: (
            Rater.objects.filter(project_id=project, code__gt=code)
            .select_related("user")
            .annotate(n=Count("study_roles"))
        ).order_by("n", "code"),
        -1,
        "a code",
        per_page=1,
    )
    for code, count in (("", 3), ("R000", 2), ("R002", 0)):
        with CaptureQueriesContext(connection) as asked:
            assert listing.page("1", projects[0].pk, code).paginator.count == count
        assert all("projects_user" not in one["sql"] for one in asked.captured_queries[1:])


def test_each_set_of_filters_is_its_own_query(projects: list[Project]) -> None:
    for verb, actor in (("a", 1), ("a", 2), ("b", 1)):
        AuditEntry.objects.create(project_id=projects[0].pk, verb=verb, actor_id=actor)

    def build(order: str = "id", verb: str = "", actor: int = 0) -> QuerySet[AuditEntry]:
        rows = AuditEntry.objects.order_by(order)
        rows = rows.filter(verb=verb) if verb else rows
        return rows.filter(actor_id=actor) if actor else rows

    shaped = Shaped(build, verb="a verb", actor=-1)
    for values in ({}, {"verb": "a"}, {"verb": "b"}, {"actor": 1}, {"verb": "a", "actor": 2}, {"verb": "c"}):
        for order in ("id", "-id"):
            assert shaped.rows(values, order=order) == list(build(order=order, **values))
    assert len(shaped._prepared) == 8


@pytest.mark.parametrize("show", ["", "open", "complete", "work", "out", "short"])
@pytest.mark.parametrize("more", [{}, {"stratum": "Sleep"}, {"id": "i3"}, {"stratum": "Sleep", "id": "i3"}])
def test_pages_of_units_hold_what_was_asked_for(stage: Any, show: str, more: dict[str, str]) -> None:
    study = stage.study(units=40)
    Unit.objects.filter(study=study, sort_key__gte=3).update(stratum="Sleep")
    Unit.objects.filter(study=study, pk__in=study.units.values("pk")[:3]).update(wanted=1, taken=1, done=1, open=False)
    wanted = {"show": show, **more}
    expected = list(units_of(study, wanted).order_by("sort_key", "pk"))
    first = page_of(study, wanted)
    second = page_of(study, wanted, after=key_of(first.after)) if first.after else None
    assert [*first.units, *(second.units if second else [])] == expected
    if second:
        assert page_of(study, wanted, before=key_of(second.before)).units == first.units
    for unit in first.units[:1]:
        assert unit.revision.text == ItemRevision.objects.get(pk=unit.revision_id).text


@pytest.mark.postgres_only
def test_lists_are_foreseen_with_other_questions_and_each_is_asked_once(projects: list[Project]) -> None:
    raters(projects[0], 11)
    listing, everybody, key = Listing(by_code, -1, per_page=10), Prepared(by_code, -1), (projects[0].pk,)
    with CaptureQueriesContext(connection) as asked:
        with foreseen((everybody, key), (Counting(everybody), key)):
            with foreseen((everybody, key), *listing.asks(None, *key)):
                page = listing.page(None, *key)
                assert (len(page), page.paginator.count) == (10, 11)
            assert (len(everybody.rows(*key)), everybody.count(*key)) == (11, 11)
        assert len(asked) == 4
        # What was foreseen is used once, and what was not used is forgotten.
        with foreseen((everybody, key), *listing.asks("1", *key)):
            assert everybody.count(*key) == 11
        assert len(everybody.rows(*key)) == len(everybody.rows(*key)) == 11
    assert len(asked) == 4 + 3 + 1 + 2


def test_only_the_first_page_is_foreseen(projects: list[Project]) -> None:
    listing = Listing(by_code, -1, per_page=10)
    assert [len(listing.asks(number, projects[0].pk)) for number in (None, "", "1", "2", "x")] == [2, 2, 2, 0, 0]
