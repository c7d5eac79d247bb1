"""Blind ranking from opening to report: designs, placements, answers that are refused, and figures that are known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from blind_world import BlindWorld, ranking_answer, report_of

from evaluation.models import BlindStudy, Mark, Placement, Rank, Reason, StudySystem, System, UnitResponse
from projects import kinds, loop, reporting
from projects.models import Assignment, Rater, Report, Study, Submission, Unit
from projects.services import leases, studies

pytestmark = pytest.mark.django_db


def answer(world: BlindWorld, study: Study, rater: Rater, places: Sequence[int], **more: Any) -> Any:
    """Let a rater rank the next unit over HTTP; `places` are in the order of the page."""
    held = loop.hold(world.part(study, rater))[0]
    data = ranking_answer(world.placements(held), places) | more
    return world.client(rater).post(f"/rate/{study.token}/{held.token}/", data)


def by_system(world: BlindWorld, study: Study, rater: Rater, wanted: dict[int, int]) -> None:
    """Let a rater rank the next unit so that each system version gets the rank wanted."""
    held = loop.hold(world.part(study, rater))[0]
    placed = world.placements(held)
    places = [wanted[row.member.system.system_version_id or 0] for row in placed]
    world.client(rater).post(f"/rate/{study.token}/{held.token}/", ranking_answer(placed, places))


def test_opening_draws_a_key_and_a_code_for_each_system() -> None:
    world = BlindWorld()
    study = world.opened()
    codes = sorted(StudySystem.objects.filter(study=study).values_list("code", flat=True))
    assert codes == ["System 1", "System 2", "System 3"]
    assert len(bytes.fromhex(BlindStudy.objects.get(study=study).key)) == 32
    assert UnitResponse.objects.filter(unit__study=study).count() == 12


def test_codes_do_not_follow_the_order_of_the_systems() -> None:
    world = BlindWorld(systems=8, items=1, raters=1)
    orders = set()
    for n in range(6):
        study = world.opened(name=f"Study {n}", raters_per_item=1)
        rows = StudySystem.objects.filter(study=study).order_by("system_version")
        orders.add(tuple(rows.values_list("code", flat=True)))
    assert len(orders) == 6


def test_a_claim_places_every_response_once_and_for_ever() -> None:
    world = BlindWorld()
    study = world.opened()
    held = loop.hold(world.part(study, world.raters[0]))[0]
    first = list(Placement.objects.filter(assignment=held).values_list("slot", "token", "member"))
    again = loop.hold(world.part(study, world.raters[0]))[0]
    assert again.pk == held.pk
    assert list(Placement.objects.filter(assignment=held).values_list("slot", "token", "member")) == first
    assert [row[0] for row in first] == [1, 2, 3]
    assert all(len(row[1]) >= 22 for row in first)


def test_a_skipped_unit_keeps_its_order() -> None:
    world = BlindWorld(items=1)
    study = world.opened()
    part = world.part(study, world.raters[0])
    held = loop.hold(part)[0]
    before = list(Placement.objects.order_by("slot").values_list("token", "member"))
    leases.skip(held, reason="other")
    again = loop.hold(world.part(study, world.raters[0]))[0]
    assert again.pk == held.pk
    assert list(Placement.objects.order_by("slot").values_list("token", "member")) == before


@pytest.mark.parametrize("design", ["latin", "keyed"])
def test_orders_can_be_made_again_from_the_record(design: str) -> None:
    from evaluation.order import arrange

    world = BlindWorld(systems=4, items=5, raters=1)
    study = world.opened(order_design=design, raters_per_item=1)
    key = bytes.fromhex(BlindStudy.objects.get(study=study).key)
    for ordinal in range(5):
        held = loop.hold(world.part(study, world.raters[0]))[0]
        seen = [row.member.system.code for row in world.placements(held)]
        unit = Unit.objects.select_related("response_set").get(pk=held.unit_id)
        assert seen == list(
            arrange(
                design,
                key=key,
                rater="\x1f".join(["R1", "System 1", "System 2", "System 3", "System 4"]),
                unit=unit.response_set.key, ordinal=ordinal,
                codes=["System 1", "System 2", "System 3", "System 4"],
            )
        )  # fmt: skip
        world.client(world.raters[0]).post(
            f"/rate/{study.token}/{held.token}/", ranking_answer(world.placements(held), [1, 2, 3, 4])
        )


def test_latin_counts_per_rater_differ_by_at_most_one_in_a_real_study() -> None:
    world = BlindWorld(systems=5, items=7, raters=1)
    study = world.opened(raters_per_item=1)
    for _n in range(7):
        answer(world, study, world.raters[0], [1, 2, 3, 4, 5])
    seen = Counter(Placement.objects.values_list("slot", "member__system__code"))
    for slot in range(1, 6):
        counts = [seen[slot, f"System {n}"] for n in range(1, 6)]
        assert max(counts) - min(counts) <= 1


def test_ranks_marks_reason_and_comment_become_rows() -> None:
    world = BlindWorld()
    study = world.opened(reason="required")
    held = loop.hold(world.part(study, world.raters[0]))[0]
    placed = world.placements(held)
    data = ranking_answer(placed, [2, 3, 1]) | {
        "reason": "It listens first.", "comment": "All are short.", f"mark-{placed[0].token}": ["missed_crisis"],
    }  # fmt: skip
    reply = world.client(world.raters[0]).post(f"/rate/{study.token}/{held.token}/", data)
    assert reply.status_code == 302
    assert dict(Rank.objects.values_list("member", "rank")) == {
        placed[0].member_id: 2, placed[1].member_id: 3, placed[2].member_id: 1,
    }  # fmt: skip
    assert list(Mark.objects.values_list("member", "concern")) == [(placed[0].member_id, "missed_crisis")]
    assert Reason.objects.get().text == "It listens first."
    assert Submission.objects.get().comment == "All are short."


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (["", "", ""], "Response A has no place yet."),
        (["1", "2", ""], "Response C has no place yet."),
        (["1", "1", "2"], "Place 1 is given to more than one response: A, B."),
        (["1", "2", "4"], "Response C has a place that does not exist."),
        (["0", "1", "2"], "Response A has a place that does not exist."),
        (["1.5", "1", "2"], "Response A has a place that does not exist."),
    ],
)
def test_a_ranking_that_is_not_whole_is_refused_and_given_back(places: list[str], words: str) -> None:
    world = BlindWorld()
    study = world.opened()
    held = loop.hold(world.part(study, world.raters[0]))[0]
    data: dict[str, str] = {"client_key": "k", "based_on": "0", "comment": "Here is what I typed."}
    data |= {f"rank-{row.token}": place for row, place in zip(world.placements(held), places, strict=True)}
    reply = world.client(world.raters[0]).post(f"/rate/{study.token}/{held.token}/", data)
    assert reply.status_code == 422
    page = reply.content.decode()
    assert words in page
    assert "Here is what I typed." in page
    assert Rank.objects.count() == 0


def test_equal_places_need_the_study_and_the_rater_to_mean_it() -> None:
    world = BlindWorld()
    study = world.opened(ties="on")
    assert answer(world, study, world.raters[0], [1, 1, 2]).status_code == 422
    assert answer(world, study, world.raters[0], [1, 1, 2], ties="on").status_code == 302
    assert sorted(Rank.objects.values_list("rank", "tied")) == [(1, True), (1, True), (3, False)]


def test_ties_are_refused_where_the_study_has_none_whatever_is_sent() -> None:
    world = BlindWorld()
    assert answer(world, world.opened(), world.raters[0], [1, 1, 2], ties="on").status_code == 422


def test_unknown_foreign_and_stale_handles_are_one_and_the_same_404() -> None:
    world = BlindWorld(items=2)
    study = world.opened()
    mine = loop.hold(world.part(study, world.raters[0]))[0]
    other = loop.hold(world.part(study, world.raters[1]))[0]
    client = world.client(world.raters[0])
    good = ranking_answer(world.placements(mine), [1, 2, 3])
    foreign = world.placements(other)[0].token
    replies = [
        client.post(
            f"/rate/{study.token}/{mine.token}/", good | {f"rank-{token}": "1", "comment": "A long comment of mine."}
        )
        for token in ("x" * 22, foreign)
    ]
    replies.append(client.post(f"/rate/{study.token}/{other.token}/", good | {"comment": "A long comment of mine."}))
    assert [reply.status_code for reply in replies] == [404, 404, 404]
    # The page's own forms carry a secret and the address that was asked for.
    said = [re.sub(rb'(?:value|content)="(?:[\w-]{64}|/rate/[^"]*)"', b"", reply.content) for reply in replies]
    assert len(set(said)) == 1
    assert b"A long comment of mine." in replies[0].content
    assert Rank.objects.count() == 0


def test_a_press_sent_twice_counts_once_and_a_change_of_mind_is_a_new_answer() -> None:
    world = BlindWorld()
    study = world.opened()
    held = loop.hold(world.part(study, world.raters[0]))[0]
    client, placed = world.client(world.raters[0]), world.placements(held)
    for _n in range(2):
        assert client.post(f"/rate/{study.token}/{held.token}/", ranking_answer(placed, [1, 2, 3])).status_code == 302
    assert Submission.objects.count() == 1
    changed = ranking_answer(placed, [3, 2, 1], key="second") | {"based_on": "1"}
    assert client.post(f"/rate/{study.token}/{held.token}/", changed).status_code == 302
    assert list(Submission.objects.order_by("number").values_list("number", "current")) == [(1, False), (2, True)]
    assert Rank.objects.count() == 6
    page = client.get(f"/rate/{study.token}/{held.token}/").content.decode()
    assert page.count('" selected>') == 3


def test_an_item_without_a_response_blocks_or_is_left_out() -> None:
    world = BlindWorld()
    item = world.item(9)
    world.respond(world.systems[0], item, "Only one system answered this.")
    study = world.draft()
    problems = kinds.of(study).problems(study)
    assert [(str(problem.text), problem.blocking) for problem in problems] == [
        ("1 item lacks a response: q9: Model 1, Model 2.", True)
    ]
    other = world.draft(missing="leave_out", name="Other")
    assert [problem.blocking for problem in kinds.of(other).problems(other)] == [False]
    assert world.open(other).unit_count == 4


def test_whoever_can_read_responses_cannot_rate() -> None:
    from projects.models import Membership

    world = BlindWorld()
    study = world.draft()
    assert world.raters[1].user is not None
    Membership.objects.create(project=world.project, user=world.raters[1].user, role="analyst")
    problems = [problem for problem in kinds.of(study).problems(study) if problem.blocking]
    assert [str(problem.text)[-3:] for problem in problems] == ["R2."]


def test_blocks_share_their_baselines_and_are_planned_apart() -> None:
    world = BlindWorld(systems=1, items=2)
    System.objects.update(role="baseline")
    for group in ("one", "two"):
        for n in range(2):
            version = world.system(f"{group} {n}", group=group)
            world.systems.append(version)
            for item in world.items:
                world.respond(version, item, "Take a walk first.")
    study = world.opened(by_group="on")
    assert study.unit_count == 4
    sizes = Counter(UnitResponse.objects.values_list("unit", flat=True))
    assert set(sizes.values()) == {3}
    blocks = sorted(StudySystem.objects.values_list("system_version__system__name", "blocks"))
    assert blocks == [
        ("Model 0", ["one", "two"]), ("one 0", ["one"]), ("one 1", ["one"]), ("two 0", ["two"]), ("two 1", ["two"]),
    ]  # fmt: skip


def test_overlap_goes_to_everybody_and_repeats_come_twice() -> None:
    world = BlindWorld(items=6, raters=3)
    study = world.opened(raters_per_item=1, overlap_size=2, repeats=1)
    units = Counter(Unit.objects.filter(study=study).values_list("role", "repeat", "wanted"))
    assert units == {("main", 0, 1): 4, ("overlap", 0, 3): 2, ("overlap", 1, 3): 1}


def test_the_sample_is_the_same_whatever_order_the_items_came_in() -> None:
    first = BlindWorld(items=12, slug="one")
    second = BlindWorld(items=0, slug="two", systems=3)
    second.items = [second.item(n) for n in reversed(range(12))]
    for item in second.items:
        for version in second.systems:
            second.respond(version, item, "Yes.")
    drawn = []
    for world in (first, second):
        draft = world.draft(sample_size=5)
        Study.objects.filter(pk=draft.pk).update(seed=11)
        study = world.open(Study.objects.get(pk=draft.pk))
        drawn.append(set(study.units.values_list("item__external_id", flat=True)))
    assert len(drawn[0]) == 5
    assert drawn[0] == drawn[1]


def test_results_say_nothing_of_systems_before_the_study_closes() -> None:
    world = BlindWorld(items=2)
    study = world.opened()
    for _n in range(2):
        answer(world, study, world.raters[0], [1, 2, 3])
    summary = report_of(study)
    assert [section.key for section in summary.sections] == ["progress", "flow"]
    assert "System" not in str(summary.to_json()["sections"])
    client = world.client(world.manager)
    url = f"/p/harbour/studies/{study.slug}/export/judgements.csv"
    rows = b"".join(client.get(url).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(rows) == 1


def test_closed_results_stand_under_codes_and_equal_the_ranks_given() -> None:
    world = BlindWorld(items=3)
    study = world.opened()
    versions = [version.pk for version in world.systems]
    for rater in world.raters:
        for _n in range(3):
            by_system(world, study, rater, dict(zip(versions, [2, 1, 3], strict=True)))
    studies.close(study, actor=world.manager)
    summary = report_of(study)
    numbers = summary.numbers()
    assert numbers["agreement-all/exact-rank-kappa"] == 1.0
    assert numbers["agreement-all/kendall-w"] == 1.0
    codes = dict(StudySystem.objects.values_list("system_version", "code"))
    table = next(one for one in summary.sections[0].blocks if one.key == "ranks")
    assert [row[1].value for row in table.rows] == [1.0, 2.0, 3.0]  # type: ignore[union-attr]
    assert codes[versions[1]] in str(table.rows[0][0])  # type: ignore[union-attr]
    assert "Model" not in str(summary.to_json())


def other_raters(summary: Any, section: str) -> Any:
    """Return the rows of the table that takes raters as a sample too."""
    found = next(one for one in summary.sections if one.key == section)
    return next(block for block in found.blocks if block.key == "other-raters").rows


def test_thirty_by_seven_by_four_with_656_equal_ranks_is_0441_on_the_page() -> None:
    world = BlindWorld(systems=7, items=30, raters=4)
    study = world.opened(raters_per_item=4)
    orders = equal_ranks(656)
    rank_all(world, study, orders)
    Study.objects.filter(pk=study.pk).update(state="closed")
    summary = report_of(study)
    assert summary.numbers()["agreement-all/exact-rank-kappa"] == pytest.approx(0.441, abs=0.0005)
    kappa, alpha = other_raters(summary, "agreement-all")
    # The same coefficient twice; over raters too its interval is at least as wide as over items alone.
    assert kappa[1].value == pytest.approx(kappa[2].value)
    assert kappa[2].low < kappa[1].low < kappa[1].high < kappa[2].high
    assert alpha[1].value == pytest.approx(alpha[2].value)
    assert kappa[3] <= kappa[1].value <= kappa[4]
    page = world.client(world.manager).get(f"/p/harbour/studies/{study.slug}/results/").content.decode()
    assert "0.44" in page


def equal_ranks(wanted: int) -> list[list[list[int]]]:
    """Return 30 x 4 rankings of seven in which pairs of raters give `wanted` equal ranks in all.

    In each item all raters begin alike (42 equal ranks over six pairs); the fourth rater then differs in so many
    places that the total comes out right, and where more must go a second one does.
    """
    same = list(range(1, 8))
    # What a set of rankings takes away from 42: the fourth rater differs in n places (n = 2..7): 3 n pairs.
    found, left = [], 30 * 42 - wanted
    for item in range(30):
        share = left // (30 - item)
        best = min(
            ((a, b) for a in (0, 2, 3, 4, 5, 6, 7) for b in (0, 2, 3, 4, 5, 6, 7)),
            key=lambda pair: (abs(lost(same, *pair) - (share if item < 29 else left)), pair),
        )
        found.append([same, same, turned(same, best[0], 1), turned(same, best[1], 2)])
        left -= lost(same, *best)
    assert left == 0, left
    return found


def turned(order: list[int], places: int, by: int) -> list[int]:
    """Return the ranking with its first `places` ranks moved on by some."""
    head = order[:places]
    return [*head[by % max(1, places) :], *head[: by % max(1, places)], *order[places:]]


def lost(same: list[int], a: int, b: int) -> int:
    """Return how many of 42 equal ranks are lost when two of four raters differ so."""
    rows = [same, same, turned(same, a, 1), turned(same, b, 2)]
    return 42 - sum(x == y for i in range(4) for j in range(i) for x, y in zip(rows[i], rows[j], strict=True))


def rank_all(world: BlindWorld, study: Study, orders: list[list[list[int]]]) -> None:
    """Store rankings as rows: item by item, rater by rater, a rank for each system."""
    systems = {row.system_version_id: row.pk for row in StudySystem.objects.filter(study=study)}
    columns = [systems[version.pk] for version in world.systems]
    units = {unit.item_id: unit for unit in study.units.all()}
    for item, rankings in zip(world.items, orders, strict=True):
        members = dict(UnitResponse.objects.filter(unit=units[item.pk]).values_list("system_id", "pk"))
        for rater, ranking in zip(world.raters, rankings, strict=True):
            row = Assignment.objects.create(
                study=study, unit=units[item.pk], rater=rater, state="submitted", submitted_at="2026-03-02T08:00Z"
            )
            given = Submission.objects.create(assignment=row, version=study.version, client_key=f"k{row.pk}")
            Rank.objects.bulk_create(
                Rank(submission=given, member_id=members[system], rank=rank)
                for system, rank in zip(columns, ranking, strict=True)
            )


def test_reporting_is_stale_after_a_new_answer() -> None:
    world = BlindWorld(items=2)
    study = world.opened()
    report_of(study)
    row = Report.objects.get()
    assert not reporting.is_stale(row, study)
    answer(world, study, world.raters[0], [1, 2, 3])
    assert reporting.is_stale(row, study)


def test_a_handle_with_dashes_in_it_is_one_of_the_raters_own() -> None:
    world = BlindWorld(items=1)
    study = world.opened()
    held = loop.hold(world.part(study, world.raters[0]))[0]
    for n, row in enumerate(world.placements(held)):
        Placement.objects.filter(pk=row.pk).update(token=f"abcdefghijklmnopq-{n}--x{n}")
    reply = world.client(world.raters[0]).post(
        f"/rate/{study.token}/{held.token}/", ranking_answer(world.placements(held), [2, 1, 3])
    )
    assert reply.status_code == 302
    assert Rank.objects.count() == 3
