"""`manage.py demo`: the same as `make demo`, and the part of it that needs Django."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from projects.management import demo


class Command(BaseCommand):
    """Starts the supervisor, or prepares the data for it."""

    help = "Starts Concord with demonstration data on this machine, until Ctrl-C."
    # The supervisor has its processes check themselves; a second time would only delay them.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address to listen on."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare", action="store_true", help="only migrate and seed")

    def handle(self, *args: Any, host: str, port: int, prepare: bool, **options: Any) -> None:
        """Do either; ends with the supervisor's exit code."""
        if prepare:
            prepare_data()
        else:
            sys.exit(demo.run(host, port, settings.DATA_DIR))


def prepare_data() -> None:
    """Bring tables and made-up people up to date; where they are, that costs one look each."""
    if connection.vendor != "sqlite":
        raise CommandError("The demonstration keeps to SQLite, so that no real installation gets made-up people.")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
    if "seed_demo" in get_commands():
        call_command("seed_demo", verbosity=0)
