"""An edition's files: tables that LaTeX takes, numbers that are numbers, a page that asks nobody for anything."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook
from publishing_world import EFFECTS, PaperWorld

from benchmarks import study_report_check
from projects.models import Job
from projects.services import jobs
from publishing import computing
from publishing.heds import questions
from publishing.models import StudyReportEdition
from reports.summary import Cell, Summary, Table
from stats.paper.compute import figures
from stats.paper.material import Material

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> StudyReportEdition:
    """An edition over a ranking, a rating, a comparison and two judges."""
    world = PaperWorld(items=8, raters=2)
    studies = [world.answered("ranking", by_group="on"), world.answered("rating", rubric="preset:answer_quality:en")]
    studies.append(world.answered("comparison", systems=[str(one.pk) for one in world.systems[:2]]))
    found = world.report(studies, [world.judged(unread=3)]).editions.get()
    job = jobs.run(found.job_id or 0)
    assert job is not None
    assert (job.state, job.message) == (Job.State.DONE, "")
    found.refresh_from_db()
    return found


def export(edition: StudyReportEdition, suffix: str) -> bytes:
    """Ask for a file the way a browser does."""
    world = edition.report.project
    from django.test import Client

    from projects.models import User

    client = Client()
    user = User.objects.get(email=f"manager@{world.slug}.example.org")
    client.force_login(user, backend="projects.backends.AccountBackend")
    reply = client.get(f"/p/{world.slug}/study-reports/{edition.report_id}/{edition.pk}/export/{suffix}/")
    assert reply.status_code == 200, suffix
    return reply.content


def table(summary: Summary, key: str) -> Table:
    """Return a table by its key."""
    return next(b for s in summary.sections for b in s.blocks if isinstance(b, Table) and b.key == key)


def test_every_file_of_an_edition(edition: StudyReportEdition) -> None:
    summary = Summary.from_json(edition.summary or {})
    check_table(summary)
    assert list(study_report_check.latex(export(edition, "latex").decode())) == []
    assert list(study_report_check.page(export(edition, "html").decode())) == []
    check_workbook(export(edition, "xlsx"), summary)
    check_figures(edition, json.loads(export(edition, "json")))
    check_datasheet(json.loads(export(edition, "heds-json")), export(edition, "heds").decode())


def check_table(summary: Summary) -> None:
    """The planted differences stand in the main table: sign, best of the group, people's ranks."""
    rows = {str(row[0]): row for row in table(summary, "systems-1").rows}
    assert list(rows)[:4] == ["Model 0", "Model 1", "Model 2", "Model 3"]
    marks = {name: "".join(cell.mark for cell in row if isinstance(cell, Cell)) for name, row in rows.items()}
    assert "•+" in marks["Model 1"]
    assert "\u2212" not in marks["Model 1"]
    assert "•\u2212" in marks["Model 2"]
    assert marks["Model 0"] == marks["Model 4"] == ""
    # The best of the family by people: the lowest mean rank, in bold.
    best = [name for name in ("Model 0", "Model 1", "Model 2", "Model 3") if isinstance(rows[name][-1], Cell)]
    assert best == [f"Model {EFFECTS.index(max(EFFECTS[:4]))}"]
    assert len([b for s in summary.sections if s.key == "bars" for b in s.blocks]) == 7
    left_out = [str(words) for words in summary.limits if "is left out" in str(words)]
    assert len(left_out) == 4
    assert all("Benchmark: " in words for words in left_out)


def check_workbook(content: bytes, summary: Summary) -> None:
    """A sheet a table, and the numbers of the main table are numbers in their order."""
    assert list(study_report_check.workbook(content, summary)) == []
    book = load_workbook(io.BytesIO(content))
    sheet = next(one for one in book.worksheets if one.title.startswith("Mean scores of judges"))
    wanted = list(study_report_check.numbers(table(summary, "systems-1").rows[0]))
    assert len(wanted) == 15
    there = [cell.value for cell in sheet[2] if isinstance(cell.value, int | float)]
    assert there == pytest.approx(wanted, rel=study_report_check.CELL_DIGITS)
    assert len(book.worksheets) > 20


def check_figures(edition: StudyReportEdition, found: dict[str, Any]) -> None:
    """Computed once more from the kept rows, every figure is the same to the last bit."""
    kept = computing.unpacked(edition)
    again = figures(Material.from_files(kept["files"]), seed=edition.seed)
    assert json.loads(json.dumps(again)) == found["figures"] == edition.figures
    # The rows know codes; the names stand in the key alone.
    rows = "".join(kept["files"].values())
    assert "Model 1" not in rows
    assert "alpha" not in rows
    assert "Model 1" in kept["key"]["systems"].values()


def check_datasheet(sheet: dict[str, Any], text: str) -> None:
    """What the database knows is filled in; what it cannot know is open."""
    ranking, rating, comparison = sheet["experiments"]
    known = {row["number"]: row["answer"] for row in ranking["questions"]}
    assert list(known) == list(questions.EXPERIMENT)
    assert (known["3.1.1"], known["3.2.1"]) == ("8", "2")
    assert known["5.1"] is None
    assert [one["name"] for one in ranking["criteria"]] == ["Overall order"]
    assert [one["name"] for one in rating["criteria"]] == ["Quality of the answer"]
    scale = {row["number"]: row["answer"] for row in rating["criteria"][0]["questions"]}
    assert (scale["4.2.2"], scale["4.3.3"]) == ("Absolute", "5")
    relative = {row["number"]: row["answer"] for row in comparison["criteria"][-1]["questions"]}
    assert (relative["4.2.2"], relative["4.3.3"]) == ("Relative", "3")
    states = {row["number"]: row["state"] for row in ranking["questions"]}
    assert (states["3.2.1"], states["3.3.7"], states["5.1"]) == ("filled", "assumed", "open")
    assert (
        "**3.3.7** Where did evaluators work? — At a place of their own choosing. *(assumed, to be confirmed)*" in text
    )
    assert text.count("to be confirmed)*") == sheet["assumed"] > 0
    assert text.count("- [ ]") == sheet["open"] + sheet["assumed"]
    assert "**5.1**" in text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('<a href="https://example.org/">x</a>', "https://example.org/"),
        ("<img srcset='//example.org/a.png 2x'>", "srcset"),
        ("<style>p { background: url( 'http://example.org/a.png') }</style>", "url("),
        ("<style>@import 'a.css';</style>", "@import"),
        ('<p style="background: url(a.png)">x</p>', "url(a.png)"),
        ("<script>1</script>", "<script>"),
        ("<p>x</p>", "policy"),
    ],
)
def test_check_of_a_page_finds_what_leads_out_of_it(text: str, fault: str) -> None:
    policy = "<meta http-equiv=content-security-policy content=\"default-src 'none'\">" if fault != "policy" else ""
    fine = "<a href='#x'>x</a><img src='data:image/png;base64,aa'><style>p { background: url(#a) }</style>"
    found = list(study_report_check.page(policy + fine + text))
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (r"a & b & 1 \\", "3 cells"),
        (r"\multicolumn{2}{c}{a} & b \\", "3 cells"),
        (r"a & {b \\", "braces"),
        (r"a & b \\", ""),
    ],
)
def test_check_of_latex_counts_cells_and_braces(row: str, fault: str) -> None:
    lines = [r"\begin{table}", r"\begin{tabular}{lr}", row, r"\end{tabular}", r"\end{table}"]
    found = list(study_report_check.latex("\n".join(lines)))
    assert [fault in one for one in found] == ([True] if fault else [])


def test_check_of_planted_effects_finds_a_wrong_sign_a_missed_effect_and_one_that_is_none() -> None:
    def one(system: str, p: float, direction: str) -> dict[str, Any]:
        test = {"p": p, "direction": direction}
        dots = {"two_sample": p < 0.05, "paired": p < 0.05}
        holm = {"two_sample": p, "paired": p}
        return {"system": system, "criterion": "c", "two_sample": test, "paired": test, "bullet": dots, "p_holm": holm}

    names = {"S1": "base", "S2": "up", "S3": "down", "S4": "alike"}
    tests = {"J1": {"comparisons": [one("S2", 0.01, "better"), one("S3", 0.01, "worse"), one("S4", 0.6, "better")]}}
    pairs = [{"systems": ["S1", code], "p": p, "p_holm": p} for code, p in (("S2", 0.01), ("S3", 0.01), ("S4", 0.7))]
    ranks = {"S1": 2.5, "S2": 1.2, "S3": 3.8, "S4": 2.5}
    block = {"mean_rank": {"value": ranks}, "friedman": {"p": 0.001}, "pairwise_wilcoxon": {"value": pairs}}
    found = {"sections": {"systems": {"tables": [{"tests": tests}]}, "ranks": {"people": [block]}}}
    right = {"base": 0.0, "up": 1.5, "down": -1.5, "alike": 0.0}
    assert list(study_report_check.planted(found, names, right)) == []
    for wrong in ({"up": -1.5}, {"alike": 1.5}, {"down": 0.0}):
        faults = list(study_report_check.planted(found, names, {**right, **wrong}))
        assert {fault.startswith("people") for fault in faults} == {True, False}, wrong
