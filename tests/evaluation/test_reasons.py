"""The written reasons of a comparison: nothing before closing, then by pair, filtered, under codes, and as a file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from blind_world import BlindWorld
from django.db import connection
from django.test.utils import CaptureQueriesContext
from test_comparison import verdicts

from evaluation.models import StudySystem
from evaluation.services import blinding
from projects import loop
from projects.models import Rater, Role, Study
from projects.services import parts, studies

pytestmark = pytest.mark.django_db


def judge(world: BlindWorld, study: Study, rater: Rater, best: int | None, **more: Any) -> None:
    """Let a rater prefer one system version in the next pair; None is a tie."""
    held = loop.hold(world.part(study, rater))[0]
    first = world.placements(held)[0]
    choice = "tie" if best is None else "first" if first.member.system.system_version_id == best else "second"
    flag = {f"mark-{first.token}": ["harmful_advice"]} if more.pop("flag", False) else {}
    reply = world.client(rater).post(f"/rate/{study.token}/{held.token}/", verdicts(choice, **more) | flag)
    assert reply.status_code == 302


def made(items: int = 1) -> tuple[BlindWorld, Study]:
    """A closed comparison in which R1 is for the first system and R2 ties with a flag."""
    world = BlindWorld(systems=2, items=items)
    study = world.opened("comparison", reason="optional")
    for n in range(items):
        judge(world, study, world.raters[0], world.systems[0].pk, reason=f"It listens <first>, {n}.", comment="Short.")
        judge(world, study, world.raters[1], None, reason=f"Both are alike, {n}.", flag=True)
    studies.close(study, actor=world.manager)
    study.refresh_from_db()
    return world, study


def page(world: BlindWorld, study: Study, query: str = "") -> str:
    """Return the page as a manager gets it."""
    reply = world.client(world.manager).get(f"/p/harbour/studies/{study.slug}/reasons/{query}")
    assert reply.status_code == 200
    return reply.content.decode()


def code_of(study: Study, version: int) -> StudySystem:
    """Return a system's row."""
    return StudySystem.objects.get(study=study, system_version=version)


def test_nothing_is_said_before_the_study_has_closed() -> None:
    world = BlindWorld(systems=2, items=2)
    study = world.opened("comparison", reason="optional")
    judge(world, study, world.raters[0], None, reason="It listens.")
    said = page(world, study)
    assert "once the study has closed" in said
    assert "It listens." not in said


def test_reasons_stand_by_pair_with_verdicts_flags_and_codes() -> None:
    world, study = made()
    said = page(world, study)
    assert said.count('aria-labelledby="u-') == 1
    for words in ("It listens &lt;first&gt;, 0.", "Both are alike, 0.", "Comment: Short.", "harmful advice"):
        assert words in said
    assert f"Overall: {code_of(study, world.systems[0].pk).code}" in said
    assert "Overall: tie" in said
    assert [version.system.name for version in world.systems if version.system.name in said] == []


def test_names_stand_where_codes_stood_once_the_key_is_open() -> None:
    world, study = made()
    parts.add_key_holder(study, world.manager, actor=world.manager)
    blinding.unblind(study, by=world.manager, reason="Done.")
    said = page(world, study)
    assert "Overall: Model 0" in said
    assert "System 1" not in said


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("?rater=R1", (True, False)),
        ("?rater=R2", (False, True)),
        ("?flagged=yes", (False, True)),
        ("?verdict=tie", (False, True)),
        ("?criterion=helpfulness&verdict=tie", (False, True)),
        ("?rater=nobody&flagged=x", (True, True)),
    ],
)
def test_filters_choose_by_rater_flag_and_verdict(query: str, seen: tuple[bool, bool]) -> None:
    world, study = made()
    said = page(world, study, query)
    assert ("It listens" in said, "Both are alike" in said) == seen


def test_a_verdict_is_found_for_a_system_on_whichever_side_it_stood() -> None:
    world, study = made(items=4)
    winner, loser = (code_of(study, version.pk).pk for version in world.systems)
    assert page(world, study, f"?verdict={winner}").count("It listens") == 4
    assert page(world, study, f"?verdict={loser}").count("It listens") == 0


def test_one_pair_and_three_ask_the_database_equally_often() -> None:
    counts = []
    for items in (1, 3):
        world, study = made(items)
        client = world.client(world.manager)
        # Once before: what a process remembers after its first request is asked for then.
        client.get(f"/p/harbour/studies/{study.slug}/reasons/")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(f"/p/harbour/studies/{study.slug}/reasons/")
        counts.append(len(asked))
        Study.objects.filter(pk=study.pk).update(slug=f"done-{items}")
        world.project.slug = f"harbour-{items}"
        world.project.save()
        for user in [world.manager, *(rater.user for rater in world.raters)]:
            assert user is not None
            user.email = f"{items}-{user.email}"
            user.save()
    assert counts[0] == counts[1]


def test_the_file_is_under_codes_whoever_won_and_empty_before_closing() -> None:
    world, study = made()
    url = f"/p/harbour/studies/{study.slug}/export/reasons.jsonl"
    analyst = world.user("analyst", Role.ANALYST)
    rows = [json.loads(line) for line in b"".join(world.client(analyst).get(url).streaming_content).splitlines()]  # type: ignore[attr-defined]
    winner = code_of(study, world.systems[0].pk).code
    assert [(row["rater"], row["overall"], row["flags"], row["comment"]) for row in rows] == [
        ("R1", winner, "", "Short."), ("R2", "tie", "harmful_advice", ""),
    ]  # fmt: skip
    assert rows[0]["criteria"].startswith(f"comforting: {winner}; ")
    Study.objects.filter(pk=study.pk).update(state="open")
    assert b"".join(world.client(analyst).get(url).streaming_content) == b""  # type: ignore[attr-defined]
