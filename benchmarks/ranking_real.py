"""Real answers ranked by scripted raters over HTTP: python -m benchmarks.ranking_real [--questions 100]

Five models' answers to 100 counselling questions (shared research data, ChatPsychiatrist). Four scripted raters get
pages and send forms; they know a text when they see it, and rank by a Plackett-Luce model of known strengths. The study
is closed, its key is opened, and the report must recover the order; its figures must equal those computed straight from
what the script did.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.blind_hand import Browser, Fetch, over_http
from benchmarks.blind_studies import dataset_of, opened, people, reported, respond, table
from benchmarks.import_items import prepare
from benchmarks.judgement_world import session_of
from benchmarks.serving import ROOT, server

# Log strengths, far enough apart to be recovered from 400 rankings.
STRENGTHS = {
    "psych8k_7b_5ep": 1.4,
    "vicuna-7b-v1.3": 0.7,
    "vicuna-7b-v1.3-unlimited": 0.1,
    "alpaca-7b": -0.7,
    "llama-7b": -1.5,
}
RATERS = ("R1", "R2", "R3", "R4")
NEAR = 1e-9
# (question, rater) -> rank by system
Log = dict[tuple[str, str], dict[str, int]]


def shared() -> Path:
    """Return the folder of the shared research data."""
    folder = Path(os.environ.get("CONCORD_SHARED") or ROOT.parent / "shared") / "data" / "chatpsychiatrist"
    if not folder.exists():
        sys.exit(f"The shared research data is not here: {folder}")
    return folder


def read(folder: Path, limit: int) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Return questions by id, and the answers by question and model; a model is told by its file, not by its rows.

    Only questions whose five answers differ: of two equal ones nobody who reads texts can say which is whose. The
    sanitised questions come first.
    """
    answers = {}
    for model in STRENGTHS:
        for row in lines(folder / "model_answers" / f"{model}.jsonl"):
            answers[f"q{row['question_id']}", model] = row["choices"][0]["turns"][0].strip()
    questions: dict[str, str] = {}
    for name in ("Sanitised_CounsQs_subset.jsonl", "question.jsonl"):
        for row in lines(folder / name):
            key = f"q{row['question_id']}"
            texts = {answers.get((key, model), "") for model in STRENGTHS} - {""}
            if len(texts) == len(STRENGTHS) and len(questions) < limit:
                questions.setdefault(key, row["turns"][0].strip())
    return questions, {key: text for key, text in answers.items() if key[0] in questions}


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Judge:
    """A rater who knows texts: whose each is, and how strong its writer. Draws rankings, and remembers them."""

    def __init__(self, code: str, questions: Mapping[str, str], answers: Mapping[tuple[str, str], str]) -> None:
        """Begin with an empty memory; the draws follow from the rater's code."""
        self.code, self.random = code, random.Random(f"plackett-luce {code}")
        self.ids = {plain(text): name for name, text in questions.items()}
        self.writers = {(name, plain(text)): model for (name, model), text in answers.items()}
        self.log: Log = {}

    def rank_all(self, fetch: Fetch, study: str) -> None:
        """Rank unit after unit until there is none."""
        browser = Browser(fetch, study)
        browser.open()
        while browser.held:
            unit = browser.held[0]
            name = self.ids[unit.question]
            writers = [self.writers[name, text] for _handle, text in unit.cards]
            noise = [STRENGTHS[model] - math.log(-math.log(self.random.random())) for model in writers]
            order = sorted(range(len(noise)), key=lambda at: -noise[at])
            places = {at: place for place, at in enumerate(order, start=1)}
            browser.answer(unit, {f"rank-{handle}": str(places[at]) for at, (handle, _t) in enumerate(unit.cards)})
            self.log[name, self.code] = {model: places[at] for at, model in enumerate(writers)}


def plain(text: str) -> str:
    """Return a text as a page gives it back."""
    return text.replace("\r\n", "\n").strip()


def run(fetch_of: Callable[[Any], Fetch], study: Any, raters: Sequence[Any], judges: Sequence[Judge]) -> Log:
    """Let every rater rank at once; returns what they did."""
    failures: list[BaseException] = []

    def work(judge: Judge, rater: Any) -> None:
        try:
            judge.rank_all(fetch_of(rater), study.token)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(judges, raters, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return {key: ranks for judge in judges for key, ranks in judge.log.items()}


# --- the same figures, straight from the log ----------------------------------------------------------------


def straight(log: Log) -> dict[str, Any]:
    """Return the figures that the report must have, computed from the log with formulas of its own."""
    items, raters = sorted({name for name, _r in log}), sorted({rater for _n, rater in log})
    systems, k = sorted(STRENGTHS), len(STRENGTHS)
    mean = {
        one: average(average(log[name, rater][one] for rater in raters) for name in items) for one in systems
    }  # fmt: skip
    pairs = list(combinations(raters, 2))
    equal = [average(log[n, a][s] == log[n, b][s] for n in items for s in systems) for a, b in pairs]
    squares = [average(rho(log[n, a], log[n, b]) for n in items) for a, b in pairs]
    firsts = {one: average(log[key][one] == 1 for key in log) for one in systems}
    beats = {
        (a, b): average(log[key][a] < log[key][b] for key in log) for a in systems for b in systems if a != b
    }  # fmt: skip
    return {
        "mean_rank": mean,
        "first": firsts,
        "beats": beats,
        # Complete rankings: each rank is given equally often, so chance is one in k.
        "exact-rank-kappa": average((share - 1 / k) / (1 - 1 / k) for share in equal),
        "quadratic-kappa": average(squares),
        "mean-spearman": average(squares),
        "kendall-w": average(concordance([log[n, r] for r in raters]) for n in items),
        "top1": average(
            average(best(log[n, a]) == best(log[n, b]) for a, b in pairs) for n in items
        ),
        "friedman": friedman([[average(log[n, r][s] for r in raters) for s in systems] for n in items]),
    }  # fmt: skip


def average(values: Any) -> float:
    """Return the mean."""
    found = [float(value) for value in values]
    return math.fsum(found) / len(found)


def rho(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Return Spearman's correlation of two rankings without ties."""
    k = len(one)
    return 1 - 6 * sum((one[key] - other[key]) ** 2 for key in one) / (k * (k * k - 1))


def concordance(rankings: Sequence[Mapping[str, int]]) -> float:
    """Return Kendall's W of rankings of one item without ties."""
    m, k = len(rankings), len(rankings[0])
    sums = [sum(row[key] for row in rankings) for key in rankings[0]]
    return 12 * sum((total - m * (k + 1) / 2) ** 2 for total in sums) / (m * m * (k**3 - k))


def best(ranks: Mapping[str, int]) -> str:
    """Return the system in the first place."""
    return min(ranks, key=lambda key: ranks[key])


def friedman(rows: Sequence[Sequence[float]]) -> float:
    """Return Friedman's chi-square with its correction for ties, as scipy has it."""
    from scipy.stats import friedmanchisquare

    # Means of four ranks are exact in binary, so equal ones are equal.
    return float(friedmanchisquare(*zip(*rows, strict=True)).statistic)


def compare(summary: Any, wanted: Mapping[str, Any]) -> int:
    """Hold the report against the figures; returns how many were compared. AssertionError names one that differs."""
    numbers, ranks = summary.numbers(), table(summary, "systems-all/ranks")
    wins = {
        (a, b): value
        for block in next(one.blocks for one in summary.sections if one.key == "systems-all") if block.key == "wins"
        for a, row in zip(block.row_labels, block.values, strict=True)
        for b, value in zip(block.col_labels, row, strict=True) if value is not None
    }  # fmt: skip
    pairs = [(f"agreement-all/{name}", numbers[f"agreement-all/{name}"], wanted[name]) for name in KEYS]
    pairs += [(f"mean rank of {name}", ranks[name][0], value) for name, value in wanted["mean_rank"].items()]
    pairs += [(f"first places of {name}", ranks[name][1], value) for name, value in wanted["first"].items()]
    pairs += [(f"{a} above {b}", wins[a, b], value) for (a, b), value in wanted["beats"].items()]
    pairs += [("Friedman's chi-square, as it is printed", printed(summary), round(wanted["friedman"], 2))]
    for name, found, value in pairs:
        assert abs(found - value) <= NEAR, f"{name}: {found} in the report, {value} from the log"
    return len(pairs)


def printed(summary: Any) -> float:
    """Return Friedman's chi-square as the report's sentence says it."""
    blocks = next(one.blocks for one in summary.sections if one.key == "tests-all")
    sentence = next(block for block in blocks if block.key == "friedman").paragraphs[0]
    return float(dict(sentence.params)["value"])


def residual(summary: Any, log: Log) -> float:
    """Return how far the report's strengths are from the maximum of the likelihood of the log.

    There each system wins as many of the choices that its rankings are made of as its strength lets one expect.
    """
    strengths = {name: row[2] for name, row in table(summary, "systems-all/ranks").items()}
    gap = dict.fromkeys(strengths, 0.0)
    for ranks in log.values():
        order = sorted(ranks, key=lambda key: ranks[key])
        for at in range(len(order) - 1):
            total = sum(math.exp(strengths[one]) for one in order[at:])
            gap[order[at]] += 1
            for one in order[at:]:
                gap[one] -= math.exp(strengths[one]) / total
    return max(abs(value) for value in gap.values())


KEYS = ("exact-rank-kappa", "quadratic-kappa", "kendall-w", "mean-spearman", "top1")


def recovered(summary: Any) -> list[str]:
    """Return the systems in the report's order of strength."""
    strengths = {name: row[2] for name, row in table(summary, "systems-all/ranks").items()}
    return sorted(strengths, key=lambda name: -strengths[name])


def main() -> None:
    """Import, rank, close, report, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=100)
    limit = parser.parse_args().questions
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        carry_out(Path(name), limit)


def carry_out(folder: Path, limit: int) -> None:
    """Carry the whole study out in a new data folder."""
    questions, answers = read(shared(), limit)
    dataset = dataset_of("bench", questions, folder)
    respond(dataset, ((name, model, text) for (name, model), text in answers.items()), folder)
    manager, raters = people(dataset.project, RATERS)
    study = opened("ranking", dataset, manager, raters, raters_per_item=len(RATERS))
    judges = [Judge(code, questions, answers) for code in RATERS]
    sessions = {rater.pk: session_of(rater.user) for rater in raters}
    env = {"CONCORD_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings.local"}
    with server("config.wsgi:application", env) as (host, _pid):
        start = time.monotonic()
        log = run(lambda rater: over_http(host, sessions[rater.pk]), study, raters, judges)
        print(f"{len(log):,} rankings over HTTP: {time.monotonic() - start:.1f} s")
    start = time.monotonic()
    summary = reported(study, manager)
    print(f"closed, key opened, report: {time.monotonic() - start:.1f} s")
    wanted = straight(log)
    print(f"{compare(summary, wanted)} figures equal those from the log to {NEAR:g}; {summary.headline}")
    print(f"distance from the maximum of the Plackett-Luce likelihood: {residual(summary, log):.1e} choices")
    order = recovered(summary)
    print("strengths recovered:", ", ".join(order))
    if order != sorted(STRENGTHS, key=lambda name: -STRENGTHS[name]):
        sys.exit("The report does not recover the order.")


if __name__ == "__main__":
    main()
