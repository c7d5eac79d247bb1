"""What the demonstration's half-done study asks before the work: consent, the guideline's second version, practice."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from campaign.models import Question
from campaign.services import consent, making, questions, reading, watching
from projects.content import Category
from projects.management.demo_parts import Part
from projects.models import Job, Project, Role, Study, StudyRole, Unit, User

STUDY = "second-round"
# Raters who began before any of this was asked.
BEGUN = ("R1", "R2")
CONSENT = """::: en

You will read short messages in which people speak of how they are, and judge them. Some are hard to read. You can skip
any text and stop at any time, without a reason and without any disadvantage. Your answers are kept under your code.

::: zh

你将阅读人们谈论自身状况的短文，并作出判断。有些文字读来沉重。可以跳过任何一篇，也可以随时退出，无须说明理由，也不会因此受到任何影响。
你的回答以代码保存。
"""
QUESTION = "Somebody thanks the helper but says that nothing has changed. Do the thanks decide, or the rest?"
ENTRY = "Thanks, but nothing has changed: what decides?"
ANSWER = "What the person says of their own state decides. Thanks alone are no sign that they feel better."
PRACTICE = (
    making.Line("", "", "What the message says of the person's own state decides, not its polite frame."),
    making.Line("", "", "Read to the end before you decide: the last sentence often turns it."),
)


def _study(project: Project) -> Study | None:
    rows = Study.objects.select_related("project", "version", "guideline", "dataset")
    return rows.filter(project=project, slug=STUDY).first()


def is_whole(project: Project) -> bool:
    """Whether the last thing made is there: the answered question."""
    return Question.objects.filter(study__project=project, study__slug=STUDY).exists()


def make(project: Project, accounts: Mapping[str, User]) -> None:
    """Make all of it at once, or nothing."""
    study = _study(project)
    manager = User.objects.filter(memberships__project=project, memberships__role=Role.MANAGER).order_by("pk").first()
    if study is None or manager is None or is_whole(project):
        return
    with transaction.atomic():
        _before_work(study, manager)
        _asked(study, manager)
        study.refresh_from_db()
        for part in study.roles.filter(rater__code__in=BEGUN).select_related("study", "rater", "user"):
            _let_on(part)


def _before_work(study: Study, manager: User) -> None:
    words = {"text": CONSENT, "protocol": "DEMO-2026-07", "contact": manager.email}
    consent.change(study, asks_again=True, actor=manager, **words)
    Study.objects.filter(pk=study.pk).update(content={"categories": [Category.GRIEF, Category.ANXIETY], "text": ""})
    rows = [
        making.Line(external_id, answer, line.explanation)
        for line, (external_id, answer) in zip(PRACTICE, _known(study), strict=True)
    ]
    making.add(study, stage=making.Stage.PRACTICE, number=1, rows=rows, actor=manager)


def _known(study: Study) -> list[tuple[str, str]]:
    """Return two items of the first round, one in each language, with what their raters agreed on."""
    from annotation.models import Resolution

    rows = Resolution.objects.filter(current=True, how="agreed", unit__study__project=study.project)
    rows = rows.filter(unit__study__slug="first-round", unit__role=Unit.Role.MAIN, unit__item__kind="true_false")
    found = []
    for language in ("en", "zh"):
        row = rows.filter(unit__language__startswith=language).select_related("unit__item").order_by("unit__pk").first()
        if row and row.unit.item:
            found.append((f"first-round/{row.unit.item.external_id}", ", ".join(row.values)))
    return found


def _asked(study: Study, manager: User) -> None:
    part = study.roles.select_related("study").get(rater__code=BEGUN[0])
    row = questions.ask(part, text=QUESTION)
    row.study = study
    questions.answer(row, answer=ANSWER, entry=ENTRY, publish=True, actor=manager)


def _let_on(part: StudyRole) -> None:
    """Let somebody who has long begun go on: they have agreed and read the new version."""
    text, guideline = consent.in_force(part.study), part.study.guideline
    if text and guideline:
        consent.agree(part, text)
        reading.acknowledge(part, guideline)
    StudyRole.objects.filter(pk=part.pk).update(gate=part.study.gate)


def is_looked_at(project: Project) -> bool:
    """Whether somebody has asked a worker to look at how the raters work."""
    return Job.objects.filter(project=project, kind=watching.KIND).exists()


def look(project: Project, accounts: Mapping[str, User]) -> None:
    """Ask for the first look, which the clock would ask for a quarter of an hour later."""
    for study in watching.stale():
        if study.project_id == project.pk:
            watching.ask(study, actor=accounts["manager"])


PART = Part(is_whole, make)
LOOKS = Part(is_looked_at, look)
