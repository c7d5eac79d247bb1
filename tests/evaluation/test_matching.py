"""Pairs of two data sets: same topic, nearest by words, most detailed first, no item twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest
from pair_world import PairWorld, work_off

from evaluation.models import Pair
from evaluation.services import likeness, matching, pairs
from evaluation.services.matching import Text
from projects.services.jobs import JobFailed

FIXED = {("a", "x"): 0.9, ("a", "y"): 0.8, ("b", "x"): 0.95, ("b", "y"): 0.1}


def fixed(left: Sequence[str], right: Sequence[str]) -> likeness.Row:
    """Return similarities by the texts' first letters."""
    return lambda at: [FIXED.get((left[at][0], other[0]), 0.0) for other in right]


def text(item: int, words: str, topic: str = "Sleep") -> Text:
    """Return an item with a topic."""
    return Text(item, f"id-{item:02}", topic, words)


def test_the_most_detailed_chooses_first_and_no_item_stands_twice() -> None:
    left = [text(1, "b short"), text(2, "a much longer one")]
    right = [text(11, "x"), text(12, "y")]
    found = matching.matches(left, right, measure=fixed)
    # b is nearest to x, but a is longer and takes it first.
    assert [(one.left, one.right, one.similarity) for one in found] == [(2, 11, 0.9), (1, 12, 0.1)]
    assert found[0].others == [(12, 0.8)]


def test_pairs_keep_to_their_topic_and_to_the_least_similarity() -> None:
    left = [text(1, "a", "Work"), text(2, "a", "sleep "), text(3, "b", "Home")]
    left = [Text(one.item, one.external_id, one.topic.strip(), one.words) for one in left]
    right = [text(11, "x", "Sleep"), text(12, "y", "Work"), text(13, "y", "Home")]
    found = matching.matches(left, right, measure=fixed)
    assert sorted((one.left, one.right) for one in found) == [(1, 12), (2, 11), (3, 13)]
    assert sorted(one.left for one in matching.matches(left, right, measure=fixed, least=0.5)) == [1, 2]


def test_topics_take_turns_where_only_some_pairs_are_wanted() -> None:
    left = [text(n, "a" * n, "Work" if n > 3 else "Sleep") for n in range(1, 7)]
    right = [text(10 + n, "x" * n, "Work" if n > 3 else "Sleep") for n in range(1, 7)]
    found = matching.matches(left, right, measure=fixed, most=4)
    assert [one.topic for one in found] == ["Sleep", "Work", "Sleep", "Work"]
    assert [one.left for one in found] == [3, 6, 2, 5]


def test_words_and_chinese_characters_tell_what_is_alike() -> None:
    near = likeness.by_words(
        ["I cannot sleep before the exam", "我考试前睡不着"],
        ["The exam keeps me from sleep", "My boss shouts", "老板总是骂我", "考试让我睡不着觉"],
    )
    english, chinese = near(0), near(1)
    assert max(range(4), key=lambda n: english[n]) == 0
    assert max(range(4), key=lambda n: chinese[n]) == 3
    assert english[2] == english[3] == chinese[0] == 0.0
    assert all(0.0 <= value <= 1.0 for value in [*english, *chinese])
    same = likeness.by_words(["the same words here"], ["the same words here"])(0)
    assert same == pytest.approx([1.0])


def test_texts_without_words_are_like_nothing() -> None:
    assert likeness.by_words(["…", "1 2"], ["?"])(0) == [0.0]


def test_sentence_embeddings_say_what_to_install() -> None:
    with pytest.raises(JobFailed, match="pip install sentence-transformers"):
        likeness.measure(likeness.EMBEDDINGS, ["a"], ["b"])


def test_the_pages_load_neither_scikit_learn_nor_numpy() -> None:
    code = (
        "import django, sys; django.setup(); import config.urls, evaluation.views.pairs, evaluation.kinds.comparison; "
        "from django.urls import get_resolver; get_resolver().url_patterns; "
        "print(sorted({'numpy', 'scipy', 'sklearn', 'sentence_transformers'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.django_db
def test_a_worker_proposes_alike_sessions_and_keeps_what_was_decided() -> None:
    world = PairWorld()
    world.fill()
    study = world.matched()
    client = world.client(world.manager)
    url = f"/p/{study.project.slug}/studies/{study.slug}/pairs/"
    assert client.post(f"{url}propose/").status_code == 302
    job = work_off("match_pairs")
    assert (job.state, job.message) == ("done", "2 pairs are proposed.")
    rows = list(Pair.objects.order_by("position").values_list("left__external_id", "right__external_id", "state"))
    # The loss is told at greater length, so it comes first.
    assert rows == [("o-loss", "t-loss", "proposed"), ("o-exam", "t-exam", "proposed")]
    first = Pair.objects.get(left__external_id="o-loss")
    assert first.similarity is not None
    assert first.similarity > dict(map(tuple, first.others))[Pair.objects.get(left__external_id="o-exam").right_id]
    pairs.decide(study, [first.pk], "accepted", actor=world.manager)
    world.session(world.ours, "o-new", ["I wake at four.", "And then?"])
    world.session(world.theirs, "t-new", ["Every night I wake at four.", "What do you do then?"])
    client.post(f"{url}propose/")
    work_off("match_pairs")
    rows = list(Pair.objects.order_by("position").values_list("left__external_id", "right__external_id", "state"))
    assert rows == [
        ("o-loss", "t-loss", "accepted"), ("o-exam", "t-exam", "proposed"), ("o-new", "t-new", "proposed"),
    ]  # fmt: skip
    assert Pair.objects.get(left__external_id="o-loss").pk == first.pk


@pytest.mark.django_db
def test_as_many_pairs_are_proposed_as_the_study_wants() -> None:
    world = PairWorld()
    world.fill()
    study = world.matched(sample_size=1)
    matching.propose(study, lambda done, total: None)
    assert list(Pair.objects.values_list("left__external_id", flat=True)) == ["o-loss"]
    pairs.decide(study, [Pair.objects.get().pk], "accepted", actor=None)
    assert matching.propose(study, lambda done, total: None) == 0


@pytest.mark.django_db
def test_without_a_second_data_set_the_worker_says_what_is_missing() -> None:
    world = PairWorld()
    study = world.draft("comparison", pairs="matched", other_dataset=world.ours.pk, systems=[])
    with pytest.raises(JobFailed, match="Choose two data sets"):
        matching.propose(study, lambda done, total: None)
