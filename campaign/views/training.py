"""The training as its manager sees it: plan, items, how each rater did, and who is paused."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from campaign.forms.training import HoldForm, ItemsForm, PlanForm
from campaign.models import RaterHold
from campaign.services import holds, making, overview, records, training
from projects.access import ANALYST, MANAGER, ProjectRequest, project_view
from projects.models import Study, StudyRole
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study

ITEMS_A_PAGE, RATERS_A_PAGE = 50, 50


@require_http_methods(PAGE)
@project_view(MANAGER, ANALYST)
def study_training(request: ProjectRequest, study: str) -> HttpResponse:
    """Show plan, items and raters; take a changed plan or further items."""
    row, data = get_study(request.access, study), posted(request)
    if data is not None:
        request.access.need(MANAGER)
    about = "plan" if data is not None and "pass_mark" in data else "items"
    plan = training.plan_of(row)
    plan_form = PlanForm(data if about == "plan" else None, study=row, plan=plan)
    items_form = ItemsForm(data if about == "items" else None)
    if data is not None and saved(request, row, plan_form if about == "plan" else items_form):
        return redirect("study_training", row.project.slug, row.slug)
    rows = row.training_items.select_related("item").order_by("stage", "round", "position")
    pages = Paginator(rows, ITEMS_A_PAGE)
    parts = Paginator(overview.parts_of(row), RATERS_A_PAGE).get_page(request.GET.get("people"))
    context = study_context(request, row, "training") | {
        "plan": plan,
        "plan_form": plan_form,
        "items_form": items_form,
        "page_obj": pages.get_page(request.GET.get("page")),
        "parts": parts,
        "people": overview.raters(list(parts), plan),
    }
    return render(request, "campaign/training.html", context, status=form_status(request))


def saved(request: ProjectRequest, study: Study, form: PlanForm | ItemsForm) -> bool:
    """Save one of the two forms; returns whether it worked."""
    if not form.is_valid():
        return False
    if isinstance(form, PlanForm):
        if form.save(actor=request.user):
            messages.success(request, _("The plan is saved."))
        return form.is_valid()
    added = form.save(study=study, actor=request.user)
    if added:
        words = ngettext("%(n)s item is added.", "%(n)s items are added.", added)
        messages.success(request, words % {"n": added})
    return bool(added)


@require_POST
@project_view(MANAGER)
def training_item_remove(request: ProjectRequest, study: str, trained: int) -> HttpResponse:
    """Take an item out of the training."""
    row = get_study(request.access, study)
    found = get_object_or_404(row.training_items.select_related("unit", "item"), pk=trained)
    found.study = row
    try:
        making.remove(found, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("study_training", row.project.slug, row.slug)


@require_http_methods(PAGE)
@project_view(MANAGER, ANALYST)
def study_trainee(request: ProjectRequest, study: str, part: int) -> HttpResponse:
    """Show one rater's record; pause them, let them on, or let them work without passing."""
    row = get_study(request.access, study)
    rows = row.roles.filter(part=StudyRole.Part.RATER).select_related("rater", "user", "study__version")
    found = get_object_or_404(rows, pk=part)
    found.study = row
    form = HoldForm(posted(request))
    if request.method == "POST":
        request.access.need(MANAGER)
        if form.is_valid():
            act(request, found, form.cleaned_data["reason"])
            return redirect("study_trainee", row.project.slug, row.slug, found.pk)
    context: dict[str, Any] = study_context(request, row, "training") | records.whole(found)
    context |= {"part": found, "form": form, "hold": found.holds.filter(lifted_at=None).first()}
    return render(request, "campaign/trainee.html", context, status=form_status(request))


def act(request: ProjectRequest, part: StudyRole, reason: str) -> None:
    """Do what the manager pressed."""
    if "hold" in request.POST:
        holds.hold(part, cause=RaterHold.Cause.MANAGER, actor=request.user, reason=reason)
    elif "lift" in request.POST:
        holds.lift(part, actor=request.user)
    elif "let_pass" in request.POST:
        training.let_pass(part, actor=request.user)
