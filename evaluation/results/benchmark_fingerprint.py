"""A fingerprint of everything a benchmark's report is computed from, cheap enough for every view of a page."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.db.models import Count, Max

from evaluation.models import Benchmark, Response, ResponseScore
from evaluation.services import benchmarks
from projects.models import Item, Study

# Raised whenever the same rows would give another report.
COMPUTATION = 2


def inputs_hash(row: Benchmark) -> str:
    """Return a SHA-256 over what a report of `row` depends on, as 64 hexadecimal digits."""
    parts = [COMPUTATION, *inputs(row)]
    return sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()


def inputs(benchmark: Benchmark) -> list[Any]:
    """Return, in a few counts, everything a report depends on; another list means that something has changed."""
    items = Item.objects.visible().kept().filter(dataset__in=benchmark.datasets.all())
    finals = items.values_list("final").annotate(n=Count("pk")).order_by()
    answers = Response.objects.visible().filter(
        system_version__system__in=benchmark.systems.all(), revision__item__dataset__in=benchmark.datasets.all()
    )
    scores = ResponseScore.objects.filter(response__system_version__system__in=benchmark.systems.all())
    source = benchmarks.setting(benchmark, "scores")
    study = source[1] if source and source[0] == benchmarks.STUDY else 0
    opened = Study.objects.filter(pk=study, unblinding__isnull=False)
    return [
        benchmark.settings,
        benchmark.seed,
        sorted(benchmark.datasets.values_list("pk", flat=True)),
        sorted(benchmark.systems.values_list("pk", "name", "group", "role")),
        list(items.aggregate(n=Count("pk"), last=Max("current_id")).values()),
        sorted(str(row) for row in finals),
        list(answers.aggregate(n=Count("pk"), last=Max("pk")).values()),
        list(scores.aggregate(n=Count("pk"), last=Max("pk")).values()),
        list(opened.values_list("pk", "state")),
    ]
