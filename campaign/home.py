"""What waits for a manager on the first page: questions, raters who get no work, and who failed the calibration."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.models import Calibration, Question, TrainingItem
from projects.home_hooks import Panel, asks
from projects.models import Role, Study, StudyRole, User
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


def _failed(user: int) -> QuerySet[Study]:
    """Return the studies with raters who have failed the last try there is, and whom nobody has decided on."""
    items = TrainingItem.objects.filter(study=OuterRef("part__study"), stage=TrainingItem.Stage.CALIBRATION)
    tries = items.order_by().values("study").annotate(n=Count("round", distinct=True)).values("n")
    rounds = Calibration.objects.filter(part=OuterRef("pk")).order_by()
    passed = Exists(rounds.filter(Q(passed=True) | Q(let_pass_by__isnull=False)))
    failed = Exists(rounds.values("part").annotate(n=Count("pk")).filter(n__gte=Subquery(tries)))
    parts = StudyRole.objects.filter(~passed, failed, part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE)
    return _managed(user).filter(roles__in=parts).annotate(waiting=Count("roles", distinct=True))[:MOST]


FAILED: Prepared[Any] = Prepared(_failed, -1)


@asks(QUESTIONS, HELD, FAILED)
def panels(user: User) -> list[Panel]:
    """Return a row for each study with open questions, with raters who are paused, or who failed the calibration."""
    found = []
    for study in QUESTIONS.rows(user.pk):
        words = ngettext("%(n)s question of a rater", "%(n)s questions of raters", study.waiting)
        url = reverse("study_questions", args=[study.project.slug, study.slug])
        found.append(Panel(words % {"n": study.waiting}, url, _("Answer"), (study.name,)))
    for study in HELD.rows(user.pk):
        words = ngettext("%(n)s rater is paused", "%(n)s raters are paused", study.waiting)
        url = reverse("study_training", args=[study.project.slug, study.slug])
        found.append(Panel(words % {"n": study.waiting}, url, _("Look"), (study.name,)))
    for study in FAILED.rows(user.pk):
        words = ngettext(
            "%(n)s rater did not pass the calibration", "%(n)s raters did not pass the calibration", study.waiting
        )
        url = reverse("study_training", args=[study.project.slug, study.slug])
        found.append(Panel(words % {"n": study.waiting}, url, _("Look"), (study.name,)))
    return found
