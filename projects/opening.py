"""Opening a study: a worker makes its units. The study opens in the last transaction, so it is whole or not open."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from projects import gates, kinds, specs
from projects.kinds import UnitSpec
from projects.models import Job, Place, Study, Unit
from projects.services import allotment, bulk, jobs, studies
from projects.services.audit import record

DELETE_CHUNK = 5000
UNIT = (
    "study", "item", "revision", "role", "repeat", "variant", "stratum", "language", "group", "wanted", "taken", "done",
    "open", "withdrawn", "sort_key",
)  # fmt: skip


def run(job: Job, progress: jobs.Progress) -> str:
    """Make the units of the study in the job's subject, then open it. Starts over after a crash."""
    study = Study.objects.select_related("project", "version", "dataset", "source").get(
        pk=int(job.subject.partition(":")[2])
    )
    if study.state != Study.State.OPENING:
        return ""
    try:
        _clear(study)
        count = _make_units(study, progress)
        if not count:
            raise jobs.JobFailed(_("There is nothing to judge: no item fits the study's settings."))
        kinds.of(study).furnish(study)
        gates.furnish(study)
        count -= allotment.make(study, progress.report)
        if not count:
            raise jobs.JobFailed(_("There is nothing to judge: no unit is on anybody's list."))
        bulk.take_stock(Unit, Place)
        _open(study, job, count, progress)
    except (jobs.JobCancelled, jobs.JobFailed, ValidationError) as error:
        _clear(study)
        Study.objects.filter(pk=study.pk, state=Study.State.OPENING).update(state=Study.State.DRAFT)
        if isinstance(error, ValidationError):
            raise jobs.JobFailed(" ".join(error.messages)) from error
        raise
    return ""


def _clear(study: Study) -> None:
    """Delete what an earlier attempt left behind, in pieces that let others write meanwhile."""
    while ids := list(study.units.values_list("pk", flat=True)[:DELETE_CHUNK]):
        Unit.objects.filter(pk__in=ids).delete()


def _make_units(study: Study, progress: jobs.Progress) -> int:
    shuffled = study.settings.get("order", "shuffled") == "shuffled"
    count = 0
    for chunk in specs.chunks(specs.of(study)):
        with transaction.atomic():
            bulk.insert(Unit, UNIT, [_unit(study, spec, count + n, shuffled=shuffled) for n, spec in enumerate(chunk)])
        count += len(chunk)
        progress.report(count)
    return count


def _unit(study: Study, spec: UnitSpec, position: int, *, shuffled: bool) -> tuple[Any, ...]:
    """Return a unit's row, in the order of UNIT."""
    key = studies.sort_key(study, spec.key, position, shuffled=shuffled) - (studies.BEFORE if spec.first else 0)
    return (
        study.pk, spec.item_id, spec.revision_id, str(spec.role), spec.repeat, spec.variant, spec.stratum,
        spec.language, spec.group, spec.wanted, 0, 0, True, False, key,
    )  # fmt: skip


def _open(study: Study, job: Job, count: int, progress: jobs.Progress) -> None:
    with transaction.atomic():
        # Raises where another worker has taken over: the units in the table may be half of what it is making.
        progress.report(count, count, force=True)
        count, places = allotment.work_of(study).count(), allotment.places_wanted(study)
        Study.objects.filter(pk=study.pk, state=Study.State.OPENING).update(
            state=Study.State.OPEN,
            opened_at=timezone.now(),
            unit_count=count,
            place_count=places,
            languages=sorted(study.units.exclude(language="").values_list("language", flat=True).distinct()),
        )
        record("study.opened", actor=job.created_by, project=study.project, target=study, units=count)
