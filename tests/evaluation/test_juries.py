"""Judges' reports: figures of scripted judges against hand computation, beside people, and their pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from blind_world import BlindWorld
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from scipy import stats as scipy_stats

from evaluation.models import Jury, JuryReport, Reason, Response, RubricVersion, System, Unblinding
from evaluation.services import juries, rubrics
from projects import loop
from projects.models import Study, Submission
from projects.services import studies
from reports.exports import FORMATS
from reports.summary import Cell, Estimate, Scatter, Summary, Table
from stats.bootstrap import drawn
from tests.evaluation import jury_world
from tests.evaluation.test_ranking import by_system
from tests.evaluation.test_rating import rate

pytestmark = pytest.mark.django_db
FOUR = "preset:four_criteria:en"
KEYS = ("interactivity", "helpfulness", "comforting", "explainability")


def rubric_of(world: BlindWorld) -> RubricVersion:
    """The four criteria that people rate by."""
    return rubrics.version_for(world.project, FOUR, actor=None)


def table(summary: Summary, key: str) -> dict[str, list[Any]]:
    """Return a table's rows by the words of their first cell, estimates as numbers to four places."""
    found = next(b for s in summary.sections for b in s.blocks if isinstance(b, Table) and b.key == key)
    return {str(row[0]): [bare(cell) for cell in row[1:]] for row in found.rows}


def bare(cell: Any) -> Any:
    """A cell's number, or why there is none."""
    inner = cell.value if isinstance(cell, Cell) else cell
    if isinstance(inner, Estimate):
        return inner.reason if inner.value is None else round(inner.value, 4)
    return getattr(inner, "reason", inner)


def item_of(response: Response) -> int:
    return int(response.revision.item.external_id[1:])


def scores(value: int) -> str:
    return json.dumps({"explanation": "Seen.", "scores": dict.fromkeys(KEYS, value)})


def test_counts_and_means_are_those_that_were_scripted() -> None:
    world = BlindWorld(systems=2, items=4)

    def say(judge: str, shown: Sequence[Response]) -> str:
        item = item_of(shown[0])
        if judge == "Bob" and item == 3:
            return "Helpfulness: 3-4" if shown[0].system_version == world.systems[0] else '{"scores": {}}'
        return scores((item if shown[0].system_version == world.systems[0] else 1) + 1 + (judge == "Ann"))

    judges = jury_world.judges_of(world.project, ["Ann", "Bob"])
    run = jury_world.judged(world.dataset, judges, world.systems, rubric_of(world), say)
    _report, summary = jury_world.report_on([run])
    calls = table(summary, "calls")
    assert calls == {"Ann": [8, 8, 0, 0, 0.0, 0, 0, 0], "Bob": [8, 6, 0, 2, 0.25, 0, 0, 0]}
    assert sum(row[1] for row in table(summary, "reasons").values()) == 2
    # Ann: 2, 3, 4, 5 of the first system and 3 of the other; Bob one less, and nothing of the last item.
    assert table(summary, f"means-{judges[0].pk}") == {"Model 0": [3.5] * 5, "Model 1": [3.0] * 5}
    assert table(summary, f"means-{judges[1].pk}") == {"Model 0": [2.0] * 5, "Model 1": [2.0] * 5}


# --- beside people who rated

# By item: what two people and a judge gave the first and the second system, on every criterion alike.
FIRST = {"R1": [5, 4, 3, 2], "R2": [5, 4, 3, 2], "Ann": [4, 4, 3, 1]}
SECOND = {"R1": [3, 3, 2, 1], "R2": [4, 4, 3, 2], "Ann": [3, 2, 2, 2]}


def rated_by_people(world: BlindWorld, each: int = 4, **settings: Any) -> Study:
    """A closed study in which R1 and R2 gave the scores above, to so many items each."""
    study = world.opened("rating", rubric=FOUR, together="on", **settings)
    for rater in world.raters:
        for _n in range(each):
            held = loop.hold(world.part(study, rater))[0]
            at = int(held.unit.item.external_id[1:])  # type: ignore[union-attr]
            wanted = {world.systems[0].pk: FIRST[rater.code][at], world.systems[1].pk: SECOND[rater.code][at]}
            assert rate(world, study, rater, wanted).status_code == 302
    studies.close(study, actor=world.manager)
    study.refresh_from_db()
    return study


def icc_a1(x: Sequence[float], y: Sequence[float]) -> float:
    """ICC(A,1) of two columns, written out: (MSR - MSE) / (MSR + MSE + 2/n (MSC - MSE))."""
    n, grand = len(x), fmean([*x, *y])
    rows = 2 * sum(((a + b) / 2 - grand) ** 2 for a, b in zip(x, y, strict=True))
    columns = n * sum((fmean(side) - grand) ** 2 for side in (x, y))
    total = sum((value - grand) ** 2 for value in (*x, *y))
    msr, mse = rows / (n - 1), (total - rows - columns) / (n - 1)
    return (msr - mse) / (msr + mse + 2 / n * (columns - mse))


def test_judges_beside_people_who_rated_equal_hand_computation() -> None:
    world = BlindWorld(systems=2, items=4, raters=2)
    study = rated_by_people(world)

    def say(judge: str, shown: Sequence[Response]) -> str:
        side = FIRST if shown[0].system_version == world.systems[0] else SECOND
        return scores(side["Ann"][item_of(shown[0])] if judge == "Ann" else 5)

    judges = jury_world.judges_of(world.project, ["Ann", "Bob"])
    run = jury_world.judged(world.dataset, judges, world.systems, rubric_of(world), say)
    _report, summary = jury_world.report_on([run], [study])
    people = [5, 4, 3, 2, 3.5, 3.5, 2.5, 1.5]
    ann = FIRST["Ann"] + SECOND["Ann"]
    rows = by_judge(summary, "items")
    assert rows["Ann", "Over all"] == [
        8,
        pytest.approx(scipy_stats.pearsonr(people, ann).statistic, abs=1e-4),
        pytest.approx(scipy_stats.spearmanr(people, ann).statistic, abs=1e-4),
        pytest.approx(scipy_stats.kendalltau(people, ann).statistic, abs=1e-4),
        pytest.approx(icc_a1(people, ann), abs=1e-4),
        -0.5, 0.625,
    ]  # fmt: skip
    assert rows["Bob", "Over all"][1:4] == ["no_variation"] * 3
    assert rows["Bob", "Over all"][5:] == [1.875, 1.875]
    both = [(value + 5) / 2 for value in ann]
    assert rows["all judges", "Over all"][5:] == [round(fmean(both) - fmean(people), 4), pytest.approx(0.8125)]
    # Two systems: means 3.5 and 2.75 by people, 3 and 2.25 by Ann.
    assert by_judge(summary, "systems")["Ann", "Over all"][5:] == [-0.5, 0.5]
    # Centred within the question: half the distance of the two systems to either side.
    gaps = [(x - y) / 2 for x, y in zip(people[:4], people[4:], strict=True)]
    own = [(x - y) / 2 for x, y in zip(ann[:4], ann[4:], strict=True)]
    expected = scipy_stats.pearsonr([*gaps, *(-g for g in gaps)], [*own, *(-g for g in own)]).statistic
    assert by_judge(summary, "inside")["Ann", "Over all"][1] == pytest.approx(expected, abs=1e-4)
    sd = np.std(np.subtract(ann, people), ddof=1)
    limits = by_judge(summary, "limits")["Ann", "Over all"]
    assert limits[:3] == pytest.approx([-0.5, -0.5 - 1.959964 * sd, -0.5 + 1.959964 * sd], abs=1e-4)
    # One more rater: two people's kappa, and the judge's with each of them.
    raters = {(row[1], str(row[2])): row for row in cells(summary, "raters")}["Ann", "Helpfulness"]
    kappa = [
        weighted(FIRST[a] + SECOND[a], FIRST[b] + SECOND[b]) for a, b in (("R1", "R2"), ("R1", "Ann"), ("R2", "Ann"))
    ]
    assert raters[6:] == pytest.approx([kappa[0], fmean(kappa[1:]), fmean(kappa[1:]) - kappa[0]], abs=1e-4)
    plots = [block for section in summary.sections for block in section.blocks if isinstance(block, Scatter)]
    assert [sum(dot.n for dot in plot.dots) for plot in plots] == [8] * len(plots)
    assert len(plots) == 4, "a scatter and a Bland-Altman plot for each judge"
    assert "Model" not in str(summary.to_json()), "the key is closed"
    Unblinding.objects.create(study=study, by=world.manager, reason="Done.")
    assert "Model 0" in str(jury_world.report_on([run], [study])[1].to_json())


def test_judges_stand_beside_each_group_of_people() -> None:
    world = BlindWorld(systems=2, items=4, raters=2)
    study = rated_by_people(world)

    def say(judge: str, shown: Sequence[Response]) -> str:
        return scores((FIRST if shown[0].system_version == world.systems[0] else SECOND)["Ann"][item_of(shown[0])])

    run = jury_world.judged(
        world.dataset, jury_world.judges_of(world.project, ["Ann"]), world.systems, rubric_of(world), say
    )
    assert cells(jury_world.report_on([run], [study])[1], "groups") == []
    for rater, group in zip(world.raters, ("expert", "student"), strict=True):
        rater.group = group
        rater.save()
    ann = FIRST["Ann"] + SECOND["Ann"]
    summary = jury_world.report_on([run], [study])[1]
    given = {"expert": FIRST["R1"] + SECOND["R1"], "student": FIRST["R2"] + SECOND["R2"]}
    expected = {group: compared(values, ann) for group, values in given.items()}
    assert [row[1:] for row in cells(summary, "groups")] == [
        [group, 1, 8, *(pytest.approx(value, abs=1e-4) for value in values)] for group, values in expected.items()
    ]
    # The groups' difference, and its interval against a loop over the same draws of whole questions.
    (row,) = cells(summary, "group-gaps")
    gap = np.subtract(expected["expert"], expected["student"])
    assert [str(row[1]), *row[2:4]] == ["expert minus student", 8, 4]
    assert row[4:] == pytest.approx(gap, abs=1e-4)
    # The same distance on every item: nothing to resample, and the table says so.
    block = tables(summary, "group-gaps")[0]
    assert [(cell.low, cell.high) for cell in block.rows[0][6:7] if isinstance(cell, Estimate)] == [(None, None)]
    assert [str(note) for note in block.notes[2:]] == [
        "There is no interval where every resample gives the same difference."
    ]
    loop = []
    for weights in drawn(np.ones(4, dtype=np.int64), 1000, JuryReport.objects.latest("pk").seed):
        picks = [at for at in range(8) for _time in range(int(weights[at % 4]))]
        errors = [fmean(abs(ann[at] - values[at]) for at in picks) for values in given.values()]
        loop.append(errors[0] - errors[1])
    error = block.rows[0][7]
    assert isinstance(error, Estimate)
    assert [error.low, error.high] == pytest.approx(np.percentile(loop, [2.5, 97.5]), abs=1e-12)


def test_groups_that_share_no_response_have_no_difference_and_the_reason() -> None:
    world = BlindWorld(systems=2, items=4, raters=2)
    study = rated_by_people(world, each=2, raters_per_item=1)
    for rater, group in zip(world.raters, ("expert", "student"), strict=True):
        rater.group = group
        rater.save()

    def say(judge: str, shown: Sequence[Response]) -> str:
        return scores((FIRST if shown[0].system_version == world.systems[0] else SECOND)["Ann"][item_of(shown[0])])

    judges = jury_world.judges_of(world.project, ["Ann"])
    run = jury_world.judged(world.dataset, judges, world.systems, rubric_of(world), say)
    summary = jury_world.report_on([run], [study])[1]
    assert [row[2:4] for row in cells(summary, "groups")] == [[1, 4], [1, 4]]
    (row,) = cells(summary, "group-gaps")
    assert row[2:] == [0, 0, *["no_shared_responses"] * 4]


def compared(human: Sequence[float], judge: Sequence[float]) -> list[float]:
    """Spearman, ICC(A,1), mean difference and mean absolute error, from their formulas."""
    gaps = np.subtract(judge, human)
    rho = scipy_stats.spearmanr(human, judge).statistic
    return [rho, icc_a1(human, judge), float(gaps.mean()), float(np.abs(gaps).mean())]


def weighted(x: Sequence[int], y: Sequence[int]) -> float:
    """Cohen's kappa with quadratic weights: 1 less observed over expected squared distance."""
    seen = fmean((a - b) ** 2 for a, b in zip(x, y, strict=True))
    return 1 - seen / fmean((a - b) ** 2 for a in x for b in y)


def cells(summary: Summary, key: str) -> list[list[Any]]:
    """Return the rows of all tables with this key."""
    return [[bare(cell) for cell in row] for one in tables(summary, key) for row in one.rows]


def tables(summary: Summary, key: str) -> list[Table]:
    """Return all tables with this key."""
    return [b for s in summary.sections for b in s.blocks if isinstance(b, Table) and b.key == key]


def by_judge(summary: Summary, key: str) -> dict[tuple[str, str], list[Any]]:
    """Return a table's rows by judge and criterion."""
    return {(str(row[0]), str(row[1])): row[2:] for row in cells(summary, key)}


def test_ranks_have_their_sign_turned_and_no_common_scale() -> None:
    world = BlindWorld(systems=3, items=4, raters=2)
    study = world.opened("ranking")
    a, b, c = (version.pk for version in world.systems)
    for rater in world.raters:
        for _n in range(4):
            by_system(world, study, rater, {a: 1, b: 2, c: 3})
    studies.close(study, actor=world.manager)
    study.refresh_from_db()
    given = {a: 5, b: 3, c: 1}
    judges = jury_world.judges_of(world.project, ["Ann"])
    run = jury_world.judged(
        world.dataset,
        judges,
        world.systems,
        rubric_of(world),
        lambda _j, shown: scores(given[shown[0].system_version_id]),
    )
    ordered = jury_world.judged(
        world.dataset, judges, world.systems, rubric_of(world),
        lambda _j, shown: ranking(shown, given), mode="lists", orders=3,
    )  # fmt: skip
    _report, summary = jury_world.report_on([run, ordered], [study])
    assert by_judge(summary, "items-order")["Ann", "Over all"] == [12, 1.0, 1.0, 1.0]
    rows = by_judge(summary, "items")
    # In order, like people, and of as many: here the places themselves can be compared.
    assert set(rows) == {("Ann", "Order")}
    assert rows["Ann", "Order"] == [12, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    assert by_judge(summary, "systems-order")["Ann", "Over all"] == [3, 1.0, 1.0, 1.0]
    assert cells(summary, "raters")[0][6:] == [1.0, 1.0, 0.0]
    places = cells(summary, "places")[0]
    assert places[1:] == [0.0, 0.0, 0.0, 0.0], "each system stood in each place"
    assert next(section for section in summary.sections if section.key == "tests").blocks[0].key == "sealed"


def ranking(shown: Sequence[Response], given: dict[int, int]) -> str:
    letters = dict(zip("ABC", shown, strict=True))
    return json.dumps({"ranking": sorted(letters, key=lambda one: -given[letters[one].system_version_id])})


def test_pairs_that_go_by_the_place_flip_every_time() -> None:
    world = BlindWorld(systems=2, items=4)
    better = world.systems[0].pk

    def say(judge: str, shown: Sequence[Response]) -> str:
        wins = "A" if judge == "Blind" or shown[0].system_version_id == better else "B"
        return json.dumps({"choices": dict.fromkeys(KEYS, wins)})

    judges = jury_world.judges_of(world.project, ["Blind", "Fair"])
    run = jury_world.judged(world.dataset, judges, world.systems, rubric_of(world), say, mode="pairs")
    _report, summary = jury_world.report_on([run])
    rows = by_judge(summary, "orders")
    # Pairs, in one order only, flip rate, turned round, first-position rate, p of four of four.
    assert rows["Blind", "Helpfulness"] == [4, 0, 1.0, 4, 1.0, pytest.approx(0.125)]
    assert rows["Fair", "Helpfulness"] == [4, 0, 0.0, 0, 0.5, "no_decisions"]


def test_fine_tuned_against_base_with_own_texts_and_length() -> None:
    world = BlindWorld(systems=0, items=5)
    world.systems = [
        world.system("Plain", group="family", role=System.Role.BASE),
        world.system("Tuned", group="family", role=System.Role.SYNTHETIC),
    ]
    base, tuned = world.systems
    tuned.model_id = "ann"
    for at, item in enumerate(world.items):
        world.respond(base, item, "x" * (10 + at))
        world.respond(tuned, item, "x" * (20 + 2 * at))
    gains = [1, 1, 2, 1, 1]

    def say(_judge: str, shown: Sequence[Response]) -> str:
        at = item_of(shown[0])
        return scores(at % 3 + 1 + (gains[at] if shown[0].system_version == tuned else 0))

    type(tuned).objects.filter(pk=tuned.pk).update(model_id="ann")
    judges = jury_world.judges_of(world.project, ["Ann"])
    run = jury_world.judged(world.dataset, judges, world.systems, rubric_of(world), say)
    _report, summary = jury_world.report_on([run])
    rows = cells(summary, "against-0")
    assert len(rows) == 4
    low = [at % 3 + 1 for at in range(5)]
    high = [x + gain for x, gain in zip(low, gains, strict=True)]
    two, paired = scipy_stats.ttest_ind(high, low), scipy_stats.ttest_rel(high, low)
    assert [str(row[3]) for row in rows] == ["better"] * 4
    assert rows[0][4:6] == [1.2, pytest.approx(two.pvalue)]
    assert rows[0][8:10] == [1.2, pytest.approx(paired.pvalue)]
    # Four equal p values: Holm gives each four times its own.
    assert rows[0][10] == pytest.approx(min(1, 4 * paired.pvalue))
    assert rows[0][11] == pytest.approx(1.2 / np.std(gains, ddof=1))
    assert cells(summary, "counted-0") == [
        ["Tuned", *([4, 0, 0] if two.pvalue < 0.05 else [0, 0, 4]), 4, 0, 0, 4, 0, 0]
    ]
    effects = cells(summary, "scoring")[0]
    # Its own texts are the tuned system's, and always twice as long.
    assert effects[1] == effects[4] == 1.2
    assert effects[3] == pytest.approx(scipy_stats.pearsonr(*centred(gains)).statistic, abs=1e-4)


def centred(gains: Sequence[int]) -> tuple[list[float], list[float]]:
    """Lengths in doublings and scores, each less its question's mean."""
    return [side for _gain in gains for side in (-0.5, 0.5)], [side * gain for gain in gains for side in (-0.5, 0.5)]


# --- pages


def test_pages_show_the_report_its_files_and_what_was_seen_most_differently() -> None:
    world = BlindWorld(systems=2, items=4, raters=2)
    study = rated_by_people(world)
    Reason.objects.create(submission=Submission.objects.order_by("pk")[0], text="It helps at once.")

    def say(_judge: str, shown: Sequence[Response]) -> str:
        return scores((FIRST if shown[0].system_version == world.systems[0] else SECOND)["Ann"][item_of(shown[0])])

    run = jury_world.judged(
        world.dataset, jury_world.judges_of(world.project, ["Ann"]), world.systems, rubric_of(world), say
    )
    report, _summary = jury_world.report_on([run], [study])
    assert [row["gap"] for row in report.gaps] == [0.75, 0.75, 0.75, 0.25]
    client, here = world.client(world.manager), f"/p/{world.project.slug}/judges/"
    url = f"{here}{report.jury_id}/{report.pk}/differences/"
    page = client.get(url).content.decode()
    code = study.systems.get(system_version=world.systems[0]).code
    for words in ("Response of kind 0 to question 0.", "Seen.", "It helps at once.", f"<h3>{code}</h3>", "people 5.00"):
        assert words in page
    assert "Model 0" not in page
    assert queries(client, report, url, 1) == queries(client, report, url, 3)
    for suffix in FORMATS:
        found = client.get(f"{here}{report.jury_id}/{report.pk}/export/{suffix}/")
        assert (found.status_code, "Model 0" in str(found.content)) == (200, False)
    assert "Compute it again" not in client.get(f"{here}{report.jury_id}/").content.decode()
    Unblinding.objects.create(study=study, by=world.manager, reason="Done.")
    assert "Compute it again" in client.get(f"{here}{report.jury_id}/").content.decode()
    assert "<h3>Model 0</h3>" in client.get(url).content.decode()


def queries(client: Client, report: JuryReport, url: str, count: int) -> int:
    """How many queries the page of gaps takes for so many of them."""
    JuryReport.objects.filter(pk=report.pk).update(gaps=report.gaps[:count])
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_a_study_that_is_not_closed_cannot_stand_beside_judges() -> None:
    world = BlindWorld(systems=2, items=1, raters=1)
    judges = jury_world.judges_of(world.project, ["Ann"])
    run = jury_world.judged(world.dataset, judges, world.systems, rubric_of(world), lambda _j, _s: scores(3))
    study = world.opened("rating", rubric=FOUR, raters_per_item=1)
    client, url = world.client(world.manager), f"/p/{world.project.slug}/judges/new/"
    given = {"name": "Too early", "runs": [str(run.pk)], "studies": [str(study.pk)]}
    assert client.post(url, given).status_code == 422
    assert not Jury.objects.exists()
    with pytest.raises(ValidationError, match="closed blind studies"):
        juries.create(project=world.project, name="x", runs=[run], studies=[study], actor=None)
    assert client.post(url, given | {"studies": []}).status_code == 302
    assert Jury.objects.get().runs.get() == run
