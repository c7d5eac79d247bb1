"""Questions and their answers, for raters and for the manager; units that are to be judged again."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from campaign.forms.guideline import AnswerForm, AskForm, RecallForm
from campaign.models import Question
from campaign.services import questions, recalls
from projects import kinds
from projects.access import MANAGER, ProjectRequest, RaterRequest, project_view, rater_view
from projects.services import handling
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study

A_PAGE = 50


@rater_view
@require_http_methods(PAGE)
def rate_questions(request: RaterRequest) -> HttpResponse:
    """List a rater's own questions with their answers; take one on a rule."""
    part, form = request.part, AskForm(posted(request))
    if request.method == "POST" and form.is_valid() and form.save(part=part):
        messages.success(request, _("Your question is with the manager."))
        return redirect("rate_questions", part.study.token)
    rows = Question.objects.filter(part=part).order_by("-created_at", "-pk")
    pages = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"part": part, "form": form, "page_obj": pages}
    return render(request, "campaign/rate/questions.html", context, status=form_status(request))


@rater_view
@require_http_methods(PAGE)
def rate_ask(request: RaterRequest, token: str) -> HttpResponse:
    """Take a question on one of the rater's own units; the unit stays in their hands."""
    part, form = request.part, AskForm(posted(request))
    assignment = handling.own(part, token)
    if request.method == "POST" and form.is_valid() and form.save(part=part, assignment=assignment):
        messages.success(request, _("Your question is with the manager. Go on as you think best, or skip the unit."))
        return redirect("rate_unit", part.study.token, token)
    context = {"part": part, "form": form, "assignment": assignment}
    return render(request, "campaign/rate/ask.html", context, status=form_status(request))


@require_http_methods(["GET", "HEAD"])
@project_view(MANAGER)
def study_questions(request: ProjectRequest, study: str) -> HttpResponse:
    """List the study's questions, those that wait first."""
    row = get_study(request.access, study)
    rows = Question.objects.filter(study=row).select_related("part__rater", "unit__item", "guideline")
    waiting = Case(When(state=Question.State.OPEN, then=0), default=1)
    page = Paginator(rows.order_by(waiting, "-created_at", "-pk"), A_PAGE).get_page(request.GET.get("page"))
    for one in page:
        one.study = row
        one.code = questions.unit_code(one)  # type: ignore[attr-defined]  # for the template
    return render(request, "campaign/questions.html", study_context(request, row, "questions") | {"page_obj": page})


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_question(request: ProjectRequest, study: str, question: int) -> HttpResponse:
    """Show one question; take its answer, and put it into the guideline where that is wanted."""
    row = get_study(request.access, study)
    rows = Question.objects.filter(study=row).select_related("part__rater", "unit__item", "guideline", "answered_by")
    found = get_object_or_404(rows, pk=question)
    found.study = row
    form = AnswerForm(posted(request), initial={"answer": found.answer, "entry": found.text})
    if request.method == "POST" and form.is_valid() and form.save(question=found, actor=request.user):
        messages.success(request, _("The answer is saved; the rater sees it among their questions."))
        return redirect("study_questions", row.project.slug, row.slug)
    context = study_context(request, row, "questions")
    context |= {"question": found, "form": form, "code": questions.unit_code(found), "blind": kinds.of(row).deals}
    return render(request, "campaign/question.html", context, status=form_status(request))


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_recall(request: ProjectRequest, study: str) -> HttpResponse:
    """Choose units that are to be judged again under the guideline in force, and show how far that is."""
    row = get_study(request.access, study)
    form = RecallForm(posted(request), study=row)
    if request.method == "POST" and form.is_valid() and (made := form.save(actor=request.user)):
        words = ngettext("%(n)s unit is judged again.", "%(n)s units are judged again.", made[0])
        messages.success(request, words % {"n": made[0]})
        return redirect("study_recall", row.project.slug, row.slug)
    context = study_context(request, row, "guideline") | {"form": form, "rows": recalls.progress(row)}
    return render(request, "campaign/recall.html", context, status=form_status(request))
