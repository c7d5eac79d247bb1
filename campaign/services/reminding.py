"""Who is written to, when, and about what: reminders before a study ends, and digests on Mondays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, Sum
from django.urls import reverse
from django.utils import timezone

from campaign.models import RaterHold, SentMessage, StudyDates, StudyQuality, TimeDay
from campaign.services import training
from campaign.services.messages import Letter, absolute, deliver, week_of
from projects.models import Flag, Membership, Project, Role, Study, StudyRole, Unit, User
from projects.services.progress import may_judge

MONDAY = 0


def send_due(today: date | None = None) -> int:
    """Send what is due on a day and has not been sent; returns how many mails left."""
    day = today or timezone.localdate()
    letters = [*reminders(day), *digests(day)]
    return sum(deliver(letter) for letter in letters)


def reminders(today: date) -> Iterator[Letter]:
    """Yield a reminder for every rater with work left in a study that ends soon; once for each end."""
    rows = StudyDates.objects.filter(reminders=True, ends_on__gte=today, study__state=Study.State.OPEN).select_related(
        "study__project"
    )
    for dates in rows:
        if dates.ends_on is None or dates.ends_on - timedelta(days=dates.remind_days) > today:
            continue
        for part, left in working(dates.study):
            yield Letter(
                SentMessage.Kind.REMINDER,
                part.user,
                f"reminder:{dates.study_id}:{part.user_id}:{dates.ends_on.isoformat()}",
                "reminder",
                {
                    "study": dates.study, "ends_on": dates.ends_on, "left": left, "done": part.submitted,
                    "days": (dates.ends_on - today).days, "url": absolute(reverse("rate", args=[dates.study.token])),
                },
                dates.study.project,
                dates.study,
            )  # fmt: skip


def working(study: Study) -> list[tuple[StudyRole, int]]:
    """Return the raters who could still answer units of a study, with how many at most: open to them, not answered.

    Who is paused by the manager, or has failed the calibration, gets no unit and so no reminder.
    """
    parts = study.roles.filter(part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE, rater__active=True)
    rows = study.units.filter(withdrawn=False, done__lt=F("wanted"))
    found = []
    parts = parts.exclude(holds__in=RaterHold.objects.filter(lifted_at=None)).exclude(pk__in=training.failed(study))
    for part in parts.select_related("user", "rater"):
        mine = rows.exclude(assignments__in=part.coded.assignments.filter(study=study, state="submitted"))
        mine = mine.filter(Q(open=True) | Q(assignments__rater=part.coded, assignments__state="leased")).distinct()
        kinds = mine.order_by().values_list("pk", "language", "group")
        left = sum(1 for _pk, language, group in kinds if may_judge(part.coded, language=language, group=group))
        if left:
            found.append((part, left))
    return found


def digests(today: date) -> Iterator[Letter]:
    """Yield on Mondays a digest for each manager of a project with open studies, and for each rater at work there."""
    if today.weekday() != MONDAY:
        return
    rows = Study.objects.filter(state=Study.State.OPEN).exclude(dates__digests=False).select_related("project")
    by_project: dict[Project, list[Study]] = defaultdict(list)
    for study in rows.order_by("project", "name"):
        by_project[study.project].append(study)
    for project, studies in by_project.items():
        yield from _to_managers(project, studies, today)
        yield from _to_raters(project, studies, today)


def _key(project: Project, user: User, role: str, today: date) -> str:
    return f"digest:{project.pk}:{role}:{user.pk}:{week_of(today)}"


def _to_managers(project: Project, studies: list[Study], today: date) -> Iterator[Letter]:
    lines = [_line(study, today) for study in studies]
    context = {
        "project": project, "lines": lines, "flags": project.flags.filter(state=Flag.State.OPEN).count(),
        "url": absolute(reverse("dashboard", args=[project.slug])),
    }  # fmt: skip
    # Who rates in one of them is told nothing of how the others work; counts of the whole are nobody's secret.
    for one in Membership.objects.filter(project=project, role=Role.MANAGER).select_related("user"):
        yield Letter(
            SentMessage.Kind.DIGEST, one.user, _key(project, one.user, "manager", today), "digest_manager", context,
            project,
        )  # fmt: skip


def _line(study: Study, today: date) -> dict[str, Any]:
    """Return one study's counts for its managers."""
    counts = Unit.objects.filter(study=study, withdrawn=False).aggregate(done=Sum("done"), places=Sum("wanted"))
    week = TimeDay.objects.filter(study=study, day__gte=today - timedelta(days=7), day__lt=today)
    kept = StudyQuality.objects.filter(study=study).first()
    dates = StudyDates.objects.filter(study=study).first()
    middle = (kept.forecast if kept else {}).get("middle")
    return {
        "study": study, "done": counts["done"] or 0, "places": counts["places"] or 0,
        "week": week.aggregate(n=Sum("answers"))["n"] or 0, "ends_on": dates.ends_on if dates else None,
        "expected": date.fromisoformat(middle) if middle else None,
    }  # fmt: skip


def _to_raters(project: Project, studies: list[Study], today: date) -> Iterator[Letter]:
    by_user: dict[User, list[dict[str, Any]]] = defaultdict(list)
    since = today - timedelta(days=7)
    for study in studies:
        own = TimeDay.objects.filter(study=study, day__gte=since, day__lt=today).order_by().values("rater")
        week = {row["rater"]: row for row in own.annotate(n=Sum("answers"), ms=Sum("active_ms"))}
        parts = study.roles.filter(part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE, rater__active=True)
        # Of a study that has all its answers nobody is told every week that they answered nothing.
        going = study.units.filter(withdrawn=False, done__lt=F("wanted")).exists()
        for part in parts.select_related("user", "rater"):
            told = week.get(part.coded.pk, {"n": 0, "ms": 0})
            if not told["n"] and not going:
                continue
            url = absolute(reverse("rate", args=[study.token]))
            by_user[part.user].append(
                {"study": study, "done": part.submitted, "week": told["n"], "ms": told["ms"], "url": url}
            )
    for user, lines in by_user.items():
        yield Letter(
            SentMessage.Kind.DIGEST, user, _key(project, user, "rater", today), "digest_rater",
            {"project": project, "lines": lines}, project,
        )  # fmt: skip
