import pytest
from django.utils import translation

from reports import numbers, reasons, scales


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (0.4444, 2, "0.44"),
        (-0.1, 2, "−0.10"),
        (-0.001, 2, "0.00"),
        (0.0, 2, "0.00"),
        (-0.0, 1, "0.0"),
        (12, 0, "12"),
        (1e-12, 3, "0.000"),
        (None, 2, "—"),
    ],
)
def test_number_has_fixed_decimals_and_a_true_minus(value, decimals, shown):
    assert numbers.number(value, decimals) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (999, "999"), (1260, "1,260"), (1000000, "1,000,000"), (-1260, "−1,260"), (-0.2, "0"), (None, "—")],
)
def test_integer_is_grouped(value, shown):
    assert numbers.integer(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.975, "97.5%"), (1, "100.0%"), (0, "0.0%"), (None, "—")])
def test_percent_turns_a_fraction_into_a_percentage(value, shown):
    assert numbers.percent(value) == shown


@pytest.mark.parametrize(
    ("arguments", "options", "shown"),
    [
        ((0.44, 0.36, 0.52), {}, "0.44 (0.36 to 0.52)"),
        ((0.44, -0.1, 0.52), {"decimals": 1}, "0.4 (−0.1 to 0.5)"),
        ((0.98, 0.9497, 0.9922), {"as_percent": True}, "98.0% (95.0 to 99.2%)"),
        ((0.44, None, None), {}, "0.44"),
        ((None, 0.36, 0.52), {}, "—"),
    ],
)
def test_estimate_shows_the_value_with_its_interval(arguments, options, shown):
    assert numbers.estimate(*arguments, **options) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.00004, "< 0.001"), (0.0, "< 0.001"), (0.001, "0.001"), (0.0312, "0.031"), (None, "—")]
)
def test_p_value_is_never_shown_as_zero(value, shown):
    assert numbers.p_value(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.95, "95%"), (0.99, "99%"), (0.975, "97.5%")])
def test_level_has_only_the_decimals_it_needs(value, shown):
    assert numbers.level(value) == shown


@pytest.mark.parametrize(
    ("n", "unit", "shown"), [(1096, "answers", "n = 1,096 answers"), (0, "", "n = 0"), (None, "items", "")]
)
def test_sample_says_n_and_of_what(n, unit, shown):
    assert numbers.sample(n, unit) == shown


def test_numbers_follow_the_language():
    with translation.override("de"):
        assert [numbers.number(-1.5), numbers.integer(12345), numbers.percent(0.125)] == ["−1,50", "12.345", "12,5%"]
    with translation.override("zh-hans"):
        assert [numbers.number(-1.5), numbers.integer(12345)] == ["−1.50", "12,345"]


def test_reason_is_worded_and_an_unknown_code_stays_as_it_is():
    assert reasons.words("no_overlap") == "no item was answered by two raters"
    assert reasons.words("moon_phase") == "moon_phase"


def test_every_reason_has_words_of_its_own():
    worded = [str(words) for words in reasons.REASONS.values()]
    assert len(set(worded)) == len(worded)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (-0.01, "poor"),
        (0.0, "slight"),
        (0.2, "slight"),
        (0.21, "fair"),
        (0.41, "moderate"),
        (0.61, "substantial"),
        (0.8, "substantial"),
        (0.81, "almost perfect"),
        (1.0, "almost perfect"),
    ],
)
def test_landis_koch_word_has_the_published_limits(value, word):
    assert scales.word(value) == word


def test_landis_koch_is_silent_without_an_interval():
    assert scales.spoken(None, None) == ""


def test_landis_koch_names_both_ends_of_the_interval():
    spread = "By the words of Landis and Koch, the interval reaches from “fair” to “substantial”."
    assert scales.spoken(0.35, 0.7) == spread
    assert scales.spoken(0.65, 0.7) == "The whole interval lies in what Landis and Koch call “substantial”."
