"""What a draft would need and could show: judgements, hours, and the intervals and power to expect."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from statistics import median
from typing import Any

from django.db.models import Count, Max, Sum
from django.db.models.functions import Length
from django.utils import timezone

from evaluation.models import Response, StudyPlan
from evaluation.services import designs, pairs
from evaluation.services.designs import Planned
from projects.models import Study, Submission, Turn

# A pace is taken from work of the same kind in the project once there is so much of it.
PILOT = 10
READING = {"zh": 300.0 / 60, "en": 1000.0 / 60}  # characters a second: 300 a minute; 200 words of five letters
DECIDING = 30.0


def basis(study: Study) -> str:
    """Return what a plan rests on, as a digest: another one means the plan is out of date."""
    versions = [int(one) for one in study.settings.get("systems") or []]
    rows = Response.objects.visible().filter(system_version__in=versions, revision__item__dataset=study.dataset_id)
    counted = rows.aggregate(n=Count("pk"), last=Max("pk"))
    told = [study.settings, study.dataset_id, designs.everybody(study), counted["n"], counted["last"]]
    told += [list(pairs.of_study(study).filter(state=pairs.State.ACCEPTED).values_list("left", "right", "wanted"))]
    return sha256(repr(told).encode()).hexdigest()


def plan(study: Study, planned: Iterable[Planned], *, kind: str) -> dict[str, Any]:
    """Work out the figures of a draft from its planned units."""
    units = list(planned)
    judgements = sum(one.wanted for one in units)
    people = max(1, designs.everybody(study))
    pace, piloted = seconds_each(study, units)
    by_role: dict[str, int] = {}
    for one in units:
        role = one.role if not one.repeat else "repeat"
        by_role[role] = by_role.get(role, 0) + 1
    items = len({one.entry.item_id for one in units if one.role in ("main", "overlap")})
    return {
        "units": len(units),
        "by_role": by_role,
        "items": items,
        "judgements": judgements,
        "raters": designs.everybody(study),
        "shown": max((len(one.members) + len(one.dialogues) for one in units), default=0),
        "seconds": pace,
        "piloted": piloted,
        "hours": judgements * pace / 3600,
        "hours_each": judgements * pace / 3600 / people,
        "expect": expected(kind, units, items, study),
    }


def seconds_each(study: Study, units: Sequence[Planned]) -> tuple[float, int]:
    """Return the seconds a judgement takes and how many judgements say so; 0 where the texts' length is the guess."""
    times = list(
        Submission.objects.filter(
            assignment__study__project=study.project_id, assignment__study__kind=study.kind, number=1, active_ms__gt=0
        ).values_list("active_ms", flat=True)[:5000]
    )
    if len(times) >= PILOT:
        return median(times) / 1000, len(times)
    return DECIDING + reading_seconds(units), 0


def reading_seconds(units: Sequence[Planned]) -> float:
    """Return how long the texts of a unit take to read, on average."""
    ids = {response for one in units for response in one.members.values()}
    rows = Response.objects.filter(pk__in=list(ids)[:2000]).annotate(chars=Length("text"))
    lengths = dict(rows.values_list("pk", "chars")) or turn_lengths(units)
    if not units or not lengths:
        return 0.0
    typical = sum(lengths.values()) / len(lengths)
    language = "zh" if units[0].entry.language.startswith("zh") else "en"
    shown = sum(len(one.members) + len(one.dialogues) for one in units) / len(units)
    return float(typical * shown / READING[language])


def turn_lengths(units: Sequence[Planned]) -> dict[int, int]:
    """Return how many characters each of the whole dialogues has, by revision."""
    ids = {revision for one in units for revision in one.dialogues.values()}
    rows = Turn.objects.filter(revision__in=list(ids)[:2000]).values_list("revision")
    return dict(rows.annotate(chars=Sum(Length("text"))).order_by())


def expected(kind: str, units: Sequence[Planned], items: int, study: Study) -> dict[str, Any]:
    """Return what the study could show, by its kind; empty where it has too few items to say."""
    raters = int(study.settings["raters_per_item"])
    if items < 2:
        return {}
    return EXPECTED[kind](items, raters, max(len(one.members) for one in units))


def of_ranking(items: int, raters: int, k: int) -> dict[str, Any]:
    """Return the half-width of a mean rank, the critical difference, and the power for clear and for slight orders.

    A mean rank has its widest interval where ranks are random: their variance is (k^2 - 1) / 12.
    """
    from stats.planning import ranking_power

    widest = 1.96 * math.sqrt((k * k - 1) / 12 / items)
    power = {
        name: ranking_power(units=items, raters=raters, log_strengths=spread(k, gap), simulations=200).value
        for name, gap in (("slight", 0.5), ("clear", 1.0))
    }
    return {"half_width": widest, "half_width_best": widest / math.sqrt(raters), "power": power, "k": k}


def spread(k: int, gap: float) -> list[float]:
    """Return log strengths from 0 up to `gap`, evenly spaced."""
    return [gap * n / (k - 1) for n in range(k)]


def of_comparison(items: int, raters: int, k: int) -> dict[str, Any]:
    """Return the half-width of a win rate and the power of the sign test, for one pair of systems."""
    from stats.planning import pairs_power

    power = {
        name: pairs_power(units=items, win=win, tie=0.15, raters=raters, same=0.4, simulations=1000).value
        for name, win in (("slight", 0.5), ("clear", 0.6))
    }
    return {"half_width": 1.96 * math.sqrt(0.25 / items), "power": power}


def of_rating(items: int, raters: int, k: int) -> dict[str, Any]:
    """Return the difference, in standard deviations of an item's difference, found with a power of 80 %."""
    from scipy.stats import norm, t

    found = (norm.ppf(0.8) + t.ppf(0.975, items - 1)) / math.sqrt(items)
    return {"detectable": float(found)}


EXPECTED = {"ranking": of_ranking, "comparison": of_comparison, "rating": of_rating}


def keep(study: Study, figures: Mapping[str, Any]) -> StudyPlan:
    """Store a plan; an earlier one is replaced."""
    values = {"basis": basis(study), "figures": dict(figures), "made_at": timezone.now()}
    return StudyPlan.objects.update_or_create(study=study, defaults=values)[0]
