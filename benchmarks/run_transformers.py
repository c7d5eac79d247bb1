"""Runs against `transformers serve`, a server that other people wrote, with tiny models made on the spot.

    python -m benchmarks.run_transformers --python FOLDER/bin/python [--questions 20]

FOLDER is an environment with torch and transformers[serving]; nothing of it is part of Concord. The connection is
tested, two systems answer questions, a third pre-labels items, and one is asked for something the server refuses.
Everything is checked: a response a call, tokens as the server's tokenizer must count them, outputs read strictly, and
proposals exactly where an output is a label. What is said means nothing, as the models' weights are random.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import run_processes as these
from benchmarks.import_items import prepare
from benchmarks.run_world import fill, texts
from benchmarks.serving import ROOT
from benchmarks.tiny_model import LABELS
from scripts.throwaway import free_port, listens

MOST = 24
START_SECONDS = 120
ASK = "Account:\n{text}\n\nWhich fits: {labels}?"


def main() -> int:
    """Do all of it; returns 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="Python of an environment with torch and transformers")
    parser.add_argument("--questions", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models, url = folder / "models", f"http://127.0.0.1:{(port := free_port())}/v1"
        print(output([options.python, str(ROOT / "benchmarks" / "tiny_model.py"), str(models)], folder))
        with serving(options.python, port, folder):
            return 0 if work(folder, url, models, options.questions) else 1


def output(command: list[str], folder: Path) -> str:
    """Run a command of the other environment to its end; returns the last line it prints."""
    done = subprocess.run(command, env=offline(folder), check=True, stdout=subprocess.PIPE, text=True, cwd=folder)
    return done.stdout.strip().splitlines()[-1]


def offline(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing is downloaded."""
    (folder / "hub").mkdir(exist_ok=True)
    return {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(folder / "hub"), "HF_HOME": str(folder)}


@contextmanager
def serving(python: str, port: int, folder: Path) -> Iterator[None]:
    """Run `transformers serve` until the block ends."""
    command = [str(Path(python).with_name("transformers")), "serve", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "serve.log").open("wb") as out:
        process = subprocess.Popen([*command, "--device", "cpu"], env=offline(folder), stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "serve.log").read_text(errors="replace"))
            time.sleep(0.2)
        yield
    finally:
        process.kill()
        process.wait()


def work(folder: Path, url: str, models: Path, count: int) -> bool:
    """Make a world, let a worker loose on it, and look at what it brought."""
    prepare(folder)
    runs = world(url, models, count)
    held = tested(runs["endpoint"], str(models / "talker"))
    with these.workers(these.environment(folder), folder) as crew:
        crew.start(processes=1)
        held &= answered(ended(runs["answer"]), count)
        held &= prelabelled(ended(runs["prelabel"]), count)
        held &= refused(ended(runs["refused"]), count)
    print("all held" if held else "something did not hold")
    return held


def world(url: str, models: Path, count: int) -> dict[str, Any]:
    """Make an endpoint, three ways of asking it, and a run of each; the runs are drafts."""
    from evaluation.models import Endpoint
    from evaluation.services import endpoints, prompts, runs
    from evaluation.services import systems as making
    from projects.models import Dataset, Item, Project

    project = Project.objects.create(name="Tiny", slug="tiny")
    dataset = fill(project, texts(count))
    # Wrongly marked as understanding top_k, so that there is something it refuses.
    able = ["system_role", "seed", "top_k"]
    row = Endpoint(name="transformers serve", base_url=url, max_in_flight=4, capabilities=able)
    endpoint = endpoints.save(row, actor=None)
    endpoints.set_grants(endpoint, [project], actor=None)

    def prompt(name: str, purpose: str, words: str) -> Any:
        messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": words}]
        made = prompts.create(
            project=project, name=name, purpose=purpose, texts={"en": {"messages": messages}}, actor=None
        )
        return made.version

    def system(name: str, model: str, asked: Any, **more: Any) -> Any:
        parameters = {"temperature": 1.0, "max_tokens": MOST, "seed": 7, **more}
        return making.create(
            project=project, name=name, endpoint=endpoint, model_id=str(models / model), parameters=parameters,
            prompt=asked, actor=None,
        )  # fmt: skip

    def run(purpose: str, *systems: Any, **more: Any) -> Any:
        return runs.create(project=project, name=purpose, purpose=purpose, systems=systems, actor=None, **more)

    question, tendency = prompt("Answer", "answer", "{text}"), prompt("Tendency", "prelabel", ASK)
    talkers = [system("Talker", "talker", question), system("Talker, shorter", "talker", question, max_tokens=8)]
    found = {
        "endpoint": endpoint,
        "answer": run("answer", *talkers, dataset=dataset, rounds=2),
        "refused": run("answer", system("Too many wishes", "talker", question, top_k=50), dataset=dataset),
    }
    labels = [{"key": word, "text": word, "names": {}, "aliases": []} for word in LABELS]
    accounts = Dataset.objects.create(project=project, slug="accounts", name="Accounts", labels=labels)
    Item.objects.filter(dataset=fill_with(accounts, dataset)).update(kind=Item.Kind.TRUE_FALSE)
    found["prelabel"] = run("prelabel", system("Labeller", "labeller", tendency), dataset=accounts)
    return found


def fill_with(accounts: Any, questions: Any) -> Any:
    """Put the questions' texts into another data set; returns it."""
    from projects.models import ImportBatch, Item, ItemRevision

    batch = ImportBatch.objects.create(dataset=accounts, published=True)
    for at, said in enumerate(ItemRevision.objects.filter(item__dataset=questions).order_by("pk")):
        item = Item.objects.create(dataset=accounts, batch=batch, external_id=f"a{at}", position=at, kind="true_false")
        item.current = ItemRevision.objects.create(
            item=item, text=said.text, language="en", content_hash=said.content_hash
        )
        item.save(update_fields=["current"])
    return accounts


def tested(endpoint: Any, model: str) -> bool:
    """Test the connection as the admin's page does."""
    from evaluation.services import endpoints
    from projects.services import jobs

    jobs.run(endpoints.ask_for_test(endpoint, model_id=model, actor=None).pk)
    endpoint.refresh_from_db()
    found = endpoint.test_result
    print(f"connection test: ok {found['ok']}, {found['seconds']} s for a round trip, models listed: {found['models']}")
    return bool(found["ok"])


def ended(run: Any) -> Any:
    """Start a run and wait until it and its reading have ended."""
    from evaluation.services import runs

    runs.start(run, actor=None)
    deadline = time.monotonic() + 300
    while run.state != "done" or not hasattr(run, "findings"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{run.name} does not end: {run.state}")
        time.sleep(0.5)
        run = type(run).objects.get(pk=run.pk)
    return run


def prompt_tokens(messages: list[dict[str, str]]) -> int:
    """Return how many tokens the tiny tokenizer makes of a conversation: a byte each, a label or a speaker one."""
    total = 1
    for message in messages:
        words = message["content"]
        total += 1 + len(words.encode()) - sum(words.count(label) * (len(label) - 1) for label in LABELS)
    return total


def attempts_of(run: Any) -> list[Any]:
    """Return a run's attempts with what they belong to."""
    from evaluation.models import Attempt

    rows = Attempt.objects.filter(run_item__run=run).select_related("run_item__system_version__prompt")
    return list(rows.select_related("run_item__system_version__endpoint", "run_item__revision__item__dataset"))


def counted(attempt: Any) -> bool:
    """Whether the server counted the tokens that our messages must take, and kept the limit of the answer."""
    from evaluation.services.calls import messages_for

    row = attempt.run_item
    messages = messages_for(row.system_version.prompt, row.revision, row.system_version.endpoint)
    most = row.system_version.parameters["max_tokens"]
    return attempt.tokens_in == prompt_tokens(messages) and 1 <= attempt.tokens_out <= most


def answered(run: Any, count: int) -> bool:
    """Check the questions: two systems, two rounds each."""
    from evaluation.models import Response

    found, made = list(Response.objects.filter(run=run)), attempts_of(run)
    exact = sum(counted(one) for one in made if not one.error_class)
    cut = sum(one.finish_reason == "length" for one in found)
    silent = run.items.filter(error_class="no_text").count()
    print(
        f"questions: {len(found)} responses and {silent} without text of {4 * count}, {len(made)} calls; tokens as the "
        f"tokenizer must count them in {exact}; {cut} stopped at their limit, and say so"
    )
    return len(found) + silent == len(made) == 4 * count and exact == len(found) and cut > 0


def prelabelled(run: Any, count: int) -> bool:
    """Check the labels: a proposal exactly where the whole output is one, everything else counted by its reason."""
    from evaluation.models import Response
    from projects.models import Suggestion

    outputs = {one.revision_id: one.text for one in Response.objects.filter(run=run)}
    proposed = {one.revision_id: one.values for one in Suggestion.objects.filter(revision_id__in=outputs)}
    wanted = {pk: [said] for pk, said in outputs.items() if said in LABELS}
    silent, found = run.items.filter(error_class="no_text").count(), run.findings.found
    print(
        f"labels: {len(outputs)} outputs and {silent} empty ones of {count}; {len(proposed)} proposals, "
        f"{sum(found['unread'].values())} unread {found['unread']}"
    )
    whole = len(outputs) + silent == count and len(proposed) + sum(found["unread"].values()) == len(outputs)
    return whole and proposed == wanted and 0 < len(wanted) < len(outputs)


def refused(run: Any, count: int) -> bool:
    """Check that a parameter the server does not know fails the calls, with its words, each asked once."""
    made = attempts_of(run)
    words = {one.error_words for one in made}
    print(f"top_k, which this server refuses: {len(made)} calls of {count} failed with {words}")
    return len(made) == count and {one.error_class for one in made} == {"bad_request"} and "top_k" in str(words)


if __name__ == "__main__":
    sys.exit(main())
