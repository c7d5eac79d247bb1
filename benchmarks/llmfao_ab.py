"""A published crowd's A/B comparison replayed over HTTP: python -m benchmarks.llmfao_ab [--pairs N]

2,139 pairs of 59 models' answers to 13 prompts, 8,931 votes of 124 workers, from one to five to a pair (shared
research data, LLMFAO). Every worker is a rater with a session of their own and gets the very pairs that they judged;
the script knows a worker's vote by the texts on the page. After closing, the win rates must equal the published golden
file's, and alpha must be 0.2906 in the file's left and right orientation.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.blind_hand import Browser, Fetch, Seen, over_http
from benchmarks.blind_studies import dataset_of, opened, people, reported, respond, table
from benchmarks.import_items import prepare
from benchmarks.judgement_world import session_of
from benchmarks.serving import ROOT, server

AT_ONCE = 4
NEAR = 1e-9
# Models that answered nothing have no text; the file shows an empty box.
NO_TEXT = "(no text)"


@dataclass(frozen=True)
class Pair:
    """Two models' answers to one prompt, and what each worker said of them: left, right or tie."""

    key: str
    item: str
    left: str
    right: str
    votes: Mapping[str, str]


@dataclass(frozen=True)
class Crowd:
    """The file: prompts, answers by prompt and model, pairs with their votes."""

    prompts: Mapping[str, str]
    answers: Mapping[tuple[str, str], str]
    pairs: Sequence[Pair]

    @property
    def workers(self) -> list[str]:
        """Everybody who voted."""
        return sorted({worker for pair in self.pairs for worker in pair.votes}, key=int)


def shared() -> Path:
    """Return the folder of the shared research data."""
    folder = Path(os.environ.get("CONCORD_SHARED") or ROOT.parent / "shared") / "data" / "llmfao"
    if not folder.exists():
        sys.exit(f"The shared research data is not here: {folder}")
    return folder


def read(folder: Path, limit: int = 0) -> Crowd:
    """Return the file, or its first pairs."""
    with (folder / "crowd-comparisons.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    votes: dict[str, dict[str, str]] = defaultdict(dict)
    sides = {}
    for row in rows:
        votes[row["id"]][row["worker"]] = row["winner"]
        sides[row["id"]] = (row["left"], row["right"])
    kept = set(list(sides)[: limit or len(sides)])
    prompts, answers, pairs = {}, {}, []
    with (folder / "pairs-crowd.jsonl").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            key = str(row["id"])
            if key not in kept:
                continue
            item, (left, right) = f"p{row['prompt']}", sides[key]
            prompts[item] = row["text"]
            answers[item, left], answers[item, right] = row["result_x"], row["result_y"]
            pairs.append(Pair(key, item, left, right, votes[key]))
    return Crowd(prompts, told_apart(answers), pairs)


def told_apart(answers: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Return the answers with a number behind those that say the same as another model's to the same prompt.

    The script knows a pair by its texts: equal ones, empty ones above all, would be one to it.
    """
    seen: dict[tuple[str, str], int] = defaultdict(int)
    found = {}
    for (item, model), raw in sorted(answers.items()):
        text = plain(raw) or NO_TEXT
        seen[item, text] += 1
        found[item, model] = text if seen[item, text] == 1 else f"{text} [{seen[item, text]}]"
    return found


def plain(text: str) -> str:
    """Return a text as a page gives it back."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


# --- the study --------------------------------------------------------------------------------------


def make(crowd: Crowd, folder: Path, slug: str = "bench") -> tuple[Any, Any, dict[str, Any]]:
    """Import everything, open the study with the file's list of pairs, and return it, its manager and its raters."""
    dataset = dataset_of(slug, crowd.prompts, folder)
    respond(dataset, ((item, model, text) for (item, model), text in crowd.answers.items()), folder)
    manager, raters = people(dataset.project, [f"W{worker}" for worker in crowd.workers])
    slugs = dict(dataset.project.systems.values_list("name", "slug"))
    listed = "\n".join(
        "\t".join([pair.item, slugs[pair.left], slugs[pair.right], str(len(pair.votes))]) for pair in crowd.pairs
    )
    study = opened(
        "comparison", dataset, manager, raters, pairs="list", pair_list=listed, raters_per_item=1,
    )  # fmt: skip
    by_worker = dict(zip(crowd.workers, raters, strict=True))
    hand_out(study, crowd, by_worker)
    return study, manager, by_worker


def hand_out(study: Any, crowd: Crowd, raters: Mapping[str, Any]) -> None:
    """Give every rater the pairs that they judged: a place in the unit and a lease on it, as a claim takes them."""
    from projects.models import Assignment
    from projects.services import leases, places

    units = {}
    for unit in study.units.select_related("item").prefetch_related("members__system__system_version__system"):
        names = frozenset(row.system.system_version.system.name for row in unit.members.all())
        units[unit.item.external_id, names] = unit
    ordinals: dict[str, int] = defaultdict(int)
    made = []
    for pair in crowd.pairs:
        unit = units[pair.item, frozenset([pair.left, pair.right])]
        for worker in pair.votes:
            if not places.take(unit.pk):
                raise RuntimeError(f"Pair {pair.key} has no place left for worker {worker}.")
            ordinals[worker] += 1
            made.append(
                Assignment(
                    study=study, unit=unit, rater=raters[worker], ordinal=ordinals[worker],
                    leased_until=leases.lease_end(),
                )
            )  # fmt: skip
    Assignment.objects.bulk_create(made, batch_size=500)


class Worker:
    """Knows which text is whose, and what one worker said of each pair."""

    def __init__(self, worker: str, crowd: Crowd) -> None:
        """Look the worker's votes up by the prompt and the two texts."""
        self.items = {plain(text): item for item, text in crowd.prompts.items()}
        self.votes = {
            (pair.item, frozenset([crowd.answers[pair.item, pair.left], crowd.answers[pair.item, pair.right]])): (
                {"left": crowd.answers[pair.item, pair.left], "right": crowd.answers[pair.item, pair.right]}.get(
                    pair.votes[worker]
                )
            )
            for pair in crowd.pairs
            if worker in pair.votes
        }
        self.made = 0

    def verdict(self, unit: Seen) -> str:
        """Return first, tie or second, from the texts on the page."""
        texts = [plain(text) for _handle, text in unit.cards]
        won = self.votes[self.items[plain(unit.question)], frozenset(texts)]
        return "tie" if won is None else "first" if texts[0] == won else "second"

    def judge_all(self, fetch: Fetch, study: str) -> None:
        """Judge everything in hand."""
        browser = Browser(fetch, study)
        browser.open()
        while browser.held:
            unit, verdict = browser.held[0], self.verdict(browser.held[0])
            browser.answer(unit, dict.fromkeys(unit.fields("prefer-"), verdict))
            self.made += 1


def replay(fetch_of: Callable[[Any], Fetch], study: Any, crowd: Crowd, raters: Mapping[str, Any]) -> int:
    """Let all workers vote, some at a time; returns how many votes were given."""
    waiting, failures, made = list(crowd.workers), [], []

    def work() -> None:
        try:
            while waiting and not failures:
                worker = waiting.pop()
                hand = Worker(worker, crowd)
                hand.judge_all(fetch_of(raters[worker]), study.token)
                made.append(hand.made)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(made)


# --- the check --------------------------------------------------------------------------------------


def golden(folder: Path) -> dict[str, dict[str, float]]:
    """Return the published scores, by algorithm and model."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with (folder / "llmfao-golden.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["algorithm"]][row["item"]] = float(row["score"])
    return dict(found)


def straight(crowd: Crowd) -> dict[str, dict[str, float]]:
    """Return counting and average win rate, computed from the file's votes with a tie as half a win."""
    score: dict[tuple[str, str], float] = defaultdict(float)
    for pair in crowd.pairs:
        for vote in pair.votes.values():
            share = {"left": 1.0, "right": 0.0}.get(vote, 0.5)
            score[pair.left, pair.right] += share
            score[pair.right, pair.left] += 1 - share
    models = {model for sides in score for model in sides}
    met = {a: [b for b in models if (a, b) in score] for a in models}
    return {
        "counting": {a: sum(score[a, b] for b in met[a]) for a in models},
        "average_win_rate": {
            a: sum(score[a, b] / (score[a, b] + score[b, a]) for b in met[a]) / len(met[a]) for a in models
        },
    }


def alpha(crowd: Crowd) -> float:
    """Return nominal alpha over left, right and tie as the file has them, by the krippendorff package."""
    import krippendorff
    import numpy as np

    order = {"left": 0, "right": 1, "tie": 2}
    data = np.full((len(crowd.workers), len(crowd.pairs)), np.nan)
    at = {worker: n for n, worker in enumerate(crowd.workers)}
    for column, pair in enumerate(crowd.pairs):
        for worker, vote in pair.votes.items():
            data[at[worker], column] = order[vote]
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement="nominal", value_domain=[0, 1, 2]))


def compare(summary: Any, wanted: Mapping[str, Mapping[str, float]], coefficient: float) -> int:
    """Hold the report against the figures; returns how many were compared. AssertionError names one that differs."""
    rows = table(summary, "verdicts/rates-table")
    pairs = [("alpha", summary.numbers()["agreement/krippendorff-alpha"], coefficient)]
    for model, (win, tie, _lose, _rate, average, _strength) in rows.items():
        pairs.append((f"average win rate of {model}", average, wanted["average_win_rate"][model]))
        pairs.append((f"counting of {model}", win + tie / 2, wanted["counting"][model]))
    assert len(rows) == len(wanted["counting"]), f"{len(rows)} systems in the report"
    for name, found, value in pairs:
        assert abs(found - value) <= NEAR, f"{name}: {found} in the report, {value} expected"
    return len(pairs)


def strengths_differ(summary: Any, published: Mapping[str, float]) -> float:
    """Return the greatest distance of the report's Bradley-Terry shares from the published ones."""
    from math import exp

    found = {model: exp(row[5]) for model, row in table(summary, "verdicts/rates-table").items()}
    total = sum(found.values())
    return max(abs(value / total - published[model]) for model, value in found.items())


def main() -> None:
    """Import, replay, close, report, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=0, help="only the first N pairs")
    limit = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        carry_out(Path(name), limit)


def carry_out(folder: Path, limit: int) -> None:
    """Carry the whole replay out in a new data folder."""
    crowd = read(shared(), limit)
    votes = sum(len(pair.votes) for pair in crowd.pairs)
    start = time.monotonic()
    study, manager, raters = make(crowd, folder)
    print(f"{len(crowd.pairs):,} pairs, {len(raters)} raters, set up: {time.monotonic() - start:.1f} s", flush=True)
    sessions = {rater.pk: session_of(rater.user) for rater in raters.values()}
    env = {"CONCORD_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings.local"}
    with server("config.wsgi:application", env) as (host, _pid):
        start = time.monotonic()
        made = replay(lambda rater: over_http(host, sessions[rater.pk]), study, crowd, raters)
        print(f"{made:,} of {votes:,} votes over HTTP: {time.monotonic() - start:.1f} s", flush=True)
    start = time.monotonic()
    summary = reported(study, manager)
    print(f"closed, key opened, report: {time.monotonic() - start:.1f} s")
    wanted, coefficient = (straight(crowd) if limit else golden(shared())), alpha(crowd)
    print(f"{compare(summary, wanted, coefficient)} figures equal to {NEAR:g}; alpha {coefficient:.4f}")
    if not limit:
        print(f"Bradley-Terry shares differ by at most {strengths_differ(summary, wanted['bradley_terry']):.1e}")
    if made != votes:
        sys.exit("Not every vote was given.")


if __name__ == "__main__":
    main()
