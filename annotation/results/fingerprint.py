"""A fingerprint of everything a report is computed from, cheap enough for every view of a page."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.db.models import Count, Max, Q

from annotation.models import CuratedValue, Dispute, Resolution
from projects.models import Assignment, Item, Rater, Study
from projects.services import exclusions

# Raised whenever the same rows would give another report.
COMPUTATION = 1
# The same for dialogue annotations: 2 reads external raters too.
DIALOGUES = 2


def inputs_hash(study: Study) -> str:
    """Return a SHA-256 over what a report of `study` depends on, as 64 hexadecimal digits.

    Answers are never changed in place, and each one moves its assignment's time of submission; so counts and last
    times per rater stand for the answers themselves, and an index holds them. What adjudicators decide, what is left
    out, and the raters' groups are hashed beside them.
    """
    parts = [COMPUTATION, _study(study), _answers(study), _decisions(study), _left_out(study), _reference(study)]
    return sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()


def dialogues_hash(study: Study) -> str:
    """Return a SHA-256 over what a dialogue annotation's report depends on: the above, and what was curated.

    What external raters say came with a session and stays as it came, so the sessions stand for it.
    """
    curated = CuratedValue.objects.filter(unit__study=study).aggregate(n=Count("pk"), last=Max("pk"))
    parts = [DIALOGUES, _study(study), _answers(study), _left_out(study), sorted(curated.items())]
    return sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()


def _study(study: Study) -> list[Any]:
    labels = study.dataset.labels if study.dataset else []
    withdrawn = study.units.filter(withdrawn=True).count()
    return [study.pk, study.state, study.settings, labels, study.unit_count, study.place_count, withdrawn]


def _answers(study: Study) -> list[Any]:
    rows = Assignment.objects.filter(study=study).order_by("rater").values_list("rater")
    counted = list(rows.annotate(n=Count("submitted_at"), last=Max("submitted_at")))
    raters = Rater.objects.filter(pk__in=[row[0] for row in counted]).order_by("pk")
    return [counted, list(raters.values_list("pk", "code", "group"))]


def _decisions(study: Study) -> list[Any]:
    disputes = Dispute.objects.filter(unit__study=study)
    found = disputes.aggregate(n=Count("pk"), open=Count("pk", filter=Q(state="open")), last=Max("settled_at"))
    # Conclusions without a dispute follow from the answers alone.
    decided = Resolution.objects.filter(unit__in=disputes.values("unit")).aggregate(n=Count("pk"), last=Max("pk"))
    return [sorted(found.items()), sorted(decided.items())]


def _left_out(study: Study) -> list[Any]:
    return list(exclusions.in_force(study).order_by("pk").values_list("pk", "reason"))


def _reference(study: Study) -> list[Any]:
    """What a sample is compared with where it has no source study: the data set's final answers as they stand."""
    if study.source_id or study.settings.get("releases", True):
        return []
    return list(Item.objects.filter(units__study=study).order_by("pk").values_list("final", "final_how"))
