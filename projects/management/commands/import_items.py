"""Import a file: `python manage.py import_items FILE --project SLUG --dataset NAME [--map field=column ...]`."""

from __future__ import annotations

import shutil
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from projects.formats.encoding import ENCODINGS
from projects.formats.mapping import Mapping, Source, guess_mapping, names_in, parse_map_arguments
from projects.formats.records import KINDS, FormatError
from projects.formats.table import Table
from projects.models import Dataset, ImportBatch, Job, Project
from projects.services import datasets, import_batches, jobs
from projects.services.import_report import told

GUESSED_FROM = 20
FOLLOW_SECONDS = 0.5


class Command(BaseCommand):
    """Checks every row, then imports all of them or none; `--good-rows` takes those without a fault."""

    help = "Import the items of a CSV, TSV, JSON Lines, JSON or XLSX file into a data set."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, where it goes, and what its columns are."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--project", required=True, metavar="SLUG", help="the project's short name")
        parser.add_argument("--dataset", required=True, metavar="NAME", help="the data set's name or short name")
        parser.add_argument("--create", action="store_true", help="make the data set where there is none of that name")
        parser.add_argument(
            "--map", nargs="+", action="extend", default=[], metavar="FIELD=COLUMN",
            help="which column feeds which field; FIELD=:VALUE is the same for all rows. Without it, a guess.",
        )  # fmt: skip
        parser.add_argument("--kind", choices=KINDS, help="the kind of all items; without it, told row by row")
        parser.add_argument("--options", metavar="A,B,C", help="the options of all items, or a JSON list of them")
        parser.add_argument("--labels", metavar="A,B", help="the two labels of true/false items, with --create")
        parser.add_argument("--encoding", choices=list(ENCODINGS), default="", help="without it, found by content")
        parser.add_argument("--good-rows", action="store_true", help="import the good rows where others are bad")
        parser.add_argument("--rejected", metavar="FILE", type=Path, help="where to write the rows that are bad")

    def handle(self, *, file: Path, **options: Any) -> None:
        """Import, or say row by row why not."""
        try:
            dataset = find(options)
            batch = self._checked(dataset, file, options)
            self._tell(batch)
            self._give_back(batch, options["rejected"])
            self._decide(batch, good_rows=options["good_rows"])
        except FormatError as error:
            raise CommandError(error.message) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from error

    def _checked(self, dataset: Dataset, path: Path, options: dict[str, Any]) -> ImportBatch:
        with path.open("rb") as source:
            batch, table = import_batches.receive(
                dataset=dataset, file=File(source), filename=path.name, actor=None, encoding=options["encoding"]
            )
        try:
            mapping = chosen(table, options)
            if errors := mapping.check(table.columns):
                raise errors[0]
            self._tell_columns(mapping)
            job = import_batches.request_check(batch=batch, mapping=mapping, encoding=batch.encoding, actor=None)
            self._follow(job, "Checking")
        except BaseException:
            # Also where somebody presses Ctrl-C: no file stays behind that nobody will come back to.
            import_batches.cancel(batch=batch, actor=None)
            raise
        batch.refresh_from_db()
        return batch

    def _tell_columns(self, mapping: Mapping) -> None:
        for column, field in mapping.used_columns().items():
            self.stderr.write(f"  {field} = {column}")

    def _follow(self, job: Job, what: str) -> None:
        """Carry out a job here, unless a worker was quicker; then watch it. Raises CommandError where it fails."""

        def watch(done: int, total: int | None) -> None:
            self.stderr.write(f"{what}: row {done}" + (f" of {total}" if total else ""))

        found = jobs.run(job.pk, watch)
        while found is None or not found.finished:
            time.sleep(FOLLOW_SECONDS)
            found = Job.objects.get(pk=job.pk)
            watch(found.done, found.total)
        if found.state != Job.State.DONE:
            raise CommandError(found.message)

    def _tell(self, batch: ImportBatch) -> None:
        report = batch.report
        for problem in sorted(report["conflicting"] + report["problems"], key=lambda one: int(one["row"])):
            column = f", {problem['column']}" if problem["column"] else ""
            self.stderr.write(f"Row {problem['row']}{column}: {told(problem)}")
        listed = len(report["conflicting"]) + len(report["problems"])
        if (more := bad_rows(batch) - listed) > 0:
            self.stderr.write(f"{more} more bad rows are not listed; --rejected FILE writes them all.")
        self.stderr.write(
            f"{report['rows']} rows: {report['good']} good, {report['unchanged']} already known, "
            f"{report['conflicts']} in conflict, {report['rejected']} rejected; "
            f"{report['good'] - report['answered']} of the good ones without an answer."
        )

    def _give_back(self, batch: ImportBatch, path: Path | None) -> None:
        if path is None or not batch.rejected:
            return
        with batch.rejected.open("rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        self.stderr.write(f"The bad rows are in {path}.")

    def _decide(self, batch: ImportBatch, *, good_rows: bool) -> None:
        bad = bad_rows(batch)
        if bad and not good_rows:
            import_batches.cancel(batch=batch, actor=None)
            raise CommandError(f"Bad rows: {bad}, so nothing was imported. --good-rows imports the others.")
        job = import_batches.start(batch=batch, keep_good=good_rows, actor=None)
        try:
            self._follow(job, "Importing")
        except KeyboardInterrupt:
            # A worker would otherwise take the job up again and finish it.
            import_batches.cancel(batch=batch, actor=None)
            raise
        batch.refresh_from_db()
        self.stdout.write(f"Items imported into {batch.dataset.name}: {batch.report['good']}.")


def bad_rows(batch: ImportBatch) -> int:
    """Return how many rows cannot be imported."""
    return int(batch.report["conflicts"]) + int(batch.report["rejected"])


def find(options: dict[str, Any]) -> Dataset:
    """Return the data set, made where that is wanted; CommandError where it or the project is not there."""
    project = Project.objects.filter(slug=options["project"]).first()
    if project is None:
        raise CommandError(f"There is no project “{options['project']}”.")
    name = options["dataset"]
    found = project.datasets.filter(slug=name).first() or project.datasets.filter(name=name).first()
    if found is None and not options["create"]:
        raise CommandError(f"The project has no data set “{name}”. --create makes it.")
    wanted = labels_of(options["labels"])
    if found is None:
        return datasets.create(project=project, name=name, actor=None, labels=wanted)
    if wanted and datasets.keys_of(wanted) != datasets.keys_of(found.labels):
        raise CommandError(f"The labels of “{found.name}” are {', '.join(datasets.keys_of(found.labels))}.")
    return found


def labels_of(text: str | None) -> list[dict[str, Any]] | None:
    """Return two labels by their keys; the usual pair keeps its names and other spellings."""
    if not text:
        return None
    keys = names_in(text)
    if list(keys) == datasets.keys_of(datasets.DEFAULT_LABELS):
        return datasets.DEFAULT_LABELS
    return [{"key": key} for key in keys]


def chosen(table: Table, options: dict[str, Any]) -> Mapping:
    """Return the mapping that was written, or a guess, with the kind and the options that were given."""
    written: Sequence[str] = options["map"]
    if written:
        mapping = parse_map_arguments(written)
    else:
        mapping = guess_mapping(table.columns, [values for _number, values in table.preview(GUESSED_FROM)])
    if options["kind"]:
        mapping = replace(mapping, kind=Source(constant=options["kind"]))
    if options["options"]:
        mapping = replace(mapping, options=(), option_list=names_in(options["options"]))
    return mapping
