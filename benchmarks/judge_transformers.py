"""Judges at `transformers serve`, a server that other people wrote, with a tiny model made on the spot.

    python -m benchmarks.judge_transformers --python FOLDER/bin/python [--questions 20]

FOLDER is an environment with torch and transformers[serving]; nothing of it is part of Concord. The model's weights are
random, and it can say nothing but one of WORDS: answers that can be read, and answers that must not be. Workers drain
the run over HTTP; then every answer is compared with what it must have been read as, every second call with the first
answer that could not be read, and a judges' report is computed whose counts and means are worked out again here.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import run_processes as these
from benchmarks import run_world
from benchmarks.import_items import prepare
from benchmarks.run_transformers import offline, output, serving
from benchmarks.serving import ROOT
from scripts.throwaway import free_port

MOST_SECONDS = 600
KEYS = ("interactivity", "helpfulness", "comforting", "explainability")


def scored(*values: int) -> str:
    """Return an answer that gives these scores."""
    return json.dumps({"explanation": "Random.", "scores": dict(zip(KEYS, values, strict=True))})


# What the model may say, and the scores it must be read as; None must be refused.
WORDS: dict[str, tuple[int, ...] | None] = {
    scored(1, 2, 3, 4): (1, 2, 3, 4),
    scored(5, 5, 4, 4): (5, 5, 4, 4),
    f"```json\n{scored(3, 3, 3, 2)}\n```": (3, 3, 3, 2),
    f"I have thought about it. {scored(2, 4, 2, 4)}": (2, 4, 2, 4),
    "\n".join(f"{key}: {4 - n}/5" for n, key in enumerate(KEYS)): (4, 3, 2, 1),
    scored(5, 4, 4, 5).replace(": 5}", ": 6}"): None,
    scored(3, 3, 3, 3)[:-9]: None,
    f"{scored(1, 1, 1, 1)} No: {scored(5, 5, 5, 5)}": None,
    "I cannot judge people.": None,
}


def main() -> int:
    """Do all of it; returns 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="Python of an environment with torch and transformers")
    parser.add_argument("--questions", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models, port, words = folder / "models", free_port(), folder / "words.json"
        words.write_text(json.dumps(list(WORDS)))
        print(output([options.python, str(ROOT / "benchmarks" / "tiny_model.py"), str(models), str(words)], folder))
        offline(folder)
        with serving(options.python, port, folder):
            return 0 if work(folder, f"http://127.0.0.1:{port}/v1", models, options.questions) else 1


def work(folder: Path, url: str, models: Path, count: int) -> bool:
    """Make a world, let a worker loose on it, and look at what it brought."""
    prepare(folder)
    run = world(url, str(models / "judge"), count)
    with these.workers(these.environment(folder), folder) as crew:
        crew.start(processes=1)
        begun = time.monotonic()
        ended(run)
        print(f"{run.items.count()} judgements in {time.monotonic() - begun:.1f} s")
    held = read_rightly(run) & asked_again(run) & reported(run)
    print("all held" if held else "something did not hold")
    return held


def world(
    url: str, model: str, count: int, *, server: str = "transformers serve", known: Sequence[str] = ("seed",),
    most: int = 8, rounds: int = 2,
) -> Any:  # fmt: skip
    """Make two systems' responses, and a draft of a run of one judge, whose answers have at most `most` tokens."""
    from evaluation.models import Endpoint
    from evaluation.services import endpoints, judge_runs, prompts, rubrics, systems
    from projects.models import Project

    project = Project.objects.create(name="Tiny", slug="tiny")
    dataset = run_world.fill(project, run_world.texts(count))
    judged = run_world.respond(project, dataset, systems=2, rounds=1)
    row = Endpoint(name=server, base_url=url, max_in_flight=4, capabilities=["system_role", *known])
    endpoint = endpoints.save(row, actor=None)
    endpoints.set_grants(endpoint, [project], actor=None)
    ready = run_world.judge_prompt()
    prompt = prompts.create(project=project, name=str(ready.name), purpose=ready.purpose, texts=ready.texts, actor=None)
    judge = systems.create(
        project=project, name="Tiny judge", endpoint=endpoint, model_id=model, prompt=prompt.version,
        parameters={"temperature": 1.0, "max_tokens": most}, actor=None,
    )  # fmt: skip
    return judge_runs.create(
        project=project, name="Judged", judges=[judge], judged=judged, mode="scores", dataset=dataset, rounds=rounds,
        rubric=rubrics.version_for(project, run_world.RUBRIC, actor=None), actor=None,
    )  # fmt: skip


def ended(run: Any) -> None:
    """Start a run and wait until it has ended."""
    from evaluation.services import runs

    runs.start(run, actor=None)
    deadline = time.monotonic() + MOST_SECONDS
    while run.state != "done":
        if time.monotonic() > deadline:
            raise RuntimeError(f"{run.name} does not end: {run.state}")
        time.sleep(0.5)
        run.refresh_from_db()


def read_rightly(run: Any) -> bool:
    """Check every verdict against what its answer must be read as."""
    from evaluation.models import Verdict

    wrong, counts = 0, Counter[str]()
    for verdict in Verdict.objects.filter(row__run=run).select_related("attempt").prefetch_related("values"):
        values = {one.criterion: one.value for one in verdict.values.all()}
        wanted = WORDS[verdict.attempt.text]
        wrong += (tuple(values[key] for key in KEYS) if values else None) != wanted
        counts[verdict.reason or verdict.rung] += 1
    print(f"{counts.total()} verdicts {dict(counts)}, {wrong} read as something else")
    return not wrong and counts.total() == run.items.count() and len(counts) > 3


def asked_again(run: Any) -> bool:
    """Check that a judge was asked once more exactly where its first answer could not be read, and never again."""
    from evaluation.models import Attempt, Verdict

    tries: dict[int, list[str]] = {}
    for row, text in Attempt.objects.filter(run_item__run=run).order_by("number").values_list("run_item", "text"):
        tries.setdefault(row, []).append(text)
    asked = dict(Verdict.objects.filter(row__run=run).values_list("row", "asked"))
    fits = all(len(said) == asked[row] == (2 if WORDS[said[0]] is None else 1) for row, said in tries.items())
    print(f"{sum(len(said) for said in tries.values())} calls, {sum(n == 2 for n in asked.values())} asked once more")
    return fits


def reported(run: Any) -> bool:
    """Check the counts and one mean of the judges' report."""
    from evaluation.models import Verdict, VerdictValue
    from evaluation.services import juries
    from projects.services import jobs
    from reports.summary import Summary, Table

    row = juries.create(project=run.project, name="Tiny judges", runs=[run], studies=[], actor=None)
    report = row.reports.get()
    jobs.run(report.job_id)
    report.refresh_from_db()
    summary = Summary.from_json(report.summary)
    tables = {b.key: b for s in summary.sections for b in s.blocks if isinstance(b, Table)}
    calls = tables["calls"].rows[0]
    read = Verdict.objects.filter(row__run=run, reason="").count()
    first = next(row for key, one in tables.items() if key.startswith("means-") for row in one.rows)
    by_item: dict[int, list[int]] = {}
    values = VerdictValue.objects.filter(criterion=KEYS[0], member__response__system_version__system__name=first[0])
    for item, value in values.values_list("member__response__revision", "value"):
        by_item.setdefault(item, []).append(value)
    mean = fmean(fmean(own) for own in by_item.values())
    cell = getattr(first[1], "value", None)
    shown = getattr(cell, "value", cell)
    print(f"report: {calls[1]} asked, {calls[2]} read; {first[0]} on {KEYS[0]}: {shown:.4f}, here {mean:.4f}")
    return calls[1:3] == (run.items.count(), read) and abs(shown - mean) < 1e-9


if __name__ == "__main__":
    sys.exit(main())
