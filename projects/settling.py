"""Doing what follows from complete units where no answer was the last: somebody who was to judge them has left."""

from __future__ import annotations

from django.db import transaction

from projects import kinds
from projects.models import Job, Unit
from projects.services import jobs


def run(job: Job, progress: jobs.Progress) -> str:
    """Settle the units in the job's parameters, one transaction each. Settling twice is like settling once."""
    ids = list(job.params.get("units", []))
    for n, pk in enumerate(ids):
        progress.report(n, len(ids))
        with transaction.atomic():
            unit = Unit.objects.select_for_update(of=("self",)).select_related("study__version").filter(pk=pk).first()
            if unit is not None and unit.done >= unit.wanted:
                kinds.of(unit.study).settle(unit)
    return ""
