"""What a rater meets before work: a message, consent, a notice, the guideline, training, units to judge again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaign.models import Calibration, Check, Readiness, Recall
from campaign.services import consent, content, gate, reading, records, training
from campaign.services.training import At, Standing
from projects import loop
from projects.access import RaterRequest, former_rater_view, rater_view
from projects.markdown import to_html
from projects.models import StudyRole
from projects.views import rate
from projects.views.http import PAGE


def go_on(part: StudyRole) -> HttpResponse:
    """Lead to whatever comes next: another of these pages, or the work."""
    return redirect("rate", part.study.token)


def elsewhere(request: RaterRequest, name: str) -> HttpResponse | None:
    """Return what stands in for one of these pages where it is not the one that is due."""
    if loop.standstill(request.part) == loop.Standstill.WAITING or gate.step(request.part) != name:
        return rate.standstill(request) or go_on(request.part)
    return None


def shown(request: RaterRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Render a page of a rater's."""
    return render(request, f"campaign/rate/{template}.html", {"part": request.part, **context}, status=status)


@rater_view
@require_safe
def held(request: RaterRequest) -> HttpResponse:
    """Tell a paused rater, kindly, that the manager looks into it."""
    if other := elsewhere(request, gate.HELD):
        return other
    return shown(request, "held", hold=request.part.holds.filter(lifted_at=None).first())


@rater_view
@require_http_methods(PAGE)
def notice(request: RaterRequest) -> HttpResponse:
    """Show what the study's texts touch on, once."""
    if other := elsewhere(request, gate.NOTICE):
        return other
    if request.method == "POST":
        Readiness.objects.update_or_create(part=request.part, defaults={"notice_at": timezone.now()})
        return go_on(request.part)
    help_text = to_html(request.part.study.project.help_text, get_language() or "")
    return shown(request, "notice", **content.shown(request.part.study), help=help_text)


@rater_view
@require_http_methods(PAGE)
def acknowledge(request: RaterRequest) -> HttpResponse:
    """Show the guideline in force, with what is new, until the rater says that they have read it."""
    part = request.part
    if other := elsewhere(request, gate.GUIDELINE):
        return other
    guideline = part.study.guideline
    missing = request.method == "POST" and "read" not in request.POST
    if request.method == "POST" and guideline and not missing:
        reading.acknowledge(part, guideline)
        return go_on(part)
    context = records.news(part) | {"missing": missing, "guideline": guideline}
    return shown(request, "acknowledge", status=422 if missing else 200, **context)


@rater_view
@require_http_methods(PAGE)
def train(request: RaterRequest) -> HttpResponseBase:
    """Lead to the next unit to train on, give feedback on the last, or tell how a round came out."""
    part = request.part
    if other := elsewhere(request, gate.TRAINING):
        return other
    standing = training.standing(part)
    if request.method == "POST":
        seen(standing)
        return go_on(part)
    if standing.at == At.UNIT and standing.item:
        return redirect("rate_unit", part.study.token, training.hand_out(part, standing.item).token)
    if standing.at == At.FEEDBACK and standing.check:
        feedback = records.feedback([standing.check])
        return shown(request, "feedback", standing=standing, line=feedback[0])
    told = training.told(part.study)
    rows = records.of_round(part, standing.calibration) if standing.calibration and told else []
    context: dict[str, Any] = {"lines": records.feedback(rows), "more": records.has_more(part, standing), "told": told}
    return shown(request, "result", standing=standing, **context)


def seen(standing: Standing) -> None:
    """Remember that the rater has read the feedback or the result in hand."""
    now = timezone.now()
    if standing.at == At.FEEDBACK and standing.check:
        Check.objects.filter(pk=standing.check.pk, seen_at=None).update(seen_at=now)
    if standing.at == At.RESULT and standing.calibration:
        Calibration.objects.filter(pk=standing.calibration.pk, seen_at=None).update(seen_at=now)


@rater_view
@require_safe
def again(request: RaterRequest) -> HttpResponseBase:
    """Lead to the next unit that is to be judged again."""
    if other := elsewhere(request, gate.AGAIN):
        return other
    row = Recall.objects.filter(part=request.part, done_at=None).select_related("assignment").order_by("pk").first()
    return redirect("rate_unit", request.part.study.token, row.assignment.token) if row else go_on(request.part)


@rater_view
@require_safe
def record(request: RaterRequest) -> HttpResponse:
    """Show a rater their own training: what was practised, how each round came out. Hidden checks stay hidden."""
    return shown(request, "record", **records.own(request.part))


@former_rater_view
@require_http_methods(PAGE)
def agree(request: RaterRequest) -> HttpResponse:
    """Ask for consent before the work; afterwards show it, with the way to take it back."""
    part = request.part
    if request.method == "POST" and "use_again" in request.POST:
        if consent.kept_out(part):
            consent.let_use(part)
            messages.success(request, _("Your answers are used again. Thank you."))
        return redirect("rate_consent", part.study.token)
    text = consent.missing(part)
    asked = text is not None and part.state == StudyRole.State.ACTIVE and part.coded.active
    missing = request.method == "POST" and asked and "agree" not in request.POST
    if request.method == "POST" and text and asked and not missing:
        consent.agree(part, text)
        return go_on(part)
    in_force = text or consent.in_force(part.study)
    html = to_html(in_force.text, get_language() or "") if in_force else ""
    context = {"asked": asked, "text": in_force, "html": html, "missing": missing, "kept_out": consent.kept_out(part)}
    context["works"] = part.coded.active and part.state == StudyRole.State.ACTIVE
    given = part.consents.select_related("text").order_by("pk")
    return shown(request, "consent", status=422 if missing else 200, given=given, **context)


@former_rater_view
@require_http_methods(PAGE)
def withdraw(request: RaterRequest) -> HttpResponse:
    """Let a rater leave the study at any time, and say then or later whether their answers may stay."""
    part, choice = request.part, request.POST.get("answers", "")
    left, over = part.state == StudyRole.State.LEFT, consent.kept_out(part)
    missing = request.method == "POST" and choice not in ("stay", "go")
    if request.method == "POST" and not missing and not over:
        said = left and part.consents.filter(withdrawn_at__isnull=False).exists()
        if not (said and choice == "stay"):
            consent.withdraw(part, answers_stay=choice == "stay")
        return redirect("rate_consent", part.study.token)
    context = {"missing": missing, "left": left, "over": over, "works": not left and part.coded.active}
    return shown(request, "withdraw", status=422 if missing else 200, **context)
