"""Words in whole dialogues that tell where they come from: decided on before opening, and gone wherever raters look."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from pair_world import PairWorld, refused_opening, work_off
from test_blindness import failed, verdicts_of
from test_comparison import verdicts as answers

from evaluation.blindness import original
from evaluation.kinds.comparison import Comparison
from evaluation.models import LexiconHit, Pair
from evaluation.results import judged, watched
from evaluation.services import conversations, matching, pairs, telling
from projects import loop
from projects.models import Item, Study, Turn
from projects.services import studies

pytestmark = pytest.mark.django_db
TELLING = "As an AI language model I cannot sleep."
REST = "Why can you not?"
Decision = LexiconHit.Decision


@pytest.fixture
def world() -> PairWorld:
    """Two data sets with one alike session each; theirs says twice what wrote it, in two turns."""
    made = PairWorld(raters=1)
    made.session(made.ours, "o-tell", ["I cannot sleep as a model would.", "Why?", "The exam."])
    made.session(made.theirs, "t-tell", [TELLING, REST, "ChatGPT said so, and ChatGPT knows."])
    return made


def draft(world: PairWorld, **settings: Any) -> Study:
    """Return a draft whose only pair is accepted."""
    study = world.matched(raters_per_item=1, reason="optional", **settings)
    matching.propose(study, lambda done, total: None)
    pairs.decide(study, [row.pk for row in Pair.objects.filter(study=study)], "accepted", actor=world.manager)
    return study


def searched(world: PairWorld, **settings: Any) -> Study:
    """Return the draft after a worker has worked out its design."""
    study = draft(world, **settings)
    url = f"/p/{study.project.slug}/studies/{study.slug}/design/"
    assert world.client(world.manager).post(url).status_code == 302
    assert work_off("plan_blind_study").message == "3 places in the texts need a decision."
    return study


def decided(world: PairWorld, decision: str, **settings: Any) -> Study:
    """Open the study with the same decision on every place."""
    study = searched(world, **settings)
    telling.decide(study, LexiconHit.objects.filter(study=study), decision, actor=world.manager)
    return world.open(study)


def seen(world: PairWorld, study: Study) -> tuple[str, str]:
    """Return the page and the API's data of the first unit, as a rater gets them."""
    held = loop.hold(world.part(study, world.raters[0]))[0]
    client = world.client(world.raters[0])
    page = unescape(client.get(f"/rate/{study.token}/{held.token}/").content.decode())
    plain = client.get(f"/api/v1/rating/{study.token}/units/{held.token}/").json()["content"]
    return page, json.dumps(plain["responses"], ensure_ascii=False)


def test_the_manager_decides_on_each_place_before_the_study_opens(world: PairWorld) -> None:
    study = searched(world)
    assert refused_opening(world, study).startswith("3 places in the texts may tell who wrote them.")
    client = world.client(world.manager)
    url = f"/p/{study.project.slug}/studies/{study.slug}/words/"
    page = unescape(client.get(url).content.decode())
    assert "<mark>As an AI language model</mark> I cannot sleep. Why can you not? ChatGPT said so" in page
    assert page.count("<mark>ChatGPT</mark>") == 2
    for hit, decision in zip(LexiconHit.objects.order_by("start"), ("redacted", "cleared", "flagged"), strict=True):
        assert client.post(url, {"hit": hit.pk, "decision": decision}).status_code == 302
    page, plain = seen(world, world.open(study))
    for told in (page, plain):
        assert "[…] I cannot sleep." in told
        assert "ChatGPT said so, and ChatGPT knows." in told
        assert "As an AI" not in told


def test_words_taken_out_reach_no_rater_and_the_original_stays(world: PairWorld) -> None:
    study = decided(world, Decision.REDACTED, guesses=1, guess_names="ours | a clinic\ntheirs | a model")
    page, plain = seen(world, study)
    for told in (page, plain):
        assert "[…] said so, and […] knows." in told
        assert "ChatGPT" not in told
    assert Turn.objects.filter(revision__item__external_id="t-tell", text=TELLING).count() == 1
    assert Item.objects.get(external_id="t-tell").revisions.count() == 1
    client = world.client(world.raters[0])
    held = loop.hold(world.part(study, world.raters[0]))[0]
    sent = answers("first") | {"reason": "It asks back."}
    assert client.post(f"/rate/{study.token}/{held.token}/", sent).status_code == 302
    guess = client.get(f"/rate/{study.token}/way/guess/").content.decode()
    assert "ChatGPT" not in guess
    studies.close(study, actor=world.manager)
    page = world.client(world.manager).get(f"/p/{study.project.slug}/studies/{study.slug}/reasons/").content.decode()
    assert "It asks back." in page
    # What raters read is what the manager reads beside their reasons.
    assert f"Counsellor: {REST}" in page
    assert "ChatGPT" not in page


def test_a_study_of_dialogues_with_words_taken_out_is_blind(world: PairWorld) -> None:
    assert failed(verdicts_of(original.take(decided(world, Decision.REDACTED)))) == set()


@pytest.mark.parametrize(("decision", "tells"), [("flagged", True), ("cleared", False), ("redacted", False)])
def test_reports_repeat_their_main_result_without_dialogues_that_were_left_in(
    world: PairWorld, decision: str, tells: bool
) -> None:
    data = judged.load(decided(world, decision))
    assert sorted(member.telling for member in data.members.values()) == [False, tells]


def test_a_decision_can_be_undone_and_another_study_begins_with_it(world: PairWorld) -> None:
    study = searched(world)
    hits = LexiconHit.objects.filter(study=study)
    telling.decide(study, hits, Decision.REDACTED, actor=world.manager)
    revision = Item.objects.get(external_id="t-tell").current
    assert revision is not None
    assert conversations.shown(study.pk, [revision])[revision.pk].lines[0].text == "[…] I cannot sleep."
    second = draft(world, name="Second")
    assert telling.scan(second, [], [], [revision.pk]) == 0
    assert set(LexiconHit.objects.filter(study=second).values_list("decision", flat=True)) == {"redacted"}
    telling.decide(study, hits, Decision.OPEN, actor=world.manager)
    assert conversations.shown(study.pk, [revision])[revision.pk].lines[0].text == TELLING


def test_names_of_the_data_sets_are_words_that_tell() -> None:
    world = PairWorld(raters=1)
    world.session(world.ours, "o", ["I cannot sleep.", "Our sessions help with that."])
    world.session(world.theirs, "t", ["I cannot sleep either.", "Why?"])
    study = draft(world)
    assert refused_opening(world, study).startswith("1 place in the texts may tell who wrote it.")
    assert list(LexiconHit.objects.values_list("words", "clue")) == [("Our sessions", "system")]


def test_raters_read_parts_and_not_a_data_sets_names_for_them(world: PairWorld) -> None:
    revision = Item.objects.get(external_id="t-tell").current
    assert revision is not None
    names = (("WARM-BOT", "therapist"), ("Anna", "client"), ("Ben", "client"))
    for index, (speaker, role) in enumerate(names):
        Turn.objects.filter(revision=revision, index=index).update(speaker=speaker, role=role)
    page, plain = seen(world, decided(world, Decision.CLEARED))
    for told in (page, plain):
        assert not any(speaker in told for speaker, _role in names)
        assert all(name in told for name in ("Client 1", "Client 2", "Counsellor"))


def test_no_page_of_a_rater_shows_the_item_that_a_pair_is_named_after(world: PairWorld) -> None:
    study = decided(world, Decision.REDACTED)
    held = loop.hold(world.part(study, world.raters[0]))[0]
    client = world.client(world.raters[0])
    here = f"/rate/{study.token}/{held.token}/"
    told = "Only the left item says this."
    revision = Item.objects.get(external_id="o-tell").current
    assert revision is not None
    Turn.objects.filter(revision=revision).update(text=told)
    type(revision)._base_manager.filter(pk=revision.pk).update(text=told)
    for turn in ("", "?turn=0", "?turn=1"):
        assert told not in client.get(f"{here}flag/{turn}").content.decode()
    assert client.post(here, answers("first")).status_code == 302
    mine = client.get(f"/rate/{study.token}/done/").content.decode()
    assert ">Pair 1</a>" in mine
    assert told not in mine


def test_the_replay_hears_it_where_such_a_page_shows_the_item(
    world: PairWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = original.take(decided(world, Decision.REDACTED))
    monkeypatch.setattr(Comparison, "shows_item", lambda self, study: True)
    assert failed(verdicts_of(taken)) >= {"B2"}


def test_a_dialogue_is_as_long_as_what_is_said_in_it(world: PairWorld) -> None:
    study = decided(world, Decision.CLEARED)
    said = {
        external: sum(
            map(len, Turn.objects.filter(revision__item__external_id=external).values_list("text", flat=True))
        )
        for external in ("o-tell", "t-tell")
    }
    assert sorted(member.length for member in judged.load(study).members.values()) == sorted(said.values())
    assert list(watched.lengths(study).values()) == [sum(said.values())]
