"""The demonstration's blind studies: three finished with reports, three half done, made once."""

from __future__ import annotations

import pytest

from annotation.management.demo import people
from evaluation.management.demo import PART as SYSTEMS_PART
from evaluation.management.demo.blind import PART, RANKED
from evaluation.models import LexiconHit, Unblinding
from projects.models import Job, Membership, Project, Rater, Report, Role, Study, Submission, User
from projects.services import jobs


@pytest.mark.django_db(transaction=True)
def test_part_is_made_once_and_whole() -> None:
    project = Project.objects.create(slug="demonstration", name="Demonstration")
    accounts = {}
    for key, role in (("manager", Role.MANAGER), ("adjudicator", Role.ADJUDICATOR)):
        accounts[key] = User.objects.create_user(f"{key}@example.org")
        Membership.objects.create(project=project, user=accounts[key], role=role)
    for person in people.RATERS:
        user = User.objects.create_user(f"{person.key}@example.org")
        Membership.objects.create(project=project, user=user, role=Role.RATER)
        Rater.objects.create(project=project, user=user, code=person.key.upper(), group=person.group)
    SYSTEMS_PART.make(project, accounts)
    assert not PART.is_whole(project)
    PART.make(project, accounts)
    assert PART.is_whole(project)
    made = sorted(Study.objects.filter(project=project).values_list("kind", "state"))
    assert made == [(kind, state) for kind in ("comparison", "ranking", "rating") for state in ("closed", "open")]
    assert Report.objects.filter(study__state="closed", computed_at=None).count() == 3
    for job in Job.objects.filter(kind="report"):
        jobs.run(job.pk)
    assert Report.objects.filter(study__state="closed", computed_at__isnull=False).count() == 3
    assert Unblinding.objects.values_list("study__name", flat=True).get() == RANKED
    assert not LexiconHit.objects.filter(decision="open").exists()
    answers = Submission.objects.count()
    PART.make(project, accounts)
    assert Submission.objects.count() == answers == 40 + 8 + 30 + 8 + 30 + 10
