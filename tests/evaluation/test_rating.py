"""Blind rating from opening to report."""

from __future__ import annotations

import re
from statistics import stdev
from typing import Any

import pytest
from blind_world import BlindWorld, report_of

from evaluation.models import Mark, Reason, Score, StudySystem, UnitResponse
from projects import kinds, loop
from projects.models import Assignment, Rater, Study
from projects.services import studies
from reports import ink

pytestmark = pytest.mark.django_db
QUALITY = "preset:answer_quality:en"
KEYS = ("interactivity", "helpfulness", "comforting", "explainability")


def rate(world: BlindWorld, study: Study, rater: Rater, wanted: dict[int, int], **more: Any) -> Any:
    """Let a rater score every response of the next unit on every criterion: system version -> score."""
    held = loop.hold(world.part(study, rater))[0]
    data: dict[str, Any] = {"client_key": "key-1", "based_on": "0", "active_ms": "0"} | more
    criteria = kinds.of(study).form(held).settings["criteria"]  # type: ignore[attr-defined]
    for row in world.placements(held):
        for one in criteria:
            data[f"score-{row.token}--{one['key']}"] = str(wanted[row.member.system.system_version_id or 0])
    return world.client(rater).post(f"/rate/{study.token}/{held.token}/", data)


def test_each_response_is_a_unit_unless_they_stand_together() -> None:
    world = BlindWorld(systems=3, items=2)
    assert world.opened("rating", rubric=QUALITY).unit_count == 6
    together = world.opened("rating", rubric=QUALITY, together="on", name="Together")
    assert together.unit_count == 2
    assert UnitResponse.objects.filter(unit__study=together).count() == 6


def test_scores_marks_and_a_needed_justification_become_rows() -> None:
    world = BlindWorld(systems=1, items=1)
    study = world.opened("rating", justify="low", systems=[str(world.systems[0].pk)])
    held = loop.hold(world.part(study, world.raters[0]))[0]
    token = world.placements(held)[0].token
    client, url = world.client(world.raters[0]), f"/rate/{study.token}/{held.token}/"
    assert " checked>" not in client.get(url).content.decode().split('id="reading"')[1].split("marks")[0]
    assert client.post(url, {"client_key": "k", "based_on": "0"}).status_code == 422
    assert Score.objects.count() == 0
    low = {world.systems[0].pk: 1}
    refused = rate(world, study, world.raters[0], low)
    assert refused.status_code == 422
    assert "Write why you rate response A so." in refused.content.decode()
    more = {f"why-{token}": "It gives up.", f"mark-{token}": ["ethical_risk"]}
    assert rate(world, study, world.raters[0], low, **more).status_code == 302
    assert sorted(Score.objects.values_list("criterion", "value")) == [
        ("comforting", 1), ("explainability", 1), ("helpfulness", 1), ("interactivity", 1),
    ]  # fmt: skip
    assert Reason.objects.get().text == "It gives up."
    assert Mark.objects.get().concern == "ethical_risk"


@pytest.mark.parametrize("value", ["", "6", "0", "2.5", "-1", "five"])
def test_a_score_that_is_not_on_the_scale_is_refused(value: str) -> None:
    world = BlindWorld(systems=1, items=1)
    study = world.opened("rating", systems=[str(world.systems[0].pk)])
    held = loop.hold(world.part(study, world.raters[0]))[0]
    token = world.placements(held)[0].token
    data = {"client_key": "k", "based_on": "0", "comment": "Kept words."}
    data |= {f"score-{token}--{key}": "3" for key in ("interactivity", "helpfulness", "comforting")}
    reply = world.client(world.raters[0]).post(
        f"/rate/{study.token}/{held.token}/", data | {f"score-{token}--explainability": value}
    )
    assert reply.status_code == 422
    assert "Kept words." in reply.content.decode()
    assert Score.objects.count() == 0


def test_the_report_equals_figures_worked_out_by_hand() -> None:
    world = BlindWorld(systems=2, items=4, raters=2)
    study = world.opened("rating", rubric=QUALITY, together="on")
    a, b = (version.pk for version in world.systems)
    # By item and rater: a gets 4 3 4 3 from the first and one less from the second; b always two less than a.
    given = {"R1": [4, 3, 4, 3], "R2": [3, 2, 3, 2]}
    for rater in world.raters:
        for _n in range(4):
            held = loop.hold(world.part(study, rater))[0]
            at = int(held.unit.item.external_id[1:])  # type: ignore[union-attr]
            score = given[rater.code][at]
            assert rate(world, study, rater, {a: score, b: score - 2}).status_code == 302
    studies.close(study, actor=world.manager)
    summary = report_of(study)
    codes = dict(StudySystem.objects.values_list("system_version", "code"))
    sections = {section.key: {block.key: block for block in section.blocks} for section in summary.sections}
    means = {row[0]: row[1] for row in sections["scores"]["means"].rows}  # type: ignore[union-attr]
    best = means[codes[a]].value  # set apart: a Cell around the estimate
    assert (best.value, means[codes[b]].value) == (3.0, 1.0)
    pair = sections["tests"]["pairs"].rows[0]  # type: ignore[union-attr]
    # The difference never varies, so it has no test.
    assert pair[2] == 4
    assert pair[4].reason == "no_variation"
    even = sections["standardised"]["standardised"].rows  # type: ignore[union-attr]
    # Each rater's a is one above that rater's own mean, b one below; all put back on the pooled mean 2 and spread.
    one = [4, 3, 4, 3, 2, 1, 2, 1]
    gap = stdev([*one, *(value - 1 for value in one)]) / stdev(one)
    found = {row[1]: row[3].value for row in even}
    assert found == {codes[a]: pytest.approx(2 + gap), codes[b]: pytest.approx(2 - gap)}
    by_rater = {row[1]: row[3] for row in sections["raters"]["raters"].rows}  # type: ignore[union-attr]
    assert by_rater == {"R1": 2.5, "R2": 1.5}
    assert summary.numbers()["agreement/icc"] == pytest.approx(icc_agreement())
    assert "Model" not in str(summary.to_json())


def icc_agreement() -> float:
    """ICC(A,1) of the scores above, written out: (MSR - MSE) / (MSR + (k-1) MSE + k/n (MSC - MSE))."""
    one = [4, 3, 4, 3, 2, 1, 2, 1]
    two = [value - 1 for value in one]
    n, k = 8, 2
    rows = [(x + y) / 2 for x, y in zip(one, two, strict=True)]
    grand = sum(rows) / n
    between = k * sum((row - grand) ** 2 for row in rows) / (n - 1)
    columns = n * sum((sum(column) / n - grand) ** 2 for column in (one, two)) / (k - 1)
    return between / (between + k / n * columns)


def test_nothing_about_systems_before_closing_and_flags_by_system_after() -> None:
    world = BlindWorld(systems=2, items=1, raters=1)
    study = world.opened("rating", raters_per_item=1, together="on")
    held = loop.hold(world.part(study, world.raters[0]))[0]
    first = world.placements(held)[0]
    wanted = {version.pk: 3 for version in world.systems}
    rate(world, study, world.raters[0], wanted, **{f"mark-{first.token}": ["ethical_risk", "harmful_advice"]})
    assert [section.key for section in report_of(study).sections] == ["progress", "flow"]
    studies.close(study, actor=world.manager)
    flags = next(section for section in report_of(study).sections if section.key == "flags")
    rows = {row[0]: list(row[1:]) for row in flags.blocks[0].rows}  # type: ignore[union-attr]
    assert rows[first.member.system.code] == [1, 1, 1, ink.share(1, 1)]


def test_own_answers_are_in_words() -> None:
    world = BlindWorld(systems=1, items=1, raters=1)
    study = world.opened("rating", rubric=QUALITY, raters_per_item=1, systems=[str(world.systems[0].pk)])
    rate(world, study, world.raters[0], {world.systems[0].pk: 4})
    rows = list(Assignment.objects.filter(study=study))
    assert kinds.of(study).own_answers(rows) == {rows[0].pk: "4"}


# --- justification beyond a threshold ----------------------------------------------------------------


def rated(world: BlindWorld, study: Study, value: str, why: str = "") -> Any:
    """Send one score for everything of the next unit; returns the answer."""
    held = loop.hold(world.part(study, world.raters[0]))[0]
    data = {"client_key": f"key-{value}-{why}", "based_on": "0"}
    for row in world.placements(held):
        data |= {f"score-{row.token}--{key}": value for key in KEYS}
        data[f"why-{row.token}"] = why
    return world.client(world.raters[0]).post(f"/rate/{study.token}/{held.token}/", data)


@pytest.mark.parametrize(
    ("limits", "asked"),
    [
        ({"justify_low": 2}, "12"),
        ({"justify_high": 5}, "5"),
        ({"justify_low": 1, "justify_high": 4}, "145"),
    ],
)
def test_scores_at_or_beyond_a_limit_want_a_justification(limits: dict[str, int], asked: str) -> None:
    world = BlindWorld(systems=1, items=5, raters=1)
    study = world.opened("rating", raters_per_item=1, justify="beyond", **limits)
    for value in "12345":
        sent = rated(world, study, value)
        if value in asked:
            assert sent.status_code == 422
            assert "Write why you rate response A so." in sent.content.decode()
            assert rated(world, study, value, "   ").status_code == 422
            sent = rated(world, study, value, "It misses the point.")
        assert sent.status_code == 302
    assert Score.objects.count() == 5 * len(KEYS)
    assert Reason.objects.filter(member__isnull=False).count() == len(asked)


def test_the_page_says_which_scores_want_a_justification() -> None:
    world = BlindWorld(systems=1, items=1, raters=1)
    study = world.opened("rating", raters_per_item=1, justify="beyond", justify_low=2, justify_high=5)
    held = loop.hold(world.part(study, world.raters[0]))[0]
    page = world.client(world.raters[0]).get(f"/rate/{study.token}/{held.token}/").content.decode()
    assert "Why these scores? (required up to 2 and from 5 on)" in page
    marked = re.findall(r'type="radio" name="score-[^"]+" value="(\d)"( data-why)?>', page)
    assert {value for value, why in marked if why} == {"1", "2", "5"}
    assert {value for value, why in marked if not why} == {"3", "4"}


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, "Say up to which score"),
        ({"justify_low": 4, "justify_high": 2}, "The upper limit lies above the lower one."),
        ({"justify_low": -1}, "No scale of these criteria has a score there"),
        ({"justify_high": 6}, "No scale of these criteria has a score there"),
    ],
)
def test_limits_that_ask_nothing_are_refused(limits: dict[str, int], words: str) -> None:
    world = BlindWorld(systems=1, items=1, raters=1)
    with pytest.raises(AssertionError, match=words):
        world.draft("rating", justify="beyond", **limits)
