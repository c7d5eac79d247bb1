"""A project with questions, one endpoint and some systems for the benchmarks of runs; started, paused, looked at.

python -m benchmarks.run_world make URL SYSTEMS QUESTIONS SLOTS     prints the run's id
python -m benchmarks.run_world judges URL SYSTEMS QUESTIONS ROUNDS JUDGES SLOTS     the same, of a run of judges
python -m benchmarks.run_world start|pause|resume|cancel RUN
python -m benchmarks.run_world state RUN                            prints counts as JSON
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARAMETERS = {"temperature": 1.0, "top_p": 1.0, "max_tokens": 1024}
RUBRIC = "preset:four_criteria:en"
SYSTEM = "You are a helpful and warm counselling assistant. Answer helpfully, thoroughly and fittingly."


def texts(count: int) -> list[str]:
    """Return the research data's questions where they are at hand, then made-up ones."""
    folder = Path(os.environ.get("CONCORD_SHARED") or ROOT.parent / "shared") / "data" / "chatpsychiatrist"
    found: list[str] = []
    for name in ("Sanitised_CounsQs_subset.jsonl", "question.jsonl"):
        if (folder / name).exists():
            rows = [json.loads(line) for line in (folder / name).read_text().splitlines() if line.strip()]
            found += [row["turns"][0] for row in rows]
    found = list(dict.fromkeys(found))[:count]
    return found + [f"I have been worried about matter {n} for weeks. What can I do?" for n in range(len(found), count)]


def make(url: str, systems: str, questions: str, slots: str, **limits: Any) -> None:
    """Make the world; the run is a draft."""
    from evaluation.models import Endpoint
    from evaluation.services import endpoints, prompts, runs
    from evaluation.services import systems as making
    from projects.models import Project

    project = Project.objects.create(name="Runs", slug="runs")
    dataset = fill(project, texts(int(questions)))
    endpoint = endpoints.save(Endpoint(name="Bench", base_url=url, max_in_flight=int(slots), **limits), actor=None)
    endpoints.set_grants(endpoint, [project], actor=None)
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "{text}"}]
    prompt = prompts.create(
        project=project, name="Answer", purpose="answer", texts={"en": {"messages": messages}}, actor=None
    )
    chosen = [
        making.create(
            project=project, name=f"Model {n}", endpoint=endpoint, model_id=f"model-{n}", parameters=PARAMETERS,
            prompt=prompt.version, actor=None,
        )
        for n in range(int(systems))
    ]  # fmt: skip
    run = runs.create(project=project, name="Bench", purpose="answer", systems=chosen, dataset=dataset, actor=None)
    print(run.pk)


def judges(url: str, systems: str, questions: str, rounds: str, count: str, slots: str) -> None:
    """Make responses as from a file, and a run of judges that score each of them; the run is a draft."""
    from evaluation.models import Endpoint
    from evaluation.services import endpoints, judge_runs, prompts, rubrics
    from evaluation.services import systems as making
    from projects.models import Project

    project = Project.objects.create(name="Bench", slug="bench")
    dataset = fill(project, texts(int(questions)))
    judged = respond(project, dataset, int(systems), int(rounds))
    endpoint = endpoints.save(Endpoint(name="Bench", base_url=url, max_in_flight=int(slots)), actor=None)
    endpoints.set_grants(endpoint, [project], actor=None)
    ready = judge_prompt()
    prompt = prompts.create(project=project, name=str(ready.name), purpose=ready.purpose, texts=ready.texts, actor=None)
    chosen = [
        making.create(
            project=project, name=f"Judge {n}", endpoint=endpoint, model_id=f"judge-{n}", parameters=PARAMETERS,
            prompt=prompt.version, actor=None,
        )
        for n in range(int(count))
    ]  # fmt: skip
    rubric = rubrics.version_for(project, RUBRIC, actor=None)
    run = judge_runs.create(
        project=project, name="Judges", judges=chosen, judged=judged, rubric=rubric, mode="scores", dataset=dataset,
        actor=None,
    )  # fmt: skip
    print(run.pk)


def judge_prompt() -> Any:
    """Return the ready-made prompt of judges that score."""
    from evaluation.prompting.presets import preset

    found = preset("judge-scores")
    if found is None:
        raise RuntimeError("the ready-made prompt of judges is gone")
    return found


def respond(project: Any, dataset: Any, systems: int, rounds: int) -> list[Any]:
    """Let systems answer every question in every round; returns their versions."""
    from evaluation.models import Response, ResponseImport, System, SystemVersion

    source = ResponseImport.objects.create(project=project, dataset=dataset, published=True)
    versions = []
    for n in range(systems):
        system = System.objects.create(project=project, slug=f"model-{n}", name=f"Model {n}")
        version = SystemVersion.objects.create(system=system)
        System.objects.filter(pk=system.pk).update(version=version)
        versions.append(version)
    Response.objects.bulk_create(
        [
            Response(
                system_version=version, revision=item.current, round=turn, source_import=source,
                text=f"This is answer {n} to question {item.position}, round {turn}. " + "I hear how hard it is. " * 20,
            )
            for n, version in enumerate(versions)
            for item in dataset.items.select_related("current")
            for turn in range(1, rounds + 1)
        ],
        batch_size=500,
    )  # fmt: skip
    return versions


def fill(project: Any, wording: list[str]) -> Any:
    """Make a data set of questions."""
    from projects.models import Dataset, ImportBatch, Item, ItemRevision

    dataset = Dataset.objects.create(project=project, slug="questions", name="Questions", item_count=len(wording))
    batch = ImportBatch.objects.create(dataset=dataset, published=True)
    items = Item.objects.bulk_create(
        Item(dataset=dataset, batch=batch, external_id=f"q{n}", position=n, kind="question")
        for n in range(len(wording))
    )
    revisions = ItemRevision.objects.bulk_create(
        ItemRevision(item=item, text=text, language="en", content_hash=str(item.pk))
        for item, text in zip(items, wording, strict=True)
    )
    for item, revision in zip(items, revisions, strict=True):
        item.current = revision
    Item.objects.bulk_update(items, ["current"], batch_size=500)
    return dataset


def act(verb: str, pk: str) -> None:
    """Start, pause, resume or cancel a run, as the page does."""
    from evaluation.models import Run
    from evaluation.services import runs

    print(getattr(runs, verb)(Run.objects.get(pk=pk), actor=None))


def state(pk: str) -> None:
    """Print what the database holds of a run."""
    from django.db.models import Max, Sum

    from evaluation.models import Attempt, Response, Run, RunItem, Verdict

    run, rows = Run.objects.get(pk=pk), RunItem.objects.filter(run_id=pk)
    spread = Attempt.objects.filter(run_item__run_id=pk)
    print(
        json.dumps(
            {
                "state": run.state,
                "rows": dict(Counter(rows.values_list("state", flat=True))),
                "responses": Response.objects.filter(run_id=pk).count(),
                "verdicts": Verdict.objects.filter(row__run_id=pk).count(),
                "unread": Verdict.objects.filter(row__run_id=pk).exclude(reason="").count(),
                "attempts": spread.count(),
                "lost": spread.filter(error_class="lost").count(),
                "claims": rows.aggregate(n=Sum("attempts"))["n"],
                "slowest_ms": spread.aggregate(n=Max("latency_ms"))["n"],
            }
        )
    )


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    django.setup()
    verb, *rest = sys.argv[1:]
    if verb == "make":
        make(*rest[:4], **{key: int(value) for key, _, value in (word.partition("=") for word in rest[4:])})
    elif verb == "judges":
        judges(*rest)
    elif verb == "state":
        state(rest[0])
    else:
        act(verb, rest[0])
