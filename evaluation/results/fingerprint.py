"""A fingerprint of everything a blind study's report is computed from, cheap enough for every view of a page."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.db.models import Count, Max

from evaluation.models import BlindCheck, Guess, LexiconHit, Unblinding
from projects.models import Assignment, Rater, Study
from projects.services import exclusions

# Raised whenever the same rows would give another report.
COMPUTATION = 2


def inputs_hash(study: Study) -> str:
    """Return a SHA-256 over what a report of `study` depends on, as 64 hexadecimal digits.

    Answers are never changed in place, and each one moves its assignment's time of submission; so counts and last
    times per rater stand for the answers themselves.
    """
    parts = [COMPUTATION, _study(study), _answers(study), _around(study)]
    return sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()


def _study(study: Study) -> list[Any]:
    return [study.pk, study.state, study.settings, study.unit_count, study.place_count]


def _answers(study: Study) -> list[Any]:
    rows = Assignment.objects.filter(study=study).order_by("rater").values_list("rater")
    counted = list(rows.annotate(n=Count("submitted_at"), last=Max("submitted_at")))
    raters = Rater.objects.filter(pk__in=[row[0] for row in counted]).order_by("pk")
    return [counted, list(raters.values_list("pk", "code", "group"))]


def _around(study: Study) -> list[Any]:
    left_out = list(exclusions.in_force(study).order_by("pk").values_list("pk", "reason"))
    opened = Unblinding.objects.filter(study=study).exists()
    hits = LexiconHit.objects.filter(study=study).order_by("pk").values_list("pk", "decision")
    return [
        left_out,
        opened,
        Guess.objects.filter(study=study).count(),
        list(hits),
        BlindCheck.objects.filter(study=study).count(),
    ]
