"""Limits a minute as a schedule, and what calls hold of a limit of tokens until they end."""

from __future__ import annotations

import heapq

import pytest

from evaluation import limits


def rate(per_minute: int, *, most: int, takes: list[int], latency: float, seconds: float = 60.0) -> float:
    """The tokens a minute that calls of these sizes reach, one after another, without the first seconds."""
    habits, due, now, ended = limits.Habits(), 0.0, 0.0, 0.0
    flying: list[tuple[float, int, int]] = []
    started: list[tuple[float, int]] = []
    while now < seconds:
        while flying and flying[0][0] <= now:
            _end, held, took = heapq.heappop(flying)
            due = limits.moved(due, now, per_minute, took - held)
            habits.learn("kind", most, took)
            ended += 1
        while limits.room(due, now, per_minute) > 0:
            held, took = habits.expected("kind", most), takes[len(started) % len(takes)]
            due = limits.moved(due, now, per_minute, held)
            heapq.heappush(flying, (now + latency, held, took))
            started.append((now, took))
        now += 0.02
    begin = 3 + 3 * latency
    steady = [took for at, took in started if at > begin]
    return sum(steady) / (seconds - begin) * 60


@pytest.mark.parametrize("latency", [0.05, 1.0, 8.0])
@pytest.mark.parametrize(
    ("most", "takes"),
    [(1100, [100]), (1100, [400]), (1100, [1100]), (4200, [60, 80, 100]), (1100, [40, 900]), (300, [20] * 9 + [300])],
)
def test_a_limit_of_tokens_is_neither_underused_nor_overrun(most: int, takes: list[int], latency: float) -> None:
    assert rate(600_000, most=most, takes=takes, latency=latency) / 600_000 == pytest.approx(1, abs=0.05)


def test_a_call_nobody_has_seen_holds_all_it_may_take_and_then_what_calls_like_it_take() -> None:
    habits = limits.Habits()
    assert habits.expected("short", 1000) == 1000
    for _ in range(200):
        habits.learn("short", 1000, 50)
    assert habits.expected("short", 1000) == 50
    assert habits.expected("short", 2000) == 100
    assert habits.expected("other", 1000) == 1000


def test_what_calls_take_is_learned_anew_when_it_changes() -> None:
    habits = limits.Habits()
    for tokens in [50] * 300 + [500] * 300:
        habits.learn("kind", 1000, tokens)
    assert habits.expected("kind", 1000) == pytest.approx(500, rel=0.03)


def test_a_call_holds_something_even_where_nothing_was_taken() -> None:
    habits = limits.Habits()
    for _ in range(500):
        habits.learn("kind", 1, 0)
    assert habits.expected("kind", 1) == 1


def test_waiting_ends_when_the_schedule_is_no_longer_ahead() -> None:
    # 60 a minute: after 5 at once the schedule is 5 s ahead, and 1 s is allowed.
    due = limits.moved(0.0, 100.0, 60, 5)
    assert due == 105.0
    assert limits.wait(due, 100.0, 60) == pytest.approx(5.0)
    assert limits.room(due, 100.0 + limits.wait(due, 100.0, 60), 60) == 1
    assert limits.room(due, 100.0 + limits.wait(due, 100.0, 60) - 0.1, 60) == 0
    assert limits.wait(due, 100.0, None) == 0.0
