"""Write dialogues: `python manage.py export_dialogues --project SLUG --dataset NAME --format F --output FILE`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projects.management.commands.export_study import write
from projects.models import Dataset, Study
from projects.services import dialogue_export
from projects.services.dialogue_export import ALL_FORMATS, BY_CASE, BY_SESSION, Wanted
from projects.services.exporting import small_cache


class Command(BaseCommand):
    """Streams, so that a large data set needs no more memory than a small one."""

    help = "Write a data set's dialogues as a file, or as lines for instruction tuning with a split and a manifest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the data set, the format and, for instruction tuning, the split."""
        parser.add_argument("--project", required=True, metavar="SLUG", help="the project's short name")
        parser.add_argument("--dataset", required=True, metavar="NAME", help="the data set's name or short name")
        parser.add_argument("--format", choices=ALL_FORMATS, default="psy-insight")
        parser.add_argument(
            "--output", required=True, type=Path, metavar="FILE",
            help="a file; for instruction tuning a folder, or a name that ends in .zip",
        )  # fmt: skip
        parser.add_argument("--study", default="", metavar="SLUG", help="take what was agreed on in this study alone")
        parser.add_argument("--share", type=float, default=0.85, help="the share for training, 0.85 without it")
        parser.add_argument("--by", choices=(BY_SESSION, BY_CASE), default=BY_SESSION, help="what is drawn together")
        parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same sessions")

    def handle(self, *, output: Path, **options: Any) -> None:
        """Write the file or files, or say why not."""
        wanted = wanted_of(options)
        try:
            if wanted.shape and output.suffix != ".zip":
                self._write_folder(wanted, output)
            else:
                size = write(dialogue_export.stream(wanted), output)
                self.stderr.write(f"{output}: {size} bytes.")
        except OSError as error:
            raise CommandError(f"The file was not written: {error}.") from error

    def _write_folder(self, wanted: Wanted, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with small_cache():
            for name, pieces in dialogue_export.files(wanted):
                self.stderr.write(f"{folder / name}: {write(pieces, folder / name)} bytes.")


def wanted_of(options: dict[str, Any]) -> Wanted:
    """Return what to export; CommandError where the data set or study is not there, or the share is none."""
    rows = Dataset.objects.filter(project__slug=options["project"]).select_related("project")
    dataset = rows.filter(slug=options["dataset"]).first() or rows.filter(name=options["dataset"]).first()
    if dataset is None:
        raise CommandError(f"There is no data set “{options['dataset']}” in a project “{options['project']}”.")
    if not 0 < options["share"] < 1:
        raise CommandError("The share lies between 0 and 1, such as 0.85.")
    study = None
    if options["study"]:
        study = Study.objects.filter(project=dataset.project, dataset=dataset, slug=options["study"]).first()
        if study is None:
            raise CommandError(f"No study “{options['study']}” works on this data set.")
    return Wanted(dataset, options["format"], study, options["share"], options["by"], options["seed"])
