"""Practice and calibration: which unit a rater gets next, and how a round came out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Avg, Count, F, Q
from django.utils import timezone

from campaign.models import Calibration, Check, TrainingItem, TrainingPlan
from projects import kinds
from projects.models import Assignment, Study, StudyRole, Unit, User
from projects.services import allotment, leases, progress
from projects.services.audit import record

Stage = TrainingItem.Stage
# A unit to train on takes any number of raters.
ANY_NUMBER = 32_000


class At(StrEnum):
    """Where a rater stands."""

    FEEDBACK = "feedback"
    UNIT = "unit"
    RESULT = "result"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True)
class Standing:
    """Where a rater stands in the training, and with what."""

    at: At
    check: Check | None = None
    item: TrainingItem | None = None
    calibration: Calibration | None = None
    number: int = 0
    total: int = 0


def plan_of(study: Study) -> TrainingPlan | None:
    """Return the study's plan, if it has one."""
    return TrainingPlan.objects.filter(study=study).first()


def told(study: Study) -> bool:
    """Whether raters see how they did in the calibration, beyond whether they passed."""
    plan = plan_of(study)
    return plan is None or plan.results_shown


def course(part: StudyRole) -> list[TrainingItem]:
    """Return what this rater practises and is calibrated on: the items in a language of theirs."""
    rows = TrainingItem.objects.filter(study=part.study, unit__isnull=False).exclude(stage=Stage.HIDDEN)
    rows = rows.select_related("unit").order_by("round", "position", "pk")
    rater = part.coded
    return [row for row in rows if row.unit and progress.may_judge(rater, language=row.unit.language, group="")]


def is_due(part: StudyRole) -> bool:
    """Whether the rater has still to practise or to be calibrated, or has failed."""
    return standing(part).at != At.DONE


def standing(part: StudyRole) -> Standing:
    """Return where this rater stands: practice first, then rounds of calibration until one is passed."""
    items = course(part)
    if not items:
        return Standing(At.DONE)
    checks = _checks(part, items)
    practice = [item for item in items if item.stage == Stage.PRACTICE]
    unseen = next((row for row in checks.values() if row.stage == Stage.PRACTICE and row.seen_at is None), None)
    if unseen:
        done = sum(item.pk in checks for item in practice)
        return Standing(At.FEEDBACK, check=unseen, item=unseen.item, number=done, total=len(practice))
    if found := _next(practice, checks):
        return found
    return _calibration(part, [item for item in items if item.stage == Stage.CALIBRATION], checks)


def _next(items: list[TrainingItem], checks: dict[int, Check]) -> Standing | None:
    for number, item in enumerate(items, start=1):
        if item.pk not in checks:
            return Standing(At.UNIT, item=item, number=number, total=len(items))
    return None


def _calibration(part: StudyRole, items: list[TrainingItem], checks: dict[int, Check]) -> Standing:
    past = {row.round: row for row in part.calibrations.all()}
    rounds = sorted({item.round for item in items})
    is_expert = TrainingPlan.objects.filter(study=part.study, expert=part.rater).exists()
    for number in rounds:
        own = [item for item in items if item.round == number]
        row = past.get(number)
        if row is None and (found := _next(own, checks)):
            return found
        if is_expert:
            continue
        row = row or conclude(part, number)
        if row.seen_at is None:
            return Standing(At.RESULT, calibration=row, total=len(own))
        if row.passed:
            return Standing(At.DONE)
    if not rounds or is_expert:
        return Standing(At.DONE)
    return Standing(At.FAILED, calibration=past[rounds[-1]])


def _checks(part: StudyRole, items: list[TrainingItem]) -> dict[int, Check]:
    """Return the rater's checks by item; a skipped item is one without a score."""
    rows = Check.objects.filter(part=part, item__in=items).select_related("item__unit")
    found = {row.item_id: row for row in rows if row.item_id}
    missing = [item for item in items if item.pk not in found]
    if missing:
        skipped = Assignment.objects.filter(
            rater=part.rater, unit__in=[item.unit_id for item in missing], state=Assignment.State.SKIPPED
        )
        units = {item.unit_id: item for item in missing}
        for row in skipped:
            item = units[row.unit_id]
            values = {"item": item, "part": part, "stage": item.stage, "round": item.round, "seen_at": timezone.now()}
            found[item.pk], _made = Check.objects.get_or_create(assignment=row, defaults=values)
    return found


def conclude(part: StudyRole, number: int) -> Calibration:
    """Count a round whose items are all answered or skipped: the mean share that was right, against the pass mark."""
    plan = plan_of(part.study)
    rows = Check.objects.filter(part=part, stage=Stage.CALIBRATION, round=number, score__isnull=False)
    found = rows.aggregate(n=Count("pk"), mean=Avg("score"))
    mark, mean = plan.pass_mark if plan else 100, found["mean"]
    passed = mean is not None and mean * 100 >= mark - 1e-9
    values = {"score": mean, "items": found["n"], "pass_mark": mark, "passed": passed}
    with transaction.atomic():
        row, made = Calibration.objects.get_or_create(part=part, round=number, defaults=values)
        if made:
            done = "study.calibration_passed" if passed else "study.calibration_failed"
            record(done, actor=part.user, project=part.study.project, target=part)
    return row


def failed(study: Study) -> frozenset[int]:
    """Return the parts of those who have failed the last try there is, and whom nobody has let pass."""
    items = TrainingItem.objects.filter(study=study, stage=Stage.CALIBRATION)
    tries = items.aggregate(n=Count("round", distinct=True))["n"]
    rows = Calibration.objects.filter(part__study=study).order_by().values("part")
    counted = rows.annotate(n=Count("pk"), good=Count("pk", filter=Q(passed=True)))
    return frozenset(row["part"] for row in counted if 0 < tries <= row["n"] and not row["good"])


def hand_out(part: StudyRole, item: TrainingItem) -> Assignment:
    """Put a unit to train on into this rater's hands; the same one however often it is asked for."""
    if item.unit is None:
        raise ValueError("A unit is made when the study opens.")
    kind = kinds.of(part.study)
    exposure = kind.shown(part.study, part.coded.code, item.unit.pk)
    values = {"study": part.study, "leased_until": leases.lease_end(), "base_exposure": exposure, "exposure": exposure}
    try:
        with transaction.atomic():
            row, made = Assignment.objects.get_or_create(unit=item.unit, rater=part.coded, defaults=values)
            if made or _again(row):
                Unit.objects.filter(pk=item.unit.pk).update(taken=F("taken") + 1)
            if kind.deals:
                row.study, row.unit = part.study, item.unit
                kind.deal(part, [row])
    except IntegrityError:
        return Assignment.objects.get(unit=item.unit, rater=part.coded)
    return row


def _again(row: Assignment) -> bool:
    """Take up what had run out."""
    rows = Assignment.objects.filter(pk=row.pk, state=Assignment.State.RELEASED)
    return bool(rows.update(state=Assignment.State.LEASED, leased_until=leases.lease_end(), claimed_at=timezone.now()))


def let_pass(part: StudyRole, *, actor: User) -> None:
    """Let a rater work who has not passed, at the manager's word."""
    with transaction.atomic():
        last = part.calibrations.order_by("-round").first()
        if last and not last.passed:
            now = timezone.now()
            part.calibrations.filter(pk=last.pk).update(passed=True, let_pass_by=actor, seen_at=now)
            record("study.calibration_waived", actor=actor, project=part.study.project, target=part)


def fit(study: Study) -> None:
    """Give every hidden check as many places as there are raters who may judge it."""
    rows = list(Unit.objects.filter(study=study, role=Unit.Role.GOLD, training__isnull=False))
    if not rows:
        return
    if study.allotment:
        # Their places have names on them, like all others.
        allotment.extend(study)
        recount(study)
        return
    roles = study.roles.filter(part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE).select_related("rater")
    raters = [role.coded for role in roles]
    for unit in rows:
        fitting = sum(progress.may_judge(rater, language=unit.language, group=unit.group) for rater in raters)
        wanted = max(1, fitting)
        grown = Unit.objects.filter(pk=unit.pk, taken__lt=wanted).exclude(wanted=wanted)
        grown.update(wanted=wanted, open=True)
        Unit.objects.filter(pk=unit.pk, taken__gte=wanted).update(wanted=F("taken"), open=False)
    recount(study)


def recount(study: Study) -> None:
    """Bring an open study's totals up to date after units have become something else."""
    if study.state in (Study.State.DRAFT, Study.State.OPENING):
        return
    count, places = allotment.work_of(study).count(), allotment.places_wanted(study)
    Study.objects.filter(pk=study.pk).update(unit_count=count, place_count=places)


def furnish(study: Study) -> None:
    """Make the units of the training items that have none yet."""
    from campaign.services import making

    for item in TrainingItem.objects.filter(study=study, unit=None).select_related("item__current"):
        item.study = study
        making.unit_for(item)
    fit(study)
