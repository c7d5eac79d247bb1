"""Import responses: `python manage.py import_responses FILE... --project SLUG --dataset NAME [--map item=column]`."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from evaluation.models import ResponseImport
from evaluation.responses.columns import COLUMNS, Columns
from evaluation.responses.rows import told
from evaluation.services import response_files as service
from projects.formats.encoding import ENCODINGS
from projects.formats.records import FormatError
from projects.models import Dataset, Job, Project
from projects.services import jobs

FOLLOW_SECONDS = 0.5


class Command(BaseCommand):
    """Checks every row of every file, then imports all of them or none; `--good-rows` takes those without a fault."""

    help = "Import what systems answered: FastChat answer files, or tables with system, item and text."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the files, where they go, and what their columns are."""
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
        parser.add_argument("--project", required=True, metavar="SLUG", help="the project's short name")
        parser.add_argument("--dataset", required=True, metavar="NAME", help="the data set's name or short name")
        parser.add_argument("--system", default="", metavar="NAME", help="one system for all rows of all files")
        parser.add_argument(
            "--map", nargs="+", action="extend", default=[], metavar="FIELD=COLUMN",
            help=f"which column is what ({', '.join(COLUMNS)}). What is not named is guessed.",
        )  # fmt: skip
        parser.add_argument("--scorer", default="", metavar="NAME", help="who gave the scores")
        parser.add_argument("--criterion", default="", metavar="NAME", help="what was scored (default: overall)")
        parser.add_argument("--scale", default="", metavar="LOW,HIGH", help="the scale of the scores (default: 0,4)")
        parser.add_argument("--encoding", choices=list(ENCODINGS), default="", help="without it, found by content")
        parser.add_argument("--good-rows", action="store_true", help="import the good rows where others are bad")

    def handle(self, *, files: list[Path], **options: Any) -> None:
        """Import the files one after another, or say row by row why not."""
        dataset = find(options)
        batches: list[ResponseImport] = []
        try:
            batches.extend(self._checked(dataset, path, options) for path in files)
            self._decide(batches, good_rows=options["good_rows"])
        except BaseException as error:
            # Also where somebody presses Ctrl-C: no file stays behind that nobody will come back to.
            withdraw(batches)
            if isinstance(error, FormatError):
                raise CommandError(error.message) from error
            if isinstance(error, ValidationError):
                raise CommandError(" ".join(error.messages)) from error
            if isinstance(error, OSError):
                raise CommandError(f"{error.filename}: {error.strerror}.") from error
            raise

    def _checked(self, dataset: Dataset, path: Path, options: dict[str, Any]) -> ResponseImport:
        with path.open("rb") as source:
            batch = receive(dataset, File(source), path, options["encoding"])
        try:
            columns = chosen(service.columns_of(batch), service.opened(batch).columns, options)
            job = service.request_check(batch=batch, columns=columns, actor=None)
            self._follow(job, f"Checking {path.name}")
        except BaseException:
            service.cancel(batch=batch, actor=None)
            raise
        batch.refresh_from_db()
        self._tell(batch)
        return batch

    def _follow(self, job: Job, what: str) -> None:
        """Carry out a job here, unless a worker was quicker; then watch it. Raises CommandError where it fails."""

        def watch(done: int, total: int | None) -> None:
            self.stderr.write(f"{what}: row {done}" + (f" of {total}" if total else ""))

        found = jobs.run(job.pk, watch)
        while found is None or not found.finished:
            time.sleep(FOLLOW_SECONDS)
            found = Job.objects.get(pk=job.pk)
        if found.state != Job.State.DONE:
            raise CommandError(found.message)

    def _tell(self, batch: ResponseImport) -> None:
        report = batch.report
        for problem in report["problems"]:
            self.stderr.write(f"{batch.filename}, row {problem['row']}: {told(problem['code'], problem['params'])}")
        self.stderr.write(
            f"{batch.filename}: {report['rows']} responses: {report['good']} good, {report['unchanged']} already "
            f"known, {report['repeated']} said twice, {report['rejected']} rejected; {report['scored']} with a score."
        )
        words = report["words"]
        if words["telling"]:
            self.stderr.write(f"Texts with words that may tell who wrote them: {words['telling']} of {words['texts']}.")

    def _decide(self, batches: list[ResponseImport], *, good_rows: bool) -> None:
        bad = sum(batch.report["rejected"] for batch in batches)
        if bad and not good_rows:
            raise CommandError(f"Bad rows: {bad}, so nothing was imported. --good-rows imports the others.")
        for batch in batches:
            self._follow(service.start(batch=batch, keep_good=good_rows, actor=None), f"Importing {batch.filename}")
            batch.refresh_from_db()
            names = ", ".join(one["name"] for one in batch.report["systems"])
            self.stdout.write(f"Responses of {names} imported into {batch.dataset.name}: {batch.report['good']}.")


def receive(dataset: Dataset, file: File[bytes], path: Path, encoding: str) -> ResponseImport:
    """Keep a file for import."""
    return service.receive(dataset=dataset, file=file, filename=path.name, actor=None, encoding=encoding)


def withdraw(batches: list[ResponseImport]) -> None:
    """Throw away what was not imported."""
    for batch in batches:
        batch.refresh_from_db()
        service.cancel(batch=batch, actor=None)


def chosen(guessed: Columns, names: list[str], options: dict[str, Any]) -> Columns:
    """Return the guess with what was given; CommandError for a field or column that is not there."""
    given: dict[str, Any] = {}
    for pair in options["map"]:
        field, equals, column = pair.partition("=")
        if field not in COLUMNS or not equals:
            raise CommandError(f"“{pair}” is not FIELD=COLUMN with a field of {', '.join(COLUMNS)}.")
        if column and column not in names:
            raise CommandError(f"The file has no column “{column}”. It has: {', '.join(names)}.")
        given[field] = column
    if options["system"]:
        given |= {"system": "", "system_name": options["system"]}
    given |= {name: options[name] for name in ("scorer", "criterion") if options[name]}
    columns = replace(guessed, **given | scale_of(options["scale"]))
    if columns.missing():
        raise CommandError(f"Say with --map or --system what these are: {', '.join(columns.missing())}.")
    return columns


def scale_of(text: str) -> dict[str, Any]:
    """Return the ends of a scale, as "0,4"; CommandError for anything else."""
    if not text:
        return {}
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise CommandError(f"“{text}” is no scale. Write its ends, as 0,4.") from error
    if low >= high:
        raise CommandError(f"“{text}” is no scale: the highest score lies above the lowest.")
    return {"low": low, "high": high}


def find(options: dict[str, Any]) -> Dataset:
    """Return the data set; CommandError where it or the project is not there."""
    project = Project.objects.filter(slug=options["project"]).first()
    if project is None:
        raise CommandError(f"There is no project “{options['project']}”.")
    name = options["dataset"]
    found = project.datasets.filter(slug=name).first() or project.datasets.filter(name=name).first()
    if found is None:
        raise CommandError(f"The project has no data set “{name}”.")
    return found
