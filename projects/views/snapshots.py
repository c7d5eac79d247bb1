"""Pages of what a worker computes into snapshots that stay: the newest with how far the next is, and files of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db import models
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header

from projects.access import Access, ProjectRequest
from projects.listing import Listing
from projects.models import Job, User
from reports.exports import ExportFile, export
from reports.render import render as ink
from reports.summary import Summary

A_PAGE = 25
VERSIONS_SHOWN = 10
# What a page names when it asks for the state of the work alone.
JOB = "report-job"
Row = TypeVar("Row", bound=models.Model)
Snapshot = TypeVar("Snapshot", bound=models.Model)


Taken = TypeVar("Taken", bound=models.Model, contravariant=True)
Given = TypeVar("Given", bound=models.Model, covariant=True)


class Service(Protocol[Taken, Given]):
    """The verbs behind the pages; a module of services is one."""

    def ask(self, row: Taken, *, actor: User | None) -> Given:
        """Ask a worker for a snapshot."""

    def computed(self, row: Taken) -> QuerySet[Given]:
        """Return the snapshots that have their numbers, newest first."""

    def last_job(self, row: Taken) -> Job | None:
        """Return the newest piece of work on one."""


@dataclass(frozen=True)
class Shelf(Generic[Row, Snapshot]):
    """What the pages of one kind of report share.

    `name` is the address of its page and begins those of its verbs; `version` is the address of one snapshot. Of
    the columns, `heavy` are read for no list of snapshots, and `unshown` not even for the page.
    """

    model: type[Row]
    name: str
    version: str
    template: str
    service: Service[Row, Snapshot]
    is_stale: Callable[[Snapshot, Row], bool]
    files: Mapping[str, str | Promise]
    heavy: tuple[str, ...] = ("summary",)
    unshown: tuple[str, ...] = ()

    def get(self, access: Access, pk: int) -> Row:
        """Return a row of the project at hand; Http404 for any other."""
        found: Row | None = self.model._default_manager.filter(project=access.project, pk=pk).first()
        if found is None:
            raise Http404
        # Known already; asked for again by whatever is named under it.
        setattr(found, "project", access.project)  # noqa: B010  no model in general has one
        return found

    def listing(self, snapshots: str, **counted: str) -> Listing[Row]:
        """Return the list of a project's rows: when each was last computed, whether it waits, and what is counted."""
        waiting = Count(snapshots, distinct=True, filter=Q(**{f"{snapshots}__computed_at__isnull": True}))
        numbers = {name: Count(what, distinct=True) for name, what in counted.items()}
        # Any: the plugin that types querysets loses a type variable in `annotate`.
        rows: Any = self.model._default_manager
        return Listing(
            lambda project: (
                rows.filter(project_id=project)
                .annotate(last=Max(f"{snapshots}__computed_at"), waiting=waiting, **numbers)
                .order_by("-created_at", "-pk")
            ),
            -1,
            per_page=A_PAGE,
            counted=lambda project: rows.filter(project_id=project),
        )

    def page(self, request: ProjectRequest, pk: int, chosen: int | None, **named: Any) -> HttpResponse:
        """Show the newest snapshot, or the one chosen, and how far a newer one is; htmx asks for the latter alone."""
        row = self.get(request.access, pk)
        job = self.service.last_job(row)
        context = self._addresses(request, row) | {"project": request.access.project, "row": row, "job": job} | named
        if request.headers.get("HX-Target") == JOB:
            return job_state(request, job, context)
        newest = self.service.computed(row).defer(*self.unshown).first()
        shown = self.snapshot(row, chosen) if chosen else newest
        context |= {
            "shown": shown,
            "earlier": shown is not None and newest is not None and shown.pk != newest.pk,
            "job": job if is_news(job, newest) else None,
            "stale": newest is not None and not unfinished(job) and self.is_stale(newest, row),
            "body": ink(summary_of(shown)) if shown else "",
            "files": list(self._files(request, row, shown)) if shown else (),
            "versions": list(self._versions(request, row)),
        }
        return render(request, self.template, context)

    def snapshot(self, row: Row, pk: int) -> Snapshot:
        """Return a computed snapshot of this very row; Http404 for any other."""
        return get_object_or_404(self.service.computed(row), pk=pk)

    def compute(self, request: ProjectRequest, pk: int) -> HttpResponse:
        """Ask a worker for a new snapshot, and go back to the page."""
        row = self.get(request.access, pk)
        self.service.ask(row, actor=request.user)
        return redirect(self.name, request.access.project.slug, row.pk)

    def export(
        self, access: Access, pk: int, chosen: int, suffix: str, make: Callable[[Snapshot, Summary, str], ExportFile]
    ) -> tuple[Row, ExportFile]:
        """Return a row with a snapshot of it as a file, in the reader's language; Http404 for an unknown format."""
        row = self.get(access, pk)
        if suffix not in self.files:
            raise Http404
        found = self.snapshot(row, chosen)
        return row, make(found, summary_of(found), suffix)

    def _addresses(self, request: ProjectRequest, row: Row) -> dict[str, Any]:
        place = [request.access.project.slug, row.pk]
        verbs = {"page_url": "", "edit_url": "_edit", "compute_url": "_compute"}
        return {key: reverse(f"{self.name}{verb}", args=place) for key, verb in verbs.items()}

    def _files(self, request: ProjectRequest, row: Row, shown: Snapshot) -> Iterator[tuple[str, str | Promise]]:
        for suffix, name in self.files.items():
            yield reverse(f"{self.name}_export", args=[request.access.project.slug, row.pk, shown.pk, suffix]), name

    def _versions(self, request: ProjectRequest, row: Row) -> Iterator[tuple[Snapshot, str]]:
        for one in self.service.computed(row).defer(*self.heavy)[:VERSIONS_SHOWN]:
            yield one, reverse(self.version, args=[request.access.project.slug, row.pk, one.pk])


def unfinished(job: Job | None) -> bool:
    """Whether there is work that has not ended."""
    return job is not None and not job.finished


def is_news(job: Job | None, newest: Any) -> bool:
    """Whether the page should speak of a job: it is at work, or it ended without a snapshot."""
    if job is None or not job.finished:
        return job is not None
    return job.state != Job.State.DONE and (newest is None or job.pk > (newest.job_id or 0))


def job_state(request: ProjectRequest, job: Job | None, context: Mapping[str, Any]) -> HttpResponse:
    """Return how far the computation is; once it has ended the whole page is new."""
    if not unfinished(job):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "partials/report_job.html", dict(context))


def summary_of(snapshot: Any) -> Summary:
    """Return the Summary that a snapshot holds."""
    return Summary.from_json(snapshot.summary or {})


def of_summary(_snapshot: Any, summary: Summary, suffix: str) -> ExportFile:
    """Return a snapshot as a file where its Summary says all that the file holds."""
    return export(summary, suffix)


def attachment(made: ExportFile) -> HttpResponse:
    """Return a file under its name."""
    response = HttpResponse(made.content, content_type=made.content_type)
    response["Content-Disposition"] = content_disposition_header(True, made.filename)
    return response
