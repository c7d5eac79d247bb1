"""What raters pass before they work, for the flow: consent and calibration, and what they judge again afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max
from django.utils.translation import gettext_noop as _

from campaign.models import Calibration, Consent, Recall, TrainingItem, TrainingPlan
from projects.models import Study, StudyRole


@dataclass(frozen=True)
class Gate:
    """A step that raters pass before they work: who did not, by reason. Whoever worked has passed it."""

    label: str
    # Which of the manager's pages tells more of it.
    page: str
    stopped: Mapping[str, frozenset[int]]


def gates_of(study: Study) -> Sequence[Gate]:
    """Return the steps this study has before the work, in their order."""
    raters = dict(
        StudyRole.objects.filter(study=study, part=StudyRole.Part.RATER, rater__isnull=False).values_list("pk", "rater")
    )
    return [*_consent(study, raters), *_calibration(study, raters)]


def _consent(study: Study, raters: Mapping[int, int | None]) -> list[Gate]:
    if not study.consent_texts.exists():
        return []
    given = Consent.objects.filter(part__study=study, text__isnull=False, given_at__isnull=False)
    agreed = set(given.values_list("part_id", flat=True))
    return [Gate(_("Consented"), "consent", {_("have not consented"): _coded(raters, set(raters) - agreed)})]


def _calibration(study: Study, raters: Mapping[int, int | None]) -> list[Gate]:
    items = TrainingItem.objects.filter(study=study, stage=TrainingItem.Stage.CALIBRATION)
    last = items.aggregate(last=Max("round"))["last"]
    if last is None:
        return []
    rows = Calibration.objects.filter(part__study=study).values_list("part_id", "round", "passed", "let_pass_by")
    passed = {part for part, _round, done, let in rows if done or let}
    failed = {part for part, number, _done, _let in rows if number >= last} - passed
    # The expert's answers are what others are held against.
    expert = TrainingPlan.objects.filter(study=study).values_list("expert", flat=True).first()
    exempt = {part for part, rater in raters.items() if rater == expert}
    waiting = set(raters) - passed - failed - exempt
    stopped = {_("did not pass"): _coded(raters, failed - exempt), _("have not finished it"): _coded(raters, waiting)}
    return [Gate(_("Passed calibration"), "training", stopped)]


def _coded(raters: Mapping[int, int | None], parts: set[int]) -> frozenset[int]:
    return frozenset(rater for part, rater in raters.items() if part in parts and rater)


def judged_again(study: Study) -> int:
    """Return how many answers were given once more under a newer guideline."""
    done = Recall.objects.filter(study=study, done_at__isnull=False)
    return done.values("assignment").distinct().count()


def withdrawn(study: Study) -> frozenset[int]:
    """Return the raters who took their consent back and have not given it again."""
    again = Consent.objects.filter(part__study=study, text__isnull=False, withdrawn_at=None)
    rows = Consent.objects.filter(part__study=study, withdrawn_at__isnull=False).exclude(part__in=again.values("part"))
    return frozenset(rater for rater in rows.values_list("part__rater", flat=True) if rater)
