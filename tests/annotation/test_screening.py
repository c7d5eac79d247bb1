"""Screening: two of three decide, what is dropped leaves the release and stays in the record."""

from __future__ import annotations

from typing import Any

import krippendorff
import pytest
from dialogue_world import World

from annotation import exports_screening
from annotation.models import Resolution
from annotation.screening import ScreeningForm, ScreeningSettings
from projects import kinds, loop
from projects.models import Assignment, Item, Rater, Report, Study, new_token
from projects.services import studies
from projects.services.dialogue_read import dialogues
from projects.services.handling import own
from reports.summary import Summary


class Screened(World):
    """Dialogues under screening by three counsellors."""

    def __init__(self, *, sessions: int = 1, **chosen: Any) -> None:
        """Make a study of the kind beside the world's own, and open it."""
        super().__init__(raters=3)
        for n in range(sessions):
            self.session(4, case="c", order=n + 1)
        settings = {"raters_per_dialogue": 3, "order": "imported", "releases": True} | chosen
        self.study = studies.set_up(
            project=self.project, kind="screening", name="Screening", guideline="Read it whole.", actor=self.manager,
            dataset=self.dataset, raters=self.raters, settings=settings,
        )  # fmt: skip
        self.open()

    def say(self, rater: Rater, verdict: str, reason: str = "", comment: str = "", **more: Any) -> Assignment:
        """Let a rater give a verdict on their next dialogue, or anew on `row`."""
        from projects.api.forms import checked

        row = more.pop("row", None) or self.hold(rater)
        row = own(self.part(rater), row.token)
        values = {"client_key": new_token(), "values": verdict, "reason": reason, "comment": comment} | more
        loop.take(self.part(rater), row, checked(lambda data: kinds.of(self.study).form(row, data), values))
        return own(self.part(rater), row.token)


@pytest.fixture
def world(db: None) -> Screened:
    """One dialogue, not screened yet."""
    return Screened()


def vote(world: Screened, *verdicts: str) -> list[Assignment]:
    """Give the verdicts in the order of the raters; what is dropped is harmful."""
    return [
        world.say(rater, verdict, "harmful" if verdict == "drop" else "", f"{rater.code} says {verdict}.")
        for rater, verdict in zip(world.raters, verdicts, strict=False)
    ]


def item(world: World) -> Item:
    return Item.objects.get(dataset=world.dataset, external_id="session-0")


def outcome(world: Screened) -> tuple[str, str, bool]:
    row = Resolution.objects.get(unit__study=world.study, current=True)
    return row.how, row.reason_code, item(world).removed


@pytest.mark.parametrize(
    ("verdicts", "wanted"),
    [
        (("drop", "keep", "drop"), ("removed", "harmful", True)),
        (("drop", "keep", "keep"), ("voted", "", False)),
        (("keep", "keep", "keep"), ("voted", "", False)),
        (("drop", "drop", "drop"), ("removed", "harmful", True)),
    ],
)
def test_two_of_three_decide(world: Screened, verdicts: tuple[str, ...], wanted: tuple[str, str, bool]) -> None:
    vote(world, *verdicts)
    assert outcome(world) == wanted


def test_nothing_is_decided_before_all_have_read(world: Screened) -> None:
    vote(world, "drop", "drop")
    assert (Resolution.objects.count(), item(world).removed) == (0, False)


def test_dropped_dialogue_leaves_the_release_and_stays_in_the_record(world: Screened) -> None:
    assert dialogues(world.dataset).count() == 1
    vote(world, "drop", "keep", "drop")
    found = item(world)
    assert dialogues(world.dataset).count() == 0
    assert (found.removed, found.removal_reason, found.current is not None) == (True, "harmful", True)
    assert Resolution.objects.get(current=True).reason == "R1 says drop.\nR3 says drop."


def test_change_of_mind_brings_it_back_and_keeps_the_history(world: Screened) -> None:
    first = vote(world, "drop", "keep", "drop")[0]
    world.say(world.raters[0], "keep", row=first, based_on=1)
    assert outcome(world) == ("voted", "", False)
    assert list(Resolution.objects.order_by("number").values_list("how", "current")) == [
        ("removed", False), ("voted", True),
    ]  # fmt: skip


def test_trying_it_out_leaves_the_data_set_alone(db: None) -> None:
    world = Screened(releases=False)
    vote(world, "drop", "drop", "drop")
    assert outcome(world) == ("removed", "harmful", False)


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"values": "keep", "reason": "harmful"}, {}),
        ({"values": "drop", "reason": "harmful"}, {}),
        ({"values": "drop"}, {"reason": ["Choose why the dialogue is to be dropped."]}),
        ({"values": "drop", "reason": "other"}, {"comment": ["Say in your own words why it is to be dropped."]}),
        ({}, {"values": ["Choose an answer first."]}),
        ({"values": "burn"}, {"values": ["This is not one of the answers."]}),
    ],
)
def test_form_asks_for_a_reason_where_a_dialogue_is_dropped(sent: dict[str, str], errors: dict[str, Any]) -> None:
    form = ScreeningForm({"client_key": "k", **sent})
    assert form.is_valid() == (not errors)
    assert form.errors == errors


def test_even_number_of_raters_is_refused() -> None:
    form = ScreeningSettings({"raters_per_dialogue": "2", "order": "cases"}, initial={})
    assert form.errors == {"raters_per_dialogue": ["Choose an odd number, so that there is always a majority."]}


def test_missing_qualifications_are_named_and_nothing_blocks(world: Screened) -> None:
    world.raters[0].qualification = "clinical psychologist"
    world.raters[0].save()
    found = kinds.of(world.study).problems(world.study)
    words = "Screening is for certified counsellors, but no qualification is given for R2, R3."
    assert [(str(one.text), one.blocking) for one in found] == [(words, False)]


def test_page_takes_a_verdict_and_shows_it_again(world: Screened) -> None:
    rater = world.raters[0]
    client, row = world.client(rater), world.hold(rater)
    page = client.get(world.url(row)).content.decode()
    assert "I have not slept well since the exam was moved." in page
    reply = client.post(world.url(row), {"client_key": "k", "values": "drop"})
    assert reply.status_code == 422
    assert "Choose why the dialogue is to be dropped." in reply.content.decode()
    sent = {"client_key": "k", "values": "drop", "reason": "incoherent", "comment": "It stops in the middle."}
    assert client.post(world.url(row), sent).status_code == 302
    again = client.get(world.url(row)).content.decode()
    assert '<option value="incoherent" selected>' in again
    assert "It stops in the middle.</textarea>" in again
    mine = client.get(f"/rate/{world.study.token}/done/").content.decode()
    assert "drop: incoherent or broken off" in mine


def test_report_says_what_was_dropped_and_how_far_raters_agree(db: None) -> None:
    from annotation import screening_summary

    world = Screened(sessions=3)
    for verdicts in (("drop", "drop", "drop"), ("keep", "keep", "keep"), ("keep", "keep", "drop")):
        vote(world, *verdicts)
    report = Report(study=Study.objects.get(pk=world.study.pk), params={"replicates": 50}, seed=3, versions={})
    summary = screening_summary.summarise(report, lambda done, total: None)
    assert str(summary.headline) == "33.3% (6.1 to 79.2%) of 3 dialogues were dropped by a majority."
    numbers = summary.numbers()
    assert numbers["agreement/consensus_rate"] == pytest.approx(2 / 3)
    assert numbers["agreement/percent_agreement"] == pytest.approx(7 / 9)
    # Nine verdicts, four of them "drop"; observed disagreement 2 / 9, expected 2 x 4 x 5 / (9 x 8).
    assert numbers["agreement/krippendorff_alpha"] == pytest.approx(0.6)


def test_files_hold_outcomes_and_every_verdict(world: Screened) -> None:
    vote(world, "drop", "keep", "drop")
    for offer in exports_screening.EXPORTS:
        rows = list(offer.rows(world.study))
        assert [set(row) == set(offer.columns(world.study)) for row in rows] == [True] * len(rows)
    outcomes = list(exports_screening.EXPORTS[0].rows(world.study))
    assert [(row["session"], row["outcome"], row["keep"], row["drop"]) for row in outcomes] == [
        ("session-0", "drop", 1, 2)
    ]
    verdicts = list(exports_screening.EXPORTS[1].rows(world.study))
    assert [(row["rater"], row["verdict"], row["reason_code"]) for row in verdicts] == [
        ("R1", "drop", "harmful"), ("R2", "keep", ""), ("R3", "drop", "harmful"),
    ]  # fmt: skip


def test_program_reads_a_dialogue_and_gives_a_verdict(world: Screened) -> None:
    client, base = world.client(world.raters[0]), f"/api/v1/rating/{world.study.token}/"
    unit = client.post(f"{base}next/", {}, content_type="application/json").json()["unit"]
    assert [turn["speaker"] for turn in unit["content"]["turns"]] == ["Mei", "Dr Lin", "Mei", "Dr Lin"]
    body = {"client_key": "k", "answer": {"values": "drop", "reason": "privacy"}}
    reply = client.post(f"{base}units/{unit['token']}/answer/", body, content_type="application/json")
    assert reply.status_code == 201


def summarised(study: Study) -> Summary:
    """Compute the report, with few replicates."""
    from annotation import screening_summary

    row = Report(study=Study.objects.get(pk=study.pk), params={"replicates": 60}, seed=7, versions={})
    return screening_summary.summarise(row, lambda done, total: None)


def cells(summary: Summary, section: str) -> dict[str, list[Any]]:
    """Return a section's table by first cell, with figures as their values."""
    blocks = next(one for one in summary.sections if one.key == section).blocks
    table: Any = next(block for block in blocks if block.key == "table")
    return {words(row[0]): [getattr(cell, "value", cell) for cell in row[1:]] for row in table.rows}


def words(cell: Any) -> str:
    return cell if isinstance(cell, str) else str(cell)


def test_report_compares_groups_of_raters(db: None) -> None:
    world = Screened(sessions=2)
    for rater, group in zip(world.raters, ("expert", "expert", "student"), strict=True):
        rater.group = group
        rater.save()
    assert [len(vote(world, *verdicts)) for verdicts in (("drop", "drop", "keep"), ("keep", "keep", "keep"))] == [3, 3]
    found = cells(summarised(world.study), "by-group")
    assert found["expert"] == [0.5, 1.0, 2, 2]
    assert found["student"][:2] == [0.0, None]
    assert found["expert minus student"][0] == 0.5


def test_report_gives_agreement_by_version_of_the_guideline(db: None) -> None:
    world = Screened(sessions=2)
    for verdicts in (("drop", "drop", "keep"), ("keep", "keep", "keep")):
        vote(world, *verdicts)
    assert "by-guideline" not in [one.key for one in summarised(world.study).sections]
    studies.change_guideline(world.study, text="Read it twice.", actor=world.manager)
    world.study.refresh_from_db()
    for row in Assignment.objects.filter(study=world.study, unit__item__external_id="session-0"):
        world.say(row.rater, "keep", row=row, based_on=1)
    found = cells(summarised(world.study), "by-guideline")
    assert found["v1"][0] == pytest.approx(krippendorff.alpha([[1, 0], [1, 0], [0, 0]], level_of_measurement="nominal"))
    assert found["v1"][3:] == [2, 3]
    assert (found["v2"][0], found["v2"][2:]) == (None, [1.0, 1, 3])
