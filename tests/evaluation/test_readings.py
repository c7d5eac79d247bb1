"""Pre-labels: a finished run's outputs, read strictly, become proposals; what is no answer is counted."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation.services import labels
from benchmarks.chat_server import Chat, Say
from evaluation.answers import Choice
from evaluation.models import Attempt, Response, RunFindings, RunItem
from evaluation.proposals import Misread, Proposal, certainty, read_fields
from evaluation.services import readings
from projects.models import Item, Job, Project, Role, Suggestion, Turn, Unit, User
from projects.services.people import add_roles
from tests.evaluation import worlds

LABELS = (Choice("positive", ("Positive", "积极")), Choice("negative", ("Negative", "消极")))
ASKS = {"en": {"messages": [{"role": "user", "content": "{text} {labels}{turns}"}]}}


def token(word: str, share: float, **others: float) -> dict[str, Any]:
    """One token as attempts keep it."""
    top = {word: share, **others}
    return {
        "token": word, "logprob": math.log(share),
        "top": [{"token": other, "logprob": math.log(p)} for other, p in top.items()],
    }  # fmt: skip


def test_certainty_is_the_share_of_the_answer_where_it_begins() -> None:
    said = [token("Answer", 0.9), token(":", 1.0), token(" pos", 0.6, neg=0.2, Pos=0.1, maybe=0.1)]
    assert certainty(said, LABELS, "positive") == pytest.approx(0.7 / 0.9)
    assert certainty([token("积", 0.5, 消=0.5)], LABELS, "positive") == pytest.approx(0.5)


def test_certainty_of_letters_goes_by_the_letter_alone() -> None:
    offered = (Choice("A", ("Bad sleep",)), Choice("B", ("Anger",)))
    assert certainty([token("B", 0.8, A=0.2)], offered, "B") == pytest.approx(0.8)


def test_certainty_says_nothing_without_logprobs_or_where_the_answer_does_not_begin() -> None:
    assert certainty(None, LABELS, "positive") is None
    assert certainty([token("Well", 1.0)], LABELS, "positive") is None


def test_fields_of_a_dialogue_are_read() -> None:
    given = {
        "session": {"topic": "Exams"},
        "turns": [{"turn": 2, "strategy": ["Question", "Reflection"], "reason": ""}],
    }
    expected = [Proposal(None, "topic", ("Exams",)), Proposal(2, "strategy", ("Question", "Reflection"))]
    for text in (json.dumps(given), f"```json\n{json.dumps(given)}\n```", f"<think>hm</think>{json.dumps(given)}"):
        assert read_fields(text, turns=2) == (expected, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The topic is exams.", Misread.JSON),
        ('Here it is: {"session": {}}', Misread.JSON),
        ("[1]", Misread.JSON),
        ('{"mood": "sad"}', Misread.SHAPE),
        ('{"session": {"a": "x", "a": "y"}}', Misread.SHAPE),
        ('{"session": {"topic": 3}}', Misread.SHAPE),
        ('{"session": {"no field": "x"}}', Misread.SHAPE),
        ('{"turns": [{"turn": 3, "a": "x"}]}', Misread.TURN),
        ('{"turns": [{"turn": 0, "a": "x"}]}', Misread.TURN),
        ('{"turns": [{"turn": 1, "a": "x"}, {"turn": 1, "a": "y"}]}', Misread.TURN),
        ('{"turns": [{"turn": true, "a": "x"}]}', Misread.TURN),
        ('{"session": {}, "turns": []}', Misread.EMPTY),
        ("", Misread.JSON),
    ],
)
def test_fields_that_are_not_exactly_what_was_asked_are_refused(text: str, reason: Misread) -> None:
    assert read_fields(text, turns=2) == ([], reason)


def drained(project: Project, dataset: Any, endpoint: Any, engine: Any) -> Any:
    """A pre-labelling run, finished, with its texts read."""
    prompt = worlds.prompt_for(project, purpose="prelabel", texts=ASKS, name="Label")
    system = worlds.system_at(endpoint, project, prompt=prompt)
    run = worlds.started(project, dataset, system, purpose="prelabel")
    engine.drain(stopping=lambda: False)
    run.refresh_from_db()
    assert run.state == "done"
    job = Job.objects.get(kind=readings.KIND)
    readings.run(job, worlds.Silent())
    return run


@pytest.mark.django_db(transaction=True)
def test_finished_run_writes_pre_labels_with_source_and_score(chat: Callable[..., Chat], engine: Any) -> None:
    answers = {0: "positive", 1: "积极。", 2: "Answer: **negative**", 3: "It is hard to say.", 4: "As an AI, positive"}

    def script(request: dict[str, Any], _times: int) -> Say:
        number = int(request["messages"][-1]["content"].split()[1].rstrip("?"))
        return Say(text=answers[number])

    server = chat(script)
    project = worlds.project_named()
    dataset = worlds.questions(project, 5, kind=Item.Kind.TRUE_FALSE)
    run = drained(project, dataset, worlds.endpoint_at(server.url, project), engine)
    made = Suggestion.objects.order_by("revision__item__position")
    assert list(made.values_list("revision__item__external_id", "field", "values", "source", "score")) == [
        ("q0", "label", ["positive"], "Tiny v1", None),
        ("q1", "label", ["positive"], "Tiny v1", None),
        ("q2", "label", ["negative"], "Tiny v1", None),
    ]
    unit = Unit(item=made[0].revision.item, revision=made[0].revision)
    assert labels.prelabel(unit) == made[0]
    found = RunFindings.objects.get(run=run).found
    assert (found["read"], found["written"], found["unread"]) == (3, 3, {"no_answer": 1, "more_than_an_answer": 1})
    assert [one["item"] for one in found["examples"]] == ["q3", "q4"]
    assert found["words"]["clues"] == {"self": 1}
    readings.run(Job.objects.get(kind=readings.KIND), worlds.Silent())
    assert Suggestion.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_pre_label_has_a_score_where_the_server_told_probabilities(chat: Callable[..., Chat], engine: Any) -> None:
    server = chat(lambda _request, _times: Say(text="negative"))
    project = worlds.project_named()
    dataset = worlds.questions(project, 1, kind=Item.Kind.TRUE_FALSE)
    drained(project, dataset, worlds.endpoint_at(server.url, project), engine)
    Suggestion.objects.all().delete()
    told = [token("negative", 0.75, positive=0.25)]
    attempt = Attempt.objects.create(run_item=RunItem.objects.get(), number=2, text="negative", logprobs=told)
    Response.objects.update(attempt=attempt)
    readings.run(Job.objects.get(kind=readings.KIND), worlds.Silent())
    assert Suggestion.objects.get().score == pytest.approx(0.75)


@pytest.mark.django_db(transaction=True)
def test_finished_run_proposes_for_the_turns_of_a_dialogue(chat: Callable[..., Chat], engine: Any) -> None:
    asked: list[str] = []

    def script(request: dict[str, Any], _times: int) -> Say:
        asked.append(request["messages"][-1]["content"])
        return Say(text='{"session": {"topic": "Work"}, "turns": [{"turn": 2, "strategy": ["Question"]}]}')

    server = chat(script)
    project = worlds.project_named()
    dataset = worlds.questions(project, 1, kind=Item.Kind.DIALOGUE)
    revision = dataset.items.get().current
    said = (("client", "I cannot sleep.\nNot at all."), ("therapist", "Since when?"))
    for index, (role, text) in enumerate(said):
        Turn.objects.create(revision=revision, index=index, speaker=role, role=role, text=text)
    drained(project, dataset, worlds.endpoint_at(server.url, project), engine)
    assert asked[0].endswith("1. Client: I cannot sleep.\nNot at all.\n2. Therapist: Since when?")
    assert list(Suggestion.objects.order_by("field").values_list("field", "turn__index", "values", "source")) == [
        ("strategy", 1, ["Question"], "Tiny v1"),
        ("topic", None, ["Work"], "Tiny v1"),
    ]


@pytest.mark.django_db
def test_page_shows_what_was_found_and_lets_a_manager_read_again(client: Client, settings: Any) -> None:
    project = worlds.project_named()
    dataset = worlds.questions(project, 1)
    settings.CONCORD_PRIVATE_ENDPOINTS = True
    system = worlds.system_at(worlds.endpoint_at("http://127.0.0.1:9/v1", project), project)
    run = worlds.started(project, dataset, system)
    found = readings.Tally(read=1, written=1).to_json() | {"unread": {"no_answer": 2, "not_json": 1}}
    RunFindings.objects.create(run=run, found=found)
    user = User.objects.create_user("manager@example.org", "x")
    add_roles(project=project, user=user, roles=[Role.MANAGER], actor=None)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    url = f"/p/care/runs/{run.pk}/read/"
    page = client.get(url)
    assert page.context["unread"] == [("gave no answer", 2), ("was no JSON object", 1)]
    assert client.post(url).status_code == 302
    assert Job.objects.filter(kind=readings.KIND, state="queued").count() == 1
