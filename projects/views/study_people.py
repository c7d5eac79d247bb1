"""Who takes part in a study: joins, leaves, comes back, takes another's place."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from projects import gates
from projects.access import MANAGER, ProjectRequest, project_view
from projects.forms.studies import PeopleForm, ReplaceForm
from projects.listing import page_of
from projects.models import Invitation, Pause, Study, StudyRole
from projects.querysets.people import usable
from projects.services import parts, progress
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study
from projects.views.study_tabs import UNOPENED

PARTS_A_PAGE = 50


def part_of(study: Study, pk: int) -> StudyRole:
    """Return a part in this very study; Http404 for any other."""
    row = get_object_or_404(study.roles.select_related("rater__user", "user"), pk=pk)
    row.study = study
    return row


def raters_of(study: Study) -> QuerySet[StudyRole]:
    """Return the study's raters with who they are, and why they pause."""
    parts = progress.parts_of(study).select_related("rater", "user", "replaces__rater")
    return parts.prefetch_related(Prefetch("pauses", Pause.objects.filter(ended_at=None)))


def with_stops(study: Study, parts: list[StudyRole]) -> list[tuple[StudyRole, gates.Stop | None]]:
    """Return some raters of a study, each with what keeps them from the work once it has been opened."""
    found = {} if study.state in UNOPENED else gates.stops(study, parts)
    return [(part, found.get(part.pk)) for part in parts]


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_people(request: ProjectRequest, study: str) -> HttpResponse:
    """List raters and adjudicators; let more join while the study is not closed."""
    row = get_study(request.access, study)
    form = PeopleForm(posted(request), study=row)
    if request.method == "POST" and form.is_valid() and form.save(actor=request.user):
        messages.success(request, _("They take part from now on."))
        return redirect("study_people", row.project.slug, row.slug)
    waiting = usable(Invitation.objects.filter(project=row.project))
    others = row.roles.exclude(part=StudyRole.Part.RATER).select_related("user").order_by("state", "user__name", "pk")
    page = page_of(raters_of(row), request.GET.get("page"), PARTS_A_PAGE)
    context = study_context(request, row, "people") | {
        "form": form,
        "page_obj": page,
        "raters": with_stops(row, list(page)),
        "others": page_of(others, request.GET.get("others"), PARTS_A_PAGE),
        "changeable": row.state != Study.State.CLOSED,
        "coming": waiting.filter(studies=row).count(),
        "invited": waiting.exclude(studies=row).exclude(rater_code="").count(),
    }
    return render(request, "projects/studies/people.html", context, status=form_status(request))


@require_POST
@project_view(MANAGER)
def part_leave(request: ProjectRequest, study: str, part: int) -> HttpResponse:
    """Take a person out of the study."""
    row = part_of(get_study(request.access, study), part)
    parts.leave(row, actor=request.user)
    who = row.rater.code if row.rater else str(row.user)
    messages.success(request, _("%(who)s takes part no more. What they submitted stays.") % {"who": who})
    return redirect("study_people", row.study.project.slug, row.study.slug)


@require_POST
@project_view(MANAGER)
def part_return(request: ProjectRequest, study: str, part: int) -> HttpResponse:
    """Let somebody who has left take part again."""
    row = part_of(get_study(request.access, study), part)
    try:
        if row.rater:
            parts.add_rater(row.study, row.rater, actor=request.user)
        else:
            parts.add_adjudicator(row.study, row.user, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        who = row.rater.code if row.rater else str(row.user)
        messages.success(request, _("%(who)s takes part again.") % {"who": who})
    return redirect("study_people", row.study.project.slug, row.study.slug)


@require_http_methods(PAGE)
@project_view(MANAGER)
def part_replace(request: ProjectRequest, study: str, part: int) -> HttpResponse:
    """Ask who takes a rater's place: open places are inherited, submitted answers never."""
    row = part_of(get_study(request.access, study), part)
    form = ReplaceForm(posted(request), part=row)
    if request.method == "POST" and form.is_valid() and form.save(actor=request.user):
        words = {"old": row.coded.code, "new": form.cleaned_data["rater"].code}
        messages.success(request, _("%(new)s takes the place of %(old)s.") % words)
        return redirect("study_people", row.study.project.slug, row.study.slug)
    context = study_context(request, row.study, "people") | {"form": form, "part": row}
    return render(request, "projects/studies/replace.html", context, status=form_status(request))
