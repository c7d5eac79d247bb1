"""What a worker does for a blind study before it opens: works out the plan, and looks for words that tell."""

from __future__ import annotations

from django.utils.translation import ngettext

from evaluation.kinds.blind import BlindKind
from evaluation.services import pairs, planning, telling
from projects import kinds
from projects.models import Job, Study
from projects.services import jobs


def run(job: Job, progress: jobs.Progress) -> str:
    """Plan the draft in the job's subject and look through the texts that it would show."""
    study = Study.objects.select_related("project", "version", "dataset").get(pk=int(job.subject.partition(":")[2]))
    kind = kinds.of(study)
    if not isinstance(kind, BlindKind) or study.dataset is None or study.state != Study.State.DRAFT:
        return ""
    progress.report(0, 3, force=True)
    planned = list(kind.planned(study, kind.coded(study)))
    progress.report(1, 3, force=True)
    responses = sorted({response for one in planned for response in one.members.values()})
    dialogues = sorted({revision for one in planned for revision in one.dialogues.values()})
    names = telling.names_of(kind.versions(study), pairs.datasets(study) if dialogues else ())
    left = telling.scan(study, responses, names, dialogues)
    progress.report(2, 3, force=True)
    planning.keep(study, planning.plan(study, planned, kind=kind.key))
    if not left:
        return ""
    words = ngettext("%(n)s place in the texts needs a decision.", "%(n)s places in the texts need a decision.", left)
    return words % {"n": left}
