"""A project for study reports: systems with planted differences, ranked and rated by people, scored by judges.

Rows are written in bulk, past the work loop, so that a large project takes seconds; what a report reads is all there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from blind_world import BlindWorld
from django.utils import timezone

from evaluation.models import (
    Attempt,
    Endpoint,
    JudgePlan,
    JudgeTask,
    JudgeTaskMember,
    Placement,
    Preference,
    Purpose,
    Rank,
    Response,
    RubricVersion,
    Run,
    RunItem,
    RunSystem,
    Score,
    System,
    SystemVersion,
    Unblinding,
    UnitResponse,
    Verdict,
    VerdictValue,
)
from evaluation.services import rubrics
from projects.models import Assignment, Rater, Study, Submission, Unit
from publishing.models import StudyReport
from publishing.services import study_reports
from publishing.words import SECTIONS

ROLES = ("base", "synthetic", "interview", "both", "baseline", "baseline", "baseline")
# What each system's responses are better by, on a scale of 1 to 10.
EFFECTS = (0.0, 1.5, -1.5, 0.0, 0.5, -0.5, 1.0)
CRITERIA = ("Active Listening", "Empathy", "Safety", "Open-mindedness", "Clarity", "Boundaries", "Holistic Approach")
FRESH = {"state": Assignment.State.SUBMITTED}


class PaperWorld(BlindWorld):
    """Seven systems, the first four of one family, over some questions."""

    def __init__(
        self, *, items: int = 6, raters: int = 3, rounds: int = 1, systems: int = 7, slug: str = "harbour"
    ) -> None:
        """Set everything up; every system answers every question in every round."""
        super().__init__(systems=0, items=items, raters=raters, slug=slug)
        self.random = Random(7)
        self.rounds = rounds
        self.systems = [
            self.system(f"Model {n}", group="alpha" if n < 4 else "", role=ROLES[n]) for n in range(systems)
        ]
        Response.objects.bulk_create(
            Response(
                system_version=version, revision=item.current, round=turn, source_import=self.source,
                text=f"Words of kind {at} to {item.external_id}, said {turn} times. " * (1 + (at + n) % 3),
            )
            for n, item in enumerate(self.items)
            for at, version in enumerate(self.systems)
            for turn in range(1, rounds + 1)
        )  # fmt: skip
        self.effect = {version.pk: EFFECTS[at] for at, version in enumerate(self.systems)}
        self.luck = {item.pk: self.random.gauss(0, 0.7) for item in self.items}

    def quality(self, version: int, item: int, noise: float = 1.0) -> float:
        """How good somebody finds a response, on a scale of 1 to 10."""
        return 6 + self.effect[version] + self.luck[item] + self.random.gauss(0, noise)

    # --- people

    def answered(self, kind: str, *, opened: bool = True, name: str = "", **settings: Any) -> Study:
        """A closed study of this kind in which every rater answered every unit."""
        study = self.opened(kind, name=name or f"A {kind}", raters_per_item=len(self.raters), **settings)
        units = list(Unit.objects.filter(study=study).select_related("item"))
        members: dict[int, list[UnitResponse]] = {unit.pk: [] for unit in units}
        for member in UnitResponse.objects.filter(unit__study=study).select_related("system"):
            members[member.unit_id].append(member)
        held = Assignment.objects.bulk_create(
            Assignment(study=study, unit=unit, rater=rater, submitted_at=timezone.now(), **FRESH)
            for unit in units
            for rater in self.raters
        )
        given = Submission.objects.bulk_create(
            Submission(assignment=row, version=study.in_force, guideline=study.guideline, client_key="k")
            for row in held
        )
        write = {"ranking": self._rank, "rating": self._score, "comparison": self._choose}[kind]
        placed: list[Placement] = []
        rows: list[Any] = []
        for row, submission in zip(held, given, strict=True):
            order = self.random.sample(members[row.unit_id], len(members[row.unit_id]))
            placed += [Placement(assignment=row, member=one, slot=slot) for slot, one in enumerate(order, start=1)]
            rows += write(study, submission, order, row.unit.item_id or 0)
        Placement.objects.bulk_create(placed)
        for model in {type(row) for row in rows}:
            model.objects.bulk_create([row for row in rows if type(row) is model])
        Study.objects.filter(pk=study.pk).update(state=Study.State.CLOSED, closed_at=timezone.now())
        if opened:
            Unblinding.objects.create(study=study, by=self.manager, reason="The report.")
        return Study.objects.get(pk=study.pk)

    def _of(self, one: UnitResponse, item: int) -> float:
        return self.quality(one.system.system_version_id or 0, item)

    def _rank(self, study: Study, given: Submission, order: Sequence[UnitResponse], item: int) -> list[Rank]:
        best = sorted(order, key=lambda one: -self._of(one, item))
        return [Rank(submission=given, member=one, rank=rank) for rank, one in enumerate(best, start=1)]

    def _score(self, study: Study, given: Submission, order: Sequence[UnitResponse], item: int) -> list[Score]:
        rubric = study.blind.rubric
        found = []
        for one in order:
            for criterion in rubric.criteria:
                low, high = criterion["points"][0]["value"], criterion["points"][-1]["value"]
                share = (self._of(one, item) - 1) / 9
                value = min(max(round(low + share * (high - low)), low), high)
                found.append(Score(submission=given, member=one, criterion=criterion["key"], value=value))
        return found

    def _choose(self, study: Study, given: Submission, order: Sequence[UnitResponse], item: int) -> list[Preference]:
        found = []
        for criterion in [*(one["key"] for one in study.blind.rubric.criteria), "overall"]:
            gap = self._of(order[0], item) - self._of(order[1], item)
            choice = "first" if gap > 0.3 else "second" if gap < -0.3 else "tie"
            found.append(Preference(submission=given, criterion=criterion, choice=choice))
        return found

    # --- judges

    def rubric(self) -> RubricVersion:
        """Seven criteria on a scale of 1 to 10."""
        points = [{"value": value, "anchor": f"point {value}"} for value in range(1, 11)]
        about = {"text": "How good is it?", "eyes": "client", "low_example": "-", "high_example": "+"}
        criteria = [
            {"key": name.lower().replace(" ", "_").replace("-", "_"), "name": name, "points": points, **about}
            for name in CRITERIA
        ]
        return rubrics.keep(
            self.project, slug="seven", name="Seven", criteria=criteria, risk_flag=False, actor=self.manager
        )

    def judges(self, names: Sequence[str]) -> list[SystemVersion]:
        """Systems that judge."""
        return [self.system(name) for name in names]

    def judged(
        self,
        *,
        names: Sequence[str] = ("Judge A", "Judge B"),
        mode: str = "scores",
        rubric: RubricVersion | None = None,
        unread: int = 0,
        score: Callable[[int, int, str], int] | None = None,
    ) -> JudgePlan:
        """A finished run of judges over all responses; the first `unread` answers could not be read."""
        rubric = rubric or self.rubric()
        run = Run.objects.create(
            project=self.project, name="Scores of judges", purpose=Purpose.JUDGE, dataset=self.dataset,
            state=Run.State.DONE, rounds=1,
        )  # fmt: skip
        plan = JudgePlan.objects.create(run=run, rubric=rubric, mode=mode)
        plan.judged.set(self.systems)
        judges = self.judges(names)
        RunSystem.objects.bulk_create(RunSystem(run=run, system_version=judge) for judge in judges)
        endpoint, _made = Endpoint.objects.get_or_create(name="Server", defaults={"base_url": "http://127.0.0.1:1/v1"})
        shown = list(Response.objects.filter(system_version__in=self.systems).select_related("revision"))
        tasks = JudgeTask.objects.bulk_create(
            JudgeTask(run=run, revision=one.revision, key=str(one.pk)) for one in shown
        )
        members = JudgeTaskMember.objects.bulk_create(
            JudgeTaskMember(task=task, slot=1, response=one) for task, one in zip(tasks, shown, strict=True)
        )
        rows = RunItem.objects.bulk_create(
            RunItem(
                run=run, system_version=judge, endpoint=endpoint, revision=task.revision, task=task,
                state=RunItem.State.DONE, attempts=1,
            )
            for judge in judges
            for task in tasks
        )  # fmt: skip
        tries = Attempt.objects.bulk_create(Attempt(run_item=row, number=1) for row in rows)
        verdicts = Verdict.objects.bulk_create(
            Verdict(row=row, task=row.task, attempt=one, **({"reason": "nothing"} if n < unread else {"rung": "json"}))
            for n, (row, one) in enumerate(zip(rows, tries, strict=True))
        )
        place = dict(zip([task.pk for task in tasks], zip(members, shown, strict=True), strict=True))
        values = []
        for verdict in verdicts:
            member, response = place[verdict.task_id]
            if verdict.reason:
                continue
            for criterion in rubric.criteria:
                given = score(response.system_version_id, response.revision.item_id, criterion["key"]) if score else (
                    min(max(round(self.quality(response.system_version_id, response.revision.item_id)), 1), 10)
                )  # fmt: skip
                values.append(VerdictValue(verdict=verdict, member=member, criterion=criterion["key"], value=given))
        VerdictValue.objects.bulk_create(values, batch_size=2000)
        return plan

    # --- the report

    def report(
        self,
        studies: Sequence[Study] = (),
        judges: Sequence[JudgePlan] = (),
        benchmarks: Sequence[Any] = (),
        sections: Sequence[str] = tuple(SECTIONS),
        **more: Any,
    ) -> StudyReport:
        """A study report over these, with its first edition asked for."""
        chosen = [{"key": key, "caption": ""} for key in sections]
        content = study_reports.Content("What we found", studies, judges, benchmarks, chosen)
        return study_reports.create(
            project=self.project, content=content, client_key=more.get("client_key", "one"), actor=self.manager
        )


def code_of(keyed: Any, name: str) -> str:
    """Return the code under which something with this name stands."""
    return next(code for code, known in {**keyed.systems, **keyed.judges}.items() if known == name)


__all__ = ["CRITERIA", "EFFECTS", "PaperWorld", "Rater", "System", "code_of"]
