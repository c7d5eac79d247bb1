"""Say of each property of blindness whether a study has it. Exit status 1 where one does not hold."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.blindness import scratch
from evaluation.models import BlindStudy
from projects.models import Study


class Command(BaseCommand):
    """Replays a clone of each study in a scratch database and looks at every byte that raters get."""

    help = "Replay a blind study on a clone in a scratch database, and print a verdict for each property."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one study, as PROJECT/STUDY, or all."""
        parser.add_argument("study", nargs="?", help="PROJECT/STUDY, both by their short names")
        parser.add_argument("--all", action="store_true", help="every blind study that has opened")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check what was asked for."""
        passed = True
        for study in self.studies(options["study"], every=options["all"]):
            self.stdout.write(f"{study.project.slug}/{study.slug}")
            try:
                row = scratch.check(study)
            except scratch.ReplayFailed as error:
                raise CommandError(f"The replay did not come to its end: {error}") from error
            for one in row.verdicts:
                word = "held" if one["held"] else "NOT HELD"
                self.stdout.write(f"  {one['key']:<4}{one['name']:<20}{word:<10}{one['words']}")
            passed = passed and row.passed
        if not passed:
            sys.exit(1)

    def studies(self, name: str | None, *, every: bool) -> Iterable[Study]:
        """Return the blind studies that are meant."""
        rows = Study.objects.filter(pk__in=BlindStudy.objects.values("study"), opened_at__isnull=False)
        rows = rows.select_related("project", "version", "guideline").order_by("pk")
        if every:
            return rows
        project, _slash, slug = (name or "").partition("/")
        found = list(rows.filter(project__slug=project, slug=slug))
        if not found:
            raise CommandError("Name a blind study that has opened as PROJECT/STUDY, or say --all.")
        return found
