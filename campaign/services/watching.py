"""Looking at how a study's raters work: asked for on the page or by the clock, done by a worker, kept as a snapshot."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaign.models import RaterQuality, StudyQuality, WatchRules
from campaign.services import timesheets
from campaign.services.loading import answers_of, judged_of
from projects.models import Exclusion, Job, Study, StudyRole, User
from projects.services import jobs

if TYPE_CHECKING:
    from campaign.services.figures import Work
    from campaign.services.forecast import Forecast

KIND = "watch_study"
WATCHED = (Study.State.OPEN, Study.State.PAUSED, Study.State.CLOSED)


def subject(study: Study) -> str:
    """Return what a study's jobs are filed under."""
    return f"study:{study.pk}"


def ask(study: Study, *, actor: User | None) -> Job:
    """Ask a worker to look; while it has not, the same job is returned."""
    return jobs.enqueue(KIND, subject(study), project=study.project, actor=actor)


def last_job(study: Study) -> Job | None:
    """Return the newest look at a study, if there was one."""
    return Job.objects.filter(kind=KIND, subject=subject(study)).order_by("-pk").first()


def run(job: Job, progress: jobs.Progress) -> str:
    """Look at the study in the job's subject and keep what is found, in place of what was found before."""
    # What a worker computes with; a web process does without.
    from campaign.services.figures import Work, look

    study = Study.objects.select_related("project", "version").get(pk=int(job.subject.partition(":")[2]))
    # Nothing is written while answers are being read (see annotation.results.load).
    seen = stamp(counted(Study.objects.filter(pk=study.pk)).get())
    rules = WatchRules.objects.filter(study=study).first() or WatchRules(study=study)
    answers = answers_of(study)
    parts = study.roles.filter(part=StudyRole.Part.RATER).values_list("rater", flat=True)
    judged, raters = judged_of(answers), sorted({one.rater for one in answers}.union(pk for pk in parts if pk))
    works = []
    for at, rater in enumerate(raters):
        own = [one for one in answers if one.rater == rater]
        others = [one for one in answers if one.rater != rater]
        works.append(look(Work(rater, own, others, judged, rules, study.seed % 2**31)))
        progress.report(at + 1, len(raters))
    _keep(study, works, rules, answers=len(answers), seen=seen)
    return ""


def _keep(study: Study, works: list[Work], rules: WatchRules, *, answers: int, seen: str) -> None:
    from campaign.services.figures import unusual

    shares = [work.figures["agreement"]["value"] for work in works]
    known = [share for share in shares if share is not None]
    usual = median(known) if len(known) > 2 else None
    days = timesheets.keep(study)
    ahead = _ahead(study, timesheets.daily(days, today=timezone.localdate()))
    rows = [
        RaterQuality(
            study=study, rater_id=work.rater, answers=work.figures["n"], figures=work.figures, lists=work.lists,
            unusual=unusual(work.figures, rules, usual),
        )
        for work in works
    ]  # fmt: skip
    with transaction.atomic():
        RaterQuality.objects.filter(study=study).delete()
        RaterQuality.objects.bulk_create(rows)
        values = {"answers": answers, "seen": seen, "forecast": ahead.to_json(), "computed_at": timezone.now()}
        StudyQuality.objects.update_or_create(study=study, defaults=values)


def _ahead(study: Study, daily: list[int]) -> Forecast:
    from campaign.services.forecast import forecast

    counts = study.units.aggregate(
        places=Sum("wanted", filter=Q(withdrawn=False)), done=Sum("done", filter=Q(withdrawn=False))
    )
    left = (counts["places"] or 0) - (counts["done"] or 0)
    return forecast(daily, left=left, today=timezone.localdate(), seed=study.seed % 2**31)


def counted(studies: QuerySet[Study]) -> QuerySet[Study]:
    """Add what the counters say: answers, changes and time of the raters, and how much was ever left out."""
    # Subqueries, since two joins would multiply each other's rows.
    parts = StudyRole.objects.filter(study=OuterRef("pk"), part=StudyRole.Part.RATER).order_by().values("study")
    gone = Exclusion.objects.filter(study=OuterRef("pk")).order_by().values("study")
    return studies.annotate(
        given=Coalesce(Subquery(parts.annotate(n=Sum("submitted")).values("n")), 0),
        worked=Coalesce(Subquery(parts.annotate(n=Sum("active_ms")).values("n")), 0),
        gone=Coalesce(Subquery(gone.annotate(n=Count("pk") + Count("lifted_at")).values("n")), 0),
    )


def stamp(study: Study) -> str:
    """Return what the counters of a study say, as one text; `study` comes from `counted`."""
    return f"{study.given}:{study.worked}:{study.gone}"  # type: ignore[attr-defined]  # annotated by counted


def stale(most: int = 50) -> list[Study]:
    """Return studies whose counters say something else than when they were last looked at."""
    rows = counted(Study.objects.filter(state__in=WATCHED)).select_related("project", "quality").order_by("pk")
    return [one for one in rows if stamp(one) != "0:0:0" and stamp(one) != _seen(one)][:most]


def _seen(study: Study) -> str:
    kept = getattr(study, "quality", None)
    return kept.seen if kept else ""
