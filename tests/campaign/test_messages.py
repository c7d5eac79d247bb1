"""Reminders and digests: who gets them, when, once, in which language, and how they are switched off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone
from label_world import World

from campaign.models import Calibration, MessageChoice, SentMessage, StudyDates, TimeDay, TrainingItem
from campaign.services import holds, messages, reminding
from campaign.services.forecast import forecast
from projects.models import User

MONDAY = date(2026, 11, 23)


@pytest.fixture
def world(db: None) -> World:
    world = World()
    for _n in range(2):
        world.unit()
    world.answer(world.raters[0], "positive")
    return world


def dated(world: World, ends_on: date) -> StudyDates:
    return StudyDates.objects.create(study=world.study, ends_on=ends_on, remind_days=3)


def test_raters_with_open_work_are_reminded_once_before_the_end(world):
    end = MONDAY + timedelta(days=4)
    dated(world, end)
    assert [reminding.send_due(end - timedelta(days=n)) for n in (3, 3, 2)] == [2, 0, 0]
    sent = {one.to[0]: one for one in mail.outbox}
    assert sorted(sent) == ["r1@harbour.example.org", "r2@harbour.example.org"]
    body = sent["r1@harbour.example.org"].body
    assert "1 unit is still open to you." in body
    shown = world.client(world.manager).get(world.url("dates/")).content.decode()
    assert [f"<span>{rater.user}</span>" in shown for rater in world.raters] == [True, True]
    assert f"http://localhost:8000/rate/{world.study.token}/" in body
    assert "What was said" not in body + sent["r1@harbour.example.org"].alternatives[0][0]


def test_who_has_answered_everything_is_not_reminded(world):
    world.answer(world.raters[0], "positive")
    dated(world, MONDAY)
    reminding.send_due(MONDAY - timedelta(days=1))
    assert [one.to for one in mail.outbox] == [["r2@harbour.example.org"]]


def test_who_gets_no_unit_is_not_reminded(world):
    dated(world, MONDAY)
    first, second = (world.part(rater) for rater in world.raters)
    TrainingItem.objects.create(study=world.study, item=world.unit().item, stage="calibration")
    last = Calibration.objects.create(part=first, round=1)
    holds.hold(second, cause="manager", actor=world.manager)
    assert reminding.send_due(MONDAY - timedelta(days=1)) == 0
    Calibration.objects.filter(pk=last.pk).update(passed=True, let_pass_by=world.manager)
    holds.lift(second, actor=world.manager)
    assert reminding.send_due(MONDAY - timedelta(days=1)) == 2


def test_nobody_hears_every_week_of_a_study_that_has_all_its_answers(world):
    dated(world, MONDAY + timedelta(days=90))
    world.answer(world.raters[0], "positive")
    for _n in range(2):
        world.answer(world.raters[1], "positive")
    reminding.send_due(MONDAY)
    assert [one.to for one in mail.outbox] == [["manager@harbour.example.org"]]
    TimeDay.objects.create(study=world.study, rater=world.raters[1], day=MONDAY - timedelta(days=2), answers=2)
    reminding.send_due(MONDAY)
    assert [one.to for one in mail.outbox[1:]] == [["r2@harbour.example.org"]]


def test_new_end_is_a_new_reminder(world):
    dates = dated(world, MONDAY + timedelta(days=2))
    assert reminding.send_due(MONDAY + timedelta(days=1)) == 2
    StudyDates.objects.filter(pk=dates.pk).update(ends_on=MONDAY + timedelta(days=3))
    assert reminding.send_due(MONDAY + timedelta(days=1)) == 2


def test_digests_go_out_once_a_week_in_the_reader_s_language(world):
    User.objects.filter(pk=world.manager.pk).update(language="zh-hans")
    assert [reminding.send_due(MONDAY + timedelta(days=n)) for n in (0, 0, 1, 7)] == [3, 0, 0, 3]
    sent = {one.to[0]: one for one in mail.outbox}
    html = sent["manager@harbour.example.org"].alternatives[0][0]
    assert '<html lang="zh-hans">' in html
    assert "Your week in Harbour" in sent["r1@harbour.example.org"].subject
    assert "R2" not in sent["r1@harbour.example.org"].body


def test_failed_mail_is_tried_again_and_a_lost_one_is_not(world, settings):
    settings.EMAIL_BACKEND = "no.such.backend"
    assert reminding.send_due(MONDAY) == 0
    assert set(SentMessage.objects.values_list("state", flat=True)) == {"failed"}
    lost = SentMessage.objects.order_by("pk")[0]
    SentMessage.objects.filter(pk=lost.pk).update(state="sending")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert reminding.send_due(MONDAY) == 2
    assert SentMessage.objects.get(pk=lost.pk).state == "sending"


def test_link_in_the_mail_switches_it_off_without_a_log_in(world, client):
    reminding.send_due(MONDAY)
    one = next(one for one in mail.outbox if one.to == ["r1@harbour.example.org"])
    url = one.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    assert one.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in one.body
    # A scanner that only looks changes nothing.
    assert client.get(url).status_code == 200
    assert messages.wants(world.raters[0].user, "digest")
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert MessageChoice.objects.get().digests is False
    assert MessageChoice.objects.get().reminders is True
    assert reminding.send_due(MONDAY + timedelta(days=7)) == 2
    assert client.get(url[:-3] + "x/").status_code == 404


def test_choices_are_kept_on_their_page(world):
    browser = world.client(world.raters[0])
    assert browser.post("/account/messages/", {"reminders": "on"}).status_code == 302
    assert (messages.wants(world.raters[0].user, "reminder"), messages.wants(world.raters[0].user, "digest")) == (
        True, False,
    )  # fmt: skip


def test_dates_are_set_on_their_page_and_in_order(world):
    browser, today = world.client(world.manager), timezone.localdate()
    last_week, last_month, next_month = (today + timedelta(days=days) for days in (-7, -30, 30))
    sent = {"starts_on": str(last_week), "ends_on": str(last_month), "remind_days": 3}
    said = browser.post(world.url("dates/"), sent)
    assert (said.status_code, "lies before the beginning" in said.content.decode()) == (422, True)
    passed = browser.post(world.url("dates/"), sent | {"starts_on": str(last_month), "ends_on": str(last_week)})
    assert (passed.status_code, "This day has passed." in passed.content.decode()) == (422, True)
    assert browser.post(world.url("dates/"), sent | {"ends_on": str(next_month)}).status_code == 302
    assert world.study.dates.ends_on == next_month
    # An end that has come stands in nobody's way.
    StudyDates.objects.update(starts_on=last_month, ends_on=last_week)
    kept = sent | {"starts_on": str(last_month), "ends_on": str(last_week), "remind_days": 5}
    assert browser.post(world.url("dates/"), kept).status_code == 302
    assert StudyDates.objects.get().remind_days == 5


def test_forecast_is_exact_where_every_day_is_like_the_last():
    told = forecast([10] * 7, left=30, today=MONDAY)
    assert (told.early, told.middle, told.late) == ("2026-11-25",) * 3
    assert (told.pace, told.days) == (10.0, 7)


def test_forecast_is_wider_where_days_differ_and_says_why_there_is_none():
    told = forecast([0, 40] * 7, left=200, today=MONDAY)
    assert told.early < told.middle < told.late
    assert forecast([5, 5], left=3, today=MONDAY).reason == "too_few_days"
    assert forecast([5] * 9, left=0, today=MONDAY).reason == "done"
    assert forecast([0, 0, 1, 1], left=10_000, today=MONDAY).reason == "too_far"
