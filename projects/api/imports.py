"""Importing files: sent, checked by a worker, decided, imported by a worker."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from projects.api import keys
from projects.api.base import MANAGERS, ProjectView
from projects.api.errors import Conflict, TooLarge
from projects.api.pagination import Newest
from projects.api.shapes_data import ImportShape, ImportStart, NewImport
from projects.formats.dialogues import files
from projects.formats.dialogues.settings import Settings, with_arguments
from projects.formats.mapping import Mapping, guess_mapping, parse_map_arguments
from projects.formats.records import FormatError
from projects.formats.tables import Table
from projects.models import Dataset, ImportBatch
from projects.services import import_batches as service
from projects.services import import_report

SAMPLE = 20


def shown(batch: ImportBatch) -> Any:
    """Return an import on the wire, with the state of its newest job and its problems in words."""
    job = service.job_of(batch)
    report = dict(batch.report)
    for name in ("problems", "conflicting"):
        if name in report:
            report[name] = [{**one, "message": import_report.told(one)} for one in report[name]]
    extra = {
        "stage": str(service.stage_of(batch, job)),
        "done": job.done if job else None,
        "total": job.total if job else None,
        "message": job.message if job else "",
        "report": report,
    }
    for name, value in extra.items():
        setattr(batch, name, value)
    return ImportShape(batch).data


class ImportsView(ProjectView):
    """The imports into a data set."""

    readers = MANAGERS
    pagination_class = Newest

    def get_parsers(self) -> list[Any]:
        """Take a file."""
        return [MultiPartParser()]

    @extend_schema(responses=ImportShape(many=True))
    def get(self, request: Request, project: str, dataset: str) -> Response:
        """List the imports, newest first."""
        rows = self.paginate_queryset(self.dataset().batches.all()) or []
        return self.get_paginated_response([shown(batch) for batch in rows])

    @extend_schema(
        parameters=[keys.PARAMETER],
        request={"multipart/form-data": NewImport},
        responses={200: ImportShape, 202: ImportShape},
    )
    def post(self, request: Request, project: str, dataset: str) -> Response:
        """Send a file. A worker checks it; ask for the import's state until it is checked, then start it."""
        row, data = self.dataset(), self.given(NewImport)
        if data["file"].size > settings.CONCORD_MAX_UPLOAD_BYTES:
            raise TooLarge
        key, batches, scope = keys.taken(request, data), row.batches.select_related("dataset"), f"import:{row.pk}"
        if (before := self.made(batches, scope, key)) is not None:
            return Response(shown(before))
        # The file is stored before the transaction: it may be large, and SQLite has one writer.
        batch, mapping = self.received(row, data)
        made, code = self.once(lambda: self.checked(batch, mapping), batches, scope, key)
        if made.pk != batch.pk:
            service.discard(batch=batch)
        return Response(shown(made), status=status.HTTP_202_ACCEPTED if code == status.HTTP_201_CREATED else code)

    def received(self, dataset: Dataset, data: dict[str, Any]) -> tuple[ImportBatch, Mapping | Settings]:
        """Store the file; returns its batch and what is what in it, as said or as the wizard would propose."""
        dialogues, written = data.get("dialogues", ""), data.get("mapping", [])
        wanted = parse_map_arguments(written) if written and not dialogues else None
        file, encoding = data["file"], data.get("encoding", "")
        batch, table = service.receive(
            dataset=dataset, file=file, filename=file.name, actor=self.user, encoding=encoding, dialogues=dialogues
        )
        if dialogues:
            return batch, chosen(batch, written)
        return batch, wanted or guessed(table)

    def checked(self, batch: ImportBatch, mapping: Mapping | Settings) -> ImportBatch:
        """Have a worker check the file."""
        service.request_check(batch=batch, mapping=mapping, encoding=batch.encoding, actor=self.user)
        return batch


def chosen(batch: ImportBatch, written: list[str]) -> Settings:
    """Return how a file of dialogues is read: as usual, but for what is written. Keeps nothing where that cannot be."""
    try:
        found = with_arguments(Settings.from_json(batch.mapping), written)
        files.check(found)
    except FormatError:
        service.discard(batch=batch)
        raise
    return found


def guessed(table: Table) -> Mapping:
    """Return the mapping that the wizard would propose."""
    return guess_mapping(table.columns, [values for _number, values in table.preview(SAMPLE)])


class ImportView(ProjectView):
    """One import."""

    readers = MANAGERS

    def batch(self) -> ImportBatch:
        """Return an import into the data set in the address; Http404 for any other."""
        dataset = self.dataset()
        row = dataset.batches.filter(pk=self.kwargs["batch"]).first()
        if row is None:
            raise Http404
        row.dataset = dataset
        return row


class ImportDetail(ImportView):
    """How far one import is."""

    @extend_schema(responses=ImportShape)
    def get(self, request: Request, project: str, dataset: str, batch: int) -> Response:
        """Tell how far it is, and what was found."""
        return Response(shown(self.batch()))

    @extend_schema(request=None, responses={200: ImportShape})
    def delete(self, request: Request, project: str, dataset: str, batch: int) -> Response:
        """Stop an import that is not complete; nothing of it is kept."""
        row = self.batch()
        if row.published:
            raise Conflict
        service.cancel(batch=row, actor=self.user)
        row.refresh_from_db()
        return Response(shown(row))


class ImportStartView(ImportView):
    """The decision."""

    @extend_schema(request=ImportStart, responses={202: ImportShape})
    def post(self, request: Request, project: str, dataset: str, batch: int) -> Response:
        """Import what was checked. Sent again it changes nothing."""
        row, data = self.batch(), self.given(ImportStart)
        stage = service.stage_of(row, service.job_of(row))
        if stage == service.Stage.CHECKED:
            service.start(batch=row, keep_good=data["keep_good"], actor=self.user)
            row.refresh_from_db()
        elif stage not in (service.Stage.IMPORTING, service.Stage.DONE):
            raise Conflict
        return Response(shown(row), status=status.HTTP_202_ACCEPTED)
