"""A published file of questions with five models' answers as dialogues: python -m benchmarks.real_dialogues

Needs the shared research data (CONCORD_SHARED names the folder). Each question with one model's answer is a session of
two turns, the answers to one question are a case. They come in as JSON Lines and go out as the same content, then as a
table with one turn a row, and from that into a second data set with the same turns.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.dialogue_import import checked, done, timed
from benchmarks.import_items import prepare
from benchmarks.real_input_import import shared

MODELS = ("alpaca-7b", "llama-7b", "psych8k_7b_5ep", "vicuna-7b-v1.3", "vicuna-7b-v1.3-unlimited")


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file of JSON Lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def sessions() -> list[dict[str, Any]]:
    """Return a session for each question and model; what the files say beside it is kept."""
    questions = {one["question_id"]: one for one in lines(shared("chatpsychiatrist", "question.jsonl"))}
    found = []
    for model in MODELS:
        for answer in lines(shared("chatpsychiatrist", "model_answers", f"{model}.jsonl")):
            question = questions[answer["question_id"]]
            said = answer["choices"][0]["turns"][0]
            found.append(
                {
                    "id": f"{model}-{question['question_id']}",
                    "case": f"question-{question['question_id']}",
                    "topic": question["category"],
                    "model": model,
                    "answer": {"id": answer["answer_id"], "at": answer["tstamp"]},
                    "turns": [
                        {"role": "user", "content": question["turns"][0]},
                        {"role": "assistant", "content": said},
                    ],
                }
            )
    return found


def imported(project: Any, path: Path, name: str) -> Any:
    """Import the good sessions of a file; returns the data set and the report."""
    from projects.services import datasets, import_batches

    dataset = datasets.create(project=project, name=name, actor=None)
    batch = checked(dataset, path, name, rejects=True)
    timed(f"{name}: import", lambda: done(import_batches.start(batch=batch, keep_good=True, actor=None)))
    batch.refresh_from_db()
    counts = {key: batch.report[key] for key in ("rows", "good", "rejected", "turns", "cases", "reasons")}
    print(f"{name}: {counts}", flush=True)
    return dataset, batch.report


def exported(dataset: Any, form: str) -> bytes:
    """Return the data set as a file."""
    from projects.services.dialogue_export import Wanted, stream

    return b"".join(stream(Wanted(dataset, form)))


def turns_of(dataset: Any) -> list[tuple[Any, ...]]:
    """Return every turn of a data set, by session."""
    from projects.models import Turn

    columns = ("revision__item__external_id", "index", "role", "text")
    return sorted(Turn.objects.filter(revision__item__dataset=dataset).values_list(*columns))


def main() -> None:
    """Import, compare, import from the other format, compare again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        from projects.models import Project

        project = Project.objects.create(name="Benchmark", slug=f"bench-{time.time_ns()}")
        told = sessions()
        source = folder / "sessions.jsonl"
        source.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in told), "utf-8")
        dataset, report = imported(project, source, "JSON Lines")
        assert report["rows"] == len(told)
        bad = {one["params"]["session"] for one in report["problems"]}
        good = [one for one in told if one["id"] not in bad]
        back = [json.loads(line) for line in exported(dataset, "jsonl").splitlines()]
        assert json.dumps(back) == json.dumps(good)
        table = folder / "turns.csv"
        table.write_bytes(exported(dataset, "turns-csv"))
        again, _report = imported(project, table, "Turns")
        assert turns_of(dataset) == turns_of(again)


if __name__ == "__main__":
    main()
