"""Addresses of quality, dashboard, time and pay, dates and messages."""

from django.urls import URLPattern, path

from campaign.views import dashboard, messages, mine, quality, time

ONE = "p/<slug:project>/studies/<slug:study>/"

urlpatterns: list[URLPattern] = [
    path("rate/<slug:study>/own/work/", mine.rate_work, name="rate_work"),
    path("p/<slug:project>/dashboard/", dashboard.dashboard, name="dashboard"),
    path("p/<slug:project>/time/", time.time_sheets, name="time_sheets"),
    path("p/<slug:project>/time/days.csv", time.time_sheets_csv, name="time_sheets_csv"),
    path("p/<slug:project>/time/count/", time.time_count, name="time_count"),
    path("p/<slug:project>/time/readers/", time.time_readers, name="time_readers"),
    path(ONE + "quality/", quality.study_quality, name="study_quality"),
    path(ONE + "quality/look/", quality.study_quality_ask, name="study_quality_ask"),
    path(ONE + "quality/bounds/", quality.study_quality_rules, name="study_quality_rules"),
    path(ONE + "quality/<int:rater>/", quality.study_quality_rater, name="study_quality_rater"),
    path(ONE + "dates/", messages.study_dates, name="study_dates"),
    path(ONE + "pay/", time.study_pay, name="study_pay"),
    path("account/messages/", messages.message_choices, name="message_choices"),
    path("messages/off/<str:token>/", messages.messages_off, name="messages_off"),
]
