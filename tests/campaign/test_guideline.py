"""Questions, the guideline's versions with who has read them, and units that are judged again."""

from __future__ import annotations

import re

import pytest
from label_world import World
from test_training import follow, say

from campaign.models import Acknowledgement, Question, Recall
from campaign.services import pictures, questions
from projects.markdown import to_html
from projects.models import Assignment, Submission
from projects.services import studies

pytestmark = pytest.mark.django_db
# One grey point.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63600000000200"
    "0148afa4710000000049454e44ae426082"
)


def ticked(page: str) -> str:
    """Return the box that says whether a version asks, its attributes in a fixed order."""
    [box] = re.findall(r'<input type="checkbox" name="asks"[^>]*>', page)
    return f'name="asks" {"checked" if " checked" in box else ""}'


def test_a_new_version_is_read_before_the_next_unit_and_answers_keep_theirs() -> None:
    world = World()
    for _n in range(3):
        world.unit()
    rater, other = (world.client(one) for one in world.raters)
    say(rater, world, "positive")
    token = Assignment.objects.filter(state="leased", rater=world.raters[0]).order_by("ordinal")[0].token
    page = {"text": "Where does it lead?\n\nMind the irony.", "asks": "on"}
    manager, tick = world.client(world.manager), 'name="asks" checked'
    before = manager.get(world.url("guideline/")).content.decode()
    assert manager.post(world.url("guideline/"), page).status_code == 302
    # The next version asks as this one does, unless the manager unticks it.
    assert (tick in ticked(before), tick in ticked(manager.get(world.url("guideline/")).content.decode())) == (
        False, True,
    )  # fmt: skip
    world.study.refresh_from_db()
    # What is in hand is taken, as made under the version that this rater has read.
    reply = rater.post(f"/rate/{world.study.token}/{token}/", {"values": "positive", "client_key": "k"})
    assert reply.status_code == 302
    address, shown = follow(rater, world)
    assert (address, "What is new since" in shown, "Mind the irony." in shown) == ("first/guideline/", True, True)
    start = f"/rate/{world.study.token}/first/guideline/"
    assert rater.post(start, {}).status_code == 422
    assert rater.post(start, {"read": "on"}).status_code == 302
    assert say(rater, world, "negative")[0] == ""
    numbers = Submission.objects.order_by("pk").values_list("guideline__number", flat=True)
    assert (list(numbers), Acknowledgement.objects.count()) == ([1, 1, 2], 1)
    assert follow(other, world)[0] == "first/guideline/"


def test_a_question_is_answered_and_becomes_an_entry_that_all_acknowledge() -> None:
    world = World()
    world.unit()
    rater, other, manager = (world.client(one) for one in (*world.raters, world.manager))
    follow(rater, world)
    token = Assignment.objects.get(rater=world.raters[0]).token
    reply = rater.post(f"/rate/{world.study.token}/{token}/ask/", {"text": "Is thanks from item-0 positive?"})
    assert reply.status_code == 302
    row = Question.objects.get()
    listed = manager.get(world.url("questions/")).content.decode()
    assert ("Is thanks from item-0 positive?" in listed, "item-0" in listed) == (True, True)
    mine = f"/rate/{world.study.token}/first/questions/"
    assert "Is thanks" not in other.get(mine).content.decode()
    sent = {"answer": "Yes, thanks are positive.", "publish": "on", "entry": "What of thanks?"}
    assert manager.post(world.url(f"questions/{row.pk}/"), sent).status_code == 302
    for client in (rater, other):
        address, shown = follow(client, world)
        assert (address, "What of thanks?" in shown, "Yes, thanks are positive." in shown, "item-0" in shown) == (
            "first/guideline/", True, True, False,
        )  # fmt: skip
        client.post(f"/rate/{world.study.token}/{address}", {"read": "on"})
        assert follow(client, world)[0] == ""
    row.refresh_from_db()
    assert (row.state, row.guideline.number, "Yes, thanks" in rater.get(mine).content.decode()) == (
        "published", 2, True,
    )  # fmt: skip


def test_questions_that_wait_stand_before_those_that_are_answered() -> None:
    world = World()
    part = world.part(world.raters[0])
    rows = [questions.ask(part, text=text) for text in ("first?", "second?", "third?")]
    for row, publish in ((rows[1], False), (rows[2], True)):
        row.study.refresh_from_db()
        questions.answer(row, answer="So.", entry="Entry", publish=publish, actor=world.manager)
    page = world.client(world.manager).get(world.url("questions/"))
    assert [row.text for row in page.context["page_obj"]] == ["first?", "third?", "second?"]


def test_raters_read_what_is_new_in_their_own_language_and_little_around_it() -> None:
    world = World()
    world.unit()
    rules = "\n\n".join(f"Rule {n} says what it says." for n in range(60))
    both = "::: en\n\n{}\n\n::: zh\n\n请阅读。{}"
    studies.change_guideline(world.study, text=both.format(rules, ""), asks=True, actor=world.manager)
    client, address = world.client(world.raters[0]), f"/rate/{world.study.token}/first/guideline/"
    follow(client, world)
    client.post(address, {"read": "on"})
    say(client, world, "positive")

    def news(text: str, language: str) -> str:
        studies.change_guideline(world.study, text=text, asks=True, actor=world.manager)
        page = client.get(address, headers={"Accept-Language": language}).content.decode()
        return page.partition("What is new since")[2].partition("</details>")[0]

    world.study.refresh_from_db()
    told = news(both.format(rules.replace("Rule 30 says", "Rule 30 no longer says"), ""), "en")
    assert ("<ins>no longer </ins>" in told, "Rule 29" in told, "Rule 31" in told) == (True, True, True)
    assert ("Rule 3 " in told, "请阅读" in told, ":::" in told) == (False, False, False)
    client.post(address, {"read": "on"})
    world.study.refresh_from_db()
    again = news(both.format(rules.replace("Rule 30 says", "Rule 30 no longer says"), "先读完。"), "en")
    assert "Nothing in the text of your language." in again


def test_an_entry_stands_in_every_language_of_the_guideline() -> None:
    text = questions.with_entry("::: en\nRead.\n\n::: zh\n请阅读。", "Why?", "So.")
    assert [text.count(part) for part in ("::: en", "::: zh", "**Why?**", "So.")] == [1, 1, 2, 2]
    assert questions.with_entry(text, "Where?", "There.").count("## ") == text.count("## ") == 2


def test_units_judged_again_keep_their_first_answers_and_results_use_the_newest() -> None:
    world = World()
    units = [world.unit(topic="sleep" if n else "grief") for n in range(3)]
    clients = [world.client(rater) for rater in world.raters]
    for client in clients:
        for _n in range(3):
            say(client, world, "positive")
    world.study.refresh_from_db()
    studies.change_guideline(world.study, text="Another rule.", asks=True, actor=world.manager)
    manager = world.client(world.manager)
    assert manager.post(world.url("guideline/again/"), {}).status_code == 422
    strange = manager.post(world.url("guideline/again/"), {"ids": f"{units[0].item.external_id}\nnothing\n"})
    assert (strange.status_code, strange.context["form"].errors["ids"]) == (
        422, ["These are no items of the study: nothing."],
    )  # fmt: skip
    assert 'value="sleep"' in strange.content.decode()
    assert manager.post(world.url("guideline/again/"), {"stratum": "sleep"}).status_code == 302
    assert manager.post(world.url("guideline/again/"), {"stratum": "sleep"}).status_code == 422
    assert Recall.objects.count() == 4
    client = clients[0]
    client.post(f"/rate/{world.study.token}/{follow(client, world)[0]}", {"read": "on"})
    for n in range(2):
        address, page = follow(client, world)
        assert "The guideline has changed since your answer" in page
        sent = {"values": "negative", "client_key": f"again-{n}", "based_on": "1"}
        assert client.post(f"/rate/{world.study.token}/{address}", sent).status_code == 302
    assert "Nothing left for you here" in follow(client, world)[1]
    rows = Submission.objects.filter(assignment__rater=world.raters[0], assignment__unit__in=units[1:])
    found = rows.order_by("number", "pk").values_list("number", "current", "independent", "guideline__number")
    assert list(found) == [(1, False, False, 1)] * 2 + [(2, True, True, 2)] * 2
    shown = manager.get(world.url("guideline/again/")).context["rows"]
    assert shown == [{"number": 2, "asked": 4, "units": 2, "done": 2}]


def test_a_picture_is_the_members_own_and_remote_ones_are_dropped() -> None:
    world, other = World(), World("elsewhere")
    row = pictures.add(world.project, name="A map", content=PIXEL, actor=world.manager)
    address = f"/pictures/{row.token}/"
    assert world.client(world.raters[0]).get(address).content == bytes(row.content)
    assert other.client(other.manager).get(address).status_code == 404
    html = to_html(f"![A map]({address}) ![x](https://tracker.example/a.png) ![y](/accounts/logout/)")
    assert (f'src="{address}"' in html, "tracker" in html, "logout" in html) == (True, False, False)


def test_the_topic_is_typed_where_finding_all_of_them_would_read_too_much(monkeypatch) -> None:
    monkeypatch.setattr("campaign.forms.guideline.TOPICS_OFFERED", 0)
    world = World()
    unit = world.unit(topic="sleep")
    say(world.client(world.raters[0]), world, "positive")
    world.study.refresh_from_db()
    studies.change_guideline(world.study, text="Another rule.", asks=True, actor=world.manager)
    manager = world.client(world.manager)
    assert '<select name="stratum"' not in manager.get(world.url("guideline/again/")).content.decode()
    assert manager.post(world.url("guideline/again/"), {"stratum": "sleep"}).status_code == 302
    assert Recall.objects.get().assignment.unit == unit
