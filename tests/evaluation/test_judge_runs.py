"""Judges, end to end: known verdicts from a scripted server become the rows that reports read."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from blind_world import BlindWorld
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.test import Client

from benchmarks.chat_server import Say
from evaluation.models import (
    Attempt,
    JudgeTask,
    JudgeTaskMember,
    PromptTemplate,
    Response,
    ResponseRevision,
    Run,
    RunItem,
    SystemVersion,
    Verdict,
    VerdictValue,
)
from evaluation.prompting.presets import preset
from evaluation.services import calls, estimates, judge_runs, judge_tasks, prompts, rubrics, runs, verdicts
from projects.models import AuditEntry, Item, Membership, Project, Role, Turn, User
from reports.summary import Table
from tests.evaluation import jury_world, worlds
from tests.evaluation.mocked import fixture

pytestmark = pytest.mark.django_db(transaction=True)

CRITERIA = [
    {
        "key": key, "name": name, "text": f"How much {name.lower()}?", "eyes": "client", "low_example": "No.",
        "high_example": "Yes.", "points": [{"value": value, "anchor": f"point {value}"} for value in range(1, 6)],
    }
    for key, name in (("empathy", "Empathy"), ("safety", "Safety & Trust"))
]  # fmt: skip


@pytest.fixture(autouse=True)
def _this_machine(settings: Any) -> None:
    settings.CONCORD_PRIVATE_ENDPOINTS = True


class World:
    """Two systems' responses to two questions, in two rounds, and a judge at a scripted server."""

    def __init__(self, url: str, **endpoint: Any) -> None:
        self.project: Project = worlds.project_named()
        self.dataset = worlds.questions(self.project, 2)
        idle = worlds.endpoint_at("http://127.0.0.1:9/v1", self.project, name="Nowhere")
        for name in ("Alpha", "Beta", "Gamma"):
            worlds.system_at(idle, self.project, name)
        self.judged = list(SystemVersion.objects.order_by("system__name"))
        generation = runs.create(
            project=self.project, name="Made before", purpose="answer", systems=list(self.project.systems.all()),
            dataset=self.dataset, actor=None,
        )  # fmt: skip
        Response.objects.bulk_create(
            [
                Response(
                    system_version=version, revision=item.current, round=number, run=generation,
                    text=f"{version.system.name} on {item.external_id}, round {number}", explanation="why",
                )
                for version in self.judged for item in self.dataset.items.all() for number in (1, 2)
            ]
        )  # fmt: skip
        self.rubric = rubrics.keep(
            self.project, slug="two", name="Two criteria", criteria=CRITERIA, risk_flag=False, actor=None
        )
        server = worlds.endpoint_at(url, self.project, name="Judges' server", **endpoint)
        self.judges = [
            worlds.system_at(server, self.project, name, prompt=self.prompt("judge-scores")) for name in ("Ann", "Bob")
        ]

    def prompt(self, key: str) -> PromptTemplate:
        ready = preset(key)
        assert ready is not None
        found = self.project.prompts.filter(name=ready.name).first()
        return found or prompts.create(
            project=self.project, name=str(ready.name), purpose=ready.purpose, texts=ready.texts, actor=None
        )

    def draft(self, mode: str, **values: Any) -> Run:
        about = {"name": f"Judged by {mode}", "dataset": self.dataset, "judged": self.judged[:2]} | values
        return judge_runs.create(
            project=self.project, judges=values.pop("judges", self.judges), rubric=self.rubric, mode=mode, actor=None,
            prompt=self.prompt(f"judge-{mode}").version, **{k: v for k, v in about.items() if k != "judges"},
        )  # fmt: skip

    def started(self, mode: str, **values: Any) -> Run:
        run = self.draft(mode, **values)
        assert runs.start(run, actor=None)
        worlds.prepare(run)
        return run


def scored(request: dict[str, Any], _times: int) -> Say:
    """Alpha is worth 4, any other 2; Ann gives one more for safety than Bob."""
    said = request["messages"][-1]["content"]
    score = 4 if "Alpha on" in said else 2
    more = 1 if request["model"] == "ann" else 0
    return Say(text=json.dumps({"explanation": "Seen.", "scores": {"empathy": score, "safety": score - 1 + more}}))


def test_scores_stand_with_the_response_they_are_of(chat: Any, engine: Any) -> None:
    server = chat(scored)
    world = World(server.url)
    run = world.started("scores", rounds=2)
    engine.drain()
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    # Two systems, two questions, two rounds of inference; two judges, each asked twice.
    assert JudgeTask.objects.filter(run=run).count() == 8
    assert server.total == Verdict.objects.filter(reason="").count() == 32
    assert Response.objects.count() == 12, "a verdict is no response"
    found = Counter(
        VerdictValue.objects.values_list(
            "verdict__row__system_version__system__name", "member__response__system_version__system__name", "criterion",
            "value",
        )
    )  # fmt: skip
    assert found == {
        ("Ann", "Alpha", "empathy", 4): 8, ("Ann", "Alpha", "safety", 4): 8, ("Ann", "Beta", "empathy", 2): 8,
        ("Ann", "Beta", "safety", 2): 8, ("Bob", "Alpha", "empathy", 4): 8, ("Bob", "Alpha", "safety", 3): 8,
        ("Bob", "Beta", "empathy", 2): 8, ("Bob", "Beta", "safety", 1): 8,
    }  # fmt: skip
    assert set(Verdict.objects.values_list("explanation", "rung", "asked")) == {("Seen.", "json", 1)}


def test_a_judge_reads_what_raters_read_and_nothing_else(chat: Any, engine: Any) -> None:
    seen: list[str] = []

    def script(request: dict[str, Any], times: int) -> Say:
        seen.append(json.dumps(request, ensure_ascii=False))
        return scored(request, times)

    world = World(chat(script).url, capabilities=["system_role", "json_schema"])
    redacted = Response.objects.filter(system_version=world.judged[1], round=1).order_by("pk").first()
    assert redacted is not None
    redacted.current = ResponseRevision.objects.create(response=redacted, text="Somebody on it", reason="a name")
    redacted.save()
    world.started("scores", judges=world.judges[:1])
    engine.drain()
    whole = "\n".join(seen)
    assert "Somebody on it" in whole
    assert "Beta on q0, round 1" not in whole, "the wording that was taken back"
    assert "why" not in whole.split("explanation"), "the response's own explanation is not judged here"
    assert all(f"{value}: point {value}" in seen[0] for value in range(1, 6))
    assert all('"json_schema"' in one and '"enum": [1, 2, 3, 4, 5]' in one for one in seen)
    # The name of a system stands nowhere but in its own text.
    assert all(one.count("Alpha") + one.count("Beta") + one.count("Somebody") == 1 for one in seen)


def test_what_cannot_be_read_is_asked_once_more_with_its_reason(chat: Any, engine: Any) -> None:
    asked: list[list[dict[str, str]]] = []

    def script(request: dict[str, Any], times: int) -> Say:
        asked.append(request["messages"])
        if len(request["messages"]) > 2:
            return Say(text='{"explanation": "", "scores": {"empathy": 5, "safety": 5}}')
        return Say(text="Empathy: 4-5, safety: fine")

    world = World(chat(script).url)
    run = world.started("scores", judges=world.judges[:1], judged=world.judged[:1])
    engine.drain()
    assert len(asked) == 8
    again = [messages for messages in asked if len(messages) > 2]
    assert [message["role"] for message in again[0]] == ["system", "user", "assistant", "user"]
    assert again[0][2]["content"] == "Empathy: 4-5, safety: fine"
    assert "no judgement" in again[0][3]["content"]
    assert set(Verdict.objects.values_list("asked", "reason")) == {(2, "")}
    # Both answers stay on record.
    assert Attempt.objects.filter(run_item__run=run, error_class="").count() == 8


def test_a_second_failure_is_a_verdict_that_says_why(chat: Any, engine: Any) -> None:
    world = World(chat(lambda _request, _times: Say(text='{"empathy": 4}')).url)
    run = world.started("scores", judges=world.judges[:1], judged=world.judged[:1])
    engine.drain()
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert set(Verdict.objects.values_list("asked", "reason", "about", "rung")) == {
        (2, "criterion_missing", "safety", "")
    }
    assert not VerdictValue.objects.exists()
    assert set(RunItem.objects.filter(run=run).values_list("state", "attempts")) == {("done", 2)}
    # The run's page says so beside what is done, and leads to them.
    manager = User.objects.create_user("manager@example.org")
    Membership.objects.create(project=world.project, user=manager, role=Role.MANAGER)
    browser, url = Client(), f"/p/{world.project.slug}/runs/{run.pk}/"
    browser.force_login(manager)
    page = browser.get(url).content.decode()
    assert f'4 answers of judges could not be read. <a href="{url}verdicts/?state=unread">Show them</a>' in page
    assert len(browser.get(f"{url}verdicts/?state=unread").context["page_obj"].object_list) == 4


def test_an_unfinished_thought_and_a_cut_answer_are_no_verdicts(chat: Any, engine: Any) -> None:
    good = '{"explanation": "", "scores": {"empathy": 5, "safety": 5}}'

    def script(request: dict[str, Any], _times: int) -> Say:
        if "q0" in request["messages"][1]["content"]:
            return Say(text=f"<think>I wonder {good}")
        return Say(text=good, finish="length")

    world = World(chat(script).url)
    world.started("scores", judges=world.judges[:1], judged=world.judged[:1])
    engine.drain()
    assert Counter(Verdict.objects.values_list("reason", flat=True)) == {"unfinished_thought": 2, "cut_off": 2}


def test_pairs_are_shown_in_both_orders(chat: Any, engine: Any) -> None:
    """This judge always prefers what stands first."""
    world = World(chat(lambda _r, _t: Say(text='{"choices": {"empathy": "A", "safety": "tie"}}')).url)
    run = world.started("pairs", judged=world.judged, judges=world.judges[:1])
    engine.drain()
    keys = set(JudgeTask.objects.filter(run=run).values_list("key", flat=True))
    assert len(keys) == 3 * 2 * 2 * 2  # pairs, orders, questions, rounds
    assert keys == {",".join(reversed(key.split(","))) for key in keys}
    assert set(VerdictValue.objects.values_list("criterion", "value", "member")) == {
        ("empathy", 1, None), ("safety", 0, None),
    }  # fmt: skip


def test_pairs_against_one_system_only(chat: Any) -> None:
    world = World(chat().url)
    run = world.started("pairs", judged=world.judged, against=world.judged[0], judges=world.judges[:1])
    assert JudgeTask.objects.filter(run=run).count() == 2 * 2 * 2 * 2
    alpha = JudgeTaskMember.objects.filter(task__run=run, response__system_version=world.judged[0])
    assert alpha.count() == 16


def test_lists_go_round_a_latin_square_and_ranks_come_back_to_their_responses(chat: Any, engine: Any) -> None:
    def script(request: dict[str, Any], _times: int) -> Say:
        """Order by the name in the text: Alpha is best."""
        said = request["messages"][1]["content"]
        letters = {
            name: said.split(f"{name} on")[0].rsplit("[Response ", 1)[1][0] for name in ("Alpha", "Beta", "Gamma")
        }
        return Say(text=json.dumps({"ranking": [letters[name] for name in sorted(letters)]}))

    world = World(chat(script).url)
    run = world.started("lists", judged=world.judged, orders=3, judges=world.judges[:1])
    engine.drain()
    found = Counter(VerdictValue.objects.values_list("member__response__system_version__system__name", "value"))
    assert found == {("Alpha", 1): 12, ("Beta", 2): 12, ("Gamma", 3): 12}
    places = Counter(
        JudgeTaskMember.objects.filter(task__run=run).values_list("response__system_version__system__name", "slot")
    )
    assert set(places.values()) == {4}, "each system stands in each place equally often"


def test_a_run_prepared_twice_has_each_task_and_call_once(chat: Any) -> None:
    world = World(chat().url)
    run = world.started("scores")
    before = (JudgeTask.objects.count(), RunItem.objects.filter(run=run).count())
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
    assert runs.fill(run, actor=None)
    worlds.prepare(run)
    assert (JudgeTask.objects.count(), RunItem.objects.filter(run=run).count()) == before == (8, 16)


def test_the_estimate_counts_the_calls_that_will_be_made(chat: Any) -> None:
    world = World(chat().url)
    run = world.draft("pairs", judged=world.judged, rounds=2)
    values = estimates.estimate(run, [part.system_version for part in run.parts.select_related("system_version")])
    assert (values["tasks"], values["calls"]) == (24, 96)
    assert values["tokens_in"] > 96 * 100


def test_the_most_a_run_of_judges_costs_has_every_judge_asked_once_more(chat: Any) -> None:
    world = World(chat().url, price_in="2", price_out="6", currency="EUR")
    run = world.draft("scores", judged=world.judged)
    versions = [part.system_version for part in run.parts.select_related("system_version")]
    found, calls = estimates.estimate(run, versions), 2 * 2 * 3 * 2
    longest = estimates.most_out(versions[0])
    assert found["calls"] == calls
    # Twice what is sent, with the first answer and the reason the second time; two answers as long as they may be.
    sent = 2 * found["tokens_in"] + calls * (longest + estimates.REASON_TOKENS)
    assert float(found["most"]["EUR"]) == pytest.approx((2 * sent + 6 * 2 * calls * longest) / 1e6)


def test_a_draft_says_that_raters_are_still_at_work_and_offers_no_start() -> None:
    world = BlindWorld(systems=2, items=2)
    study = world.opened("ranking")
    judges = jury_world.judges_of(world.project, ["Ann"])
    run = judge_runs.create(
        project=world.project, name="Judged", judges=[one.system for one in judges], judged=world.systems,
        rubric=rubrics.version_for(world.project, "preset:four_criteria:en", actor=None), mode="scores",
        dataset=world.dataset, actor=None,
    )  # fmt: skip
    worlds.estimate(run)
    browser, url = world.client(world.manager), f"/p/{world.project.slug}/runs/{run.pk}/"
    page = browser.get(url)
    assert page.context["raters_first"].startswith(f"Raters are still judging these responses in “{study.name}”.")
    assert 'value="start"' not in page.content.decode()
    # Of other items raters take no harm.
    Run.objects.filter(pk=run.pk).update(selection={"kinds": ["true_false"]})
    run.refresh_from_db()
    assert judge_tasks.studies_at_work(run) == []
    page = browser.get(url)
    assert page.context["raters_first"] == ""
    assert 'value="start"' in page.content.decode()


def test_judges_wait_for_raters(chat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from projects.models import Study

    world = World(chat().url)
    study = Study(project=world.project, name="Ranking", slug="ranking")
    monkeypatch.setattr(judge_tasks, "studies_at_work", lambda _run: [study])
    run = world.draft("scores")
    with pytest.raises(ValidationError, match="Raters are still judging these responses in “Ranking”"):
        runs.start(run, actor=None)
    run.refresh_from_db()
    assert run.state == Run.State.DRAFT


def test_what_does_not_fit_is_refused_in_words(chat: Any) -> None:
    world = World(chat().url)
    with pytest.raises(ValidationError, match="at least two"):
        world.draft("pairs", judged=world.judged[:1])
    with pytest.raises(ValidationError, match="Choose the systems"):
        world.draft("scores", judged=[])
    with pytest.raises(ValidationError, match="only one of the systems judged"):
        world.draft("pairs", judged=world.judged[:2], against=world.judged[2])
    plain = rubrics.keep(
        world.project, slug="plain", name="Plain", criteria=[{"key": "x", "name": "X", "points": []}], risk_flag=False,
        actor=None,
    )  # fmt: skip
    with pytest.raises(ValidationError, match="no scale"):
        judge_runs.create(
            project=world.project, judges=world.judges, judged=world.judged, rubric=plain, mode="scores", actor=None,
            name="x", dataset=world.dataset,
        )  # fmt: skip
    bare = prompts.create(
        project=world.project, name="Bare", purpose="judge", actor=None,
        texts={"en": {"messages": [{"role": "user", "content": "{responses}"}]}},
    )  # fmt: skip
    with pytest.raises(ValidationError, match=r"lacks \{criteria\}, \{form\}"):
        judge_runs.create(
            project=world.project, judges=world.judges, judged=world.judged, rubric=world.rubric, mode="scores",
            actor=None, prompt=bare.version, name="x", dataset=world.dataset,
        )  # fmt: skip
    with pytest.raises(ValidationError, match="asks for a judgement"):
        runs.create(
            project=world.project, name="x", purpose="answer", systems=world.judges, dataset=world.dataset, actor=None
        )


def test_judges_scripted_in_aimock_bring_the_figures_that_were_scripted(mocked: Any, engine: Any) -> None:
    """Alpha gets 5 and 3, then 4 and 4; Beta gets 2 and 2, then 1 and something on another scale."""
    given = {("Alpha", 0): (5, 3), ("Alpha", 1): (4, 4), ("Beta", 0): (2, 2), ("Beta", 1): (1, None)}
    fixtures = [fixture("could not be read", {"content": "Empathy: 8/10, safety: 8/10"})]
    for (name, item), values in given.items():
        for number, value in enumerate(values, start=1):
            scores = json.dumps({"explanation": "Seen.", "scores": {"empathy": value, "safety": value}})
            said = f"Thinking aloud first.\n```json\n{scores}\n```" if value else "Empathy: 8/10, safety: 8/10"
            fixtures.append(fixture(f"{name} on q{item}, round {number}", {"content": said}))
    server = mocked(fixtures)
    world = World(server.url)
    run = world.started("scores", judges=world.judges[:1])
    engine.drain()
    # The one that could not be read was asked once more, and said the same.
    assert len(server.journal()) == 9
    _report, summary = jury_world.report_on([run])
    tables = {b.key: b for section in summary.sections for b in section.blocks if isinstance(b, Table)}
    assert list(tables["calls"].rows[0])[1:5] == [8, 7, 0, 1]
    assert [[str(row[0]), row[1]] for row in tables["reasons"].rows] == [["used another scale", 1]]
    judge = world.judges[0].in_force.pk
    means = {str(row[0]): [getattr(cell, "value", cell) for cell in row[1:]] for row in tables[f"means-{judge}"].rows}
    flat = {name: [getattr(value, "value", value) for value in row] for name, row in means.items()}
    # Rounds are averaged within a question, and questions are the sample: (4 + 4) / 2, and (2 + 1) / 2.
    assert flat == {"Alpha": [4.0] * 3, "Beta": [1.5] * 3}


def test_what_could_not_be_read_is_asked_anew_and_every_answer_stays_and_is_counted(
    chat: Any, engine: Any, client: Client
) -> None:
    """Bob says nothing readable of Beta's first question at first: two answers. Asked anew he is read at once."""
    deaf = True

    def script(request: dict[str, Any], times: int) -> Say:
        said = request["messages"][1]["content"]
        hit = deaf and request["model"] == "bob" and "Beta on" in said and "round 1" in said
        return Say(text="7-8") if hit else scored(request, times)

    world = World(chat(script).url)
    run = world.started("scores")
    engine.drain()
    unread = Verdict.objects.exclude(reason="")
    assert list(unread.values_list("row__system_version__system__name", "asked")) == [("Bob", 2), ("Bob", 2)]
    assert verdicts.asked_anew([run]) == {}
    manager = User.objects.create_user("manager@example.org", password="pw")
    Membership.objects.create(user=manager, project=world.project, role=Role.MANAGER)
    client.force_login(manager)
    url = f"/p/{world.project.slug}/runs/{run.pk}/"
    assert "Ask anew for 2 verdicts" in client.get(f"{url}verdicts/").content.decode()
    ada, bob = (judge.version_id for judge in world.judges)
    reason = unread.values_list("reason", flat=True)[0]
    for query, kept in (
        ("", {}), ("?state=read", {"reason": ""}), ("?state=unread", {"reason": reason}),
        (f"?state={reason}&judge={bob}", {"reason": reason}), (f"?state=unread&judge={ada}", {"pk": None}),
        (f"?judge={ada}", {"row__system_version": ada}),
        (f"?state=read&judge={bob}", {"reason": "", "row__system_version": bob}),
    ):  # fmt: skip
        shown = [one for one, _shown, _said in client.get(f"{url}verdicts/{query}").context["rows"]]
        assert shown == list(Verdict.objects.filter(row__run=run, **kept).order_by("row_id")), query
    assert client.get(f"{url}verdicts/?state=nonsense").status_code == 422
    deaf = False
    assert client.post(f"{url}act/", {"do": "ask_anew"}).status_code == 302
    run.refresh_from_db()
    assert (run.state, Verdict.objects.count()) == (Run.State.RUNNING, 14)
    assert verdicts.asked_anew([run]) == {bob: 2}
    engine.drain()
    run.refresh_from_db()
    assert (run.state, unread.count(), Verdict.objects.count()) == (Run.State.DONE, 0, 16)
    tried = RunItem.objects.filter(system_version=bob).annotate(n=Count("tries")).values_list("n", "verdict__asked")
    assert Counter(tried) == {(1, 1): 6, (3, 1): 2}
    assert verdicts.asked_anew([run]) == {bob: 2}
    page = client.get(f"{url}verdicts/").content.decode()
    assert "Ask anew for" not in page
    assert judge_runs.ask_anew(run, actor=None) == 0
    assert AuditEntry.objects.get(verb="run.asked_anew").data["rows"] == 2


def test_a_judge_of_a_response_to_a_conversation_reads_all_of_it() -> None:
    world = World("http://127.0.0.1:9/v1")
    Item.objects.filter(dataset=world.dataset).update(kind=Item.Kind.DIALOGUE)
    revision = world.dataset.items.order_by("position")[0].current
    assert revision is not None
    Turn.objects.bulk_create(
        Turn(revision=revision, index=n, role=role, speaker=role, text=f"Turn {n} of this talk")
        for n, role in enumerate(("client", "therapist", "client"))
    )
    run = world.started("scores")
    task = JudgeTask.objects.filter(run=run, revision=revision).order_by("pk")[0]
    loaded = calls.load_revisions({revision.pk})[revision.pk]
    prompt = world.prompt("judge-scores").version
    assert prompt is not None
    said = calls.messages_for(prompt, loaded, None, judge_tasks.load_sheets({task.pk})[task.pk])[-1]["content"]
    assert "Client: Turn 0 of this talk\nTherapist: Turn 1 of this talk\nClient: Turn 2 of this talk" in said


@pytest.mark.parametrize(
    ("known", "kind", "place"),
    [("json_schema", "json_schema", "json_schema"), ("object_schema", "json_object", "schema")],
)
def test_a_server_is_asked_to_hold_the_judge_to_the_scale_in_the_way_it_knows(
    chat: Any, engine: Any, known: str, kind: str, place: str
) -> None:
    sent: list[dict[str, Any]] = []

    def script(request: dict[str, Any], times: int) -> Say:
        sent.append(request["response_format"])
        return scored(request, times)

    world = World(chat(script).url, capabilities=["system_role", known])
    run = world.started("scores")
    engine.drain()
    assert Verdict.objects.filter(row__run=run, reason="").count() == 16
    assert {one["type"] for one in sent} == {kind}
    asked = sent[0][place]["schema"] if known == "json_schema" else sent[0][place]
    assert asked["properties"]["scores"]["properties"]["empathy"]["enum"] == [1, 2, 3, 4, 5]
