"""The report of a dialogue annotation: its figures against the same computed from plain rows, and its pages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dialogue_world import World, given

from annotation.models import CuratedValue, Evidence
from annotation.results.dialogue_load import load_dialogues, marked
from projects.models import Assignment, Flag, Item, Report, Study, Submission
from projects.services import exclusions, redaction, reports, studies
from reports.summary import HeatMap, KeyFigure, Section, Summary, Table
from stats import Table as Ratings
from stats import agreement_summary
from stats.setlabels import set_alpha, set_table
from stats.spans import Marked, span_f1

STRATEGIES = ("question", "reflection", "affirmation")
# By rater, session and turn: which strategies; None stands for "unknown".
SAID: dict[str, list[list[tuple[str, ...]]]] = {
    "R1": [[("question",), ("reflection",)], [("question",), ("affirmation",)], [("question", "reflection"), ()]],
    "R2": [[("question",), ("affirmation",)], [("reflection",), ("affirmation",)], [("question",), ()]],
    "R3": [[("question",), ("reflection",)], [("question",), ("affirmation",)], [("reflection", "question"), ()]],
}
SCALE = {"R1": ["1", "3", "5"], "R2": ["2", "3", "4"], "R3": ["1", "2", "5"]}


def schema() -> dict[str, Any]:
    """Several labels of the therapist's turns, a scale of the client's, a text and a yes or no of the session."""
    labels = [{"key": key, "name": key.title()} for key in STRATEGIES]
    return {
        "fields": [
            {"key": "strategy", "name": "Strategy", "kind": "several", "roles": ["therapist"], "labels": labels,
             "none": True, "evidence": True},
            {"key": "distress", "name": "Distress", "kind": "scale", "roles": ["client"], "low": 1, "high": 5},
            {"key": "risk", "name": "Risk", "kind": "yes_no", "level": "session", "unknown": True},
            {"key": "summary", "name": "Summary", "kind": "text", "level": "session"},
        ]
    }  # fmt: skip


def answer(world: World, who: int, session: int) -> None:
    """Hand one session in as the tables above say."""
    rater = world.raters[who]
    said, spans = SAID[rater.code][session], [{"field": "strategy", "value": "question", "start": who, "end": 7 + who}]
    turns: dict[str, Any] = {}
    for n, values in enumerate(said):
        field = given(*values) if values else {"state": "none"}
        turns[str(2 * n + 1)] = {"fields": {"strategy": field}, "spans": spans if "question" in values else []}
    turns["0"] = {"fields": {"distress": given(SCALE[rater.code][session])}}
    turns["session"] = {"fields": {"risk": given("yes" if session else "no"), "summary": given("x" * (who + 1))}}
    world.hand_in(rater, world.hold(rater), turns)


@pytest.fixture
def world(db: None) -> World:
    """Three sessions of four turns, each answered by three raters."""
    world = World(schema=schema(), raters=3, raters_per_session=3, prelabel="hidden")
    for n in range(3):
        world.session(4, language="en" if n else "zh-Hans")
    for rater, group in zip(world.raters, ("expert", "expert", "student"), strict=True):
        rater.group = group
        rater.save()
    world.open()
    for session in range(3):
        for who in range(3):
            answer(world, who, session)
    return world


def summarised(study: Study) -> Summary:
    """Compute the report, with few replicates."""
    from annotation import dialogue_summary

    report = Report(study=Study.objects.get(pk=study.pk), params={"replicates": 200}, seed=7, versions={})
    return dialogue_summary.summarise(report, lambda done, total: None)


def section(summary: Summary, key: str) -> Section:
    """Return the section with a key."""
    return next(one for one in summary.sections if one.key == key)


def figure(summary: Summary, place: str, key: str) -> KeyFigure:
    """Return a key figure of a section."""
    found = next(block for block in section(summary, place).blocks if block.key == key)
    assert isinstance(found, KeyFigure)
    return found


def table(summary: Summary, place: str, key: str) -> Table:
    """Return a table of a section."""
    found = next(block for block in section(summary, place).blocks if block.key == key)
    assert isinstance(found, Table)
    return found


def rows_of_sets() -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (f"{session}-{n}", code, values)
        for code, sessions in SAID.items()
        for session, turns in enumerate(sessions)
        for n, values in enumerate(turns)
    ]


def test_sets_of_labels_agree_as_computed_from_plain_rows(world: World) -> None:
    sets = set_table(rows_of_sets())
    summary = summarised(world.study)
    for kind in ("masi", "jaccard"):
        found = figure(summary, "field-0-therapist", f"{kind}_alpha")
        assert found.value == pytest.approx(set_alpha(sets, distance=kind).value)
        assert found.n == 6
    assert figure(summary, "field-0-therapist", "masi_alpha").role == "primary"


def test_interval_resamples_whole_sessions(world: World) -> None:
    sets = set_table(rows_of_sets())
    clusters = np.asarray([int(str(unit).partition("-")[0]) for unit in sets.units])
    wanted = set_alpha(sets, distance="masi", bootstrap=200, seed=7, clusters=clusters.tolist())
    found = figure(summarised(world.study), "field-0-therapist", "masi_alpha")
    assert wanted.ci is not None
    assert (found.low, found.high) == pytest.approx((wanted.ci.low, wanted.ci.high))
    assert str(found.method).endswith("percentile bootstrap over sessions")


def test_scale_is_compared_as_a_scale(world: World) -> None:
    rows = [(n, code, value) for code, values in SCALE.items() for n, value in enumerate(values)]
    ratings = Ratings.from_rows(rows, categories=["1", "2", "3", "4", "5"])
    wanted = agreement_summary(ratings, level="ordinal", weights="quadratic")
    summary = summarised(world.study)
    for name in ("krippendorff_alpha", "cohen_kappa", "fleiss_kappa", "percent_agreement", "consensus_rate"):
        assert figure(summary, "field-1-client", name).value == pytest.approx(wanted[name].value), name
    assert figure(summary, "field-1-client", "gwet_ac2").value == pytest.approx(wanted["gwet_ac2"].value)


def test_session_field_counts_sessions(world: World) -> None:
    found = figure(summarised(world.study), "field-2", "krippendorff_alpha")
    assert (found.value, found.n, str(found.n_unit)) == (1.0, 3, "sessions")


def test_each_label_is_a_question_of_its_own(world: World) -> None:
    found = {row[0]: row[1] for row in table(summarised(world.study), "field-0-therapist", "labels").rows}
    assert found == {"Question": 8, "Reflection": 5, "Affirmation": 4}


def test_confusion_and_co_occurrence_are_drawn(world: World) -> None:
    blocks = {block.key: block for block in section(summarised(world.study), "field-0-therapist").blocks}
    together, confusion = blocks["together"], blocks["confusion"]
    assert isinstance(together, HeatMap)
    assert isinstance(confusion, HeatMap)
    assert [list(row) for row in together.counts] == [[8, 2, 0], [2, 5, 0], [0, 0, 4]]
    # Pairs of answers in which one has a reflection where the other has an affirmation: R2 with R1 and with R3.
    assert confusion.counts[1][2] == confusion.counts[2][1] == 2


def test_marked_words_overlap_as_computed_from_plain_spans(world: World) -> None:
    found = load_dialogues(Study.objects.get(pk=world.study.pk))
    by_turn: dict[int, dict[int, list[tuple[int, int]]]] = {}
    for given_at, turn, _field, start, end in marked(world.study, found):
        by_turn.setdefault(turn, {r: [] for r in range(3)})[int(found.answers.rater[given_at])].append((start, end))
    wanted = span_f1([Marked(spans, turn // 4) for turn, spans in by_turn.items()])
    summary = summarised(world.study)
    assert Evidence.objects.count() == 8
    for name in ("characters", "exact"):
        assert figure(summary, "evidence", f"{name}-0").value == pytest.approx(wanted[name].value)


def test_coverage_counts_what_was_asked(world: World) -> None:
    rows = {str(row[0]): row[1] for row in table(summarised(world.study), "coverage", "answered").rows}
    assert rows == {"Strategy (therapist)": 18, "Distress (client)": 18, "Risk": 9, "Summary": 9}
    blank = {str(row[0]): row[4] for row in table(summarised(world.study), "coverage", "answered").rows}
    assert blank == {"Strategy (therapist)": 0, "Distress (client)": 9, "Risk": 0, "Summary": 0}


def test_texts_have_their_lengths_by_rater(world: World) -> None:
    rows = table(summarised(world.study), "coverage", "lengths").rows
    assert [[str(row[1]), row[2], row[3]] for row in rows] == [
        ["all", 9, 2.0], ["R1", 3, 1.0], ["R2", 3, 2.0], ["R3", 3, 3.0],
    ]  # fmt: skip


def test_groups_languages_and_raters_stand_side_by_side(world: World) -> None:
    summary = summarised(world.study)
    groups = [str(row[1]) for row in table(summary, "by-group", "table").rows if str(row[0]) == "Strategy (therapist)"]
    assert groups == ["expert", "student"]
    languages = [row[1] for row in table(summary, "by-language", "table").rows if str(row[0]) == "Distress (client)"]
    assert languages == ["en", "zh-Hans"]
    assert [row[0] for row in table(summary, "raters", "work").rows] == ["R1", "R2", "R3"]


def test_rater_left_out_leaves_the_figures_and_is_listed(world: World) -> None:
    exclusions.leave_out(world.study, world.raters[1], reason="Fell ill.", actor=world.manager)
    summary = summarised(world.study)
    found = figure(summary, "field-0-therapist", "masi_alpha")
    assert (found.value, found.raters) == (1.0, 2)
    assert [row[2] for row in table(summary, "left-out", "list").rows] == ["Fell ill."]
    ways = [str(row[1]) for row in table(summary, "left-out", "both").rows if str(row[0]) == "Risk"]
    assert ways == ["without it", "with everything"]


def test_unfinished_session_is_left_out_and_said(db: None) -> None:
    world = World(schema=schema(), prelabel="hidden")
    world.session(4)
    world.open()
    answer(world, 0, 0)
    summary = summarised(world.study)
    assert "agreement" in {one.key for one in summary.sections}
    assert str(summary.headline) == "No session has all its answers yet, so nothing can be said about agreement."
    assert str(summary.limits[0]).startswith("Sessions without all their answers")


def test_answers_keep_their_turn_when_private_words_are_replaced(world: World) -> None:
    before = load_dialogues(Study.objects.get(pk=world.study.pk))
    item = Item.objects.get(external_id="session-0")
    redaction.apply(item, words="exam", alias="[event]", by=world.manager, based_on=1)
    after = load_dialogues(Study.objects.get(pk=world.study.pk))
    assert before.digest == after.digest
    assert Flag.objects.count() == 0
    assert after.labels.turn.tolist() == before.labels.turn.tolist()


def test_curated_values_stand_beside_the_raters(world: World) -> None:
    unit = world.study.units.order_by("pk").first()
    assert unit is not None
    assert unit.revision is not None
    turn = unit.revision.turns.get(index=3)
    # What all said alike was taken over when the last of them had finished; here it would only blur the shares.
    CuratedValue.objects.all().delete()
    CuratedValue.objects.create(
        unit=unit, turn=turn, field="strategy", values=["reflection"], how="adjudicated", reason="r"
    )
    CuratedValue.objects.create(unit=unit, turn=None, field="risk", values=["no"], how="agreed")
    rows = table(summarised(world.study), "curation", "against").rows
    strategy = {str(row[1]): row[2] for row in rows if str(row[0]) == "Strategy (therapist)"}
    assert {code: estimate.value for code, estimate in strategy.items()} == {"R1": 1.0, "R2": 0.0, "R3": 1.0}


def test_digest_is_the_same_for_the_same_answers_anywhere(world: World) -> None:
    first = load_dialogues(Study.objects.get(pk=world.study.pk)).digest
    Submission.objects.filter(assignment__rater=world.raters[0]).update(current=False)
    assert load_dialogues(Study.objects.get(pk=world.study.pk)).digest != first


def test_report_is_computed_by_a_worker_and_its_page_and_files_open(world: World) -> None:
    from role_world import work_off

    asked = reports.ask(world.study, actor=world.manager)
    work_off(asked.job_id)
    report = Report.objects.get(pk=asked.pk)
    assert report.summary is not None
    client, at = world.client(world.manager), f"/p/lakeside/studies/{world.study.slug}/results/"
    page = client.get(at)
    assert page.status_code == 200
    assert "Agreement: Strategy (therapist)" in page.content.decode()
    assert client.get(at, headers={"accept-language": "zh-hans"}).status_code == 200


def test_agreement_stands_by_version_of_the_guideline(world: World) -> None:
    before = summarised(world.study)
    assert "by-guideline" not in [one.key for one in before.sections]
    studies.change_guideline(world.study, text="Mark reflections too.", actor=world.manager)
    for who, rater in enumerate(world.raters):
        row = Assignment.objects.get(study=world.study, rater=rater, unit__item__external_id="session-0")
        turns = {"1": {"fields": {"strategy": given("question")}}, "3": {"fields": {"strategy": given("reflection")}}}
        turns |= {"0": {"fields": {"distress": given(str(1 + who))}}, "session": {"fields": {"risk": given("no")}}}
        world.hand_in(rater, row, turns, based_on=1)
    rows = table(summarised(world.study), "by-guideline", "table").rows
    found = {(str(row[0]), row[1]): [getattr(cell, "value", cell) for cell in row[2:]] for row in rows}
    # Nothing was said anew under the first version, so it has the figures that the report had before.
    strategy, distress = "Strategy (therapist)", "Distress (client)"
    assert found[strategy, "v1"][0] == figure(before, "field-0-therapist", "masi_alpha").value
    assert found[distress, "v1"][0] == figure(before, "field-1-client", "krippendorff_alpha").value
    assert found[strategy, "v2"] == [1.0, 1.0, 1.0, 2, 1]
    assert found[distress, "v2"][2:] == [0.0, 1, 1]
    assert (found[distress, "v1"][3:], found["Risk", "v2"][0]) == ([3, 3], None)
