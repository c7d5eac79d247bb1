"""Simulated raters at work: they claim, answer, skip and change their minds through the services that serve people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from annotation.management.demo import content, judging, times
from annotation.management.demo.content import DemoItem
from annotation.management.demo.judging import Judgement
from annotation.services import labels
from projects import kinds
from projects.models import Assignment, Exposure, Rater, Study, StudyRole, Submission, new_token
from projects.services import leases, work

# Seconds over one's own answer and a pre-label that says something else.
RECONSIDERING = 6


@dataclass(frozen=True)
class Stint:
    """How much one rater does of a study: `sittings` days up to `until`; `skips` are items with the reason."""

    code: str
    answers: int
    sittings: int
    until: datetime
    skips: Mapping[str, str] = field(default_factory=dict)


class Worker:
    """One simulated rater in one study."""

    def __init__(self, study: Study, rater: Rater) -> None:
        """Load the rater's part the way a request does."""
        rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
        self.part = rows.get(study=study, rater=rater)
        self.kind = kinds.of(study)

    def rate(self, stint: Stint) -> None:
        """Answer units in the order they come."""
        diary = times.Diary(until=stint.until, sittings=stint.sittings, answers=stint.answers)
        while diary.count < stint.answers:
            assignment = self._claim()
            if reason := stint.skips.get(item_of(assignment).id):
                leases.skip(assignment, reason=reason)
                times.move_claim(assignment, diary.now)
            else:
                self._answer(assignment, diary, practice=diary.count / stint.answers)

    def _claim(self) -> Assignment:
        study, code = self.part.study, self.part.coded.code
        return leases.hold(self.part, count=1, shown=lambda unit: self.kind.shown(study, code, unit))[0]

    def _answer(self, assignment: Assignment, diary: times.Diary, practice: float) -> None:
        shown = assignment.exposure >= Exposure.PRELABEL
        item = item_of(assignment)
        given = judging.judge(item, self.part.coded.code, prelabel_shown=shown, practice=practice)
        begun, at = diary.spend(given.seconds)
        times.move_claim(assignment, begun)
        first = self.submit(assignment, given, given.values, at=at)
        assignment.state = Assignment.State.SUBMITTED
        if self.kind.second_look(assignment, first):
            work.expose(assignment, Exposure.PRELABEL)
            if given.second != given.values:
                self.submit(assignment, given, given.second, at=diary.linger(RECONSIDERING), based_on=1)

    def submit(
        self, assignment: Assignment, given: Judgement, values: tuple[str, ...], *, at: datetime, based_on: int = 0
    ) -> Submission:
        """Hand an answer in, as if at `at`."""
        settings = self.part.study.settings
        answer = work.Answer(
            client_key=new_token(),
            based_on=based_on,
            unsure=given.unsure and settings["allow_unsure"],
            comment=given.comment if settings["allow_comment"] else "",
            active_ms=int(given.seconds * 1000) if not based_on else RECONSIDERING * 1000,
        )
        outcome = work.submit(
            self.part,
            assignment,
            answer=answer,
            write=lambda submission: labels.storing(submission, values),
            settle=self.kind.settle,
        )
        times.move_answer(assignment, outcome.submission, at)
        return outcome.submission


def item_of(assignment: Assignment) -> DemoItem:
    """Return the demonstration's item behind an assignment."""
    item = assignment.unit.item
    if item is None:
        raise ValueError("A unit of the demonstration is an item.")
    return content.items()[item.external_id]
