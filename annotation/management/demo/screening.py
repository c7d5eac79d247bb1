"""Making the demonstration's screening, flags and comments, through the services that serve people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.core.management import CommandError
from django.db import transaction
from django.utils import timezone

from annotation.management.demo import content, times
from annotation.management.demo.annotating import SESSIONS, STUDY
from annotation.management.demo.people import ADJUDICATOR, MANAGER, RATERS
from annotation.management.demo.screenings import SLUG
from annotation.services import comments
from projects import kinds, loop
from projects.management.demo_import import ask_report, carry_out
from projects.models import Dataset, Project, Rater, Study, StudyRole, Turn, Unit, User, new_token
from projects.services import flags, leases, studies
from projects.services.parts import add_people

EXPERTS = ("R1", "R3", "R5")
# What somebody would drop, with the reason and their words; everything else is kept.
DROPS = {
    ("zh-baby-1", "R3"): ("privacy", "对话中出现了完整的姓名，替换之前不宜收录。"),
    ("zh-baby-1", "R5"): ("privacy", "有人的真实姓名。"),
    ("en-exam-1", "R5"): ("incoherent", "So much slang that parts of it cannot be followed."),
}
COMMENTS = (
    ("en-grief-1", 2, "R1", "I was torn here: it is sad, but the distance in “watching somebody else” comes first."),
    ("en-grief-1", 2, "", "Both labels can stand. Where you hesitate, say so in the note; it helps the others."),
)
FLAGS = (
    ("en-exam-1", 4, "R5", "self_harm", "“I hate myself”: somebody should ask what is meant."),
    ("zh-baby-1", 4, "R3", "privacy", "“周明远”是完整的姓名，请替换为化名。"),
)
MINUTES = 6


def ensure(project: Project, accounts: Mapping[str, User]) -> None:
    """Make what is missing."""
    users = {person.key.upper(): accounts[person.key] for person in RATERS}
    with transaction.atomic():
        _talk(project, accounts, users)
    study = Study.objects.filter(project=project, slug=SLUG).first() or _create(project, accounts)
    if study.state in {Study.State.DRAFT, Study.State.OPENING}:
        carry_out(studies.open_study(study, actor=accounts[MANAGER.key]))
    study = Study.objects.select_related("project", "version", "guideline", "dataset").get(pk=study.pk)
    if not study.assignments.exists():
        with transaction.atomic():
            for code in EXPERTS:
                _screen(study, project.raters.get(code=code))
            times.move_study(study)
    with transaction.atomic():
        _flag(study, users)
    ask_report(study, accounts[MANAGER.key])


def _unit(study: Study, session: str) -> Unit:
    return Unit.objects.select_related("study", "item", "revision").get(study=study, item__external_id=session)


def _talk(project: Project, accounts: Mapping[str, User], users: Mapping[str, User]) -> None:
    study = Study.objects.get(project=project, name=STUDY)
    for n, (session, index, code, words) in enumerate(COMMENTS):
        unit, rater = _unit(study, session), project.raters.filter(code=code).first()
        turn = Turn.objects.get(revision=unit.revision_id, index=index)
        author = users[code] if code else accounts[ADJUDICATOR.key]
        comments.say(unit, turn, author=author, rater=rater, text=words, client_key=f"demo-{n}")


def _flag(study: Study, users: Mapping[str, User]) -> None:
    for n, (session, index, code, concern, note) in enumerate(FLAGS):
        flags.raise_flag(
            project=study.project, by=users[code], concern=concern, note=note, client_key=f"demo-{n}", study=study,
            unit=_unit(study, session), turn=index, rater=study.project.raters.get(code=code),
        )  # fmt: skip


def _create(project: Project, accounts: Mapping[str, User]) -> Study:
    settings = {"raters_per_dialogue": len(EXPERTS), "order": "imported", "releases": False}
    with transaction.atomic():
        study = studies.create(
            project=project, kind="screening", name="Screening of the sessions", slug=SLUG, settings=settings,
            dataset=Dataset.objects.get(project=project, slug=SESSIONS), guideline=content.text("guideline"),
            actor=accounts[MANAGER.key],
        )  # fmt: skip
        raters = list(project.raters.filter(code__in=EXPERTS))
        add_people(study, raters=raters, adjudicators=[accounts[ADJUDICATOR.key]], actor=accounts[MANAGER.key])
    return study


def _screen(study: Study, rater: Rater) -> None:
    """Let a counsellor screen all sessions."""
    rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
    part, kind = rows.get(study=study, rater=rater), kinds.of(study)
    begun = timezone.now() - timedelta(days=7)
    for number in range(study.unit_count):
        row = leases.hold(part, count=1, shown=lambda unit: kind.shown(study, rater.code, unit))[0]
        at = begun + number * timedelta(minutes=MINUTES + 2)
        times.move_claim(row, at)
        session = row.unit.item.external_id if row.unit.item else ""
        reason, words = DROPS.get((session, rater.code), ("", ""))
        sent = {
            "client_key": new_token(), "values": "drop" if reason else "keep", "reason": reason, "comment": words,
            "active_ms": str(MINUTES * 60_000),
        }  # fmt: skip
        form = kind.form(row, sent)  # type: ignore[arg-type]  # a form reads any mapping
        if not form.is_valid():
            raise CommandError(f"A verdict of the demonstration is not complete: {form.errors.as_text()}")
        times.move_answer(row, loop.take(part, row, form).submission, at + timedelta(minutes=MINUTES))
