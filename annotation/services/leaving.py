"""What follows for curation when an answer, a unit or a rater is left out of results, or counts again.

What raters agree on is worked out anew from those whose answers count. What an adjudicator has decided stays decided.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver

from annotation.models import Curation
from annotation.services import curation
from projects.models import Assignment, Exclusion, Job, Study, User
from projects.services import jobs
from projects.services.exclusions import changed
from projects.services.jobs import Progress

JOB = "settle_again"


@receiver(changed, dispatch_uid="annotation.settle_again")
def follow(sender: type[Exclusion], exclusion: Exclusion, actor: User, **_: object) -> None:
    """Settle the unit again, in the transaction of the change; a rater's units are left to a worker."""
    if exclusion.rater_id is None:
        unit = exclusion.unit_id or (exclusion.assignment.unit_id if exclusion.assignment else None)
        _settle(Curation.objects.filter(unit=unit))
        return
    study = exclusion.study
    if Curation.objects.filter(unit__study=study).exists():
        # Each change is a job of its own: one that is at work already may have passed some units.
        state = "lifted" if exclusion.lifted_at else "made"
        subject = f"exclusion:{exclusion.pk}:{state}"
        jobs.enqueue(JOB, subject, project=study.project, actor=actor, params={"exclusion": exclusion.pk})


def settle_again(job: Job, progress: Progress) -> str | None:
    """Settle every session again that the rater of an exclusion has handed in; starting over changes nothing."""
    exclusion = Exclusion.objects.get(pk=job.params["exclusion"])
    held = Assignment.objects.filter(study=exclusion.study_id, rater=exclusion.rater_id)
    rows = Curation.objects.filter(unit__in=held.filter(state=Assignment.State.SUBMITTED).values("unit"))
    keys = list(rows.order_by("unit").values_list("pk", flat=True))
    for n, pk in enumerate(keys):
        progress.report(n, len(keys))
        _settle(Curation.objects.filter(pk=pk))
    progress.report(len(keys), len(keys), force=True)
    return None


def _settle(rows: QuerySet[Curation]) -> None:
    with transaction.atomic():
        # One change at a time in a session, as with decisions.
        found = Curation.objects.select_for_update(of=("self",)).select_related("unit").filter(pk__in=rows)
        for row in found:
            row.unit.study = Study.objects.select_related("version").get(pk=row.unit.study_id)
            curation.settle(row.unit)
