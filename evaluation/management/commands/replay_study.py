"""Replay a study that was taken as data, in this installation's database, which has to be a scratch one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.blindness import scratch
from projects.models import Study


class Command(BaseCommand):
    """Used by check_blinding, which starts it with an empty database."""

    help = "Replay a study taken by check_blinding in an empty scratch database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the study's data, where to write what was found, and which twin to be."""
        parser.add_argument("source", type=Path)
        parser.add_argument("target", type=Path)
        parser.add_argument("--twin", type=int, choices=(0, 1), default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate where that is still to do, replay, write."""
        call_command("migrate", verbosity=0)
        if Study.objects.exists():
            raise CommandError("This database is no scratch one: it has studies.")
        data = json.loads(options["source"].read_text(encoding="utf-8"))
        found = scratch.here(data, options["twin"])
        options["target"].write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
