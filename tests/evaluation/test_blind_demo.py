"""The demonstration's blind studies: three finished with reports, three half done, made once."""

from __future__ import annotations

import pytest
from django.db.models import Count

from annotation.management.demo import people
from evaluation.management.demo import PART as SYSTEMS_PART
from evaluation.management.demo import content
from evaluation.management.demo.blind import PART, RANKED
from evaluation.management.demo.conversations import COMPARED
from evaluation.management.demo.conversations import PART as CONVERSATIONS_PART
from evaluation.management.demo.judges import ORDERED, PAIRED, RANKED_REPORT, RATED_REPORT, SCORED
from evaluation.management.demo.judges import PART as JUDGES_PART
from evaluation.models import JuryReport, LexiconHit, Pair, Run, Unblinding, Verdict
from projects.models import Job, Membership, Project, Rater, Report, Role, Study, Submission, User
from projects.services import jobs
from reports.summary import Summary


def made_people(project: Project) -> dict[str, User]:
    """Give the project its people; returns those whom the parts are made by."""
    accounts = {}
    for key, role in (("manager", Role.MANAGER), ("adjudicator", Role.ADJUDICATOR)):
        accounts[key] = User.objects.create_user(f"{key}@example.org")
        Membership.objects.create(project=project, user=accounts[key], role=role)
    for person in people.RATERS:
        user = User.objects.create_user(f"{person.key}@example.org")
        Membership.objects.create(project=project, user=user, role=Role.RATER)
        Rater.objects.create(project=project, user=user, code=person.key.upper(), group=person.group)
    return accounts


@pytest.mark.django_db(transaction=True)
def test_part_is_made_once_and_whole() -> None:
    project = Project.objects.create(slug="demonstration", name="Demonstration")
    accounts = made_people(project)
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
    judged(project, accounts)


def judged(project: Project, accounts: dict[str, User]) -> None:
    """Judges over the same responses: every call has its verdict, and both reports can be computed."""
    for _n in range(2):
        JUDGES_PART.make(project, accounts)
    assert JUDGES_PART.is_whole(project)
    questions = len(content.responses())
    made = dict(Run.objects.filter(purpose="judge").values_list("name", Count("items__verdict")))
    assert made == {SCORED: 2 * 7 * questions, PAIRED: 2 * 2 * questions, ORDERED: 2 * 2 * questions}
    asked = {bool(reason): tries for reason, tries in Verdict.objects.values_list("reason", "asked").distinct()}
    assert asked == {False: 1, True: 2}
    for job in Job.objects.filter(kind="judges_report"):
        jobs.run(job.pk)
    reports = {row.jury.name: Summary.from_json(row.summary or {}) for row in JuryReport.objects.all()}
    keys = {name: [section.key for section in found.sections] for name, found in reports.items()}
    assert keys == {
        RANKED_REPORT: ["human-0", "gaps", "means", "tests", "raters", "effects", "counts"],
        RATED_REPORT: ["human-0", "gaps", "means", "tests", "raters", "effects", "counts"],
    }
    ranked = next(section for section in reports[RANKED_REPORT].sections if section.key == "tests")
    assert [block.key for block in ranked.blocks][:2] == ["against-0", "counted-0"]
    assert "Harbour" not in str(reports[RATED_REPORT].to_json()), "two keys are closed"


@pytest.mark.django_db(transaction=True)
def test_pairs_of_dialogues_are_made_once_in_both_languages() -> None:
    project = Project.objects.create(slug="demonstration", name="Demonstration")
    accounts = made_people(project)
    assert not CONVERSATIONS_PART.is_whole(project)
    for _n in range(2):
        CONVERSATIONS_PART.make(project, accounts)
        assert CONVERSATIONS_PART.is_whole(project)
    study = Study.objects.get(project=project)
    assert (study.state, study.name) == ("open", COMPARED)
    made = Pair.objects.filter(study=study, state="accepted").values_list("left__external_id", "right__external_id")
    topics = ("exam", "family", "sleep", "work")
    assert sorted(made) == [(f"listener-{topic}", f"program-{topic}") for topic in topics]
    languages = Pair.objects.values_list("left__current__language", flat=True)
    assert sorted(languages) == ["en", "en", "zh", "zh"]
    # What gives the program away is taken out, in both languages; the sessions keep it.
    taken_out = LexiconHit.objects.filter(study=study, decision="redacted").values_list("words", flat=True)
    assert sorted(taken_out) == ["As an AI language model", "作为人工智能助手"]
    assert Submission.objects.count() == 3 * 2
