"""`manage.py check_counters`: says whether every stored count equals the rows it stands for."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projects.services.checks import wrong_counters


class Command(BaseCommand):
    """Prints each counter that is wrong; exit status 1 where there is one."""

    help = "Compares the stored counters (places, finished answers, items, units) with the rows they stand for."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, and fail where something differs."""
        found = list(wrong_counters())
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} counters differ from their rows.")
        self.stdout.write("All counters equal their rows.")
