"""May the study end? Looked at by a worker, told as yes or no with a count, never with a figure by system."""

from __future__ import annotations

from typing import Any

import pytest
from blind_world import BlindWorld, ranking_answer
from test_comparison import judge

from evaluation import stopping
from evaluation.models import StoppingLook
from evaluation.services import stopping as service
from evaluation.tasks import look_stopping
from projects import loop
from projects.models import Job, Study
from projects.services import jobs, studies

pytestmark = pytest.mark.django_db
KEYS = ("interactivity", "helpfulness", "comforting", "explainability")


def work_off() -> Job:
    """Do the newest look the way a worker does."""
    job = Job.objects.filter(kind="look_stopping").latest("pk")
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def rank(world: BlindWorld, study: Study, n: int, places: list[int] | None = None) -> None:
    """Let the first rater rank so many units: by the systems' order of creation, or the same places on each page."""
    rater = world.raters[0]
    for _n in range(n):
        held = loop.hold(world.part(study, rater))[0]
        placed = world.placements(held)
        order = sorted(placed, key=lambda row: row.member.system.system_version_id or 0)
        given = places or [1 + order.index(row) for row in placed]
        answer = ranking_answer(placed, given)
        assert world.client(rater).post(f"/rate/{study.token}/{held.token}/", answer).status_code == 302


def page(world: BlindWorld, study: Study) -> str:
    """Return the page about blinding as the manager sees it."""
    url = f"/p/{study.project.slug}/studies/{study.slug}/blinding/"
    return world.client(world.manager).get(url).content.decode()


def opened(kind: str = "ranking", *, items: int = 8, systems: int = 3, **settings: Any) -> tuple[BlindWorld, Study]:
    """Open a study of one rater that ends by width."""
    world = BlindWorld(systems=systems, items=items, raters=1)
    return world, world.opened(kind, raters_per_item=1, stopping="width", **settings)


def test_the_manager_learns_yes_or_no_and_how_many_and_nothing_else() -> None:
    world, study = opened(stop_width=0.5)
    assert "Not looked at yet." in page(world, study)
    rank(world, study, 2, [1, 2, 3])
    client, url = world.client(world.manager), f"/p/{study.project.slug}/studies/{study.slug}/blinding/stopping/"
    assert client.post(url).status_code == 302
    assert (work_off().state, work_off().message) == ("done", "")
    look = StoppingLook.objects.get()
    assert (look.judgements, look.reached) == (2, False)
    shown = page(world, study)
    assert "2 judgements so far" in shown
    assert "not yet" in shown
    # The row keeps no figure that could be read before closing.
    assert {field.name for field in StoppingLook._meta.fields} == {"id", "study", "judgements", "reached", "created_at"}


def test_a_ranking_may_end_once_every_mean_rank_is_known_well_enough() -> None:
    world, study = opened(stop_width=0.5, items=10)
    rank(world, study, 9)
    assert not stopping.look(study).reached
    rank(world, study, 1)
    # The same order on every item: no interval has any width.
    look = stopping.look(study)
    assert (look.judgements, look.reached) == (10, True)
    assert "reached" in page(world, study)
    assert service.ask(study, actor=None) is None


def test_the_width_is_that_of_the_reports_widest_interval() -> None:
    world, study = opened(stop_width=0.5, items=11)
    rank(world, study, 11, [1, 2, 3])
    widest = stopping.widest(study)
    assert widest is not None
    from evaluation.results import judged
    from evaluation.summary import ranked
    from evaluation.summary.frame import Work
    from reports import ink

    work = Work(judged.load(study), stopping.SEED, stopping.REPLICATES)
    figure = ranked.load(work).blocks[0].figures["mean_rank"]
    ends = [ink.named_ends(figure, key) for key in figure.values or {}]
    assert widest == pytest.approx(max(high - low for low, high in ends if low is not None and high is not None))
    assert widest > 0
    assert stopping.look(study).reached == (widest <= 0.5)


@pytest.mark.parametrize(("width", "reached"), [(0.01, False), (1.0, True)])
def test_a_comparison_may_end_by_the_share_of_wins(width: float, *, reached: bool) -> None:
    world, study = opened("comparison", systems=2, stop_width=width, items=12)
    first, second = (version.pk for version in world.systems)
    for best in [first, second, first, first, None, first] * 2:
        judge(world, study, world.raters[0], best)
    assert stopping.look(study).reached is reached


def score(world: BlindWorld, study: Study, values: str) -> None:
    """Let the first rater score everything of so many units."""
    for n, value in enumerate(values):
        held = loop.hold(world.part(study, world.raters[0]))[0]
        data = {"client_key": f"k{n}", "based_on": "0"}
        for row in world.placements(held):
            data |= {f"score-{row.token}--{key}": value for key in KEYS}
        url = f"/rate/{study.token}/{held.token}/"
        assert world.client(world.raters[0]).post(url, data).status_code == 302


@pytest.mark.parametrize(("values", "reached"), [("444444444444", True), ("151515151515", False)])
def test_a_rating_may_end_by_its_means(values: str, *, reached: bool) -> None:
    world, study = opened("rating", systems=2, items=12, stop_width=0.5, together="on")
    score(world, study, values)
    assert stopping.look(study).reached is reached


def test_while_a_system_has_no_judgement_nothing_is_reached() -> None:
    world, study = opened("rating", systems=2, items=3, stop_width=100.0)
    assert stopping.widest(study) is None
    score(world, study, "4")
    assert stopping.widest(study) is None


def test_the_sweep_asks_only_where_something_is_new() -> None:
    world, study = opened(stop_width=0.1)
    world.draft(name="Another, with a fixed number")
    look_stopping()
    assert Job.objects.filter(kind="look_stopping").count() == 1
    work_off()
    look_stopping()
    assert Job.objects.filter(kind="look_stopping").count() == 1
    rank(world, study, 1)
    look_stopping()
    assert Job.objects.filter(kind="look_stopping").count() == 2
    work_off()
    studies.close(study, actor=world.manager)
    look_stopping()
    assert Job.objects.filter(kind="look_stopping").count() == 2


def test_a_study_with_a_fixed_number_has_no_such_line() -> None:
    world = BlindWorld(items=2)
    study = world.opened()
    assert "May it end?" not in page(world, study)
    assert service.ask(study, actor=None) is None
