"""The pages that raters see, rendered from the real templates for a rater who is nobody and leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render
from django.test.client import RequestFactory
from django.utils import timezone
from django.utils.translation import gettext as _

from projects import direct, kinds
from projects.access import RaterRequest
from projects.markdown import to_html
from projects.models import Assignment, Rater, Study, StudyRole, Unit, User, new_token
from projects.services import leases
from projects.views import rate

DESKTOP, PHONE = (1280, 900), (390, 844)


@dataclass(frozen=True)
class Shown:
    """One page as a browser gets it, and how large the window is."""

    name: str
    caption: str
    html: str
    size: tuple[int, int]


def all_of(study: Study, language: str) -> list[Shown]:
    """Return the pages of a study with its own first unit; nothing of the rater they are made for is kept."""
    with transaction.atomic():
        try:
            return list(_pages(study, language))
        finally:
            direct.flush()
            transaction.set_rollback(True)


def _pages(study: Study, language: str) -> Iterator[Shown]:
    part = _nobody(study)
    request = _request(part, language)
    if study.project.content_notice:
        yield Shown("notice", _("The content notice, before the first unit"), _notice(request), DESKTOP)
    unit = first_unit(study)
    if unit is not None:
        html = _work(request, _held(part, unit))
        yield Shown("work", _("The page on which raters judge a unit"), html, DESKTOP)
        yield Shown("work-phone", _("The same page on a phone"), html, PHONE)


def first_unit(study: Study) -> Unit | None:
    """Return the study's first unit for results, in its own order."""
    rows = study.units.filter(role__in=(Unit.Role.MAIN, Unit.Role.OVERLAP)).select_related("revision__item__dataset")
    return rows.order_by("sort_key", "pk").first()


def _nobody(study: Study) -> StudyRole:
    user = User.objects.create(email=f"{new_token().lower()}@invalid", name=_("Rater"), is_active=False)
    code = f"p-{new_token()[:12]}".replace("_", "-")
    rater = Rater.objects.create(project=study.project, user=user, code=code, languages=study.languages)
    role = StudyRole.objects.create(study=study, user=user, part=StudyRole.Part.RATER, rater=rater)
    role.study, role.rater, role.user = study, rater, user
    return role


def _request(part: StudyRole, language: str) -> RaterRequest:
    request = cast(RaterRequest, RequestFactory().get("/"))
    request.user, request.part = part.user, part
    request.LANGUAGE_CODE = language
    request.session = SessionBase()
    return request


def _notice(request: HttpRequest) -> str:
    rater = cast(RaterRequest, request)
    project = rater.part.study.project
    notice, lines = (to_html(text, request.LANGUAGE_CODE or "") for text in (project.content_notice, project.help_text))
    context = {"part": rater.part, "notice": notice, "help": lines}
    return render(request, "projects/rate/notice.html", context).content.decode()


def _held(part: StudyRole, unit: Unit) -> Assignment:
    """Put the unit into the hands of nobody, as a claim does, with what the kind deals out."""
    kind = kinds.of(part.study)
    exposure = kind.shown(part.study, part.coded.code, unit.pk)
    held = Assignment.objects.create(
        study=part.study, unit=unit, rater=part.coded, base_exposure=exposure, exposure=exposure,
        leased_until=leases.lease_end(), claimed_at=timezone.now(),
    )  # fmt: skip
    held.unit, held.study = unit, part.study
    Assignment._meta.get_field("draft").set_cached_value(held, None)
    if kind.deals:
        kind.deal(part, [held])
        direct.flush()
    return held


def _work(request: RaterRequest, held: Assignment) -> str:
    return rate.page(request, kinds.of(held.study), held).content.decode()
