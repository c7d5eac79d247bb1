"""What raters are paid: rates of a study, and sums over days. All amounts are Decimal, rounded once, at the sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaign.models import PayRate, TimeSheetReader
from projects.models import Membership, Project, Rater, Study, User
from projects.services.audit import record

HOUR_MS = Decimal(3_600_000)
CENT = Decimal("0.01")
# By (study, rater); a rater of None is everybody's rate.
Rates = Mapping[tuple[int, int | None], PayRate]


@dataclass
class Sum:
    """What one rater did in one study in some days."""

    answers: int = 0
    changes: int = 0
    active_ms: int = 0


def rates_of(studies: Iterable[int]) -> Rates:
    """Return the rates of some studies; one query."""
    return {(one.study_id, one.rater_id): one for one in PayRate.objects.filter(study__in=list(studies))}


def rate_for(rates: Rates, study: int, rater: int) -> PayRate | None:
    """Return the rate that counts for a rater: their own, else everybody's."""
    return rates.get((study, rater)) or rates.get((study, None))


def exact(rate: PayRate, *, answers: int, active_ms: int) -> Decimal:
    """Return what is owed, before rounding."""
    if rate.basis == PayRate.Basis.HOUR:
        return rate.amount * Decimal(active_ms) / HOUR_MS
    return rate.amount * answers


def owed(rate: PayRate, *, answers: int, active_ms: int) -> Decimal:
    """Return what is owed, rounded to cents, half up."""
    return exact(rate, answers=answers, active_ms=active_ms).quantize(CENT, ROUND_HALF_UP)


def set_rate(*, study: Study, rater: Rater | None, basis: str, amount: Decimal, currency: str, actor: User) -> PayRate:
    """Set what a study pays everybody, or one rater; raises ValidationError for a rater who takes no part."""
    if rater is not None and not study.roles.filter(rater=rater).exists():
        raise ValidationError({"rater": _("This rater takes no part in the study.")})
    with transaction.atomic():
        values = {"basis": basis, "amount": amount, "currency": currency}
        found, _made = PayRate.objects.update_or_create(study=study, rater=rater, defaults=values)
        record("pay.rate_set", actor=actor, project=study.project, target=rater or study, **_where(study, rater))
    return found


def _where(study: Study, rater: Rater | None) -> dict[str, int]:
    """Return the study for the audit log, where its entry is about a rater."""
    return {"study": study.pk} if rater else {}


def drop_rate(rate: PayRate, *, actor: User) -> None:
    """Take a rate away again."""
    with transaction.atomic():
        target, where = rate.rater or rate.study, _where(rate.study, rate.rater)
        record("pay.rate_dropped", actor=actor, project=rate.study.project, target=target, **where)
        rate.delete()


def may_read(user: User, project: Project) -> bool:
    """Whether somebody who is no manager has been given the project's time sheets."""
    return TimeSheetReader.objects.filter(project=project, user=user).exists()


def grant(*, project: Project, user: User, actor: User) -> None:
    """Let a member read the time sheets; raises ValidationError for somebody who is no member."""
    if not Membership.objects.filter(project=project, user=user).exists():
        raise ValidationError({"user": _("This person is no member of the project.")})
    with transaction.atomic():
        _row, made = TimeSheetReader.objects.get_or_create(project=project, user=user, defaults={"granted_by": actor})
        if made:
            record("timesheets.granted", actor=actor, project=project, target=user)


def revoke(*, project: Project, user: User, actor: User) -> None:
    """Take the time sheets away from somebody again."""
    with transaction.atomic():
        if TimeSheetReader.objects.filter(project=project, user=user).delete()[0]:
            record("timesheets.revoked", actor=actor, project=project, target=user)
