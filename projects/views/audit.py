"""The audit log as a manager reads it: who did what, when, from where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import audit_hooks
from projects.access import MANAGER, ProjectRequest, project_view
from projects.forms.audit import AuditFilter
from projects.models import AuditEntry, Project
from projects.prepared import Value, foreseen
from projects.querysets.audit import A_PAGE, ACTORS, ENTRIES, VERBS, Key, names, of_project, older_than
from projects.views import audit_details, audit_words


@dataclass(frozen=True)
class Line:
    """One entry in words."""

    at: datetime
    who: str
    what: str
    kind: str
    target: str
    details: list[str]
    ip: str | None


@require_safe
@project_view(MANAGER)
def audit(request: ProjectRequest) -> HttpResponse:
    """Show a page of the log; htmx gets the list alone, from the same address."""
    project = request.access.project
    form = filter_form(request, project)
    context = {"form": form, "project": project, **page(request, project, form)}
    name = "projects/audit/audit.html" + ("#entries" if wants_list(request) else "")
    return render(request, name, context, status=200 if form.is_valid() else 422)


def wants_list(request: ProjectRequest) -> bool:
    """Whether htmx asks to fill in the list, and not to restore a whole page from the history."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not getattr(htmx, "history_restore_request", False)


def filter_form(request: ProjectRequest, project: Project) -> AuditFilter:
    """Return the filter with the verbs and people that occur in this log."""
    with foreseen((VERBS, (project.pk,)), (ACTORS, (project.pk,))):
        verbs = sorted(((name, audit_words.verb(name)) for (name,) in VERBS.tuples(project.pk)), key=by_word)
        return AuditFilter(request.GET, verbs=verbs, people=ACTORS.rows(project.pk), project=project.pk)


def by_word(verb: tuple[str, str]) -> str:
    """Sort as the words read, not as the verbs are stored."""
    return verb[1]


def page(request: ProjectRequest, project: Project, form: AuditFilter) -> dict[str, Any]:
    """Return the lines of one page and where the next one starts."""
    if not form.is_valid():
        return {"lines": [], "older": None}
    before = request.GET.get("before", "")
    start = int(before) if before.isdecimal() and len(before) < 19 else None
    entries = entries_of(project, form, start)
    shown = entries[:A_PAGE]
    known = names(shown, more=[model for words in audit_hooks.installed() for model in words.models])
    # Each verb and kind is put into words once for a page.
    verb, kind = cache(audit_words.verb), cache(audit_words.kind)
    return {
        "lines": [line(entry, known, verb, kind) for entry in shown],
        "older": shown[-1].pk if len(entries) > A_PAGE else None,
        "start": start,
    }


def entries_of(project: Project, form: AuditFilter, start: int | None) -> list[AuditEntry]:
    """Return the entries that a valid form asks for, one more than a page shows."""
    data = form.cleaned_data
    if data["since"] or data["until"]:
        return list(older_than(form.apply(of_project(project)), start)[: A_PAGE + 1])
    values: dict[str, Value] = {"project": project.pk}
    values |= {"before": start} if start else {}
    values |= {"verb": data["verb"]} if data["verb"] else {}
    values |= {"person": int(data["person"])} if data["person"] else {}
    return ENTRIES.rows(values)


def line(entry: AuditEntry, known: dict[Key, str], verb: Callable[[str], str], kind: Callable[[str], str]) -> Line:
    """Put an entry into words; what has no name any more keeps its number."""
    target = (entry.target_type, entry.target_id or 0)
    return Line(
        at=entry.at,
        who=known.get(("user", entry.actor_id), f"#{entry.actor_id}") if entry.actor_id else _("the system"),
        what=verb(entry.verb),
        kind=kind(entry.target_type) if entry.target_id else "",
        target=known.get(target, f"#{entry.target_id}") if entry.target_id else "",
        details=list(audit_details.details(entry.data, known)),
        ip=entry.ip,
    )
