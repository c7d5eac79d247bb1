"""A rater's way into a blind study (consent, a question about the guideline) and out of it (guesses)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evaluation.forms.blind_ways import GuessForm, ReadyForm
from evaluation.kinds.blind import BlindKind
from evaluation.models import Placement
from evaluation.services import conversations, guessing, readying
from projects import kinds
from projects.access import RaterRequest, rater_view
from projects.markdown import to_html
from projects.models import Study
from projects.views.http import PAGE, form_status, posted


def need_blind(study: Study) -> None:
    """Raise Http404 for a study of another kind."""
    if not isinstance(kinds.of(study), BlindKind):
        raise Http404


@rater_view
@require_http_methods(PAGE)
def ready(request: RaterRequest) -> HttpResponse:
    """Ask for consent and the answer to the question; then the work begins."""
    part = request.part
    need_blind(part.study)
    if part.study.state != Study.State.OPEN or readying.is_ready(part):
        return redirect("rate", part.study.token)
    form = ReadyForm(posted(request), study=part.study)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data.get("agree"):
            readying.agree(part)
        if "answer" in form.fields:
            readying.answer(part, right=form.right)
        if form.right:
            return redirect("rate", part.study.token)
        form.add_error("answer", _("That is not what the guideline says. Read it once more, then answer again."))
    guideline = to_html(part.study.guideline.text if part.study.guideline else "", get_language() or "")
    consent = to_html(part.study.settings.get("consent") or "", get_language() or "")
    context = {"part": part, "form": form, "guideline": guideline, "consent": consent}
    return render(request, "evaluation/blind/ready.html", context, status=form_status(request))


@rater_view
@require_http_methods(PAGE)
def guess(request: RaterRequest) -> HttpResponse:
    """Ask, once and at the end, which system wrote a few of the responses."""
    part = request.part
    need_blind(part.study)
    if part.study.state != Study.State.OPEN or not guessing.waiting(part):
        return redirect("rate", part.study.token)
    asked = guessing.asked(part)
    form = GuessForm(posted(request), asked=asked, names=guessing.choices(part.study))
    if request.method == "POST" and form.is_valid():
        guessing.keep(part, form.guesses)
        return redirect("rate", part.study.token)
    fields = [form[f"guess-{row.token}"] for row in asked]
    shown = list(zip(said(asked, part.study), fields, strict=True))
    context = {"part": part, "form": form, "shown": shown}
    return render(request, "evaluation/blind/guess.html", context, status=form_status(request))


def said(asked: Sequence[Placement], study: Study) -> list[str]:
    """Return what a rater read there: responses, or the turns of dialogues."""
    whole = conversations.shown(study.pk, [row.member.revision for row in asked if row.member.revision is not None])
    worded: list[Any] = [row.wording or row.member.response for row in asked]
    return [
        one.text if one is not None else whole[row.member.revision_id or 0].words
        for row, one in zip(asked, worded, strict=True)
    ]
