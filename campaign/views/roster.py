"""The roster: who rates in a project, in pages, as a file, and by invitation."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from campaign.forms.roster import ImportForm, JoinedStudiesForm, RosterFilter, RosterForm, initial_of
from campaign.services import inviting, roster_files
from campaign.services import roster as service
from projects.access import MANAGER, ProjectRequest, project_view
from projects.formats.write import csv_chunks
from projects.models import Invitation, Job, Project
from projects.querysets.people import spent, usable
from projects.services import jobs
from projects.services.audit import record
from projects.services.invitations import joinable, name_studies, named, revoke
from projects.views.http import PAGE, form_status, posted

A_PAGE = 50
SHOWN_LINES = 300


@require_safe
@project_view(MANAGER)
def roster(request: ProjectRequest) -> HttpResponse:
    """List the project's raters with what is known of them."""
    project = request.access.project
    form = RosterFilter(request.GET, project=project)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = service.chosen(service.listed(project), wanted)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"project": project, "form": form, "page_obj": page, "filtered": any(wanted.values())}
    return render(request, "campaign/roster/roster.html", context, status=200 if form.is_valid() else 422)


@require_http_methods(PAGE)
@project_view(MANAGER)
def roster_rater(request: ProjectRequest, rater: int) -> HttpResponse:
    """Change what is known of a rater."""
    project = request.access.project
    row = get_object_or_404(project.raters.select_related("user", "project"), pk=rater)
    form = RosterForm(posted(request), initial=initial_of(row))
    if form.is_valid() and form.save(rater=row, actor=request.user):
        messages.success(request, _("Rater %(code)s is saved.") % {"code": row.code})
        return redirect("roster", project.slug)
    context = {"form": form, "project": project, "rater": row}
    return render(request, "campaign/roster/rater.html", context, status=form_status(request))


@require_safe
@project_view(MANAGER)
def roster_export(request: ProjectRequest) -> HttpResponseBase:
    """Send the roster as a file. It names people, so it is the managers' alone."""
    project = request.access.project
    record("roster.exported", actor=request.user, project=project)
    chunks = csv_chunks(roster_files.COLUMNS, roster_files.rows(project))
    headers = {"Content-Disposition": f'attachment; filename="{project.slug}-roster.csv"'}
    return StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8", headers=headers)


@require_http_methods(PAGE)
@project_view(MANAGER)
def roster_import(request: ProjectRequest) -> HttpResponse:
    """Look at a file first, then import it: whole or not at all."""
    project = request.access.project
    chosen = request.GET.get("study", "")
    initial = {"studies": list(joinable(project).filter(slug=chosen)), "invite": bool(chosen)}
    form = ImportForm(posted(request), request.FILES or None, project=project, initial=initial)
    lines = form.look(project) if request.method == "POST" and form.is_valid() else None
    wrong = [line for line in lines or [] if line.fate == "wrong"]
    if lines and not wrong and "keep" in request.POST:
        return imported(request, project, form)
    context = {
        "project": project,
        "form": form,
        "lines": (lines or [])[:SHOWN_LINES],
        "more": max(0, len(lines or []) - SHOWN_LINES),
        "wrong": wrong,
        "counts": counted(lines or []),
        "looked": lines is not None,
        "columns": ", ".join(roster_files.COLUMNS),
    }
    status = 422 if request.method == "POST" and (lines is None or wrong) else 200
    return render(request, "campaign/roster/import.html", context, status=status)


def counted(lines: list[roster_files.Line]) -> dict[str, int]:
    """Return how many lines meet each fate, and how many people would be invited."""
    fates = Counter(line.fate for line in lines)
    return {**fates, "invited": sum(line.invited for line in lines)}


def imported(request: ProjectRequest, project: Project, form: ImportForm) -> HttpResponse:
    """Keep what was looked at, and send the invitations."""
    data = form.cleaned_data
    try:
        lines, made = roster_files.keep(
            project,
            data["text"],
            update=data["update"],
            invite=data["invite"],
            actor=request.user,
            studies=data["studies"],
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("roster_import", project.slug)
    n = sum(line.fate in ("new", "changed") for line in lines)
    messages.success(request, ngettext("%(n)s rater is kept.", "%(n)s raters are kept.", n) % {"n": n})
    sent = inviting.send(made, base=request.build_absolute_uri("/"), actor=request.user)
    return told(request, project, sent)


def told(request: ProjectRequest, project: Project, sent: Job | list[inviting.Link]) -> HttpResponse:
    """Say that a worker sends invitations, or show their links, this once."""
    if isinstance(sent, Job):
        messages.success(request, _("The invitations are being sent."))
        return redirect("invitations", project.slug)
    if not sent:
        return redirect("roster", project.slug)
    return render(request, "campaign/roster/links.html", {"project": project, "links": sent}, status=201)


STATES = {"open": usable, "spent": spent}


@require_http_methods(PAGE)
@project_view(MANAGER)
def invitations(request: ProjectRequest) -> HttpResponse:
    """List invitations; send those that are ticked again, or withdraw them."""
    project = request.access.project
    if request.method == "POST":
        return acted(request, project)
    state = request.GET.get("state", "")
    rows: Any = project.invitations.select_related("used_by").order_by("-created_at", "-pk")
    rows = STATES[state](rows) if state in STATES else rows
    if word := request.GET.get("q", "").replace("\0", "").strip()[:100]:
        rows = rows.filter(Q(email__icontains=word) | Q(rater_code__icontains=word))
    job = Job.objects.filter(kind=inviting.SEND, project=project).order_by("-pk").first()
    page: Page[Any] = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    here: list[Invitation] = list(page.object_list)
    studies = named(here)
    page.object_list = [(one, studies[one.pk]) for one in here]
    context = {
        "project": project,
        "page_obj": page,
        "form": JoinedStudiesForm(project=project),
        "state": state,
        "q": word,
        "job": job if job and (job.state in jobs.UNFINISHED or job.message) else None,
        "here": request.path,
    }
    if request.headers.get("HX-Target") == "design-job":
        return job_part(request, context)
    return render(request, "campaign/roster/invitations.html", context)


def job_part(request: ProjectRequest, context: dict[str, Any]) -> HttpResponse:
    """Return how far the sending is; once it has ended the whole page is new."""
    job = context["job"]
    if job is None or job.state not in jobs.UNFINISHED:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "campaign/designs/_job.html", context)


def acted(request: ProjectRequest, project: Project) -> HttpResponse:
    """Do with the ticked invitations what the button says."""
    ids = [int(key) for key in request.POST.getlist("invitation") if key.isascii() and key.isdecimal()][:A_PAGE]
    rows: list[Invitation] = list(inviting.waiting(project, ids))
    if not rows:
        messages.error(request, _("Tick invitations that are still open first."))
        return redirect("invitations", project.slug)
    if request.POST.get("act") == "again":
        sent = inviting.send_again(rows, base=request.build_absolute_uri("/"), actor=request.user)
        return told(request, project, sent)
    if request.POST.get("act") == "studies":
        return renamed(request, project, rows)
    n = sum(revoke(invitation=row, actor=request.user) for row in rows)
    words = ngettext("%(n)s invitation is withdrawn.", "%(n)s invitations are withdrawn.", n)
    messages.success(request, words % {"n": n})
    return redirect("invitations", project.slug)


def renamed(request: ProjectRequest, project: Project, rows: list[Invitation]) -> HttpResponse:
    """Let the ticked invitations name the ticked studies, and no others."""
    form = JoinedStudiesForm(request.POST, project=project)
    if not form.is_valid():
        messages.error(request, _("One of these studies takes no raters any more. Nothing was changed."))
        return redirect("invitations", project.slug)
    n = name_studies(project, rows, form.cleaned_data["studies"], actor=request.user)
    words = ngettext("%(n)s invitation is changed.", "%(n)s invitations are changed.", n)
    messages.success(request, words % {"n": n})
    return redirect("invitations", project.slug)
