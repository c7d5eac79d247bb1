"""Pairs in the manager's hands: read, accepted, swapped, dropped; read from a file; judged as whole dialogues."""

from __future__ import annotations

import json
from html import unescape

import pytest
from blind_world import BlindWorld, report_of
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pair_world import PairWorld, refused_opening, work_off
from test_blindness import failed, verdicts_of
from test_comparison import judge
from test_comparison import verdicts as answers

from evaluation.blindness import original
from evaluation.models import Pair, PairFile, Placement, ResponseSet, StudySystem, UnitResponse
from evaluation.services import matching, pairs
from projects import kinds, loop
from projects.models import AuditEntry, Study, Unit
from projects.services import studies

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> PairWorld:
    """Two data sets with three and two alike sessions of one topic."""
    made = PairWorld()
    made.fill()
    return made


def proposed(world: PairWorld, **settings: object) -> Study:
    """Return a draft with its pairs proposed."""
    study = world.matched(**settings)
    matching.propose(study, lambda done, total: None)
    return study


def page_of(study: Study, *rest: object) -> str:
    """Return the address of a page about pairs."""
    return f"/p/{study.project.slug}/studies/{study.slug}/pairs/" + "".join(f"{one}/" for one in rest)


def pair(left: str) -> Pair:
    """Return the pair of a left item."""
    return Pair.objects.get(left__external_id=left)


# --- deciding ----------------------------------------------------------------------------------------


def test_the_manager_sees_pairs_with_similarity_and_decides_on_several(world: PairWorld) -> None:
    study = proposed(world)
    client = world.client(world.manager)
    page = client.get(page_of(study)).content.decode()
    assert f"{pair('o-loss').similarity:.2f}" in page
    assert "My mother died in spring." in page
    chosen = [row.pk for row in Pair.objects.all()]
    assert client.post(page_of(study), {"pair": chosen, "decision": "accepted"}).status_code == 302
    assert set(Pair.objects.values_list("state", flat=True)) == {"accepted"}
    decided = list(Pair.objects.values_list("decided_at", flat=True))
    # Sent a second time it changes nothing and is no second entry in the log.
    assert client.post(page_of(study), {"pair": chosen, "decision": "accepted"}).status_code == 302
    assert list(Pair.objects.values_list("decided_at", flat=True)) == decided
    assert AuditEntry.objects.filter(verb="study.pairs_decided").count() == 1
    empty = client.post(page_of(study), {"decision": "accepted"})
    assert empty.status_code == 422
    assert "Tick the pairs you decide on." in empty.content.decode()


def test_both_sides_are_read_whole_and_the_next_pair_follows(world: PairWorld) -> None:
    study = proposed(world)
    client = world.client(world.manager)
    first, second = Pair.objects.order_by("position")
    page = unescape(client.get(page_of(study, first.pk)).content.decode())
    for turn in [*first.left.current.turns.all(), *first.right.current.turns.all()]:
        assert turn.text in page
    sent = client.post(page_of(study, first.pk), {"pair": first.pk, "decision": "accepted"})
    assert sent.headers["location"] == page_of(study, second.pk)
    sent = client.post(page_of(study, second.pk), {"pair": second.pk, "decision": "dropped"})
    assert sent.headers["location"] == page_of(study)


def test_a_swap_takes_a_free_partner_and_asks_for_a_new_decision(world: PairWorld) -> None:
    world.session(world.theirs, "t-third", ["The exam night, awake.", "And the day?"])
    study = proposed(world)
    row, other = pair("o-exam"), pair("o-loss")
    pairs.decide(study, [row.pk], "accepted", actor=world.manager)
    before = row.right_id
    free = next(item for item, _near in row.others if item not in pairs.used(study))
    client = world.client(world.manager)
    page = client.get(page_of(study, row.pk)).content.decode()
    assert 'name="partner"' in page
    for _twice in range(2):
        assert client.post(page_of(study, row.pk), {"partner": free}).status_code == 302
    row.refresh_from_db()
    assert (row.right_id, row.state, row.decided_at) == (free, "proposed", None)
    assert before in {item for item, _near in row.others}
    assert AuditEntry.objects.filter(verb="study.pair_swapped").count() == 1
    taken = client.post(page_of(study, row.pk), {"partner": other.right_id})
    assert taken.status_code == 422
    row.others = [*row.others, [other.right_id, 0.1]]
    row.save()
    with pytest.raises(ValidationError, match="stands in another pair"):
        pairs.swap(study, row.pk, other.right_id, actor=world.manager)


def test_a_dropped_pair_comes_back_only_while_its_items_are_free(world: PairWorld) -> None:
    world.session(world.theirs, "t-third", ["My mother died in spring, it is quiet.", "How are you?"])
    study = proposed(world)
    loss, exam = pair("o-loss"), pair("o-exam")
    pairs.decide(study, [loss.pk], "dropped", actor=world.manager)
    exam.others = [[loss.right_id, 0.2], *exam.others]
    exam.save()
    pairs.swap(study, exam.pk, loss.right_id, actor=world.manager)
    with pytest.raises(ValidationError, match="stands in another pair by now"):
        pairs.decide(study, [loss.pk], "accepted", actor=world.manager)
    assert pair("o-loss").state == "dropped"


def test_pages_ask_the_database_equally_often_however_many_pairs(world: PairWorld) -> None:
    study = proposed(world, sample_size=1)
    client = world.client(world.manager)
    client.get(page_of(study))
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(page_of(study))
    for n in range(4):
        world.session(world.ours, f"o-{n}", [f"Night {n}.", "And then?"])
        world.session(world.theirs, f"t-{n}", [f"A night like {n}.", "Why?"])
    Study.objects.get(pk=study.pk)
    study.version.settings["sample_size"] = None
    study.version.save()
    matching.propose(Study.objects.select_related("version", "project", "dataset").get(pk=study.pk), lambda a, b: None)
    assert Pair.objects.count() > 3
    with CaptureQueriesContext(connection) as many:
        client.get(page_of(study))
    assert len(many) == len(one)


# --- opening -----------------------------------------------------------------------------------------


def test_a_study_opens_with_accepted_pairs_alone_and_freezes_them(world: PairWorld) -> None:
    study = proposed(world, raters_per_item=1)
    problems = [str(one.text) for one in kinds.of(study).problems(study) if one.blocking]
    assert problems == ["No pair is accepted yet. Propose pairs under “Pairs”, then decide on them."]
    pairs.decide(study, [pair("o-loss").pk], "accepted", actor=world.manager)
    problems = [str(one.text) for one in kinds.of(study).problems(study) if one.blocking]
    assert problems == ["1 pair waits for your decision."]
    pairs.decide(study, [pair("o-exam").pk], "dropped", actor=world.manager)
    study = world.open(study)
    unit = Unit.objects.get(study=study)
    members = UnitResponse.objects.filter(unit=unit).values_list("system__dataset__slug", "revision__item__external_id")
    assert set(members) == {("ours", "o-loss"), ("theirs", "t-loss")}
    assert ResponseSet.objects.get(unit=unit).similarity == pair("o-loss").similarity
    assert StudySystem.objects.filter(study=study, system_version__isnull=False).count() == 0
    with pytest.raises(ValidationError, match="not possible while the study is"):
        pairs.decide(study, [pair("o-exam").pk], "accepted", actor=world.manager)
    client = world.client(world.manager)
    refused = client.post(page_of(study), {"pair": [pair("o-exam").pk], "decision": "accepted"})
    assert refused.status_code == 422
    assert "not possible while the study is" in refused.content.decode()
    assert "Propose" not in client.get(page_of(study)).content.decode().split("page-actions")[1].split("</div>")[0]


def test_an_item_that_was_removed_meanwhile_keeps_the_study_closed(world: PairWorld) -> None:
    study = proposed(world)
    pairs.decide(study, [row.pk for row in Pair.objects.all()], "accepted", actor=world.manager)
    item = pair("o-loss").right
    item.removed, item.removal_reason = True, "private"
    item.save()
    problems = [str(one.text) for one in kinds.of(study).problems(study) if one.blocking]
    assert problems == ["These pairs have an item that was removed from its data set: o-loss | t-loss."]


def test_a_clone_begins_with_the_pairs_that_were_accepted(world: PairWorld) -> None:
    study = proposed(world)
    pairs.decide(study, [pair("o-loss").pk], "accepted", actor=world.manager)
    pairs.decide(study, [pair("o-exam").pk], "dropped", actor=world.manager)
    page = f"/p/{study.project.slug}/studies/{study.slug}/clone/"
    assert world.client(world.manager).post(page, {"name": "Once more"}).status_code == 302
    copy = Study.objects.get(name="Once more")
    [mine] = pairs.of_study(copy)
    assert (mine.left.external_id, mine.right.external_id, mine.state) == ("o-loss", "t-loss", "accepted")
    assert (mine.similarity, mine.decided_by) == (pair_of(study, "o-loss").similarity, world.manager)
    assert [str(one.text) for one in kinds.of(copy).problems(copy) if one.blocking] == []
    assert AuditEntry.objects.get(verb="study.pairs_copied").data == {"count": 1}
    pairs.decide(copy, [mine.pk], "dropped", actor=world.manager)
    assert pair_of(study, "o-loss").state == "accepted"


def test_a_clone_leaves_out_pairs_whose_items_are_gone(world: PairWorld) -> None:
    study = proposed(world)
    pairs.decide(study, [row.pk for row in Pair.objects.all()], "accepted", actor=world.manager)
    item = pair("o-loss").left
    item.removed, item.removal_reason = True, "private"
    item.save()
    copy = studies.clone(study, name="Once more", actor=world.manager)
    assert pairs.copy(study, copy, actor=world.manager) == 1
    assert pairs.of_study(copy).get().left.external_id == "o-exam"


def pair_of(study: Study, left: str) -> Pair:
    """Return a study's own pair of a left item."""
    return Pair.objects.get(study=study, left__external_id=left)


def test_pairs_of_other_data_sets_are_named(world: PairWorld) -> None:
    study = proposed(world)
    pairs.decide(study, [row.pk for row in Pair.objects.all()], "accepted", actor=world.manager)
    third = world.collection("third", "Third")
    study.version.settings["other_dataset"] = str(third.pk)
    study.version.save()
    problems = [str(one.text) for one in kinds.of(study).problems(study)]
    assert "Some pairs are of other data sets than the settings name. Make the pairs again." in problems


def opened(world: PairWorld, **settings: object) -> Study:
    """Open a comparison of both pairs."""
    study = proposed(world, **settings)
    pairs.decide(study, [row.pk for row in Pair.objects.all()], "accepted", actor=world.manager)
    return world.open(study)


def test_a_rater_reads_two_whole_dialogues_and_no_question(world: PairWorld) -> None:
    study = opened(world, raters_per_item=1)
    held = loop.hold(world.part(study, world.raters[0]))[0]
    client = world.client(world.raters[0])
    page = client.get(f"/rate/{study.token}/{held.token}/").content.decode()
    reading = unescape(page.split('id="reading"')[1].split('id="linked"')[0])
    sides = [member.revision for member in UnitResponse.objects.filter(unit=held.unit)]
    for revision in sides:
        assert revision is not None
        for turn in revision.turns.all():
            assert reading.count(turn.text) == 1
    assert 'class="question"' not in reading
    assert reading.count('<ol class="dialogue" lang="en">') == 2
    for told in ("ours", "theirs", "sessions", "o-loss", "t-loss", "o-exam", "t-exam"):
        assert told not in reading
    plain = client.get(f"/api/v1/rating/{study.token}/units/{held.token}/").json()
    plain = plain["content"]
    assert plain["text"] == ""
    assert [len(one["turns"]) for one in plain["responses"]] == [
        row.member.revision.turns.count() for row in world.placements(held)
    ]
    assert client.post(f"/rate/{study.token}/{held.token}/", answers("first")).status_code == 302


def test_each_dialogue_says_its_own_language() -> None:
    world = PairWorld()
    world.session(world.ours, "o", ["I cannot sleep.", "Why?"])
    world.session(world.theirs, "t", ["我睡不着。", "为什么？"], language="zh")
    study = opened(world, raters_per_item=1)
    held = loop.hold(world.part(study, world.raters[0]))[0]
    page = world.client(world.raters[0]).get(f"/rate/{study.token}/{held.token}/").content.decode()
    assert '<ol class="dialogue" lang="zh"><li class="turn client"><span class="speaker">来访者</span>' in page
    assert '<ol class="dialogue" lang="en">' in page


def test_a_comparison_of_dialogues_is_blind(world: PairWorld) -> None:
    assert failed(verdicts_of(original.take(opened(world)))) == set()


def test_practice_and_checks_name_the_left_item_and_a_data_set(world: PairWorld) -> None:
    study = opened(world, raters_per_item=1, practice="o-exam | theirs | best | It asks first.")
    roles = dict(Unit.objects.filter(study=study).values_list("item__external_id", "role"))
    assert roles == {"o-exam": "practice", "o-loss": "main"}
    wrong = world.matched(practice="o-none | theirs | best | x")
    matching.propose(wrong, lambda done, total: None)
    pairs.decide(wrong, [row.pk for row in pairs.of_study(wrong)], "accepted", actor=world.manager)
    problems = [str(one.text) for one in kinds.of(wrong).problems(wrong) if one.blocking]
    assert problems == ["For practice and checks these items or systems are missing: o-none | theirs."]


def test_the_report_names_data_sets_by_code_until_the_key_is_open(world: PairWorld) -> None:
    study = opened(world, raters_per_item=2)
    for rater in world.raters:
        for _n in range(2):
            held = loop.hold(world.part(study, rater))[0]
            first = Placement.objects.get(assignment=held, slot=1).member.system.dataset_id
            choice = "first" if first == world.ours.pk else "second"
            client = world.client(rater)
            assert client.post(f"/rate/{study.token}/{held.token}/", answers(choice)).status_code == 302
    studies.close(study, actor=world.manager)
    summary = report_of(study)
    told = json.dumps(summary.to_json(), default=str)
    assert "Our sessions" not in told
    code = StudySystem.objects.get(study=study, dataset=world.ours).code
    assert code in told


def test_guesses_show_what_was_said_in_a_dialogue(world: PairWorld) -> None:
    names = "ours | a clinic\ntheirs | a model"
    study = opened(world, raters_per_item=1, guesses=2, guess_names=names)
    rater = world.raters[0]
    client = world.client(rater)
    for _n in range(2):
        held = loop.hold(world.part(study, rater))[0]
        assert client.post(f"/rate/{study.token}/{held.token}/", answers("tie")).status_code == 302
    page = client.get(f"/rate/{study.token}/way/guess/").content.decode()
    assert page.count("a clinic") == 2
    assert "Client: My mother died" in page or "Client: I cannot sleep" in page or "Client: The exam keeps" in page


# --- files -------------------------------------------------------------------------------------------


def listing(study: Study, world: BlindWorld, text: str, name: str = "pairs.csv") -> PairFile:
    """Upload a file of pairs and let a worker read it."""
    file = SimpleUploadedFile(name, text.encode())
    client = world.client(world.manager)
    assert client.post(page_of(study, "file"), {"upload": file}).status_code == 302
    work_off("read_pairs")
    return PairFile.objects.get(study=study)


def taken(study: Study, world: BlindWorld) -> None:
    """Take the pairs of the file."""
    assert world.client(world.manager).post(page_of(study, "take")).status_code == 302
    work_off("read_pairs")


def test_a_file_makes_just_its_pairs_with_the_raters_each_needs() -> None:
    world = BlindWorld(systems=4, items=3, raters=5)
    study = world.draft("comparison", pairs="file", systems=[], raters_per_item=2)
    rows = "item,left,right,raters,topic\nq0,Model 0,model-1,5,Sleep\nq2,model-2,model-1,,\nq0,model-1,model-2,3,\n"
    file = listing(study, world, rows)
    assert (file.report["good"], file.report["bad"], file.report["judgements"]) == (3, 0, 10)
    assert Pair.objects.count() == 0
    taken(study, world)
    assert Pair.objects.count() == 3
    assert not PairFile.objects.get(study=study).file
    study = world.open(Study.objects.select_related("project", "version", "dataset").get(pk=study.pk))
    units = Unit.objects.filter(study=study).order_by("item__external_id", "wanted")
    assert list(units.values_list("item__external_id", "wanted")) == [("q0", 3), ("q0", 5), ("q2", 2)]
    # The fourth system is in no pair and gets no code.
    assert set(StudySystem.objects.values_list("system_version__system__slug", flat=True)) == {
        "model-0", "model-1", "model-2",
    }  # fmt: skip
    assert judge(world, study, world.raters[0], None).status_code == 302


def test_a_file_with_faults_is_told_row_by_row_and_nothing_is_taken() -> None:
    world = BlindWorld(systems=2, items=2)
    silent = world.system("Silent one")
    world.respond(silent, world.items[1], "Only the second.")
    study = world.draft("comparison", pairs="file", systems=[])
    rows = [
        "item,left,right,raters",
        "q0,model-0,model-1,2",
        "q9,model-0,model-1,2",
        "q1,model-0,nobody,2",
        "q0,model-0,silent-one,2",
        "q1,model-0,Model 0,2",
        "q0,model-1,model-0,2",
        "q1,model-0,model-1,many",
        ",model-0,model-1,2",
        "q1,model-0,,2",
    ]
    file = listing(study, world, "\n".join(rows))
    assert (file.report["good"], file.report["bad"]) == (1, 8)
    page = world.client(world.manager).get(page_of(study)).content.decode()
    for row, reason in {
        3: "The data set “Questions” has no item “q9”. Correct the id, or remove the row.",
        4: "The project has no system “nobody”. Use its name or its short name.",
        5: "“silent-one” has no response to item “q0”. Import it first, or remove the row.",
        6: "Both sides are the same: “model-0”. Correct one of them.",
        7: "Row 2 lists the same pair. Keep one of them.",
        8: "The number of raters “many” is no whole number from 1 to 50. Correct it.",
        9: "The row does not say which item it is about. Fill in the id.",
        10: "The row does not name both sides. Fill in the left and the right one.",
    }.items():
        assert f'<th scope="row" class="num">{row}</th><td>{reason}</td>' in page
    answer = world.client(world.manager).post(page_of(study, "take"), follow=True)
    assert "There is no file without a fault. Upload one first." in answer.content.decode()
    assert Pair.objects.count() == 0


def test_a_better_file_takes_the_place_of_an_earlier_one_whole() -> None:
    world = BlindWorld(systems=3, items=2)
    study = world.draft("comparison", pairs="file", systems=[])
    listing(study, world, "item,left,right\nq0,model-0,model-1\nq1,model-0,model-1\n")
    taken(study, world)
    lines = [{"item": "q1", "left": "model-2", "right": "model-0", "raters": 1}]
    listing(study, world, "\n".join(map(json.dumps, lines)) + "\n", name="pairs.jsonl")
    assert Pair.objects.count() == 2
    taken(study, world)
    # Sent twice, it is taken once.
    assert world.client(world.manager).post(page_of(study, "take")).status_code == 302
    assert [(row.left.external_id, row.wanted) for row in Pair.objects.all()] == [("q1", 1)]


def test_a_file_can_pair_items_of_two_data_sets(world: PairWorld) -> None:
    study = world.draft(
        "comparison", pairs="file", systems=[], other_dataset=world.theirs.pk, raters_per_item=1, name="From a file"
    )
    file = listing(study, world, "left_item,right_item,topic\no-loss,t-exam,Mixed\no-exam,t-exam,\no-exam,t-none,\n")
    assert [(one["row"], one["code"]) for one in file.report["problems"]] == [
        (3, "pair_item_twice"), (4, "pair_unknown_item"),
    ]  # fmt: skip
    listing(study, world, "left_item,right_item,topic,raters\no-loss,t-exam,Mixed,2\n")
    taken(study, world)
    study = world.open(Study.objects.select_related("project", "version", "dataset").get(pk=study.pk))
    assert list(Unit.objects.filter(study=study).values_list("item__external_id", "wanted", "stratum")) == [
        ("o-loss", 2, "Mixed")
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"one,two\n1,2\n", "The columns do not say what is paired."),
        (b"\x89PNG\r\n\x1a\n\0\0", "cannot be read here"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_reason(content: bytes, words: str) -> None:
    world = BlindWorld(systems=2, items=1)
    study = world.draft("comparison", pairs="file", systems=[])
    client = world.client(world.manager)
    sent = client.post(page_of(study, "file"), {"upload": SimpleUploadedFile("x.csv", content)})
    if sent.status_code == 302:
        assert words in work_off("read_pairs").message
        assert words in client.get(page_of(study)).content.decode()
    else:
        assert sent.status_code == 422
        assert words in sent.content.decode()
    assert Pair.objects.count() == 0


def test_settings_want_systems_only_where_pairs_are_made_of_them() -> None:
    world = BlindWorld(systems=2, items=1)
    with pytest.raises(AssertionError, match="Choose at least two systems"):
        world.draft("comparison", systems=[])
    with pytest.raises(AssertionError, match="Choose the data set of the other side"):
        world.draft("comparison", systems=[], pairs="matched")


def test_opening_without_a_list_says_what_to_do() -> None:
    world = BlindWorld(systems=2, items=1)
    study = world.draft("comparison", systems=[], pairs="file")
    problems = [str(one.text) for one in kinds.of(study).problems(study) if one.blocking]
    assert problems == ["No list of pairs has been taken yet. Upload one under “Pairs”."]
    assert refused_opening(world, study).startswith("There is nothing to judge")
