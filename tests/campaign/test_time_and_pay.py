"""Time sheets add up to what was worked, pay is Decimal, and nobody reads them by any other role."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils.html import strip_tags
from label_world import World

from campaign.models import PayRate, TimeDay
from campaign.services import pay, timesheets
from projects.models import Submission, Unit


@pytest.fixture
def world(db: None) -> World:
    """Two raters, three units; the answers are moved to known days and times."""
    world = World()
    for _n in range(3):
        world.unit()
    for rater in world.raters:
        for _n in range(3):
            world.answer(rater, "positive")
    world.answer(world.raters[0], "negative", unit=world.study.units.order_by("pk")[0])
    moments = [datetime(2026, 11, day, 23, 59, tzinfo=UTC) for day in (16, 17, 17, 16, 18, 18, 19)]
    for n, row in enumerate(Submission.objects.order_by("pk")):
        Submission.objects.filter(pk=row.pk).update(active_ms=600_000 + n, created_at=moments[n])
    return world


def test_days_add_up_to_the_active_time_of_submissions(world):
    timesheets.keep(world.study)
    worked = Submission.objects.aggregate(ms=Sum("active_ms"))["ms"]
    assert TimeDay.objects.aggregate(ms=Sum("active_ms"))["ms"] == worked == 7 * 600_000 + 21
    first = TimeDay.objects.filter(rater=world.raters[0]).order_by("day")
    assert [(one.day.day, one.answers, one.changes, one.active_ms) for one in first] == [
        (16, 1, 0, 600_000), (17, 2, 0, 1_200_003), (19, 0, 1, 600_006),
    ]  # fmt: skip


def test_practice_takes_time_and_is_neither_an_answer_nor_a_change(world):
    unit = world.study.units.order_by("pk")[0]
    Unit.objects.filter(pk=unit.pk).update(role=Unit.Role.TRAINING)
    first = [one for one in timesheets.days_of(world.study) if one.rater_id == world.raters[0].pk]
    assert [(one.day.day, one.answers, one.changes) for one in sorted(first, key=lambda one: one.day)] == [
        (16, 0, 0), (17, 2, 0), (19, 0, 0),
    ]  # fmt: skip
    assert sum(one.active_ms for one in first) == 4 * 600_000 + 9


def test_days_are_those_of_the_installation_s_own_time_zone(world, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    days = {one.day for one in timesheets.days_of(world.study)}
    assert min(days) == date(2026, 11, 17)


def test_counting_twice_leaves_one_row_a_day(world):
    assert len(timesheets.keep(world.study)) == len(timesheets.keep(world.study)) == TimeDay.objects.count()


@pytest.mark.parametrize(
    ("basis", "amount", "ms", "expected"),
    [
        ("hour", "15.00", 3_600_000, "15.00"),
        ("hour", "0.10", 180_000, "0.01"),  # half a cent is rounded up
        ("unit", "0.35", 999, "1.05"),
    ],
)
def test_pay_is_rounded_once_half_up(basis, amount, ms, expected):
    rate = PayRate(basis=basis, amount=Decimal(amount), currency="EUR")
    assert pay.owed(rate, answers=3, active_ms=ms) == Decimal(expected)


def test_page_and_file_say_the_same_and_a_rater_s_own_rate_counts(world):
    timesheets.keep(world.study)
    browser = world.client(world.manager)
    url = world.url("pay/")
    assert browser.post(url, {"rater": "", "basis": "hour", "amount": "12", "currency": "eur"}).status_code == 422
    browser.post(url, {"rater": "", "basis": "hour", "amount": "12.00", "currency": "EUR"})
    browser.post(url, {"rater": world.raters[1].pk, "basis": "unit", "amount": "2.50", "currency": "CHF"})
    page = browser.get("/p/harbour/time/")
    assert {row["rater__code"]: row["owed"] for row in page.context["rows"]} == {
        "R1": Decimal("8.00"), "R2": Decimal("7.50"),
    }  # fmt: skip
    assert page.context["total"]["owed"] == [("CHF", Decimal("7.50")), ("EUR", Decimal("8.00"))]
    text = browser.get("/p/harbour/time/days.csv").getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(int(row["active_ms"]) for row in rows) == page.context["total"]["ms"] == 4_200_021
    assert [row["rater"] for row in rows if row["day"] == "2026-11-18"] == ["R2"]
    one = browser.get("/p/harbour/time/?rater=R2&since=2026-11-18").context["rows"]
    assert [(row["rater__code"], row["given"]) for row in one] == [("R2", 2)]


def test_time_sheets_are_read_by_grant_alone(world):
    timesheets.keep(world.study)
    manager, reader = world.client(world.manager), world.client(world.adjudicator)
    assert reader.get("/p/harbour/time/").status_code == 403
    sent = {"user": world.adjudicator.pk, "what": "grant"}
    assert manager.post("/p/harbour/time/readers/", sent).status_code == 302
    assert reader.get("/p/harbour/time/").status_code == 200
    assert reader.get("/p/harbour/time/days.csv").status_code == 200
    # Reading is all it gives.
    assert reader.get(world.url("pay/")).status_code == 403
    manager.post("/p/harbour/time/readers/", sent | {"what": "revoke"})
    assert reader.get("/p/harbour/time/").status_code == 403
    assert "time sheets given to somebody" in manager.get("/p/harbour/audit/").content.decode()


def test_rater_sees_their_own_time_and_pay_and_nothing_of_others(world):
    PayRate.objects.create(study=world.study, basis="unit", amount=Decimal("1.50"), currency="EUR")
    browser = world.client(world.raters[0])
    page = browser.get(f"/rate/{world.study.token}/own/work/")
    assert page.context["sum"]["answers"] == 3
    assert page.context["sum"]["owed"] == Decimal("4.50")
    assert [one.day.day for one in page.context["days"]] == [19, 17, 16]
    # What is read, not the addresses: a random one may hold any two characters.
    assert "R2" not in strip_tags(page.content.decode())
    assert browser.get("/p/harbour/time/").status_code == 403


def test_whom_a_rate_is_for_is_typed_where_raters_are_many(world, monkeypatch):
    monkeypatch.setattr("projects.forms.rows.MOST_OFFERED", 1)
    browser, url = world.client(world.manager), world.url("pay/")
    for code, amount in (("", "12"), ("R2", "13")):
        assert (
            browser.post(url, {"rater": code, "basis": "hour", "amount": amount, "currency": "EUR"}).status_code == 302
        )
    rates = PayRate.objects.order_by("amount").values_list("rater__code", "amount")
    assert list(rates) == [(None, Decimal("12.00")), ("R2", Decimal("13.00"))]


def test_who_reads_time_sheets_is_typed_where_members_are_many(world, monkeypatch):
    monkeypatch.setattr("projects.forms.rows.MOST_OFFERED", 1)
    browser, url = world.client(world.manager), "/p/harbour/time/readers/"
    assert browser.post(url, {"user": "nobody@example.org", "what": "grant"}).status_code == 422
    assert browser.post(url, {"user": world.adjudicator.email, "what": "grant"}).status_code == 302
    assert world.project.time_sheet_readers.get().user == world.adjudicator
    assert browser.post(url, {"user": world.adjudicator.pk, "what": "revoke"}).status_code == 302
    assert not world.project.time_sheet_readers.exists()


def test_sums_come_in_pages_and_what_is_owed_is_that_of_all_of_them(world, monkeypatch):
    timesheets.keep(world.study)
    monkeypatch.setattr("campaign.views.time.A_PAGE", 1)
    pay.set_rate(
        study=world.study, actor=world.manager, rater=None, basis="unit", amount=Decimal("2.00"), currency="EUR"
    )
    browser = world.client(world.manager)
    first, second = browser.get("/p/harbour/time/"), browser.get("/p/harbour/time/?sums=2")
    assert [page.context["rows"][0]["rater__code"] for page in (first, second)] == ["R1", "R2"]
    assert first.context["total"] == second.context["total"]
    assert first.context["total"]["owed"] == [("EUR", Decimal("12.00"))]


def test_readers_come_in_pages(world, monkeypatch):
    monkeypatch.setattr("campaign.views.time.A_PAGE", 1)
    for user in (world.adjudicator, world.manager):
        world.project.time_sheet_readers.create(user=user)
    browser = world.client(world.manager)
    pages = [browser.get(f"/p/harbour/time/readers/?page={n}").context["page_obj"] for n in (1, 2)]
    assert [[one.user for one in page] for page in pages] == [[world.adjudicator], [world.manager]]
