"""Import dialogues: `python manage.py import_dialogues FILE --project SLUG --dataset NAME [--format F]`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.files import File

from projects.formats.dialogues.settings import FORMATS, IMPORT_SOURCE, KEEP, SUGGEST, Settings, with_arguments
from projects.formats.encoding import ENCODINGS
from projects.management.commands import import_items
from projects.management.commands.import_items import bad_rows
from projects.models import Dataset, ImportBatch
from projects.services import import_batches
from projects.services.dialogue_words import places, remarks
from projects.services.import_report import told


class Command(import_items.Command):
    """Checks every session, then imports all of them or none; `--good-sessions` takes those without a fault."""

    help = "Import the dialogues of a Psy-Insight, ESConv or JSON Lines file, or of a table with one turn a row."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, where it goes, its format, and what is not as usual in it."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--project", required=True, metavar="SLUG", help="the project's short name")
        parser.add_argument("--dataset", required=True, metavar="NAME", help="the data set's name or short name")
        parser.add_argument("--create", action="store_true", help="make the data set where there is none of that name")
        parser.add_argument("--format", choices=FORMATS, default="auto", help="without it, told by the file's content")
        parser.add_argument(
            "--map", nargs="+", action="extend", default=[], metavar="NAME=VALUE",
            help="where things stand (text=content, case=client_id, turn.strategy=annotation.strategy, "
            "session.theme=theme), who is who (role.Coach=therapist, role.*=other), what is allowed "
            "(allowed.strategy=Question|Reflection), the language of all (language=:en)",
        )  # fmt: skip
        parser.add_argument("--encoding", choices=list(ENCODINGS), default="", help="without it, found by content")
        parser.add_argument("--source", default=IMPORT_SOURCE, help="the source of the labels as suggestions")
        parser.add_argument("--keep-labels", action="store_true", help="make no suggestions of the labels")
        parser.add_argument("--good-sessions", action="store_true", dest="good_rows", help="leave out the bad ones")
        parser.add_argument("--rejected", metavar="FILE", type=Path, help="where to write the sessions that are bad")
        parser.set_defaults(labels=None)

    def _checked(self, dataset: Dataset, path: Path, options: dict[str, Any]) -> ImportBatch:
        with path.open("rb") as source:
            batch, _table = import_batches.receive(
                dataset=dataset, file=File(source), filename=path.name, actor=None, encoding=options["encoding"],
                dialogues=options["format"],
            )  # fmt: skip
        try:
            settings = with_arguments(Settings.from_json(batch.mapping), options["map"])
            labels = KEEP if options["keep_labels"] else SUGGEST
            settings = replace(settings, source=options["source"], labels=labels)
            self._tell_settings(settings)
            job = import_batches.request_check(batch=batch, mapping=settings, encoding=batch.encoding, actor=None)
            self._follow(job, "Checking")
        except BaseException:
            # Also where somebody presses Ctrl-C: no file stays behind that nobody will come back to.
            import_batches.cancel(batch=batch, actor=None)
            raise
        batch.refresh_from_db()
        return batch

    def _tell_settings(self, settings: Settings) -> None:
        self.stderr.write(f"  format = {settings.format}")
        for name, path in places(settings):
            self.stderr.write(f"  {name} = {path}")

    def _tell(self, batch: ImportBatch) -> None:
        report = batch.report
        for problem in sorted(report["conflicting"] + report["problems"], key=lambda one: int(one["row"])):
            turn = f", turn {problem['column']}" if problem["column"] else ""
            line = f" (line {problem['params']['line']})" if problem["params"].get("line") else ""
            self.stderr.write(f"Session {problem['row']}{turn}{line}: {told(problem)}")
        for count, words in remarks(report):
            self.stderr.write(f"{count} sessions: {words}")
        self.stderr.write(
            f"{report['rows']} sessions: {report['good']} good with {report['turns']} turns, "
            f"{report['unchanged']} already known, {report['conflicts']} in conflict, {report['rejected']} rejected; "
            f"{report['suggested']} suggestions, {report['answers']} answers by {len(report['raters'])} raters."
        )
        if bad_rows(batch):
            self.stderr.write("--rejected FILE writes the bad sessions with the reasons.")
