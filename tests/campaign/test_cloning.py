"""What a clone of a study takes along of its campaign, and what it leaves behind."""

from __future__ import annotations

import pytest
from label_world import World

from campaign.models import ConsentText, TrainingPlan
from campaign.services import consent, content, making
from projects.models import Item, Study
from projects.services import studies

pytestmark = pytest.mark.django_db


def test_a_clone_begins_with_consent_notice_guideline_and_training() -> None:
    world = World()
    for _ in range(3):
        world.unit()
    items = [making.Line(item.external_id, "positive", "Because.") for item in world.dataset.items.order_by("position")]
    making.add(world.study, stage="calibration", number=2, rows=items[:1], actor=world.manager)
    making.add(world.study, stage="hidden", number=1, rows=items[1:2], actor=world.manager)
    making.add(world.study, stage="practice", number=1, rows=items[2:], actor=world.manager)
    values = {"pass_mark": 65, "warn_below": 70, "pause_below": 40, "checks_first": 3, "expert": world.raters[1]}
    making.save_plan(world.study, values=values, actor=world.manager)
    for text, number in (("First.", "P-1"), ("Second.", "P-2")):
        consent.change(
            world.study, text=text, protocol=number, contact="e@x.org", asks_again=False, actor=world.manager
        )
    consent.agree(world.part(world.raters[0]), ConsentText.objects.get(text="Second."))
    content.change(world.study, categories=["grief"], text="Some are sad.", actor=world.manager)
    studies.change_guideline(world.study, text="Read *this*.", asks=True, actor=world.manager)
    # What is gone from the data set is not taken along.
    Item.objects.filter(external_id=items[2].item).update(removed=True, removal_reason="private")
    page = world.url("clone/")
    assert world.client(world.manager).post(page, {"name": "Once more"}).status_code == 302
    copy = Study.objects.select_related("guideline").get(name="Once more")
    [mine] = copy.consent_texts.all()
    assert (mine.number, mine.text, mine.protocol, mine.contact) == (1, "Second.", "P-2", "e@x.org")
    assert copy.content == {"categories": ["grief"], "text": "Some are sad."}
    assert copy.guideline is not None
    assert (copy.guideline.number, copy.guideline.text, copy.guideline.asks) == (1, "Read *this*.", True)
    plan = TrainingPlan.objects.get(study=copy)
    assert {name: getattr(plan, name) for name in values} == values
    rows = copy.training_items.values_list("item__external_id", "stage", "round", "answer", "explanation")
    assert set(rows) == {
        (items[0].item, "calibration", 2, "positive", "Because."),
        (items[1].item, "hidden", 1, "positive", "Because."),
    }
    assert not copy.training_items.exclude(unit=None).exists()
    # Everybody agrees anew, under the clone's own text.
    part = copy.roles.get(rater=world.raters[0])
    assert (consent.missing(part), world.study.training_items.count()) == (mine, 3)


def test_an_expert_who_left_is_not_in_the_clone() -> None:
    world = World()
    rows = [making.Line(world.unit().item.external_id, "", "")]
    making.add(world.study, stage="practice", number=1, rows=rows, actor=world.manager)
    making.save_plan(world.study, values={"pass_mark": 90, "expert": world.raters[1]}, actor=world.manager)
    studies.leave(world.part(world.raters[1]), actor=world.manager)
    copy = studies.clone(world.study, name="Once more", actor=world.manager)
    assert [row.answer for row in copy.training_items.all()] == [""]
    plan = TrainingPlan.objects.get(study=copy)
    assert (plan.pass_mark, plan.expert, copy.consent_texts.exists(), copy.content) == (90, None, False, None)


def test_a_study_without_a_campaign_is_cloned_without_one() -> None:
    world = World()
    copy = studies.clone(world.study, name="Once more", actor=world.manager)
    assert not TrainingPlan.objects.filter(study=copy).exists()
    assert copy.guideline is not None
    assert not copy.guideline.asks
