"""Write the reproduction bundle of a study report, and its key if asked for."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from publishing.models import StudyReport
from publishing.services import bundle, study_reports


class Command(BaseCommand):
    """The newest edition as a zip file; the key goes to a file of its own."""

    help = "Write the reproduction bundle of a study report's newest edition."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the report, where to write, and what beside the rows."""
        parser.add_argument("report", type=int, help="number of the study report, as in its address")
        parser.add_argument("target", type=Path, help="the zip file to write")
        parser.add_argument("--texts", action="store_true", help="with the texts of responses that name nobody")
        parser.add_argument("--key", type=Path, help="also write the key to the codes, to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build and write; raises CommandError where there is nothing to build or a key is closed."""
        report = StudyReport.objects.select_related("project").filter(pk=options["report"]).first()
        edition = study_reports.computed(report).first() if report else None
        if report is None or edition is None:
            raise CommandError("There is no such study report, or it has not been computed yet.")
        edition.report = report
        content = bundle.build(edition)
        try:
            key = bundle.key_file(edition, sha256(content).hexdigest()) if options["key"] else b""
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        options["target"].write_bytes(bundle.build(edition, texts=True) if options["texts"] else content)
        if options["key"]:
            options["key"].write_bytes(key)
        self.stdout.write(f"{options['target']}: {options['target'].stat().st_size} bytes")
