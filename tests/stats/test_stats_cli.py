"""`python -m stats`: the keys, the numbers, and errors that name the row with exit code 2."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stats.cli import main, split_categories

COEFFICIENTS = [
    "percent_agreement",
    "consensus_rate",
    "cohen_kappa",
    "pairwise_cohen_kappa",
    "fleiss_kappa",
    "krippendorff_alpha",
    "gwet_ac1",
    "gwet_ac2",
    "brennan_prediger",
    "scott_pi",
    "conger_kappa",
]
LONG = "unit,rater,value\n1,r,a\n1,s,a\n2,r,b\n2,s,a\n3,r,b\n3,s,b\n4,r,a\n4,s,a\n"


class Run:
    """Runs the command on a file with the given text."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, command: str, text: str | bytes, *options: str, name: str = "data.csv") -> dict[str, Any]:
        file = self.folder / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        assert main([command, str(file), "--json", *options]) == 0
        found: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return found

    def error(self, command: str, text: str | bytes, *options: str, name: str = "data.csv") -> str:
        file = self.folder / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        assert main([command, str(file), "--json", *options]) == 2
        caught = self.capsys.readouterr()
        assert caught.out == ""
        return caught.err


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path, capsys)


def test_agreement_has_one_key_per_coefficient(run: Run) -> None:
    found = run("agreement", LONG, "--bootstrap", "50")
    assert list(found) == COEFFICIENTS
    for figure in found.values():
        assert list(figure)[:9] == [
            "value",
            "reason",
            "ci",
            "n_items",
            "n_raters",
            "n_pairs",
            "method",
            "seed",
            "version",
        ]
        assert (figure["n_items"], figure["n_raters"], figure["n_pairs"]) == (4, 2, 1)
    assert found["percent_agreement"]["value"] == 0.75
    assert found["cohen_kappa"]["value"] == 0.5
    assert found["pairwise_cohen_kappa"]["value"] == [0.5]
    assert found["cohen_kappa"]["ci"]["method"] == "percentile"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\ufeff" + LONG, "bom.csv"),
        (LONG.replace("\n", "\r\n"), "crlf.csv"),
        (LONG.replace(",", "\t"), "data.tsv"),
        (LONG.replace(",", "\t"), "tabs.txt"),
        ('"' + LONG.replace(",", '","').replace("\n", '"\n"')[:-1], "quoted.csv"),
        (LONG.replace("\n", "\n\n"), "blank.csv"),
        (LONG.replace(",", " , "), "spaces.csv"),
        (LONG.rstrip("\n"), "no-newline.csv"),
        (LONG.encode("utf-16"), "utf16.csv"),
        ("unit,r,s\n1,a,a\n2,b,a\n3,b,b\n4,a,a\n", "wide.csv"),
        ("r,s\na,a\nb,a\nb,b\na,a\n", "raters-only.csv"),
        (
            "".join(
                json.dumps(dict(zip(("unit", "rater", "value"), line.split(","), strict=True))) + "\n"
                for line in LONG.split("\n")[1:-1]
            ),
            "data.jsonl",
        ),
    ],
)
def test_every_way_of_writing_a_file_gives_the_same_figures(run: Run, text: str | bytes, name: str) -> None:
    expected = run("agreement", LONG)
    assert run("agreement", text, name=name) == expected


def test_columns_can_be_named(run: Run) -> None:
    text = LONG.replace("unit,rater,value", "item,who,label")
    found = run("agreement", text, "--unit", "item", "--rater", "who", "--value", "label")
    assert found == run("agreement", LONG)
    assert "there is no column 'nobody'" in run.error("agreement", LONG, "--rater", "nobody")


def test_gaps_are_no_ratings(run: Run) -> None:
    found = run("agreement", LONG + "5,r,a\n5,s,\n6,r,\n6,s,\n")
    assert found["percent_agreement"]["n_items"] == 4
    assert found["percent_agreement"]["n_units"] == 6
    lines = '{"unit":1,"rater":"r","value":1}\n{"unit":1,"rater":"s","value":null}\n{"unit":2,"rater":"s","value":1}\n'
    assert run("agreement", lines, name="x.jsonl")["fleiss_kappa"]["reason"] == "no_overlap"


def test_words_for_missing_are_labels_on_the_command_line(run: Run) -> None:
    found = run("agreement", "unit,rater,value\n1,r,nan\n1,s,nan\n2,r,None\n2,s,None\n3,r,NA\n3,s,nan\n")
    assert found["percent_agreement"]["value"] == pytest.approx(2 / 3)


def test_declared_order_decides_weighted_kappa(run: Run) -> None:
    rows = "unit,r,s\n1,10,2\n2,2,2\n3,1,1\n4,10,10\n5,1,2\n"
    observed = run("agreement", rows, "--weights", "quadratic", "--level", "ordinal")["cohen_kappa"]["value"]
    declared = run("agreement", rows, "--weights", "quadratic", "--categories", "1,2,10")["cohen_kappa"]["value"]
    wider = run("agreement", rows, "--weights", "quadratic", "--categories", "1,2,3,4,5,6,7,8,9,10")
    narrow = run("agreement", rows, "--weights", "quadratic", "--categories", "1,2,10")
    assert observed == declared
    assert wider["cohen_kappa"]["value"] != narrow["cohen_kappa"]["value"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (LONG + "5,r,z\n", ["--categories", "a,b"], "row 9 (line 10): label 'z' is not among the declared"),
        (LONG + "4,s,b\n", [], "row 9 (line 10): rater 's' rated unit '4' already in row 8 (line 9)"),
        (LONG + "5,r\n", [], "row 9 (line 10): 2 cells where there are 3 columns"),
        (LONG + ",r,a\n", [], "row 9 (line 10): a row needs both a unit and a rater"),
        ("unit,rater,value\n1,r,low\n", ["--level", "ordinal"], "row 1 (line 2): 'low' is not a number"),
        ("unit,rater,value\n1,r,nan\n", ["--level", "interval"], "row 1 (line 2): 'nan' is not a number"),
        (LONG, ["--weights", "linear"], "row 1 (line 2): 'a' is not a number; declare the categories"),
        ("unit,r,s\n1,a,z\n", ["--categories", "a,b"], "row 1 (line 2): label 'z'"),
        ("unit,r,r\n1,a,b\n", [], "the header names 'r' more than once"),
        ("unit,rater\n1,a\n", [], "there is no column 'value'"),
        (LONG, ["--categories", "a,,b"], "--categories needs names"),
        (LONG, ["--categories", "a,b,a"], "a category is declared twice"),
        (b"unit,rater,value\n1,r,\xff\n", [], "line 2: the file is not UTF-8"),
    ],
)
def test_bad_input_names_the_row(run: Run, text: str | bytes, options: list[str], message: str) -> None:
    assert message in run.error("agreement", text, *options)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"unit":1,"rater":"r","value":NaN}', "row 1 (line 1): NaN is no value"),
        ("[1]", "row 1 (line 1): a JSON object is needed"),
        ("{", "row 1 (line 1): "),
    ],
)
def test_bad_json_lines_name_the_row(run: Run, line: str, message: str) -> None:
    assert message in run.error("agreement", line, name="x.jsonl")


def test_empty_files_have_reasons_not_tracebacks(run: Run) -> None:
    found = run("agreement", "unit,rater,value\n")
    assert {figure["reason"] for figure in found.values()} == {"too_few_items"}
    assert {f["reason"] for f in run("rankings", "unit,rater,system,rank\n").values()} == {"too_few_items"}
    assert {f["reason"] for f in run("ratings", "unit,rater,value\n").values()} == {"too_few_items"}
    assert {f["reason"] for f in run("correlate", "x,y\n").values()} == {"too_few_items"}
    found = run("pairs", "unit,rater,a,b,winner\n")
    assert {found[key]["reason"] for key in ("wins", "sign_test", "bradley_terry", "win_rate")} == {"too_few_items"}


def test_missing_file_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agreement", "/nowhere/at/all.csv"]) == 2
    assert "all.csv" in capsys.readouterr().err


def test_clusters_are_resampled_whole(run: Run) -> None:
    text = "unit,rater,value,dialogue\n" + "".join(
        f"{i},{r},{'ab'[(i * (1 + k)) % 2]},{i // 4}\n" for i in range(24) for k, r in enumerate("rs")
    )
    found = run("agreement", text, "--bootstrap", "100", "--cluster", "dialogue")
    assert found["fleiss_kappa"]["resampled"] == "clusters"
    assert "row 2 (line 3)" in run.error("agreement", "unit,rater,value,d\n1,r,a,x\n1,s,a,y\n", "--cluster", "d")


def test_rankings_keys(run: Run) -> None:
    text = "unit,rater,system,rank\n" + "".join(
        f"q{q},{r},{s},{1 + (j + (q if r == 'r' else 0)) % 3}\n"
        for q in range(4)
        for r in "rst"
        for j, s in enumerate("ABC")
    )
    found = run("rankings", text, "--bootstrap", "30")
    for key in (
        "exact_rank_kappa", "quadratic_kappa", "kendall_w", "mean_spearman", "mean_kendall_tau_b", "friedman",
        "mean_rank", "plackett_luce", "top1",
    ):  # fmt: skip
        assert {"value", "reason", "ci", "n_items", "n_raters"} <= set(found[key])
    assert found["mean_rank"]["value"].keys() == {"A", "B", "C"}
    assert found["friedman"]["df"] == 2
    assert "row 1 (line 2): rank 'x' is not a number" in run.error("rankings", "unit,rater,system,rank\n1,r,A,x\n")


def test_pairs_keys(run: Run) -> None:
    text = "unit,rater,a,b,winner\n" + "".join(f"{i},r,A,B,{w}\n" for i, w in enumerate("AABAA"))
    found = run("pairs", text)
    assert found["wins"]["value"]["A"] == {"win": 4, "tie": 0, "lose": 1}
    assert found["sign_test"]["value"] == pytest.approx(0.375)
    assert found["win_rate"]["value"]["A"] == 0.8
    assert found["win_rate"]["ci_by_system"]["A"]["method"] == "wilson"
    strengths = found["bradley_terry"]["value"]
    assert strengths["A"] - strengths["B"] == pytest.approx(math.log(4))
    assert "row 1 (line 2): winner 'C'" in run.error("pairs", "unit,rater,a,b,winner\n1,r,A,B,C\n")


def test_ratings_keys(run: Run) -> None:
    found = run("ratings", "unit,rater,value\n1,r,1\n1,s,2\n2,r,3\n2,s,5\n3,r,4\n3,s,4\n")
    assert found["means"]["value"] == pytest.approx(19 / 6)
    assert found["icc"]["value"]["ICC(A,1)"] == found["icc"]["value"]["ICC(2,1)"]
    assert found["krippendorff_alpha"]["measurement"] == "interval"
    constant = run("ratings", "unit,rater,value\n1,r,3\n1,s,3\n2,r,3\n2,s,3\n")
    assert (constant["icc"]["value"], constant["icc"]["reason"]) == (None, "no_variation")
    assert constant["krippendorff_alpha"]["reason"] == "no_variation"
    assert constant["z_scores"]["no_spread"] == ["r", "s"]
    assert "row 1 (line 2): 'x' is not a number" in run.error("ratings", "unit,rater,value\n1,r,x\n")


def test_correlate_keys(run: Run) -> None:
    text = "human,judge,system\n1,2,A\n2,2,A\n3,5,B\n,4,B\n5,6,B\n"
    found = run("correlate", text, "--system", "system")
    assert found["pearson"]["n_items"] == 4
    assert found["mean_difference"]["value"] == 1.0
    assert found["mae"]["value"] == 1.0
    assert found["mean_difference_system"]["n_items"] == 2
    assert run("correlate", "p,q\n1,2\n2,1\n3,3\n")["pearson"]["value"] == pytest.approx(0.5)
    assert run("correlate", "item,p,q\na,1,2\nb,2,1\nc,3,3\n")["pearson"]["value"] == pytest.approx(0.5)
    assert "row 1 (line 2): 'x' is not a finite number" in run.error("correlate", "p,q\nx,2\n")
    assert "name the two columns" in run.error("correlate", "p,q,r\n1,2,3\n")


def test_text_output_is_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.csv"
    file.write_text(LONG)
    assert main(["agreement", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["figure", "value", "interval", "items", "raters", "note"]
    assert lines[3].split() == ["cohen_kappa", "0.5000", "4", "2"]
    assert lines[-1] == "  r / s: 0.5000"


def test_categories_may_hold_commas_in_quotes() -> None:
    assert split_categories('a, "b, c" ,d') == ["a", "b, c", "d"]


def test_command_runs_as_a_module_without_django(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text(LONG, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "stats", "agreement", str(file), "--json"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["cohen_kappa"]["value"] == 0.5
