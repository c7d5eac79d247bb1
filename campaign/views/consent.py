"""Consent as a study's manager sees it: its versions, who agreed to which, who took it back; the content notice."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.forms.consent import ConsentForm, ContentForm
from campaign.models import Consent
from campaign.services import consent
from projects.access import ANALYST, MANAGER, ProjectRequest, project_view
from projects.content import names
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study

CONSENTS_A_PAGE = 50


@require_http_methods(PAGE)
@project_view(MANAGER, ANALYST)
def study_consent(request: ProjectRequest, study: str) -> HttpResponse:
    """Show and change what raters agree to and are told beforehand; list who agreed when."""
    row, data = get_study(request.access, study), posted(request)
    if data is not None:
        request.access.need(MANAGER)
    about = "content" if data is not None and "notice" in data else "consent"
    text = consent.in_force(row)
    initial = {name: getattr(text, name) for name in ("text", "protocol", "contact")} if text else {}
    form = ConsentForm(data if about == "consent" else None, initial=initial)
    content_form = ContentForm(data if about == "content" else None, initial=row.content or {})
    chosen = form if about == "consent" else content_form
    if data is not None and chosen.is_valid() and chosen.save(study=row, actor=request.user):
        messages.success(request, _("Saved. Raters read it before their next unit."))
        return redirect("study_consent", row.project.slug, row.slug)
    given = Consent.objects.filter(part__study=row).select_related("part__rater", "text").order_by("-pk")
    context = study_context(request, row, "consent") | {
        "form": form,
        "content_form": content_form,
        "texts": row.consent_texts.order_by("-number"),
        "page_obj": Paginator(given, CONSENTS_A_PAGE).get_page(request.GET.get("page")),
        "names": names(row),
    }
    return render(request, "campaign/consent.html", context, status=form_status(request))
