"""Judges at a server that holds a model to a grammar: `llama_cpp.server`, with a tiny random model made on the spot.

    python -m benchmarks.judge_grammar --python FOLDER/bin/python [--questions 5]

FOLDER is an environment with llama-cpp-python[server] and gguf; nothing of it is part of Concord. The model's weights
are random, so left to itself it says nothing that could be read. Held to the schema that Concord sends, every answer it
finishes must be read, whole and as JSON, with a point of the scale for every criterion; what ran out of tokens must be
told as cut off. Then the same model judges again without a schema, and nothing of it may be read.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import run_processes as these
from benchmarks.import_items import prepare
from benchmarks.judge_transformers import KEYS, ended, reported, world
from benchmarks.run_transformers import offline, output
from benchmarks.serving import ROOT
from scripts.throwaway import free_port, listens

START_SECONDS = 120
CONTEXT, MOST = 16384, 1500
POINTS = {1, 2, 3, 4, 5}


def main() -> int:
    """Do all of it; returns 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="Python of an environment with llama_cpp and gguf")
    parser.add_argument("--questions", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        model = folder / "tiny.gguf"
        print(output([options.python, str(ROOT / "benchmarks" / "tiny_gguf.py"), str(model)], folder))
        with serving(options.python, model, port, folder):
            return 0 if work(folder, f"http://127.0.0.1:{port}/v1", options.questions) else 1


@contextmanager
def serving(python: str, model: Path, port: int, folder: Path) -> Iterator[None]:
    """Run the server until the block ends."""
    command = [python, "-m", "llama_cpp.server", "--model", str(model), "--model_alias", "tiny", "--port", str(port)]
    with (folder / "serve.log").open("wb") as out:
        process = subprocess.Popen([*command, "--n_ctx", str(CONTEXT)], env=offline(folder), stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "serve.log").read_text(errors="replace")[-3000:])
            time.sleep(0.2)
        yield
    finally:
        process.kill()
        process.wait()


def work(folder: Path, url: str, count: int) -> bool:
    """Judge with a schema and without, and look at what either brought."""
    prepare(folder)
    from evaluation.models import Endpoint

    run = world(
        url, "tiny", count, server="llama_cpp.server", known=["object_schema", "json_object"], most=MOST, rounds=1
    )
    with these.workers(these.environment(folder), folder) as crew:
        crew.start(processes=1)
        begun = time.monotonic()
        ended(run)
        print(f"{run.items.count()} judgements in {time.monotonic() - begun:.1f} s")
        held = to_the_scale(run) & reported(run)
        Endpoint.objects.update(capabilities=["system_role"])
        free = again(run)
        ended(free)
    held &= nothing_read(free)
    print("all held" if held else "something did not hold")
    return held


def again(run: Any) -> Any:
    """Return a draft of a second run of the same judge, on one question: without a grammar it says all it may."""
    from evaluation.services import judge_runs

    plan = run.judging
    return judge_runs.create(
        project=run.project, name="Judged freely", judges=[one.system for one in run.systems.all()],
        judged=list(plan.judged.all()), mode=plan.mode, dataset=run.dataset, rubric=plan.rubric,
        sample_size=1, actor=None,
    )  # fmt: skip


def to_the_scale(run: Any) -> bool:
    """Check that every answer that came to its end was read as JSON, with a point for every criterion."""
    from evaluation.models import Attempt, Verdict

    counts, wrong = Counter[str](), 0
    for verdict in Verdict.objects.filter(row__run=run).prefetch_related("values"):
        counts[verdict.reason or verdict.rung] += 1
        values = {one.criterion: one.value for one in verdict.values.all()}
        wrong += bool(values) and (set(values) != set(KEYS) or not set(values.values()) <= POINTS)
    sent = Attempt.objects.filter(run_item__run=run)
    asked = all("schema" in one.parameters["response_format"] for one in sent)
    print(f"held to the schema: {dict(counts)} in {sent.count()} calls, {wrong} beyond the scale")
    return asked and not wrong and set(counts) <= {"json", "cut_off"} and counts["json"] > counts["cut_off"]


def nothing_read(run: Any) -> bool:
    """Check that nothing was read of what the model said freely."""
    from evaluation.models import Verdict

    counts = Counter(Verdict.objects.filter(row__run=run).values_list("reason", flat=True))
    print(f"left to itself: {dict(counts)}")
    return "" not in counts and counts.total() == run.items.count()


if __name__ == "__main__":
    sys.exit(main())
