"""External raters, whose labels came with the data, in the report: apart, beside the study's own, and what is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dialogue_world import World, given
from test_dialogue_summary import section, summarised, table

from annotation import presets
from annotation.kinds.dialogue import Dialogue
from annotation.services import turns as turn_services
from projects import kinds
from projects.models import ImportedAnswer, Item, Rater, Turn
from projects.services import exclusions, redaction
from reports.summary import HeatMap, KeyFigure, Section
from stats import Table as Ratings
from stats import agreement_summary
from stats.setlabels import set_alpha, set_table

# By rater, session and turn: which strategies of the therapist. The file spells them in its own way.
SAID: dict[str, list[list[tuple[str, ...]]]] = {
    "A1": [[("Question",), ("reflection",)], [("question",), ("Affirmation",)], [("Question", "Reflection"), ()]],
    "A2": [[("question",), ("affirmation",)], [("Reflection",), ("affirmation",)], [("question",), ("Question",)]],
}
# What the study's own raters say in the same places: R1, then R2.
OWN: dict[str, list[list[tuple[str, ...]]]] = {
    "R1": [[("question",), ("reflection",)], [("question",), ("question",)], [("reflection",), ("question",)]],
    "R2": [[("question",), ("affirmation",)], [("question",), ("affirmation",)], [("reflection",), ("question",)]],
}
SCALE = {"A1": ["1", "3", "5"], "A2": ["2", "3", "9"]}
LABELS = [{"key": key, "name": key.title()} for key in ("question", "reflection", "affirmation")]
SCHEMA: dict[str, Any] = {
    "fields": [
        {"key": "strategy", "name": "Strategy", "kind": "several", "roles": ["therapist"], "labels": LABELS,
         "none": True, "also": ["behaviour"]},
        {"key": "distress", "name": "Distress", "kind": "scale", "roles": ["client"], "low": 1, "high": 5},
        {"key": "risk", "name": "Risk", "kind": "yes_no", "level": "session", "unknown": True},
        {"key": "summary", "name": "Summary", "kind": "text", "level": "session"},
    ]
}  # fmt: skip


def say(rater: Rater, item: Item, index: int | None, field: str, *values: str) -> ImportedAnswer:
    """Keep one answer of an external rater, as an import does."""
    turn = None if index is None else Turn.objects.get(revision=item.current, index=index)
    assert item.current is not None
    return ImportedAnswer.objects.create(
        rater=rater, revision=item.current, turn=turn, field=field, values=list(values)
    )


def imported(world: World, items: list[Item], name: str = "strategy") -> dict[str, Rater]:
    """Give the sessions the external raters' labels."""
    found = {}
    for code, sessions in SAID.items():
        found[code] = world.project.raters.create(code=code, nature=Rater.Nature.EXTERNAL)
        for n, (item, said) in enumerate(zip(items, sessions, strict=True)):
            for place, values in enumerate(said):
                say(found[code], item, 2 * place + 1, name, *values)
            say(found[code], item, 0, "distress", SCALE[code][n])
            say(found[code], item, None, "risk", "Unknown" if n else "true")
            say(found[code], item, None, "summary", "x" * (n + 1))
    return found


@pytest.fixture
def world(db: None) -> World:
    """Three sessions of four turns, labelled in the file by two raters and answered here by two others."""
    world = World(schema=SCHEMA, prelabel="hidden")
    imported(world, [world.session(4) for _n in range(3)])
    world.open()
    for session in range(3):
        for rater in world.raters:
            said = {
                str(2 * n + 1): {"fields": {"strategy": given(*values)}}
                for n, values in enumerate(OWN[rater.code][session])
            }
            world.hand_in(rater, world.hold(rater), said)
    return world


def figure(part: Section, key: str) -> KeyFigure:
    found = next(block for block in part.blocks if block.key == key)
    assert isinstance(found, KeyFigure)
    return found


def sets(*sources: dict[str, list[list[tuple[str, ...]]]]) -> Any:
    return set_table([
        (f"{session}-{n}", code, tuple(value.casefold() for value in values))
        for said in sources
        for code, sessions in said.items()
        for session, row in enumerate(sessions)
        for n, values in enumerate(row)
    ])  # fmt: skip


def overview(world: World, field: str = "Strategy (therapist)") -> dict[str, list[Any]]:
    rows = table(summarised(world.study), "external", "table").rows
    return {str(row[1]): list(row[2:]) for row in rows if str(row[0]) == field}


def test_external_raters_agree_as_computed_from_plain_rows(world: World) -> None:
    part = section(summarised(world.study), "external-field-0-therapist")
    for kind in ("masi", "jaccard"):
        found = figure(part, f"{kind}_alpha")
        assert found.value == pytest.approx(set_alpha(sets(SAID), distance=kind).value)
        assert (found.n, found.raters) == (6, 2)


def test_intervals_resample_sessions(world: World) -> None:
    plain = sets(SAID)
    clusters = np.asarray([int(str(unit).partition("-")[0]) for unit in plain.units])
    wanted = set_alpha(plain, distance="masi", bootstrap=200, seed=7, clusters=clusters.tolist())
    found = figure(section(summarised(world.study), "external-field-0-therapist"), "masi_alpha")
    assert wanted.ci is not None
    assert (found.low, found.high) == pytest.approx((wanted.ci.low, wanted.ci.high))


def test_apart_and_together_stand_side_by_side(world: World) -> None:
    rows = overview(world)
    assert list(rows) == ["your raters", "external raters", "all together"]
    wanted = [set_alpha(sets(*of), distance="masi").value for of in ((OWN,), (SAID,), (OWN, SAID))]
    assert [row[0].value for row in rows.values()] == pytest.approx(wanted)
    # Cohen's kappa, then Fleiss' kappa, on whole sets.
    of_all = agreement_summary(sets(OWN, SAID))
    assert rows["all together"][2].value == pytest.approx(of_all["cohen_kappa"].value)
    assert rows["all together"][3].value == pytest.approx(of_all["fleiss_kappa"].value)
    assert [row[-1] for row in rows.values()] == [2, 2, 4]


def test_scale_of_external_raters_is_compared_as_a_scale(world: World) -> None:
    plain = [(n, code, value) for code, values in SCALE.items() for n, value in enumerate(values) if value != "9"]
    ratings = Ratings.from_rows(plain, categories=["1", "2", "3", "4", "5"])
    wanted = agreement_summary(ratings, level="ordinal", weights="quadratic")
    part = section(summarised(world.study), "external-field-1-client")
    assert figure(part, "krippendorff_alpha").value == pytest.approx(wanted["krippendorff_alpha"].value)
    assert figure(part, "gwet_ac2").value == pytest.approx(wanted["gwet_ac2"].value)


def test_who_agrees_with_whom_holds_raters_of_both_kinds(world: World) -> None:
    part = section(summarised(world.study), "external-field-0-therapist")
    pairs = next(block for block in part.blocks if block.key == "pairs")
    assert isinstance(pairs, HeatMap)
    assert list(pairs.row_labels) == ["R1", "R2", "A1", "A2"]
    rest = table(summarised(world.study), "external", "rest").rows
    assert {row[1] for row in rest} == {"A1", "A2"}


def test_words_that_the_schema_does_not_know_are_told_not_guessed(world: World) -> None:
    item = Item.objects.get(external_id="session-0")
    rater = Rater.objects.get(code="A1")
    say(rater, item, 0, "strategy", "Question")  # the client's turn is not asked
    say(rater, item, 2, "mood", "low", "flat")
    rows = table(summarised(world.study), "external", "unplaced").rows
    assert [[str(row[0]), str(row[1]), row[2], row[3]] for row in rows] == [
        ["mood", "the schema has no such field", 1, "low, flat"],
        ["strategy", "not asked of such turns", 1, ""],
        ["distress", "not one of the field's answers", 1, "9"],
    ]
    limits = [str(words) for words in summarised(world.study).limits]
    assert "3 labels of external raters could not be compared; the table there says why." in limits


def test_external_rater_and_unit_can_be_left_out_and_come_back(world: World) -> None:
    before = [row[-1] for row in overview(world).values()]
    left_out = exclusions.leave_out(
        world.study, Rater.objects.get(code="A2"), reason="Another manual.", actor=world.manager
    )
    rows = overview(world)
    assert (rows["external raters"][0].value, rows["all together"][-1]) == (None, 3)
    exclusions.lift(left_out, actor=world.manager)
    assert [row[-1] for row in overview(world).values()] == before
    unit = world.study.units.order_by("pk").first()
    assert unit is not None
    exclusions.leave_out(world.study, unit, reason="Cut short.", actor=world.manager)
    assert [row[-2] for row in overview(world).values()] == [2, 2, 2]


def test_manager_can_leave_an_external_rater_out_on_the_page(world: World) -> None:
    at = f"/p/lakeside/studies/{world.study.slug}/exclusions/"
    client, rater = world.client(world.manager), Rater.objects.get(code="A1")
    assert "A1 (external)" in client.get(at).content.decode()
    sent = client.post(at, {"what": str(rater.pk), "reason": "Another manual."})
    assert sent.status_code == 302
    assert exclusions.in_force(world.study).get().rater == rater


def test_other_kinds_of_study_offer_no_external_rater() -> None:
    assert [key for key, kind in kinds.registry().items() if kind.reads_external] == [Dialogue.key]


def test_study_without_answers_of_its_own_reports_the_external_ones(db: None) -> None:
    world = World(schema=SCHEMA, prelabel="hidden")
    imported(world, [world.session(4) for _n in range(3)], name="Behaviour")
    world.open()
    rows = overview(world)
    assert list(rows) == ["external raters"]
    assert rows["external raters"][0].value == pytest.approx(set_alpha(sets(SAID), distance="masi").value)
    assert str(summarised(world.study).headline).startswith("Among external raters, alpha for Strategy (therapist) is")


def test_labels_follow_a_session_whose_private_words_are_replaced(world: World) -> None:
    before = overview(world)
    redaction.apply(
        Item.objects.get(external_id="session-0"), words="exam", alias="[event]", by=world.manager, based_on=1
    )
    assert overview(world) == before


def test_main_labels_of_a_file_meet_sub_labels_at_the_main_label(db: None) -> None:
    schema = presets.schema("motivational", "en").to_json()
    world = World(schema=schema, prelabel="hidden", raters=1, raters_per_session=1)
    items = [world.session(4) for _n in range(3)]
    spelled = {"A1": ("question", "reflection", "question"), "A2": ("question", "therapist_input", "question")}
    for code, words in spelled.items():
        rater = world.project.raters.create(code=code, nature=Rater.Nature.EXTERNAL)
        for item, word in zip(items, words, strict=True):
            say(rater, item, 1, "main_therapist_behaviour", word)
            say(rater, item, 0, "client_talk_type", "neutral")
    world.open()
    own = ("question/open", "reflection/simple", "question/closed")
    for word in own:
        fields = {"therapist-behaviour": given(word)}
        said: dict[str, Any] = {"1": {"fields": fields}, "3": {"fields": {"therapist-behaviour": given("other")}}}
        said |= {str(n): {"fields": {"client-talk": given("neutral")}} for n in (0, 2)}
        said["session"] = {"fields": {"behaviour-at-issue": given("drinking less")}}
        world.hand_in(world.raters[0], world.hold(world.raters[0]), said)
    rows = overview(world, "Therapist's behaviour (therapist)")
    heads = [(n, code, word) for code, words in spelled.items() for n, word in enumerate(words)]
    heads += [(n, "R1", word.partition("/")[0]) for n, word in enumerate(own)]
    heads = [(n, code, word.removeprefix("therapist_")) for n, code, word in heads]
    wanted = agreement_summary(Ratings.from_rows(heads, categories=["reflection", "question", "input", "other"]))
    assert rows["all together"][0].value == pytest.approx(wanted["krippendorff_alpha"].value)
    notes = [str(words) for words in table(summarised(world.study), "external", "table").notes]
    assert any("main labels only in: Therapist's behaviour" in note for note in notes)


def test_proposals_under_another_name_of_a_field_reach_the_page(db: None) -> None:
    world = World(schema=SCHEMA)
    item = world.session(4)
    world.propose(item, 1, "behaviour", "Question")
    world.open()
    held = world.hold(world.raters[0])
    part = turn_services.open_part(held, 1, proposals=True)
    assert part is not None
    assert [row.given and row.given.values for row in part.proposals["strategy"]] == [("question",)]
