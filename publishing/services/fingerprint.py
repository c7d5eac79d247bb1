"""A fingerprint of everything a study report is computed from, cheap enough for every view of its page."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.db.models import Count, Max

from evaluation.models import JudgePlan, RunItem, System, Verdict
from evaluation.results import benchmark_fingerprint
from projects import kinds
from publishing.models import StudyReport

# Raised whenever the same rows would give another report.
COMPUTATION = 1


def inputs_hash(report: StudyReport) -> str:
    """Return a SHA-256 over what an edition of `report` depends on, as 64 hexadecimal digits."""
    studies = report.studies.select_related("project", "version", "guideline", "dataset").order_by("pk")
    parts: list[Any] = [
        COMPUTATION,
        [report.title, report.sections, report.seed],
        [(study.pk, study.name, kinds.of(study).inputs_hash(study)) for study in studies],
        [_judged(plan) for plan in report.judges.select_related("run").order_by("pk")],
        [(row.name, benchmark_fingerprint.inputs_hash(row)) for row in report.benchmarks.order_by("pk")],
        list(
            System.objects.filter(project=report.project_id).order_by("pk").values_list("pk", "name", "group", "role")
        ),
    ]
    return sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()


def _judged(plan: JudgePlan) -> list[Any]:
    # Verdicts are never changed: their number and the last one stand for them.
    found = Verdict.objects.filter(row__run=plan.run_id).aggregate(n=Count("pk"), last=Max("pk"))
    states = RunItem.objects.filter(run=plan.run_id).values_list("state").annotate(n=Count("pk")).order_by("state")
    return [plan.pk, plan.run.name, found["n"], found["last"], list(states)]
