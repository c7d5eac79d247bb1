"""Disputes: who may read one, what is said in it, the agenda, and meetings that step through it."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Dispute, DisputePost, Meeting, Resolution
from annotation.services import labels
from annotation.services.labels import Vote
from projects.models import Assignment, AuditEntry, Exposure, Rater, Study, StudyRole, User
from projects.prepared import Prepared
from projects.services import sightings, work
from projects.services.audit import record

POST_LIMIT = 10_000
PRELABEL_SHOWN = "dispute.prelabel_shown"
RATING: Prepared[Any] = Prepared(
    lambda study, user: StudyRole.objects.filter(
        study_id=study, user_id=user, part=StudyRole.Part.RATER
    ).order_by().values_list("pk")[:1], -1, -2
)  # fmt: skip


def of_study(study: Study | int, wanted: Mapping[str, str]) -> QuerySet[Dispute]:
    """Return a study's disputes, oldest first, with what a list shows; `wanted` holds the filters."""
    rows = Dispute.objects.filter(unit__study=study).select_related("unit__item", "unit__revision")
    rows = rows.filter(state=wanted.get("state") or Dispute.State.OPEN) if wanted.get("state") != "all" else rows
    if wanted.get("cause"):
        rows = rows.filter(cause=wanted["cause"])
    if wanted.get("topic"):
        rows = rows.filter(unit__stratum=wanted["topic"])
    if wanted.get("language"):
        rows = rows.filter(unit__language=wanted["language"])
    if wanted.get("agenda"):
        rows = rows.filter(agenda=True)
    return rows.order_by("opened_at", "pk")


AGENDA: Prepared[Any] = Prepared(
    lambda study: of_study(study, {"agenda": "1"}).select_related(None).order_by().values_list("pk"), -1
)
RUNNING = Prepared(lambda study: Meeting.objects.filter(study_id=study, ended_at=None).order_by("pk"), -1)


def of_rater(rater: int, study: int) -> QuerySet[Dispute]:
    """Return the disputes over what a rater has labelled in a study, open ones first, with what a list shows.

    Each has the `token` of the rater's own work on it.
    """
    rows = Dispute.objects.filter(
        unit__assignments__rater_id=rater, unit__assignments__study_id=study,
        unit__assignments__state=Assignment.State.SUBMITTED, unit__assignments__surplus=False,
    ).annotate(token=F("unit__assignments__token"))  # fmt: skip
    rows = rows.annotate(text=F("unit__revision__text"), language=F("unit__language"))
    return rows.only("state", "cause", "opened_at").order_by("state", "-opened_at", "pk")


def own_dispute(assignment: Assignment) -> Dispute | None:
    """Return the dispute over this rater's unit, if there is one; before everybody has answered there is none."""
    if assignment.state != Assignment.State.SUBMITTED or assignment.surplus:
        return None
    return Dispute.objects.filter(unit_id=assignment.unit_id).first()


def open_for_rater(assignment: Assignment) -> None:
    """Remember that the rater has now seen the others' answers: later ones of theirs are not independent."""
    work.expose(assignment, Exposure.OTHERS)


def shuffled(votes: Sequence[Vote], dispute: Dispute) -> list[Vote]:
    """Return the votes in an order that says nothing of who gave them, the same at every visit."""

    def key(vote: Vote) -> bytes:
        return hmac.digest(f"dispute:{dispute.pk}".encode(), str(vote.assignment_id).encode(), "sha256")

    return sorted(votes, key=key)


def may_settle(user: User, study: Study) -> bool:
    """Whether `user` may decide here: nobody who rates in the study."""
    return not RATING.tuples(study.pk, user.pk)


def open_for_adjudicator(dispute: Dispute, user: User) -> None:
    """Remember that this person has met the item, so that they never are a fresh rater of it."""
    sightings.see(dispute.unit, user=user)


def show_prelabel(dispute: Dispute, user: User) -> None:
    """Remember, once and for good, that this person has seen the pre-label before deciding."""
    if not saw_prelabel(dispute, user):
        record(PRELABEL_SHOWN, actor=user, project=dispute.unit.study.project, target=dispute.unit)


def saw_prelabel(dispute: Dispute, user: User) -> bool:
    """Whether this person has asked for the pre-label, now or at an earlier visit."""
    rows = AuditEntry.objects.filter(project_id=dispute.unit.study.project_id, verb=PRELABEL_SHOWN)
    return rows.filter(target_id=dispute.unit_id, actor_id=user.pk).exists()


def post(dispute: Dispute, *, author: User, text: str, client_key: str, rater: Rater | None = None) -> DisputePost:
    """Add to the discussion; the same press of the button sent twice says it once."""
    text = text.strip()
    if not text:
        raise ValidationError(_("Write something first."))
    if len(text) > POST_LIMIT:
        raise ValidationError(_("This is too long: at most %(limit)s characters.") % {"limit": POST_LIMIT})
    if dispute.state != Dispute.State.OPEN:
        raise ValidationError(_("This dispute has been settled meanwhile, so the discussion is closed."))
    row, _made = DisputePost.objects.get_or_create(
        dispute=dispute, client_key=client_key[:40], defaults={"author": author, "rater": rater, "text": text}
    )
    return row


def set_agenda(disputes: QuerySet[Dispute], *, on: bool) -> int:
    """Put disputes on the agenda of the next meeting, or take them off; returns how many changed."""
    return disputes.filter(state=Dispute.State.OPEN).update(agenda=on)


def start_meeting(study: Study, *, by: User, raters: Collection[Rater], guests: str) -> Meeting:
    """Begin a sitting; `raters` and `guests` are who takes part. One runs at a time in a study."""
    with transaction.atomic():
        running = Meeting.objects.filter(study=study, ended_at=None).first()
        if running:
            return running
        meeting = Meeting.objects.create(study=study, started_by=by, guests=guests.strip())
        meeting.raters.set(raters)
        record("meeting.started", actor=by, project=study.project, target=meeting, raters=len(raters))
    return meeting


def end_meeting(meeting: Meeting, *, by: User) -> None:
    """End a sitting; twice is once."""
    if Meeting.objects.filter(pk=meeting.pk, ended_at=None).update(ended_at=timezone.now()):
        record("meeting.ended", actor=by, project=meeting.study.project, target=meeting)


def next_on_agenda(study: Study, after: Dispute | None = None) -> Dispute | None:
    """Return the next open dispute on the agenda, starting over at the end; None once it is empty."""
    rows = of_study(study, {"agenda": "1"})
    if after is None:
        return rows.first()
    later = rows.filter(opened_at__gte=after.opened_at).exclude(pk=after.pk)
    later = later.exclude(opened_at=after.opened_at, pk__lt=after.pk)
    return later.first() or rows.exclude(pk=after.pk).first()


@dataclass(frozen=True)
class Side:
    """One of the answers in a dispute, with the votes for it in an order that says nothing."""

    values: tuple[str, ...]
    words: str
    votes: tuple[Vote, ...]

    @property
    def count(self) -> int:
        """How many gave it."""
        return len(self.votes)

    @property
    def unsure(self) -> int:
        """How many of them were unsure."""
        return sum(vote.unsure for vote in self.votes)

    @property
    def comments(self) -> list[str]:
        """What they wrote beside it."""
        return [vote.comment for vote in self.votes if vote.comment]


def sides(votes: Sequence[Vote], dispute: Dispute) -> list[Side]:
    """Return the different answers with their counts, most frequent first; ties in an order that says nothing."""
    words = {option.key: option.spoken for option in labels.options(dispute.unit)}
    given: dict[tuple[str, ...], list[Vote]] = {}
    for vote in shuffled(votes, dispute):
        given.setdefault(vote.values, []).append(vote)
    ordered = sorted(given.items(), key=lambda entry: -len(entry[1]))
    return [Side(values, "; ".join(words.get(v, v) for v in values), tuple(said)) for values, said in ordered]


def conclusion(dispute: Dispute) -> Resolution | None:
    """Return how the dispute ended, if it has."""
    return Resolution.objects.filter(unit_id=dispute.unit_id, current=True).select_related("by").first()


def discussion(dispute: Dispute) -> QuerySet[DisputePost]:
    """Return what was said, in order, with the codes it was said under."""
    return DisputePost.objects.filter(dispute=dispute).select_related("rater").order_by("created_at", "pk")


def neighbours(rows: QuerySet[Dispute], dispute: Dispute) -> tuple[Dispute | None, Dispute | None]:
    """Return the disputes before and after this one in a list ordered by age."""
    at = {"opened_at": dispute.opened_at}
    before = rows.filter(opened_at__lte=dispute.opened_at).exclude(pk__gte=dispute.pk, **at)
    after = rows.filter(opened_at__gte=dispute.opened_at).exclude(pk__lte=dispute.pk, **at)
    return before.order_by(F("opened_at").desc(), F("pk").desc()).first(), after.first()
