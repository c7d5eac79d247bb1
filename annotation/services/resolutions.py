"""How a unit ends: agreed, agreed after discussion, adjudicated, or its item removed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Dispute, Meeting, RemovalReason, Resolution
from annotation.services import labels
from annotation.services.labels import Vote
from projects import direct
from projects.direct import Statement
from projects.models import Exposure, Item, Study, Unit, User
from projects.prepared import Prepared
from projects.services.audit import record
from projects.writing import execute_all, insert_later, updating, writing_over

How = Resolution.How
SETTLED_BY_PEOPLE = (How.ADJUDICATED, How.REMOVED)
HISTORY = Prepared(lambda unit: Resolution.objects.filter(unit_id=unit).order_by("number"), -1)
END_DISPUTE = (
    f"UPDATE {Dispute._meta.db_table} SET state = '{Dispute.State.SETTLED.value}', settled_at = %s, agenda = %s"  # noqa: S608  our own table
    f" WHERE unit_id = %s AND state = '{Dispute.State.OPEN.value}'"
)


def settle(unit: Unit) -> None:
    """Draw the conclusion from a unit's answers: agreed, or a dispute. Called again at every change of mind.

    What an adjudicator decided stays decided.
    """
    past, votes = direct.fetch_all(HISTORY.asking(unit.pk), (labels.CURRENT, [unit.pk]))
    history = HISTORY.made(past)
    latest = next((row for row in history if row.current), None)
    if latest and latest.how in SETTLED_BY_PEOPLE:
        return
    given = labels.votes_of(votes)
    cause = dispute_cause(unit, given)
    if cause:
        _open_dispute(unit, cause, latest)
    elif latest is None or tuple(latest.values) != given[0].values:
        discussed = any(vote.exposure >= Exposure.OTHERS for vote in given)
        _conclude(unit, How.DISCUSSED if discussed else How.AGREED, given[0].values, history=history)


def dispute_cause(unit: Unit, given: Sequence[Vote]) -> Dispute.Cause | None:
    """Return why the answers need a discussion, or None where they do not."""
    settings = unit.study.settings
    if settings.get("disputes", True) is False:
        return None if len({vote.values for vote in given}) == 1 else Dispute.Cause.RATERS
    if len({vote.values for vote in given}) > 1:
        return Dispute.Cause.RATERS
    if settings.get("unsure_disputes") and any(vote.unsure for vote in given):
        return Dispute.Cause.UNSURE
    if settings.get("compare_prelabel") and len(given) == 1:
        proposal = labels.prelabel(unit)
        if proposal and tuple(sorted(proposal.values)) != given[0].values:
            return Dispute.Cause.PRELABEL
    return None


def _open_dispute(unit: Unit, cause: Dispute.Cause, latest: Resolution | None) -> None:
    if latest:
        Resolution.objects.filter(pk=latest.pk).update(current=False)
        execute_all(*_releasing(unit, None, ""))
    if unit.study.settings.get("disputes", True):
        opened = Dispute(unit=unit, cause=cause)
        execute_all(writing_over(opened, "unit", "state", "cause", "settled_at"))


def adjudicate(
    unit: Unit,
    *,
    by: User,
    values: Sequence[str] = (),
    remove: str = "",
    reason: str,
    saw_prelabel: bool = False,
    meeting: Meeting | None = None,
) -> Resolution:
    """Set the final answer (`values`) or remove the item (`remove`, a RemovalReason), with the reason in words."""
    _check(unit, values, remove, reason)
    how = How.REMOVED if remove else How.ADJUDICATED
    with transaction.atomic():
        if not Dispute.objects.filter(unit=unit).exists():
            raise ValidationError(_("This item is not disputed."))
        row = _conclude(
            unit,
            how,
            tuple(sorted(values)),
            history=list(Resolution.objects.filter(unit=unit).order_by("number")),
            reason_code=remove,
            reason=reason.strip(),
            by=by,
            meeting=meeting,
            saw_prelabel=saw_prelabel,
        )
        record("dispute.settled", actor=by, project=unit.study.project, target=unit, how=str(how), code=remove)
    return row


def _check(unit: Unit, values: Sequence[str], remove: str, reason: str) -> None:
    errors: dict[str, str] = {}
    if not reason.strip():
        errors["reason"] = _("Give the reason; it stays with the item.")
    if remove and remove not in RemovalReason.values:
        errors["remove"] = _("Choose why the item is removed.")
    allowed = {option.key for option in labels.options(unit)}
    if not remove and (not values or not set(values) <= allowed):
        errors["values"] = _("Choose the final answer, or remove the item.")
    if not remove and len(values) > 1 and not labels.takes_several(unit):
        errors["values"] = _("This item has one right answer. Choose one.")
    if unit.study.state == Study.State.DRAFT:
        errors["values"] = _("The study has not been opened.")
    if errors:
        raise ValidationError(errors)


def _conclude(
    unit: Unit,
    how: How,
    values: Sequence[str],
    *,
    history: Sequence[Resolution],
    reason_code: str = "",
    **details: Any,
) -> Resolution:
    """Write a new conclusion over an earlier one, end the dispute, and hand the answer on to the data set."""
    if history:
        Resolution.objects.filter(unit=unit, current=True).update(current=False)
    row = insert_later(
        Resolution(
            unit=unit,
            number=history[-1].number + 1 if history else 1,
            how=how,
            values=list(values),
            reason_code=reason_code,
            **details,
        )
    )
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    execute_all((END_DISPUTE, [now, False, unit.pk]), *_releasing(unit, list(values) or None, how, reason_code))
    return row


def _releasing(unit: Unit, values: list[str] | None, how: str, removal: str = "") -> Iterator[Statement]:
    """Yield the statement that writes the answer into the data set, where this study is the one that decides it."""
    if unit.item_id is not None and unit.study.settings.get("releases", True):
        item = Item(pk=unit.item_id, final=values, final_how=how, removed=bool(removal), removal_reason=removal)
        yield updating(item, "final", "final_how", "removed", "removal_reason")
