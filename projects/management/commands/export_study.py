"""Write one of a study's files: `python manage.py export_study SLUG --format jsonl --what answers --output FILE`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from projects import kinds
from projects.models import Study
from projects.services import exporting


class Command(BaseCommand):
    """Streams, so that a large study needs no more memory than a small one."""

    help = "Write a file of a study: its final data set, what was removed, all answers, or items by raters."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the study and what to write of it."""
        parser.add_argument("study", metavar="SLUG", help="the study's short name")
        parser.add_argument("--project", default="", help="its project's short name, where several have such a study")
        parser.add_argument("--format", choices=list(exporting.FORMATS), default="csv", dest="suffix")
        parser.add_argument("--what", default="final", help="which of the study's files, as the results page names it")
        parser.add_argument("--output", default="", help="a file to write; without it, standard output")

    def handle(self, *, study: str, project: str, suffix: str, what: str, output: str, **options: object) -> None:
        """Write the file, or say why not."""
        row = find(study, project)
        offers = {offer.key: offer for offer in kinds.of(row).exports()}
        if what not in offers:
            raise CommandError(f"This study has no file “{what}”. It has: {', '.join(offers)}.")
        chunks = exporting.stream(row, offers[what], suffix)
        if not output:
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            return
        try:
            size = write(chunks, Path(output))
        except OSError as error:
            raise CommandError(f"The file was not written: {error}.") from error
        self.stderr.write(f"{output}: {size} bytes.")


def write(chunks: Iterator[bytes], path: Path) -> int:
    """Write the pieces to a file and return its size."""
    with path.open("wb") as file:
        return sum(file.write(chunk) for chunk in chunks)


def find(slug: str, project: str) -> Study:
    """Return the one study of that name; CommandError where there is none, or several."""
    rows = Study.objects.select_related("project", "version", "dataset", "source").filter(slug=slug)
    found = list(rows.filter(project__slug=project) if project else rows)
    if not found:
        raise CommandError("There is no such study.")
    if len(found) > 1:
        names = ", ".join(sorted(study.project.slug for study in found))
        raise CommandError(f"Several projects have a study of this name; say which with --project: {names}.")
    return found[0]
