"""What waits for a manager on the first page: questions, and raters who get no work."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.models import Question
from projects.home_hooks import Panel, asks
from projects.models import Role, Study, User
from projects.prepared import Prepared

MOST = 20


def _managed(user: int) -> QuerySet[Study]:
    rows = Study.objects.filter(project__memberships__user_id=user, project__memberships__role=Role.MANAGER)
    return rows.select_related("project").order_by("-opened_at")


QUESTIONS: Prepared[Any] = Prepared(
    lambda user: (
        _managed(user)
        .filter(questions__state=Question.State.OPEN)
        .annotate(waiting=Count("questions", distinct=True))[:MOST]
    ),
    -1,
)
HELD: Prepared[Any] = Prepared(
    lambda user: (
        _managed(user)
        .filter(roles__holds__isnull=False, roles__holds__lifted_at=None)
        .annotate(waiting=Count("roles", distinct=True))[:MOST]
    ),
    -1,
)


@asks(QUESTIONS, HELD)
def panels(user: User) -> list[Panel]:
    """Return a row for each study with open questions or with raters who are paused."""
    found = []
    for study in QUESTIONS.rows(user.pk):
        words = ngettext("%(n)s question of a rater", "%(n)s questions of raters", study.waiting)
        url = reverse("study_questions", args=[study.project.slug, study.slug])
        found.append(Panel(words % {"n": study.waiting}, url, _("Answer"), (study.name,)))
    for study in HELD.rows(user.pk):
        words = ngettext("%(n)s rater is paused", "%(n)s raters are paused", study.waiting)
        url = reverse("study_training", args=[study.project.slug, study.slug])
        found.append(Panel(words % {"n": study.waiting}, url, _("Look"), (study.name,)))
    return found
