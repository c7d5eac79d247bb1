"""The page of a schema: edited with a preview, frozen in use, a change is a version, wrong input is said in words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from dialogue_world import World, given, strategy
from django.test import Client

from annotation.models import Label
from annotation.schema import FieldKind
from annotation.services.turns import schema_of
from projects.models import Study, Submission

LABELS = "Question | Asks for something. | blue | 1\n  open\n  closed\nReflection"


@pytest.fixture
def world(db: None) -> World:
    """A draft of the preset with eight strategies, and one session."""
    world = World()
    world.session(4)
    return world


@pytest.fixture
def client(world: World) -> Client:
    """The manager's browser."""
    return world.client(world.manager)


def url(world: World) -> str:
    """Return the address of the page."""
    return f"/p/{world.project.slug}/studies/{world.study.slug}/schema/"


def field(n: int, **values: Any) -> dict[str, Any]:
    """Return what the form sends of one field."""
    usual = {"name": f"Field {n}", "kind": "single", "labels": LABELS, "asked_of": ["therapist"]}
    return {f"f{n}-{name}": value for name, value in (usual | values).items()}


def send(client: Client, world: World, op: str, *fields: dict[str, Any], version: int | None = None) -> Any:
    """Press a button of the form."""
    study = Study.objects.select_related("version").get(pk=world.study.pk)
    number = study.in_force.number if version is None else version
    data = {"op": op, "version": number, "count": len(fields)}
    for one in fields:
        data |= one
    return client.post(url(world), data)


def names(page: Any) -> list[str]:
    """Return the names of the fields in the form, in their order."""
    return re.findall(r'name="f\d+-name" value="([^"]*)"', page.content.decode())


def faults(page: Any) -> list[str]:
    """Return what the page says is wrong."""
    summary = re.search(r'class="error-summary".*?</div>', page.content.decode(), re.S)
    return re.findall(r"<li>(.*?)</li>", summary[0]) if summary else []


def in_force(world: World) -> Any:
    """Return the schema in force."""
    return schema_of(Study.objects.select_related("version").get(pk=world.study.pk))


def test_schema_is_saved_as_it_was_typed(world: World, client: Client) -> None:
    scale = field(
        1, name="Warmth", kind="scale", low="0", high="4", low_words="cold", asked_of=["session"], unknown="on"
    )
    reply = send(client, world, "save", field(0, name="Strategy", evidence="on", leaves_only="on"), scale)
    assert reply.status_code == 302
    first, second = in_force(world).fields
    assert (first.key, first.roles, first.evidence) == ("strategy", ("therapist",), True)
    assert first.values == ("question/open", "question/closed", "reflection")
    assert [(one.key, one.colour, one.shortcut, one.parent) for one in first.labels][:2] == [
        ("question", "blue", "1", ""), ("question/open", "", "", "question"),
    ]  # fmt: skip
    assert (second.kind, second.level, second.low, second.high, second.low_words, second.unknown) == (
        FieldKind.SCALE, "session", 0, 4, "cold", True,
    )  # fmt: skip


def test_page_shows_a_schema_that_comes_back_the_same(world: World, client: Client) -> None:
    before = in_force(world)
    form = client.get(url(world)).context["form"]
    fields = []
    for n, part in enumerate(form.forms):
        sent = {name: part.get_initial_for_field(one, name) for name, one in part.fields.items()}
        fields.append({f"f{n}-{name}": value for name, value in sent.items() if value not in (None, False)})
    send(client, world, "save", *fields)
    assert in_force(world).to_json() == before.to_json()


def test_buttons_add_move_remove_and_load_and_save_nothing(world: World, client: Client) -> None:
    two = (field(0, name="A"), field(1, name="B"))
    before = in_force(world)
    assert names(send(client, world, "down-0", *two)) == ["B", "A"]
    assert names(send(client, world, "up-1", *two)) == ["B", "A"]
    assert names(send(client, world, "up-0", *two)) == ["A", "B"]
    assert names(send(client, world, "remove-0", *two)) == ["B"]
    assert len(names(send(client, world, "load-motivational-en", *two))) == 4
    assert names(send(client, world, "load-nothing-en", *two)) == ["A", "B"]
    assert send(client, world, "add", *two).content.decode().count('class="schema-field fold"') == 3
    assert in_force(world) == before


def test_button_keeps_what_saving_would_refuse(world: World, client: Client) -> None:
    long, scale = "x" * 90, {"kind": "scale", "labels": "", "low": "lowest", "high": "1000"}
    page = send(client, world, "add", field(0, name=long), field(1, **scale), field(2, key="mi", also="mood, 心情"))
    text = page.content.decode()
    assert names(page) == [long, "Field 1", "Field 2"]
    assert [f'name="f1-{name}" value="{value}"' in text for name, value in (("low", "lowest"), ("high", "1000"))] == [
        True, True,
    ]  # fmt: skip
    assert 'name="f2-also" value="mood, 心情"' in text
    # The new one and both that hold something wrong are unfolded.
    assert re.findall(r'id="field-(\d)" open', text) == ["1", "2", "4"]
    assert text.count('name="f3-name"') == 1


def test_other_names_of_a_field_are_kept(world: World, client: Client) -> None:
    send(client, world, "save", field(0, key="mi", also="main_behaviour， mood"))
    kept = schema_of(Study.objects.select_related("version").get(pk=world.study.pk)).fields[0]
    assert kept.also == ("main_behaviour", "mood")
    assert 'name="f0-also" value="main_behaviour, mood"' in client.get(url(world)).content.decode()


def test_preview_shows_what_raters_will_see(world: World, client: Client) -> None:
    page = send(client, world, "preview", field(0, name="What happens")).content.decode()
    preview = page[page.index('id="schema-preview"') :]
    assert 'name="f.what-happens" value="question/open"' in preview
    assert in_force(world).field("what-happens") is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "Field 1, Name: This field is required."),
        ({"labels": "Question"}, "Field “Strategy”: a choice needs at least two labels."),
        ({"labels": "A\nA"}, "Field “Strategy”: the label “a” stands twice."),
        ({"labels": "A\nA | | | | b"}, "Field “Strategy”: two labels are called “A”."),
        ({"labels": "A | | pink\nB"}, "Field “Strategy”: there is no colour “pink” for “A”; there are: amber, blue, "
         "green, olive, navy, brown, plum."),
        ({"labels": "A | | | j\nB"}, "Field “Strategy”: “j” cannot be the keyboard key of “A”: take a digit or a "
         "free letter."),
        ({"kind": "scale", "low": "5", "high": "1"}, "Field “Strategy”: a scale goes from a lower to a higher number, "
         "with at most 11 steps."),
        ({"kind": "scale", "low": "x"}, "Field 1, Lowest: Enter a whole number."),
        ({"asked_of": ["session", "client"]}, "Field “Strategy”: a field of the session belongs to no role."),
        ({"asked_of": ["session"], "evidence": "on"}, "Field “Strategy”: evidence can be marked in turns only."),
        ({"kind": "magic"}, "Field 1, Answered with: Select a valid choice. magic is not one of the available "
         "choices."),
    ],
)  # fmt: skip
def test_wrong_schema_is_refused_with_the_place_and_kept_on_the_page(
    world: World, client: Client, values: dict[str, Any], words: str
) -> None:
    before = in_force(world)
    reply = send(client, world, "save", field(0, **({"name": "Strategy"} | values)))
    assert (reply.status_code, [one.replace("&#x27;", "'") for one in faults(reply)]) == (422, [words])
    assert in_force(world) == before
    assert names(reply) == [values["name"]] if values.get("name") else True


def test_schema_without_a_field_and_with_two_of_one_key_are_refused(world: World, client: Client) -> None:
    assert faults(send(client, world, "save")) == ["Add a field: without one there is nothing to answer."]
    twice = send(client, world, "save", field(0, name="A"), field(1, name="A"))
    assert faults(twice) == ["The key “a” stands for two fields. Give one of them another."]


def test_schema_in_use_changes_as_a_version_and_old_answers_keep_theirs(world: World, client: Client) -> None:
    world.open()
    row = world.hold(world.raters[0])
    world.hand_in(world.raters[0], row, {"1": strategy("question"), "3": strategy("others")})
    old = Submission.objects.get().version
    page = client.get(url(world)).content.decode()
    assert "Saving adds a version" in page
    labels = "Question\nSilence"
    assert send(client, world, "save", field(0, name="Strategy", labels=labels)).status_code == 302
    assert in_force(world).field("strategy").values == ("question", "silence")
    assert old is not None
    old.refresh_from_db()
    kept = next(one for one in old.settings["schema"]["fields"] if one["key"] == "strategy")
    assert [one["key"] for one in kept["labels"]][:2] == ["question", "restatement"]
    assert sorted(Label.objects.values_list("value", flat=True)) == ["others", "question"]
    later = world.hold(world.raters[1])
    world.hand_in(world.raters[1], later, {"1": strategy("silence"), "3": strategy("question")})
    numbers = Submission.objects.order_by("pk").values_list("version__number", flat=True)
    assert list(numbers) == [old.number, old.number + 1]


def test_answer_saved_before_a_change_keeps_what_still_fits(world: World, client: Client) -> None:
    world.open()
    row, rater = world.hold(world.raters[0]), world.client(world.raters[0])
    body = {"payload": strategy("others", note="stays"), "version": 0}
    json_ = {"content_type": "application/json", "headers": {"accept": "application/json"}}
    rater.post(world.url(row, "turn/1/"), body, **json_)
    send(client, world, "save", field(0, name="Strategy", labels="Question\nSilence"))
    page = rater.get(world.url(row, "turn/1/")).content.decode()
    assert ("stays" in page, 'value="silence"' in page, 'value="others"' in page) == (True, True, False)
    reply = rater.post(world.url(row, "turn/1/"), {"payload": strategy("others"), "version": 1}, **json_)
    assert (reply.status_code, reply.json()["message"]) == (422, "Strategy: “others” is not one of the answers.")
    assert rater.post(world.url(row, "turn/1/"), {"payload": {"fields": {"strategy": given("silence")}}, "version": 1},
                      **json_).status_code == 200  # fmt: skip


def test_second_manager_is_told_that_somebody_was_quicker(world: World, client: Client) -> None:
    send(client, world, "save", field(0, name="First"))
    world.open()
    number = Study.objects.select_related("version").get(pk=world.study.pk).in_force.number
    assert send(client, world, "save", field(0, name="Second")).status_code == 302
    reply = send(client, world, "save", field(0, name="Third"), version=number)
    assert (reply.status_code, faults(reply)) == (
        422, ["Somebody has changed the settings meanwhile. What you typed is still here."],
    )  # fmt: skip
    assert names(reply) == ["Third"]
    assert in_force(world).fields[0].name == "Second"


def test_closed_study_and_a_reader_see_the_schema_and_cannot_change_it(world: World, client: Client) -> None:
    world.open()
    analyst = world.client(world.user("analyst", "analyst"))
    assert "What raters are asked." in analyst.get(url(world)).content.decode()
    assert send(analyst, world, "save", field(0)).status_code == 403
    before = in_force(world)
    Study.objects.update(state=Study.State.CLOSED)
    assert "its schema stays as it is" in client.get(url(world)).content.decode()
    assert send(client, world, "save", field(0)).status_code == 422
    assert in_force(world) == before
