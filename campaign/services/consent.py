"""Consent: asked before the work, kept by version, taken back at any time."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaign.models import Consent, ConsentText
from projects.models import Exclusion, Study, StudyRole, User
from projects.services import asking, exclusions, parts
from projects.services.audit import record


def in_force(study: Study) -> ConsentText | None:
    """Return the newest version of what raters agree to."""
    return study.consent_texts.order_by("-number").first()


def missing(part: StudyRole) -> ConsentText | None:
    """Return the text that this rater has still to agree to."""
    text = in_force(part.study)
    if text is None:
        return None
    given = Consent.objects.filter(part=part, text__isnull=False, withdrawn_at=None)
    agreed = given.aggregate(last=Max("text__number"))["last"]
    if agreed is None:
        return text
    asked = part.study.consent_texts.filter(asks_again=True, number__gt=agreed)
    return text if asked.exists() else None


def change(study: Study, *, text: str, protocol: str, contact: str, asks_again: bool, actor: User) -> ConsentText:
    """Add a version; raters who agreed to an earlier one are asked again where it says so."""
    with transaction.atomic():
        row = ConsentText.objects.create(
            study=study,
            number=study.consent_texts.count() + 1,
            text=text,
            protocol=protocol,
            contact=contact,
            asks_again=asks_again,
            created_by=actor,
        )
        asking.ask_all(study)
        record("study.consent_changed", actor=actor, project=study.project, target=study)
    return row


def agree(part: StudyRole, text: ConsentText) -> None:
    """Remember that the rater agrees to this version."""
    Consent.objects.get_or_create(part=part, text=text, withdrawn_at=None)


def withdraw(part: StudyRole, *, answers_stay: bool) -> None:
    """Take a rater out at their own wish; unless their answers may stay, these leave all results and files.

    The answers are left out by an exclusion, which is on record and says why; only the rater's word brings them back.
    """
    with transaction.atomic():
        exclusion = None if answers_stay else _leave_out(part)
        values = {"withdrawn_at": timezone.now(), "answers_stay": answers_stay, "exclusion": exclusion}
        if not Consent.objects.filter(part=part, withdrawn_at=None).update(**values):
            Consent.objects.create(part=part, text=None, given_at=None, **values)
        parts.leave(part, actor=part.user)
        record("study.consent_withdrawn", actor=part.user, project=part.study.project, target=part)


def kept_out(part: StudyRole) -> bool:
    """Whether answers of this rater are used nowhere because they said so at a withdrawal."""
    return _withheld(part).exists()


def let_use(part: StudyRole) -> None:
    """Let the answers be used again that the rater had taken along; they themselves say so, nobody else can."""
    with transaction.atomic():
        for row in _withheld(part).select_related("exclusion__study__project", "exclusion__rater"):
            if row.exclusion:
                exclusions.lift(row.exclusion, actor=part.user)
            Consent.objects.filter(pk=row.pk).update(answers_stay=True)
        record("study.consent_answers_given_back", actor=part.user, project=part.study.project, target=part)


def _withheld(part: StudyRole) -> QuerySet[Consent]:
    return Consent.objects.filter(part=part, answers_stay=False, exclusion__lifted_at=None, exclusion__isnull=False)


def _leave_out(part: StudyRole) -> Exclusion:
    standing = exclusions.in_force(part.study).filter(rater=part.coded, since=None, until=None).first()
    if standing:
        exclusions.lift(standing, actor=part.user)
    reason = _("Consent withdrawn; the rater wants the answers not to be used.")
    row = exclusions.leave_out(part.study, part.coded, reason=reason, actor=part.user)
    Exclusion.objects.filter(pk=row.pk).update(withdrawal=True)
    return row
