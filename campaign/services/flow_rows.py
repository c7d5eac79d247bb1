"""The rows behind a study's flow: units, answers, what is left out, and the raters with how they came and went."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from annotation.models import Curation, Dispute, Resolution
from campaign.models import RaterHold
from campaign.services.flow import AnswerRow, Out, UnitRow, Work, follow
from projects import kinds
from projects.models import Assignment, Invitation, Project, Rater, Role, Study, StudyRole, Submission
from projects.services import exclusions


@dataclass(frozen=True)
class Ends:
    """How judged units ended: taken out of the data set, or without a decision yet."""

    removed: int
    undecided: int


@dataclass(frozen=True)
class People:
    """The raters of a study: how they came, and which of them left, paused, or took another's place."""

    waiting: int
    expired: int
    withdrawn: int
    elsewhere: int
    parts: frozenset[int]
    left: frozenset[int]
    paused: frozenset[int]
    replaced: frozenset[int]
    replacing: frozenset[int]

    @property
    def asked(self) -> int:
        """Everybody who was ever asked or added."""
        return self.waiting + self.expired + self.withdrawn + self.elsewhere + len(self.parts)


def work_of(study: Study) -> Work:
    """Return the ways of all units and answers of a study; four queries, and one for each period left out."""
    units = study.units.values_list("pk", "role", "repeat", "wanted", "done", "withdrawn")
    return follow(
        [UnitRow(*row) for row in units.iterator()],
        list(_answers(study)),
        _out(study),
        incomplete_counts=kinds.of(study).counts_incomplete,
    )


def _answers(study: Study) -> list[AnswerRow]:
    independent = Submission.objects.filter(assignment=OuterRef("pk"), independent=True)
    rows = Assignment.objects.filter(study=study, state=Assignment.State.SUBMITTED)
    rows = rows.annotate(first=Exists(independent), given=Count("submissions"))
    columns = rows.values_list("pk", "unit_id", "rater_id", "surplus", "first", "given").order_by("pk")
    return [AnswerRow(pk, unit, rater, gone, first, given > 1) for pk, unit, rater, gone, first, given in columns]


def _out(study: Study) -> Out:
    out = exclusions.left_out(study)
    single = set(out.assignments) - out.by_period
    return Out(set(out.units), set(out.raters), out.by_period, single)


def ends_of(study: Study, work: Work) -> Ends:
    """Return how the judged units of a study ended."""
    removed = Resolution.objects.filter(unit__study=study, current=True, how=Resolution.How.REMOVED)
    disputes = Dispute.objects.filter(unit__study=study, state=Dispute.State.OPEN)
    curated = Curation.objects.filter(unit__study=study, open__gt=0)
    open_units = {*disputes.values_list("unit_id", flat=True), *curated.values_list("unit_id", flat=True)}
    gone = set(removed.values_list("unit_id", flat=True))
    return Ends(len(gone & work.judged), len((open_units - gone) & work.judged))


def people_of(study: Study, work: Work) -> People:
    """Return the raters of a study, all who ever worked in it among them, and those asked into its project."""
    parts = list(
        StudyRole.objects.filter(study=study, part=StudyRole.Part.RATER).values_list(
            "rater_id", "state", "replaces__rater"
        )
    )
    mine = frozenset(rater for rater, _state, _before in parts if rater) | work.worked
    unused, announced = _unused(study.project)
    rows = study.project.raters.filter(nature=Rater.Nature.PERSON).values_list("pk", "user", "code")
    # Who was entered with an invitation, and has not come, is counted with the invitation.
    persons = {pk for pk, user, code in rows if user or code not in announced}
    held = RaterHold.objects.filter(part__study=study, lifted_at=None).values_list("part__rater", flat=True)
    return People(
        waiting=unused["waiting"],
        expired=unused["expired"],
        withdrawn=unused["withdrawn"],
        elsewhere=len(persons - mine),
        parts=mine,
        left=frozenset(rater for rater, state, _ in parts if rater and state == StudyRole.State.LEFT),
        paused=frozenset(rater for rater, state, _ in parts if rater and state == "paused")
        | frozenset(rater for rater in held if rater),
        replaced=frozenset(before for _rater, _state, before in parts if before),
        replacing=frozenset(rater for rater, _state, before in parts if rater and before),
    )


def _unused(project: Project) -> tuple[dict[str, int], set[str]]:
    """Count those who were asked to rate and have not come, each once and in their best state; and name their codes."""
    now = timezone.now()
    here = {email.lower() for email in project.raters.filter(user__isnull=False).values_list("user__email", flat=True)}
    states: dict[str, str] = {}
    codes: set[str] = set()
    rows = Invitation.objects.filter(project=project, used_at=None).order_by("-pk")
    columns = ("pk", "email", "rater_code", "roles", "revoked_at", "expires_at")
    for pk, email, code, roles, revoked, expires in rows.values_list(*columns):
        who = email.lower() or code or f"#{pk}"
        if Role.RATER in roles and who not in here:
            state = "withdrawn" if revoked else "expired" if expires <= now else "waiting"
            states[who] = min(states.get(who, state), state, key=ORDER.index)
            codes.add(code)
    return {state: list(states.values()).count(state) for state in ORDER}, codes


ORDER = ("waiting", "expired", "withdrawn")
