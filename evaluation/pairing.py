"""What a worker does for the pairs of a draft: proposes them, or reads them from a file."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import ngettext

from evaluation.services import matching
from projects.models import Job, Study
from projects.services import jobs


def propose(job: Job, progress: jobs.Progress) -> str:
    """Propose pairs for the draft in the job's subject. It may start over: what was decided stays."""
    study = Study.objects.select_related("project", "version", "dataset").get(pk=int(job.subject.partition(":")[2]))
    language = (job.created_by.language if job.created_by else "") or translation.get_language()
    with translation.override(language):
        try:
            found = matching.propose(study, progress.report)
        except ValidationError as error:
            raise jobs.JobFailed(" ".join(error.messages)) from error
        return ngettext("%(n)s pair is proposed.", "%(n)s pairs are proposed.", found) % {"n": found}
