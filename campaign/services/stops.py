"""What keeps the raters of a study from the work, for its manager: the gate's answers, for all raters at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaign.models import Calibration, Check, Consent, RaterHold, TrainingItem, TrainingPlan
from projects.gates import Stop
from projects.models import Study, StudyRole
from projects.services import progress

Stage = TrainingItem.Stage
DUE = {
    "practice": _("training not finished"),
    "calibration": _("calibration not finished"),
    "failed": _("did not pass the calibration"),
}


def stops(study: Study, parts: Sequence[StudyRole]) -> Mapping[int, Stop]:
    """Return the first thing that keeps each rater from the work: a pause, no consent, the training.

    What a rater has only to read is not told.
    """
    found: dict[int, Stop] = {}
    for ways in (_training(study, parts), _consent(study, parts), _held(study, parts)):
        found |= dict(ways)
    return found


def _held(study: Study, parts: Sequence[StudyRole]) -> Iterator[tuple[int, Stop]]:
    for row in RaterHold.objects.filter(part__in=parts, lifted_at=None):
        note = f"{row.get_cause_display()}: {row.reason}" if row.reason else row.get_cause_display()
        yield row.part_id, Stop(_("paused"), _record(study, row.part_id), decide=True, note=note)


def _consent(study: Study, parts: Sequence[StudyRole]) -> Iterator[tuple[int, Stop]]:
    texts = study.consent_texts.aggregate(any=Max("number"), again=Max("number", filter=Q(asks_again=True)))
    if texts["any"] is None:
        return
    given = Consent.objects.filter(part__in=parts, text__isnull=False, withdrawn_at=None).order_by()
    agreed = dict(given.values_list("part").annotate(last=Max("text__number")))
    url = reverse("study_consent", args=[study.project.slug, study.slug])
    for part in parts:
        if part.pk not in agreed or agreed[part.pk] < (texts["again"] or 0):
            yield part.pk, Stop(_("has not consented"), url)


def _training(study: Study, parts: Sequence[StudyRole]) -> Iterator[tuple[int, Stop]]:
    rows = TrainingItem.objects.filter(study=study, unit__isnull=False).exclude(stage=Stage.HIDDEN)
    items = list(rows.select_related("unit"))
    if not items:
        return
    expert = TrainingPlan.objects.filter(study=study).values_list("expert", flat=True).first()
    answered: dict[int, set[int | None]] = defaultdict(set)
    for part, item in Check.objects.filter(part__in=parts, item__in=items).values_list("part", "item"):
        answered[part].add(item)
    rounds: dict[int, dict[int, bool]] = defaultdict(dict)
    for part, number, passed in Calibration.objects.filter(part__in=parts).values_list("part", "round", "passed"):
        rounds[part][number] = passed
    for one in parts:
        own = [row for row in items if row.unit and progress.may_judge(one.coded, language=row.unit.language, group="")]
        due = _due(own, answered[one.pk], rounds[one.pk], is_expert=one.rater_id == expert)
        if due:
            yield one.pk, Stop(DUE[due], _record(study, one.pk), decide=due == "failed")


def _due(own: Sequence[TrainingItem], answered: set[int | None], rounds: Mapping[int, bool], *, is_expert: bool) -> str:
    """Return the key in DUE of what a rater has not done, or failed, of their own items; empty for nothing."""
    practice = {row.pk for row in own if row.stage == Stage.PRACTICE}
    if practice - answered:
        return "practice"
    calibration = [row for row in own if row.stage == Stage.CALIBRATION]
    tries = {row.round for row in calibration}
    if not is_expert and (not tries or any(rounds.get(number) for number in tries)):
        return ""
    if any(row.pk not in answered for row in calibration if row.round not in rounds):
        return "calibration"
    return "" if is_expert else "failed"


def _record(study: Study, part: int) -> str:
    return reverse("study_trainee", args=[study.project.slug, study.slug, part])
