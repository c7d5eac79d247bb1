"""After a run: its texts are read once more, as answers, as pre-labels, and for words that tell who wrote them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation import answers, proposals
from evaluation.models import Purpose, Response, Run, RunFindings
from evaluation.services import hygiene
from projects.models import Item, Job, Project, Suggestion, User
from projects.services import jobs
from projects.services.audit import record
from projects.services.jobs import Progress

KIND = "read_run"
CHUNK = 500
EXAMPLES = 50
LABEL = "label"


def ask(run_id: int, project: Project | None, *, actor: User | None) -> Job:
    """Have a worker read a run's texts; while that waits, it is asked for once."""
    return jobs.enqueue(KIND, subject(run_id), project=project, actor=actor)


def subject(run_id: int) -> str:
    """Return what the reading of a run is filed under."""
    return f"run:{run_id}:read"


@dataclass
class Tally:
    """What was found in the texts of a run."""

    read: int = 0
    written: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)
    words: hygiene.Found = field(default_factory=hygiene.Found)

    def refuse(self, response: Response, reason: str) -> None:
        """Count an output that is no answer."""
        self.unread[reason] += 1
        if len(self.examples) < EXAMPLES:
            revision = response.revision
            self.examples.append(
                {
                    "item": revision.item.external_id, "system": response.system_version.system.name,
                    "call": response.attempt.run_item_id if response.attempt else None, "reason": reason,
                    "said": response.text[:200],
                }
            )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Plain data, to be kept."""
        return {
            "read": self.read, "written": self.written, "unread": dict(self.unread), "examples": self.examples,
            "words": self.words.to_json(),
        }  # fmt: skip


def run(job: Job, progress: Progress) -> str:
    """Read the texts of the run in the job's subject; the handler of the job "read_run". It may start over."""
    row = Run.objects.select_related("project").get(pk=int(job.subject.split(":")[1]))
    names = tuple(row.project.systems.values_list("name", flat=True))
    tally, done = Tally(), 0
    for part in _parts(row):
        with transaction.atomic():
            for response in part:
                about = (response.system_version.system.name, response.revision.item.external_id)
                tally.words.add(response.text, about=about, names=names)
            if row.purpose != Purpose.ANSWER:
                _read(row, part, tally)
        done += len(part)
        progress.report(done)
    with transaction.atomic():
        RunFindings.objects.update_or_create(run=row, defaults={"found": tally.to_json(), "made_at": timezone.now()})
        record("run.read", actor=job.created_by, project=row.project, target=row, written=tally.written)
    return ""


def _parts(row: Run) -> Iterator[list[Response]]:
    """Yield the run's responses some at a time, with all that reading them takes."""
    rows = Response.objects.filter(run=row).select_related(
        "revision__item__dataset", "system_version__system", "attempt"
    )
    last = 0
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield part
        last = part[-1].pk


def _read(row: Run, part: Sequence[Response], tally: Tally) -> None:
    """Read answers; of a pre-labelling run write what they propose, from the first round."""
    made: list[Suggestion] = []
    for response in part:
        dialogue = response.revision.item.kind == Item.Kind.DIALOGUE
        found, reason = _of_dialogue(response) if dialogue else _of_item(response)
        if reason:
            tally.refuse(response, reason)
            continue
        tally.read += 1
        if response.round == 1:
            made += found
    if row.purpose == Purpose.PRELABEL and made:
        tally.written += len(made)
        # Asked for again, what stands already stays: people may have answered it.
        Suggestion.objects.bulk_create(made, ignore_conflicts=True)


def source_of(response: Response) -> str:
    """Return who proposes: the system and its version."""
    version = response.system_version
    return f"{version.system.name[:110]} v{version.number}"


def _of_item(response: Response) -> tuple[list[Suggestion], str]:
    """Return the label that an output is, or why it is none."""
    revision = response.revision
    item = revision.item
    several = item.kind == Item.Kind.MULTIPLE_CHOICE
    offered = answers.choices(item.dataset.labels if item.kind == Item.Kind.TRUE_FALSE else revision.options)
    reading = answers.read(response.text, offered, several=several, finish=response.finish_reason or "stop")
    if not reading.read:
        return [], str(reading.reason)
    sure = None
    if len(reading.values) == 1 and response.attempt is not None:
        sure = proposals.certainty(response.attempt.logprobs, offered, reading.values[0])
    values = list(reading.values)
    return [Suggestion(revision=revision, field=LABEL, values=values, source=source_of(response), score=sure)], ""


def _of_dialogue(response: Response) -> tuple[list[Suggestion], str]:
    """Return what an output proposes for a dialogue's fields, or why it cannot be read."""
    revision = response.revision
    turns = list(revision.turns.order_by("index").values_list("pk", flat=True))
    found, reason = proposals.read_fields(response.text, turns=len(turns))
    source = source_of(response)
    made = [
        Suggestion(
            revision=revision, turn_id=None if one.turn is None else turns[one.turn - 1], field=one.field,
            values=list(one.values), source=source,
        )
        for one in found
    ]  # fmt: skip
    return made, str(reason or "")
