"""Dates as people read them: never the American order, and the clock of the tables."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.utils.formats import date_format, number_format
from django.utils.translation import override

DAY, MOMENT = date(2026, 12, 11), datetime(2026, 12, 11, 0, 5)


@pytest.mark.parametrize(
    ("language", "name", "words"),
    [
        ("en", "DATE_FORMAT", "11 December 2026"),
        ("en", "DATETIME_FORMAT", "11 December 2026, 00:05"),
        ("en", "SHORT_DATETIME_FORMAT", "2026-12-11 00:05"),
        ("en", "TIME_FORMAT", "00:05"),
        ("zh-hans", "DATE_FORMAT", "2026年12月11日"),
        ("zh-hans", "TIME_FORMAT", "00:05"),
    ],
)
def test_dates_and_times_in_each_language(language: str, name: str, words: str) -> None:
    with override(language):
        assert date_format(DAY if name == "DATE_FORMAT" else MOMENT, name) == words


def test_numbers_are_as_they_were() -> None:
    with override("en"):
        assert (number_format(0.25), number_format(1234, use_l10n=True)) == ("0.25", "1234")
