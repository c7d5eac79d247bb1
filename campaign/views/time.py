"""Time sheets: who worked how long on which day, and what is owed. Apart from judgements, by a permission of their own.

Managers read them, and whoever a manager has given them to; adjudicators and analysts do not by their role.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaign.forms.watch import PayForm, ReaderForm, TimeFilter
from campaign.models import PayRate, StudyQuality, TimeDay, TimeSheetReader
from campaign.services import pay, watching
from projects.access import MANAGER, ProjectRequest, project_view
from projects.listing import page_of
from projects.models import Project, Study
from projects.services.audit import record
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study

A_PAGE = 50
# A sign at the front of a cell that a spreadsheet would take for a formula.
RISKY = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "day", "study", "rater", "answers", "changes", "active_ms", "hours", "basis", "rate", "currency", "pay",
)  # fmt: skip


def need_sheets(request: ProjectRequest) -> Project:
    """Return the project of somebody who may read its time sheets; PermissionDenied for everybody else."""
    access = request.access
    if not access.is_manager and not pay.may_read(access.user, access.project):
        raise PermissionDenied
    return access.project


def days_for(project: Project, wanted: dict[str, Any]) -> QuerySet[TimeDay]:
    """Return the project's days that a filter asks for."""
    rows = TimeDay.objects.filter(study__project=project)
    names = {"study": "study__slug", "rater": "rater__code", "since": "day__gte", "until": "day__lte"}
    chosen = {names[name]: value for name, value in wanted.items() if value and name in names}
    return rows.filter(**chosen)


def sums_of(days: QuerySet[TimeDay]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return by rater and study what was worked and is owed, and what that is by currency over all of them."""
    grouped = (
        days.order_by()
        .values("study_id", "study__name", "study__slug", "rater_id", "rater__code")
        .annotate(given=Sum("answers"), again=Sum("changes"), ms=Sum("active_ms"))
        .order_by("rater__code", "study__name", "study_id")
    )
    rows: list[dict[str, Any]] = [dict(row) for row in grouped]
    rates = pay.rates_of({row["study_id"] for row in rows})
    owed: dict[str, Any] = defaultdict(int)
    for row in rows:
        rate = pay.rate_for(rates, row["study_id"], row["rater_id"])
        row["rate"] = rate
        if rate:
            row["owed"] = pay.owed(rate, answers=row["given"], active_ms=row["ms"])
            owed[rate.currency] += row["owed"]
    total = {"ms": sum(row["ms"] for row in rows), "given": sum(row["given"] for row in rows)}
    return rows, total | {"owed": sorted(owed.items())}


@require_safe
@project_view()
def time_sheets(request: ProjectRequest) -> HttpResponse:
    """Show working time by rater and study, and by day."""
    project = need_sheets(request)
    form = TimeFilter(request.GET, project=project)
    days = days_for(project, form.cleaned_data if form.is_valid() else {})
    rows, total = sums_of(days)
    sums = Paginator(rows, A_PAGE).get_page(request.GET.get("sums"))
    listed = days.select_related("study", "rater").order_by("-day", "rater__code", "study_id")
    oldest = StudyQuality.objects.filter(study__project=project).order_by("computed_at").first()
    context = {
        "project": project,
        "form": form,
        "rows": list(sums),
        "sums_page": sums,
        "total": total,
        "page_obj": Paginator(listed, A_PAGE).get_page(request.GET.get("page")),
        "query": request.GET.urlencode(),
        "oldest": oldest,
    }
    return render(request, "campaign/time/sheets.html", context, status=200 if form.is_valid() else 422)


@require_safe
@project_view()
def time_sheets_csv(request: ProjectRequest) -> HttpResponseBase:
    """Hand out the days as a file."""
    project = need_sheets(request)
    form = TimeFilter(request.GET, project=project)
    wanted = form.cleaned_data if form.is_valid() else {}
    days = days_for(project, wanted).select_related("study", "rater").order_by("day", "study_id", "rater__code")
    rates = pay.rates_of(project.studies.values_list("pk", flat=True))
    record("timesheets.exported", actor=request.user, project=project)
    response = StreamingHttpResponse(lines(days, rates), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-time.csv"'
    return response


class Echo:
    """A file that gives back what is written to it."""

    def write(self, value: str) -> str:
        """Return the line."""
        return value


def plain(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def lines(days: QuerySet[TimeDay], rates: pay.Rates) -> Iterator[str]:
    """Yield the file's lines: a header, then a line for each day."""
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for one in days.iterator(chunk_size=500):
        rate = pay.rate_for(rates, one.study_id, one.rater_id)
        owed = pay.exact(rate, answers=one.answers, active_ms=one.active_ms) if rate else None
        cells: Sequence[object] = (
            one.day.isoformat(), one.study.name, one.rater.code, one.answers, one.changes, one.active_ms,
            f"{one.active_ms / 3_600_000:.4f}", rate.basis if rate else "", rate.amount if rate else "",
            rate.currency if rate else "", f"{owed:.4f}" if owed is not None else "",
        )  # fmt: skip
        yield writer.writerow([plain(cell) for cell in cells])


@require_POST
@project_view()
def time_count(request: ProjectRequest) -> HttpResponse:
    """Ask workers to count the days of every study again."""
    project = need_sheets(request)
    asked = [watching.ask(one, actor=request.user) for one in project.studies.filter(state__in=watching.WATCHED)]
    words = ngettext("%(n)s study is being counted.", "%(n)s studies are being counted.", len(asked))
    messages.success(request, words % {"n": len(asked)})
    return redirect("time_sheets", project.slug)


@require_http_methods(PAGE)
@project_view(MANAGER)
def time_readers(request: ProjectRequest) -> HttpResponse:
    """Give the time sheets to members, or take them away again."""
    project = request.access.project
    form = ReaderForm(posted(request), project=project)
    if request.method == "POST" and form.is_valid() and form.save(actor=request.user):
        return redirect("time_readers", project.slug)
    rows = TimeSheetReader.objects.filter(project=project).select_related("user", "granted_by").order_by("pk")
    context = {"project": project, "form": form, "page_obj": page_of(rows, request.GET.get("page"), A_PAGE)}
    return render(request, "campaign/time/readers.html", context, status=form_status(request))


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_pay(request: ProjectRequest, study: str) -> HttpResponse:
    """Say what a study pays: everybody, and single raters."""
    row = get_study(request.access, study)
    if request.method == "POST" and request.POST.get("drop", "").isdecimal():
        rate = get_object_or_404(PayRate.objects.select_related("study__project"), study=row, pk=request.POST["drop"])
        pay.drop_rate(rate, actor=request.user)
        return redirect("study_pay", row.project.slug, row.slug)
    form = PayForm(posted(request), study=row)
    if request.method == "POST" and form.is_valid() and form.save(actor=request.user):
        messages.success(request, _("The rate is saved."))
        return redirect("study_pay", row.project.slug, row.slug)
    rows = PayRate.objects.filter(study=row).select_related("rater").order_by("rater__code")
    rates = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = study_context(request, row, "pay") | {"form": form, "page_obj": rates}
    return render(request, "campaign/time/pay.html", context, status=form_status(request))


def own_sum(study: Study, days: Sequence[TimeDay], rater: int) -> dict[str, Any]:
    """Return what a rater did in a study, and what that is worth where the study pays."""
    answers, ms = sum(one.answers for one in days), sum(one.active_ms for one in days)
    rate = pay.rate_for(pay.rates_of([study.pk]), study.pk, rater)
    worth = pay.owed(rate, answers=answers, active_ms=ms) if rate else None
    return {"answers": answers, "ms": ms, "rate": rate, "owed": worth, "last": max((d.day for d in days), default=None)}


def pace_of(days: Sequence[TimeDay], today: date) -> float | None:
    """Return the answers a day over the last seven days; None where nothing was answered yet."""
    if not days:
        return None
    return sum(one.answers for one in days if (today - one.day).days < 7) / 7
