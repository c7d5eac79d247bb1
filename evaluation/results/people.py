"""What people said of responses in closed blind studies, as plain rows a judges' report can set beside verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.db.models import QuerySet

from evaluation.models import BlindStudy, Jury, UnitResponse
from evaluation.results import judged
from evaluation.results.judged import Judged
from projects.models import Study

CHOICES = {"first": 1, "tie": 0, "second": -1}


@dataclass(frozen=True)
class Scored:
    """A rater's score of a response on a criterion."""

    rater: str
    response: int
    criterion: str
    value: int


@dataclass(frozen=True)
class Ranked:
    """A rater's rank of a response, 1 is best, among `of` in the unit."""

    rater: str
    unit: int
    response: int
    rank: int
    of: int


@dataclass(frozen=True)
class Chosen:
    """Which of two a rater preferred: 1 the first they saw, -1 the second, 0 neither."""

    rater: str
    unit: int
    first: int
    second: int
    criterion: str
    value: int


@dataclass
class People:
    """The counted judgements of one closed study."""

    study: Study
    # criterion -> name and points, of a rating or a comparison
    criteria: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    scores: list[Scored] = field(default_factory=list)
    ranks: list[Ranked] = field(default_factory=list)
    choices: list[Chosen] = field(default_factory=list)
    # rater -> group, empty where there is none
    groups: dict[str, str] = field(default_factory=dict)

    def of_group(self, name: str) -> People:
        """Return the judgements of one group's raters alone."""
        return replace(
            self,
            scores=[row for row in self.scores if self.groups[row.rater] == name],
            ranks=[row for row in self.ranks if self.groups[row.rater] == name],
            choices=[row for row in self.choices if self.groups[row.rater] == name],
        )

    @property
    def raters(self) -> list[str]:
        """The codes of those whose judgements count."""
        return sorted({row.rater for rows in (self.scores, self.ranks, self.choices) for row in rows})


def closed(jury: Jury) -> QuerySet[Study]:
    """Return the jury's studies whose judgements may be read."""
    rows = jury.studies.filter(state=Study.State.CLOSED)
    return rows.select_related("project", "version").order_by("name", "pk")


def sealed(jury: Jury) -> dict[int, str] | None:
    """Return the codes of the first study whose key is closed, by system version; None where all keys are open."""
    study = closed(jury).filter(unblinding__isnull=True).first()
    if study is None:
        return None
    rows = study.systems.filter(system_version__isnull=False)
    return {version: code for version, code in rows.values_list("system_version_id", "code") if version}


def load(study: Study) -> People:
    """Return the study's judgements that count; those of whole dialogues have no responses and are left out."""
    data = judged.load(study)
    member = dict(UnitResponse.objects.filter(unit__study=study).values_list("pk", "response_id"))
    responses = {pk: response for pk, response in member.items() if response is not None}
    found = People(study, groups={case.rater: case.group for case in data.counted.values()})
    about = BlindStudy.objects.select_related("rubric").filter(study=study).first()
    for row in about.rubric.criteria if about and about.rubric else ():
        points = tuple(int(point["value"]) for point in row.get("points") or ())
        found.criteria[row["key"]] = (str(row["name"]), points)
    found.scores = list(_scores(data, responses))
    found.ranks = list(_ranks(data, responses))
    found.choices = list(_choices(data, responses))
    return found


def _scores(data: Judged, responses: dict[int, int]) -> Iterator[Scored]:
    for submission, member, criterion, value in data.scores:
        case = data.counted.get(submission)
        if case and member in responses:
            yield Scored(case.rater, responses[member], criterion, value)


def _ranks(data: Judged, responses: dict[int, int]) -> Iterator[Ranked]:
    sizes: dict[int, int] = {}
    for about in data.members.values():
        sizes[about.unit] = sizes.get(about.unit, 0) + 1
    for submission, member, rank in data.ranks:
        case = data.counted.get(submission)
        if case and member in responses:
            yield Ranked(case.rater, case.unit, responses[member], rank, sizes[case.unit])


def _choices(data: Judged, responses: dict[int, int]) -> Iterator[Chosen]:
    sides: dict[int, dict[int, int]] = {}
    for (assignment, member), slot in data.slots.items():
        if member in responses:
            sides.setdefault(assignment, {})[slot] = responses[member]
    for submission, criterion, choice in data.preferences:
        case = data.counted.get(submission)
        seen = sides.get(case.assignment, {}) if case else {}
        if case and len(seen) == 2:
            yield Chosen(case.rater, case.unit, seen[1], seen[2], criterion, CHOICES[choice])
