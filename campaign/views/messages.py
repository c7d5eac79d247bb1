"""Dates of a study with what was sent about it, and which mails a person wants."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaign.forms.watch import ChoiceForm, DatesForm
from campaign.models import MessageChoice, SentMessage, StudyDates, StudyQuality
from campaign.services import messages as service
from campaign.words import NO_FORECAST
from projects.access import MANAGER, ProjectRequest, UserRequest, project_view
from projects.services.audit import record
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study

SENT_A_PAGE = 50


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_dates(request: ProjectRequest, study: str) -> HttpResponse:
    """Set when a study begins and ends, see when it will end at the present pace, and what was sent about it."""
    row = get_study(request.access, study)
    dates = StudyDates.objects.filter(study=row).first() or StudyDates(study=row)
    form = DatesForm(posted(request), instance=dates)
    if request.method == "POST" and form.is_valid():
        form.save()
        record("study.dates_set", actor=request.user, project=row.project, target=row)
        messages.success(request, _("The dates are saved."))
        return redirect("study_dates", row.project.slug, row.slug)
    sent = SentMessage.objects.filter(study=row).select_related("user").order_by("-pk")
    kept = StudyQuality.objects.filter(study=row).first()
    context = study_context(request, row, "dates") | {
        "form": form,
        "page_obj": Paginator(sent, SENT_A_PAGE).get_page(request.GET.get("page")),
        "forecast": told(kept.forecast) if kept else None,
    }
    return render(request, "campaign/messages/dates.html", context, status=form_status(request))


def told(forecast: dict[str, Any]) -> dict[str, Any]:
    """Return a stored forecast with its reason in words."""
    return forecast | {"words": NO_FORECAST.get(forecast.get("reason", ""), "")}


@login_required
@require_http_methods(PAGE)
def message_choices(request: UserRequest) -> HttpResponse:
    """Choose which mails to get."""
    choice = MessageChoice.objects.filter(user=request.user).first() or MessageChoice(user=request.user)
    form = ChoiceForm(posted(request), instance=choice)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your choice is saved."))
        return redirect("message_choices")
    return render(request, "campaign/messages/choices.html", {"form": form}, status=form_status(request))


# Mail programs press the button for their readers (RFC 8058) and know no token of ours; the address is signed.
@csrf_exempt
@require_http_methods(PAGE)
def messages_off(request: HttpRequest, token: str) -> HttpResponse:
    """Switch off one kind of mail for whom the link was made: no log-in, one press."""
    found = service.read_token(token)
    if found is None:
        raise Http404
    user, kind = found
    done = request.method == "POST"
    if done:
        service.switch(user, kind=kind, on=False)
    context = {"done": done, "kind": SentMessage.Kind(kind).label, "token": token}
    return render(request, "campaign/messages/off.html", context)
