"""Adding dialogues that come as records, not as a file: written in one transaction, each once.

A session that is there already with the same content adds nothing, so the same records may be sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from projects.formats.dialogues.records import Session, SessionFault
from projects.formats.dialogues.settings import Layout, Settings
from projects.formats.records import RowError
from projects.models import Dataset, ImportBatch, Job, User
from projects.services import dialogue_write, import_write, importing, jobs
from projects.services.dialogue_compare import Comparer
from projects.services.dialogue_report import DialogueTally

FILENAME = "API"
# What comes as records has no layout; it is written again under our own keys.
NO_FILE = Settings("turns-csv", Layout())
MOST = dialogue_write.CHUNK


@dataclass(frozen=True)
class Added:
    """What became of the sessions. With problems, and without `keep_good`, nothing was added."""

    batch: ImportBatch | None
    added: int
    unchanged: int
    problems: list[RowError]


def add(
    *,
    dataset: Dataset,
    sessions: Sequence[Session],
    actor: User | None,
    settings: Settings = NO_FILE,
    keep_good: bool = False,
    filename: str = FILENAME,
) -> Added:
    """Add sessions to a data set, all or (with `keep_good`) those without a fault.

    Raises ValidationError for too many sessions and while an import holds the data set.
    """
    if len(sessions) > MOST:
        raise ValidationError(_("Send at most %(most)s sessions at once.") % {"most": MOST})
    batch = ImportBatch(
        dataset=dataset, filename=filename, mapping=settings.to_json(), keep_good=keep_good, created_by=actor
    )
    try:
        with transaction.atomic():
            return _add(batch, settings, sessions)
    except IntegrityError as error:
        # An import that began in this very moment has brought one of the ids.
        raise ValidationError(_busy()) from error


def _add(batch: ImportBatch, settings: Settings, sessions: Sequence[Session]) -> Added:
    dataset = batch.dataset = Dataset.objects.select_for_update().get(pk=batch.dataset_id)
    if Job.objects.filter(kind="import", subject=f"dataset:{dataset.pk}", state__in=jobs.UNFINISHED).exists():
        raise ValidationError(_busy())
    outcomes, tally = list(Comparer(dataset, settings).chunk(sessions)), DialogueTally()
    good = tally.add(outcomes)
    problems = [error for one in outcomes if isinstance(one, SessionFault) for error in one.errors]
    if not good or (problems and not batch.keep_good):
        return Added(None, 0, tally.unchanged, problems)
    batch.save()
    dialogue_write.write(batch, settings, good, import_write.next_position(dataset))
    importing.publish(batch, tally, actor=batch.created_by)
    return Added(batch, len(good), tally.unchanged, problems)


def _busy() -> str:
    return _("An import into this data set is under way. Wait until it is finished, then send the sessions again.")
