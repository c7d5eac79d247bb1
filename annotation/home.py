"""What waits for somebody on the first page: disputes to discuss or to settle, sessions to curate."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import Dispute
from projects.home_hooks import Panel, asks
from projects.models import Assignment, Study, StudyRole, User
from projects.prepared import Prepared

MOST = 20


TO_DISCUSS: Prepared[Any] = Prepared(
    lambda user: (
        Study.objects.filter(
            roles__user_id=user,
            roles__part=StudyRole.Part.RATER,
            roles__state=StudyRole.State.ACTIVE,
            units__dispute__state=Dispute.State.OPEN,
            units__assignments__rater__user_id=user,
            units__assignments__state=Assignment.State.SUBMITTED,
        )
        .annotate(waiting=Count("units__dispute", distinct=True), latest=Max("units__dispute__opened_at"))
        .order_by("-latest")[:MOST]
    ),
    -1,
)


def _settling(user: int) -> QuerySet[Study]:
    rows = Study.objects.filter(
        roles__user_id=user, roles__part=StudyRole.Part.ADJUDICATOR, roles__state=StudyRole.State.ACTIVE
    )
    return rows.select_related("project").order_by("-opened_at")


TO_SETTLE: Prepared[Any] = Prepared(
    lambda user: (
        _settling(user)
        .filter(units__dispute__state=Dispute.State.OPEN)
        .annotate(waiting=Count("units__dispute", distinct=True))[:MOST]
    ),
    -1,
)
TO_CURATE: Prepared[Any] = Prepared(
    lambda user: (
        _settling(user)
        .filter(units__curation__open__gt=0)
        .annotate(waiting=Count("units__curation", distinct=True))[:MOST]
    ),
    -1,
)


@asks(TO_DISCUSS, TO_SETTLE, TO_CURATE)
def panels(user: User) -> list[Panel]:
    """Return a row for each study with open disputes in which `user` has a part."""
    return [*_to_discuss(user), *_to_settle(user), *_to_curate(user)]


def _to_discuss(user: User) -> list[Panel]:
    return [
        Panel(
            title=study.name,
            url=reverse("rate_disputes", args=[study.token]),
            action=_("Discuss"),
            meta=(_open(study.waiting),),
        )
        for study in TO_DISCUSS.rows(user.pk)
    ]


def _to_settle(user: User) -> list[Panel]:
    return [
        Panel(
            title=study.name,
            url=reverse("disputes", args=[study.project.slug, study.slug]),
            action=_("Settle"),
            meta=(_open(study.waiting),),
        )
        for study in TO_SETTLE.rows(user.pk)
    ]


def _to_curate(user: User) -> list[Panel]:
    return [
        Panel(
            title=study.name,
            url=reverse("curation", args=[study.project.slug, study.slug]),
            action=_("Curate"),
            meta=(
                ngettext("%(count)s session to curate", "%(count)s sessions to curate", study.waiting)
                % {"count": study.waiting},
            ),
        )
        for study in TO_CURATE.rows(user.pk)
    ]


def _open(count: int) -> str:
    return ngettext("%(count)s open dispute", "%(count)s open disputes", count) % {"count": count}
