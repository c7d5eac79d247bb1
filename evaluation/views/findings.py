"""What was read in a run's texts: answers and what was none, pre-labels, words that tell who wrote a text."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evaluation.access import RUN_READERS
from evaluation.models import Purpose, RunFindings
from evaluation.reading_words import CLUES, MISREAD, UNREAD
from evaluation.services import readings as service
from evaluation.views.runs import get_run
from projects.access import ProjectRequest, project_view
from projects.models import Job
from projects.views.http import PAGE

WHY = UNREAD | MISREAD


@require_http_methods(PAGE)
@project_view(*RUN_READERS)
def findings(request: ProjectRequest, run: int) -> HttpResponse:
    """Show what was found; a manager may have the texts read again."""
    row = get_run(request.access, run)
    if request.method == "POST":
        if not request.access.is_manager:
            raise PermissionDenied
        service.ask(row.pk, row.project, actor=request.user)
        return redirect("run_findings", row.project.slug, row.pk)
    job = Job.objects.filter(subject=service.subject(row.pk)).order_by("-pk").first()
    kept = RunFindings.objects.filter(run=row).first()
    context: dict[str, Any] = {"project": row.project, "run": row, "tab": "runs", "findings": kept}
    context["working"] = job is not None and not job.finished
    context["labels"] = row.purpose != Purpose.ANSWER
    context |= told(kept.found) if kept else {}
    return render(request, "evaluation/runs/findings.html", context)


def told(found: dict[str, Any]) -> dict[str, Any]:
    """Return findings in the reader's language."""
    words = found["words"]
    return {
        "found": found,
        "unread": counted(found["unread"], WHY),
        "unread_count": sum(found["unread"].values()),
        "examples": [{**one, "why": _(WHY.get(one["reason"], one["reason"]))} for one in found["examples"]],
        "clues": counted(words["clues"], CLUES),
    }


def counted(counts: dict[str, int], words: dict[str, str]) -> list[tuple[str, int]]:
    """Return counts by what is counted, in words, the most frequent first."""
    return [(_(words.get(key, key)), n) for key, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
