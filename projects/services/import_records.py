"""Adding items that come as records, not as a file: checked like a file's rows, written in one transaction.

An id that is there already with the same content adds nothing, so the same records may be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from projects.formats.mapping import Mapping, Source
from projects.formats.messages import row_message
from projects.formats.records import ItemRecord, RowError, row_error
from projects.formats.table import Row
from projects.formats.text import CellError, check_metadata
from projects.formats.validate import validate
from projects.models import Dataset, ImportBatch, Job, User
from projects.services import import_write, importing, jobs
from projects.services.import_compare import compare
from projects.services.import_report import Outcome, Tally
from projects.services.import_survey import schema_of

# A record's names are the fields' own; what a record holds beside them is metadata.
FIELDS = Mapping(
    text="text",
    external_id="external_id",
    kind=Source(column="kind"),
    options=("options",),
    prelabel="prelabel",
    prelabel_score="prelabel_score",
    prelabel_source=Source(column="prelabel_source"),
    answer="answer",
    topic=Source(column="topic"),
    subtopic=Source(column="subtopic"),
    language=Source(column="language"),
    reference="reference",
)
FILENAME = "API"
# One transaction holds SQLite's only write lock meanwhile.
MOST = import_write.CHUNK
Record = AnyMapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """A record that was not added: its place among those sent (from 1), the field at fault, and why."""

    row: int
    field: str
    code: str
    message: str


@dataclass(frozen=True)
class Added:
    """What became of the records. With problems, and without `keep_good`, nothing was added."""

    batch: ImportBatch | None
    added: int
    unchanged: int
    problems: list[Problem]


def add(*, dataset: Dataset, records: Sequence[Record], actor: User | None, keep_good: bool = False) -> Added:
    """Add items to a data set, all or (with `keep_good`) those without a fault.

    A record holds the fields of FIELDS, and `metadata` as a mapping. Raises ValidationError for too many records and
    while an import holds the data set.
    """
    if len(records) > MOST:
        raise ValidationError(_("Send at most %(most)s items at once.") % {"most": MOST})
    try:
        with transaction.atomic():
            return _add(Dataset.objects.select_for_update().get(pk=dataset.pk), records, actor, keep_good)
    except IntegrityError as error:
        # An import that began in this very moment has brought one of the ids.
        raise ValidationError(_busy()) from error


def _add(dataset: Dataset, records: Sequence[Record], actor: User | None, keep_good: bool) -> Added:
    if Job.objects.filter(kind="import", subject=f"dataset:{dataset.pk}", state__in=jobs.UNFINISHED).exists():
        raise ValidationError(_busy())
    outcomes, tally = list(compare(_checked(dataset, records), dataset, FIELDS.external_id)), Tally()
    good = tally.add(outcomes)
    problems = [_told(outcome) for outcome in outcomes if isinstance(outcome, RowError)]
    if not good or (problems and not keep_good):
        return Added(None, 0, tally.unchanged, problems)
    batch = ImportBatch.objects.create(
        dataset=dataset, filename=FILENAME, mapping=FIELDS.to_json(), keep_good=keep_good, created_by=actor
    )
    import_write.write(batch, good, import_write.next_position(dataset))
    importing.publish(batch, tally, actor=actor)
    return Added(batch, len(good), tally.unchanged, problems)


def _busy() -> str:
    return _("An import into this data set is under way. Wait until it is finished, then send the items again.")


def _checked(dataset: Dataset, records: Sequence[Record]) -> list[Outcome]:
    """Check the fields as a file's, and the metadata, which may hold any names, on its own."""
    rows: list[Row] = [(n, _fields(record)) for n, record in enumerate(records, 1)]
    outcomes = validate(rows, FIELDS, schema_of(dataset))
    return [_with_metadata(outcome, records[outcome.row - 1].get("metadata") or {}) for outcome in outcomes]


def _fields(record: Record) -> dict[str, Any]:
    return {name: record[name] for name in FIELDS.used_columns() if record.get(name) is not None}


def _with_metadata(outcome: Outcome, metadata: Record) -> Outcome:
    if not isinstance(outcome, ItemRecord):
        return outcome
    try:
        check_metadata(dict(metadata))
    except CellError as problem:
        return row_error(outcome.row, "metadata", problem.code, **problem.params)
    return replace(outcome, metadata={**outcome.metadata, **metadata})


def _told(error: RowError) -> Problem:
    return Problem(error.row, error.column, error.code, row_message(error.code, error.params))
