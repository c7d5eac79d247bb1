"""Flags from the reader's press to the manager's note, and aliases in the place of private words."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from label_world import World

from projects.models import (
    Assignment,
    AuditEntry,
    Flag,
    Item,
    ItemRevision,
    Membership,
    Role,
    Sighting,
    StudyRole,
    Suggestion,
    Turn,
    Unit,
    User,
)
from projects.services import flags, leases, redaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    """A review with two raters an item."""
    return World()


def held(world: World) -> Assignment:
    """Let R1 take a unit in hand."""
    if not world.study.units.exists():
        world.unit()
    return leases.hold(world.part(world.raters[0]), count=1, shown=lambda unit: 0)[0]


def dialogue(world: World, *said: str, metadata: dict[str, Any] | None = None) -> Item:
    """Make an item whose revision has turns."""
    unit = world.unit(Item.Kind.DIALOGUE)
    assert unit.item is not None
    assert unit.revision is not None
    ItemRevision.objects.filter(pk=unit.revision_id).update(
        text="", options=[], metadata=metadata or {}, turn_count=len(said)
    )
    for index, text in enumerate(said):
        role = ("client", "therapist")[index % 2]
        Turn.objects.create(revision=unit.revision, index=index, speaker=role, role=role, text=text)
    return Item.objects.get(pk=unit.item.pk)


def flag(world: World, item: Item, **details: Any) -> Flag:
    """Let the manager flag an item."""
    details = {"concern": "privacy", "client_key": "k1"} | details
    return flags.raise_flag(project=world.project, by=world.manager, item=item, **details)


def account(world: World, number: int) -> User:
    """Return a rater's account."""
    user = world.raters[number].user
    assert user is not None
    return user


# --- raising ----------------------------------------------------------------------------------------------------


def test_rater_flags_what_they_hold_and_the_manager_has_it_at_once(world: World) -> None:
    row = held(world)
    address = f"/rate/{world.study.token}/{row.token}/flag/"
    client = world.client(world.raters[0])
    form = client.get(address).context["form"]
    sent = {"client_key": form["client_key"].value(), "concern": "self_harm", "note": "She names a day.", "turn": ""}
    reply = client.post(address, sent)
    assert (reply.status_code, reply["Location"]) == (302, f"/rate/{world.study.token}/{row.token}/")
    page = world.client(world.manager).get(f"/p/{world.slug}/flags/")
    told = [(one.concern, one.note, one.rater.code, one.unit_id) for one in page.context["page_obj"]]
    assert told == [("self_harm", "She names a day.", "R1", row.unit_id)]
    home = world.client(world.manager).get("/")
    assert [panel.url for panel in home.context["panels"]] == [f"/p/{world.slug}/flags/"]


def test_same_press_sent_twice_is_one_flag(world: World) -> None:
    row = held(world)
    client, address = world.client(world.raters[0]), f"/rate/{world.study.token}/{row.token}/flag/"
    sent = {"client_key": "press", "concern": "abuse", "note": "", "turn": ""}
    assert [client.post(address, sent).status_code for _ in range(2)] == [302, 302]
    assert Flag.objects.count() == 1


def test_flag_without_a_concern_is_given_back_with_what_was_typed(world: World) -> None:
    row = held(world)
    client, address = world.client(world.raters[0]), f"/rate/{world.study.token}/{row.token}/flag/"
    reply = client.post(address, {"client_key": "press", "note": "I am not sure what to call it."})
    assert reply.status_code == 422
    assert reply.context["form"].errors == {"concern": ["Choose what the concern is."]}
    assert reply.context["form"]["note"].value() == "I am not sure what to call it."
    assert not Flag.objects.exists()


def test_rater_cannot_flag_through_another_raters_unit(world: World) -> None:
    row = held(world)
    address = f"/rate/{world.study.token}/{row.token}/flag/"
    assert world.client(world.raters[1]).get(address).status_code == 404


def test_flag_changes_nothing_in_the_raters_work(world: World) -> None:
    row = held(world)
    client = world.client(world.raters[0])
    client.post(f"/rate/{world.study.token}/{row.token}/flag/", {"client_key": "k", "concern": "abuse"})
    row.refresh_from_db()
    assert (row.state, row.exposure) == (Assignment.State.LEASED, 0)


def test_turn_that_is_not_there_is_refused(world: World) -> None:
    item = dialogue(world, "I stay awake.", "What keeps you awake?")
    assert flag(world, item, turn=1).turn == 1
    with pytest.raises(ValidationError) as refused:
        flag(world, item, turn=2, client_key="k2")
    assert refused.value.message_dict == {"turn": ["This dialogue has no such turn."]}


def test_reader_of_the_data_set_flags_a_turn_and_is_no_fresh_rater(world: World) -> None:
    item = dialogue(world, "I stay awake.", "What keeps you awake?")
    address = f"/p/{world.slug}/data/items/items/{item.pk}/flag/"
    client = world.client(world.adjudicator)
    page = client.get(address + "?turn=1")
    assert [turn.text for turn in page.context["turns"]] == ["What keeps you awake?"]
    reply = client.post(address, {"client_key": "k", "concern": "missed_crisis", "turn": "1"})
    assert reply.status_code == 302
    assert list(Flag.objects.values_list("turn", "concern", "raised_by")) == [
        (1, "missed_crisis", world.adjudicator.pk)
    ]
    assert Sighting.objects.filter(item=item, user=world.adjudicator).exists()


def test_flag_about_nothing_cannot_be_stored(world: World) -> None:
    with pytest.raises(Exception, match=r"(?i)flag_is_about_something|check constraint"):
        Flag.objects.create(project=world.project, concern="abuse", client_key="k")


# --- the list ---------------------------------------------------------------------------------------------------


def test_list_is_filtered_by_concern_state_and_study(world: World) -> None:
    item = dialogue(world, "a", "b")
    one = flag(world, item)
    other = flag(world, item, concern="abuse", client_key="k2", study=world.study)
    flags.handle(one, by=world.manager, note="Replaced.")
    client, address = world.client(world.manager), f"/p/{world.slug}/flags/"

    def shown(query: str) -> list[int]:
        return [row.pk for row in client.get(address + query).context["page_obj"]]

    assert shown("") == [other.pk]
    assert shown("?state=handled") == [one.pk]
    assert shown("?state=all&concern=abuse") == [other.pk]
    assert shown(f"?state=all&study={world.study.slug}") == [other.pk]
    assert shown("?state=all&dataset=items") == [other.pk, one.pk]
    assert client.get(address + "?concern=nonsense").status_code == 422


def test_list_asks_equally_often_for_one_row_and_for_three(world: World) -> None:
    client, counts = world.client(world.manager), []
    for n in range(3):
        flag(world, dialogue(world, "a"), client_key=f"k{n}")
        if n != 1:
            with CaptureQueriesContext(connection) as seen:
                assert len(client.get(f"/p/{world.slug}/flags/").context["page_obj"]) == n + 1
            counts.append(len(seen))
    assert counts[0] == counts[1]


def test_raters_have_no_list(world: World) -> None:
    assert world.client(world.raters[0]).get(f"/p/{world.slug}/flags/").status_code == 403


def test_flag_is_handled_with_a_note_and_opened_again(world: World) -> None:
    row = flag(world, dialogue(world, "a", "b", "c", "d", "e", "f"), turn=3)
    client, address = world.client(world.manager), f"/p/{world.slug}/flags/{row.pk}/"
    assert [turn.index for turn in client.get(address).context["turns"]] == [1, 2, 3, 4, 5]
    empty = client.post(address, {"note": " "})
    assert (empty.status_code, Flag.objects.get().state) == (422, "open")
    assert client.post(address, {"note": "Nobody is named."}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.handled_by, row.handling_note) == ("handled", world.manager, "Nobody is named.")
    client.post(address + "reopen/")
    assert list(Flag.objects.values_list("state", "handled_at")) == [("open", None)]
    verbs = AuditEntry.objects.filter(target_type="flag").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["flag.raised", "flag.handled", "flag.reopened"]


def test_audit_log_keeps_no_word_of_a_flag(world: World) -> None:
    flag(world, dialogue(world, "a"), note="Her name is Edith Stone.")
    assert "Edith" not in str(list(AuditEntry.objects.values_list("data", flat=True)))


# --- an alias ---------------------------------------------------------------------------------------------------


def redact(item: Item, words: str, alias: str, by: User, based_on: int = 1) -> ItemRevision:
    """Replace words."""
    return redaction.apply(item, words=words, alias=alias, by=by, based_on=based_on)


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("Ann", "Ann met Annual ANN, and Joann.", 2),
        ("Ann", "Ann's", 1),
        ("李明", "我叫李明，李明是我。", 2),
        ("070 12", "Call 070 12 or 4070 12.", 1),
        ("(Ann)", "So (Ann) said.", 1),
        ("Zoë", "Zoë and zoë", 2),
    ],
)
def test_words_are_found_where_they_stand_alone(words: str, text: str, found: int) -> None:
    assert len(redaction.pattern(words).findall(text)) == found


def test_preview_shows_every_place_and_changes_nothing(world: World) -> None:
    item = dialogue(world, "I am Ann.", "Hello.", "Ann again.", metadata={"background": "Ann is 30."})
    changes = redaction.preview(item, words="Ann", alias="[name]")
    told = [(change.turn, "".join(text for text, _new in change.pieces)) for change in changes]
    assert told == [(0, "I am [name]."), (2, "[name] again."), (None, "[name] is 30.")]
    assert ItemRevision.objects.filter(item=item).count() == 1


def test_alias_makes_a_new_version_with_turns_and_proposals(world: World) -> None:
    item = dialogue(world, "I am Ann.", "Hello Ann.", metadata={"background": ["Ann"], "n": 3})
    old = item.current
    assert old is not None
    first = old.turns.get(index=0)
    Suggestion.objects.create(revision=old, turn=first, field="observation", values=["Ann is tired."], source="m")
    new = redact(item, "Ann", "[name]", world.manager)
    item.refresh_from_db()
    assert (item.current, new.number, new.redaction, new.created_by) == (new, 2, True, world.manager)
    assert list(new.turns.values_list("index", "role", "text")) == [
        (0, "client", "I am [name]."),
        (1, "therapist", "Hello [name]."),
    ]
    assert (new.metadata, new.turn_count, new.content_hash) == ({"background": ["[name]"], "n": 3}, 2, old.content_hash)
    copied = new.suggestions.get()
    assert (copied.turn, copied.values) == (new.turns.get(index=0), ["[name] is tired."])
    assert old.turns.get(index=0).text == "I am Ann."
    assert Unit.objects.get(item=item).revision == new


def test_alias_keeps_backslashes_and_groups_as_they_are(world: World) -> None:
    new = redact(dialogue(world, "I am Ann."), "Ann", r"\1 [A]", world.manager)
    assert new.turns.get().text == r"I am \1 [A]."


@pytest.mark.parametrize(
    ("words", "alias", "errors"),
    [
        ("", "[name]", {"words": ["Choose the words to replace."]}),
        ("Ann", " ", {"alias": ["Give the alias that stands in their place, such as “[name]”."]}),
        ("Ann", "Ann B.", {"alias": ["The alias contains the words it replaces. Choose another."]}),
        ("Bob", "[name]", {"words": ["These words do not occur in the item."]}),
    ],
)
def test_alias_that_cannot_be_used_is_refused(world: World, words: str, alias: str, errors: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        redact(dialogue(world, "I am Ann."), words, alias, world.manager)
    assert refused.value.message_dict == errors


def test_second_manager_on_an_older_version_changes_nothing(world: World) -> None:
    item = dialogue(world, "I am Ann from Bree.")
    redact(item, "Ann", "[name]", world.manager)
    with pytest.raises(ValidationError, match="Somebody has changed this item meanwhile"):
        redact(item, "Bree", "[place]", world.manager)
    assert ItemRevision.objects.filter(item=item).count() == 2


def test_page_previews_then_replaces_and_only_managers_read_the_old_words(world: World) -> None:
    item = dialogue(world, "I am Ann.", "Hello.")
    client, address = world.client(world.manager), f"/p/{world.slug}/data/items/items/{item.pk}/alias/"
    sent = {"words": "Ann", "alias": "[name]", "based_on": "1"}
    shown = client.post(address, sent | {"do": "preview"})
    assert (shown.status_code, shown.context["total"]) == (200, 1)
    assert ItemRevision.objects.filter(item=item).count() == 1
    assert client.post(address, sent | {"do": "apply"}).status_code == 302
    again = client.post(address, sent | {"do": "apply"})
    assert (again.status_code, again.context["form"].errors["words"]) == (
        422,
        ["These words do not occur in the item."],
    )
    analyst = world.user("analyst", Role.ANALYST)
    page = f"/p/{world.slug}/data/items/items/{item.pk}/"
    read = [who.get(page).context["versions"] for who in (client, world.client(analyst))]
    assert [[one.revision.number for one, _changes in versions] for versions in read] == [[2, 1], [2]]
    assert [[key for _name, key, _pieces in changes] for _one, changes in read[0]] == [["1"], []]
    assert "I am Ann" not in world.client(analyst).get(page).content.decode()


def test_rater_who_had_the_text_in_hand_reads_the_alias_from_then_on(world: World) -> None:
    unit = world.unit()
    assert unit.item is not None
    row = held(world)
    address = f"/rate/{world.study.token}/{row.token}/"
    assert "What was said" in world.client(world.raters[0]).get(address).content.decode()
    redact(unit.item, "said", "[words]", world.manager)
    page = world.client(world.raters[0]).get(address).content.decode()
    assert "What was [words], number 0." in page
    assert "What was said" not in page


def test_people_of_the_flag_pages_are_members(world: World) -> None:
    outsider = User.objects.create_user("outsider@example.org", "a long walk by the sea")
    assert not Membership.objects.filter(user=outsider).exists()
    assert not StudyRole.objects.filter(user=outsider).exists()
    assert world.client(outsider).get(f"/p/{world.slug}/flags/").status_code == 404
