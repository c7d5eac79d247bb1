"""How long an import of dialogues takes: 1,000 sessions of 60 turns, each turn labelled by three raters.

    python -m benchmarks.dialogue_import [--sessions 1000] [--turns 60] [--raters 3]

Works on a fresh SQLite database in a temporary folder, or on the (empty) database that DATABASE_URL names. The rated
turns come as a table with one row a turn and rater, the same sessions once more as Psy-Insight JSON whose labels become
suggestions. Prints the seconds of the check, of the import, of the check of the same file again and of the export,
and ends with an error where anything is missing, or where what goes out is not what came in.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.import_items import prepare

T = TypeVar("T")
STRATEGIES = ["Question", "Reflection of feelings", "Information", "Affirmation", "Others"]
EMOTIONS = ["Anxiety", "Sadness", "Neutral", "Anger", "Others"]
CLIENT = "On the train home I noticed it again, the feeling that everybody had already made up their minds about me"
HELPER = "So on the way home there was that feeling again. What happened just before you noticed it"
COLUMNS = ["case", "transcript_id", "turn_index", "speaker", "text", "annotator", "strategy", "emotion", "reasoning",
           "timestamp"]  # fmt: skip
# Sessions of one client's course of counselling.
A_CASE = 5


def rated_rows(sessions: int, turns: int, raters: int) -> Iterator[list[object]]:
    """Yield one row for each session, turn and rater; the raters agree in most places."""
    for s in range(sessions):
        for t in range(1, turns + 1):
            speaker, text = spoken(s, t)
            for r in range(raters):
                pick = (s * 7 + t * 3 + (r if (s + t) % 4 == 0 else 0)) % 5
                strategy = STRATEGIES[pick] if t % 2 == 0 else "n/a"
                emotion = EMOTIONS[pick] if t % 2 else "n/a"
                why = f"It opens what was said in turn {t - 1} of session {s}." if t % 2 == 0 else ""
                place, rater = (f"case-{s // A_CASE}", f"s-{s}", t), f"R{r + 1}"
                yield [*place, speaker, text, rater, strategy, emotion, why, f"{t}:00"]


def spoken(session: int, turn: int) -> tuple[str, str]:
    """Return who speaks in a turn, and what."""
    if turn % 2:
        return "Client", f"{CLIENT}, for the {turn}th time in week {session}."
    return "Therapist", f"{HELPER}, in week {session}, the {turn}th time?"


def write_table(path: Path, sessions: int, turns: int, raters: int) -> None:
    """Write the rated turns as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rated_rows(sessions, turns, raters))


def write_sessions(path: Path, sessions: int, turns: int) -> None:
    """Write the sessions as Psy-Insight JSON, with one label and one explanation for each turn."""
    path.write_text(json.dumps([one_session(s, turns) for s in range(sessions)], ensure_ascii=False), "utf-8")


def one_session(number: int, turns: int) -> dict[str, Any]:
    """Return one session with what real files have beside it."""
    dialog: list[dict[str, Any]] = []
    for t in range(1, turns + 1):
        speaker, text = spoken(number, t)
        if t % 2:
            more = {"emotional label": [EMOTIONS[(number + t) % 5]], "observation": f"Speaks of week {number}."}
        else:
            more = {"strategy": [STRATEGIES[(number + t) % 5]], "reasoning": f"To hear more about turn {t - 1}."}
        name = "Seeker" if t % 2 else "Supporter"
        dialog.append({"speaker": name, "participant": speaker, "content": text, "id": f"{number}-{t}", **more})
    return {
        "dialog_id": f"{number:06}", "theme": "", "topic": "Being judged", "stage": "Regular Session",
        "background": "A made-up person.", "is_same_session": -1, "dialog": dialog, "summary": f"Week {number}.",
    }  # fmt: skip


def timed(label: str, work: Callable[[], T]) -> T:
    """Carry something out and print how long it took; beside it the processor time of this process."""
    from django.db import connection

    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"{connection.vendor:10} {label:34} {wall:6.2f} s, {cpu:6.2f} s here", flush=True)
    return result


def done(job: Any) -> None:
    """Carry out a job to its good end."""
    from projects.services import jobs

    found = jobs.run(job.pk)
    assert found is not None
    assert found.state == "done", found.message


def checked(dataset: Any, path: Path, label: str, *, rejects: bool = False) -> Any:
    """Receive a file and have it checked under its usual settings; `rejects` says that sessions may be bad."""
    from django.core.files import File

    from projects.formats.dialogues.settings import Settings
    from projects.services import import_batches as service

    with path.open("rb") as file:
        batch, _table = service.receive(
            dataset=dataset, file=File(file), filename=path.name, actor=None, dialogues="auto"
        )
    settings = Settings.from_json(batch.mapping)
    job = service.request_check(batch=batch, mapping=settings, encoding="", actor=None)
    timed(f"{label}: check", lambda: done(job))
    batch.refresh_from_db()
    assert rejects or not batch.report["rejected"], batch.report["problems"][:3]
    return batch


def measure(project: Any, path: Path, form: str, sessions: int) -> Path:
    """Import a file, check it again, write it out again; returns the file that was written."""
    from projects.services import datasets, import_batches
    from projects.services.dialogue_export import Wanted, stream

    dataset = datasets.create(project=project, name=f"Sessions as {form}", actor=None)
    batch = checked(dataset, path, form)
    job = import_batches.start(batch=batch, keep_good=False, actor=None)
    timed(f"{form}: import", lambda: done(job))
    again = checked(dataset, path, f"{form}, second time")
    assert (again.report["good"], again.report["unchanged"]) == (0, sessions), again.report
    target = path.with_name(f"again-{path.name}")

    def write() -> None:
        with target.open("wb") as file:
            file.writelines(stream(Wanted(dataset, form)))

    timed(f"{form}: export", write)
    return target


def main() -> None:
    """Measure, and print one line for each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--raters", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        run(folder, options.sessions, options.turns, options.raters)


def run(folder: Path, sessions: int, turns: int, raters: int) -> None:
    """Measure both files and hold what is stored, and what is written, against what was made."""
    from projects.models import ImportedAnswer, Project, Suggestion, Turn

    project = Project.objects.create(name="Benchmark", slug=f"bench-{time.time_ns()}")
    table, listed = folder / "turns.csv", folder / "sessions.json"
    write_table(table, sessions, turns, raters)
    written = measure(project, table, "turns-csv", sessions)
    # One label of each rater at every turn, and an explanation at every second one.
    answers = sessions * raters * (turns + turns // 2)
    assert ImportedAnswer.objects.count() == answers
    assert Turn.objects.count() == sessions * turns
    with table.open(encoding="utf-8") as first, written.open(encoding="utf-8-sig") as second:
        assert sum(1 for _ in csv.reader(first)) == sum(1 for _ in csv.reader(second))
    write_sessions(listed, sessions, turns)
    written = measure(project, listed, "psy-insight", sessions)
    assert json.dumps(json.loads(written.read_bytes())) == json.dumps(json.loads(listed.read_bytes()))
    assert Suggestion.objects.filter(turn__isnull=False).count() == sessions * turns * 2


if __name__ == "__main__":
    main()
