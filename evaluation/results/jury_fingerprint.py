"""A fingerprint of everything a judges' report is computed from, cheap enough for every view of a page."""

from __future__ import annotations

import json
from hashlib import sha256

from django.db.models import Count, Max

from evaluation.models import JudgePlan, Jury, System, Verdict
from evaluation.results import fingerprint

# Raised whenever the same rows would give another report.
COMPUTATION = 1


def inputs_hash(row: Jury) -> str:
    """Return a SHA-256 over what a report of `row` depends on, as 64 hexadecimal digits.

    Verdicts are added and never changed, so their number and the last one stand for all of them.
    """
    runs = list(row.runs.order_by("pk").values_list("pk", flat=True))
    verdicts = Verdict.objects.filter(row__run__in=runs).aggregate(n=Count("pk"), last=Max("pk"))
    named = System.objects.filter(
        versions__in=JudgePlan.judged.through.objects.filter(judgeplan__run__in=runs).values("systemversion")
    ).distinct()
    systems = list(named.order_by("pk").values_list("pk", "name", "group", "role"))
    parts = [COMPUTATION, row.seed, runs, list(verdicts.values()), systems]
    parts += [fingerprint.inputs_hash(study) for study in row.studies.select_related("version").order_by("pk")]
    return sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()
