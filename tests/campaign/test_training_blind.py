"""Calibration of a blind study: an expert's ranking is the measure, within a tolerance, and no code is ever shown."""

from __future__ import annotations

import re

import pytest
from blind_world import BlindWorld, ranking_answer
from django.test import Client

from campaign.models import Check
from campaign.services import making
from projects.models import Assignment, Rater, Study

pytestmark = pytest.mark.django_db


def rank(world: BlindWorld, study: Study, rater: Rater, client: Client, order: dict[str, int]) -> str:
    """Answer the unit in hand: `order` gives each system's place by its code; returns the page that follows."""
    reply = client.get(f"/rate/{study.token}/", follow=True)
    address = reply.redirect_chain[-1][0]
    assert address.endswith(f"/{Assignment.objects.get(rater=rater).token}/")
    placed = world.placements(Assignment.objects.get(rater=rater))
    places = [order[row.member.system.code] for row in placed]
    assert client.post(address, ranking_answer(placed, places)).status_code == 302
    page = client.get(f"/rate/{study.token}/", follow=True).content.decode()
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_an_experts_ranking_is_the_measure_and_no_code_is_told() -> None:
    world = BlindWorld()
    study = world.draft(raters_per_item=2)
    values = {"pass_mark": 60, "tolerance": 0, "expert": world.raters[0], "warn_below": None, "pause_below": None}
    making.save_plan(study, values=values, actor=world.manager)
    row = making.Line(world.items[0].external_id, "", "Look at *comfort* first.")
    making.add(study, stage="calibration", number=1, rows=[row], actor=world.manager)
    study = world.open(study)
    assert (study.unit_count, study.units.filter(role="training").count()) == (3, 1)
    codes = list(study.systems.order_by("code").values_list("code", flat=True))
    expert, other = (world.client(rater) for rater in world.raters)
    rank(world, study, world.raters[0], expert, dict(zip(codes, (1, 2, 3), strict=True)))
    page = rank(world, study, world.raters[1], other, dict(zip(codes, (1, 3, 2), strict=True)))
    assert Check.objects.get(part__rater=world.raters[1]).score == pytest.approx(1 / 3)
    assert ("Not passed" in page, "Response A" in page, "comfort" in page) == (True, True, True)
    assert [code for code in codes if code in page] == []
