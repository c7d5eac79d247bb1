"""What a worker does when somebody asks whether a study is blind."""

from __future__ import annotations

from django.utils.translation import gettext as _

from evaluation.blindness import scratch
from projects.models import Job, Study
from projects.services import jobs


def run(job: Job, progress: jobs.Progress) -> str:
    """Replay the study in the job's subject and keep the verdicts."""
    study = Study.objects.select_related("project", "version", "guideline").get(pk=int(job.subject.partition(":")[2]))
    try:
        scratch.check(study, lambda done, total: progress.report(done, total, force=True))
    except scratch.ReplayFailed as error:
        raise jobs.JobFailed(_("The replay did not come to its end: %(words)s") % {"words": error}) from error
    return ""
