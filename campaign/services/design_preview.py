"""What a draft's design comes to: who judges how much, how even pairs are, hours, and the intervals to expect.

The plan is the very one that the study opens with, as long as settings, raters and data stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from statistics import mean, median
from typing import Any

from django.db.models import Avg, F
from django.db.models.functions import Length

from campaign.models import DesignPreview, TrainingItem
from evaluation.services.planning import DECIDING, EXPECTED, PILOT, READING
from projects import specs
from projects.models import ItemRevision, Job, Rater, Study, Submission
from projects.services import allotment, jobs, plans, studies
from projects.services.plans import Row, Slots

PREVIEW = "preview_design"
# Assumed where nobody knows better: two answers given equally often, and agreement from fair to good.
KAPPAS = (0.4, 0.6, 0.8)


def basis(study: Study) -> str:
    """Return what a preview rests on, as a digest: another one means the preview is out of date."""
    team = [(rater.pk, rater.languages, rater.group) for rater in allotment.raters_of(study)]
    lists = study.listed.count()
    items = study.dataset.item_count if study.dataset else 0
    trained = list(TrainingItem.objects.filter(study=study).order_by("pk").values_list("item", flat=True))
    told = [study.settings, trained, study.dataset_id, study.source_id, study.seed, items, lists, team]
    return sha256(repr(told).encode()).hexdigest()


def run(job: Job, progress: jobs.Progress) -> str:
    """Work out the design of the draft in the job's subject."""
    study = Study.objects.select_related("project", "version", "dataset", "source").get(
        pk=int(job.subject.partition(":")[2])
    )
    if study.state != Study.State.DRAFT or study.dataset is None:
        return ""
    progress.report(0, 3, force=True)
    rested_on = basis(study)
    rows = rows_of(study)
    progress.report(1, 3, force=True)
    team = allotment.raters_of(study)
    design = plans.design_of(study.settings)
    planned = plans.make(
        rows, team, design, seed=study.seed, listed=allotment.listed(study), tell=lambda done: progress.report(1, 3)
    )
    progress.report(2, 3, force=True)
    figures = figures_of(study, rows, planned, team)
    DesignPreview.objects.update_or_create(study=study, defaults={"basis": rested_on, "figures": figures})
    return ""


def rows_of(study: Study) -> list[Row]:
    """Return the units that the study would open with, in their order: without what raters are trained on.

    What becomes a hidden check is judged by everybody.
    """
    trained = dict(TrainingItem.objects.filter(study=study).values_list("item", "stage"))
    hidden = TrainingItem.Stage.HIDDEN
    shuffled = study.settings.get("order", "shuffled") == "shuffled"
    found = [one for one in enumerate(specs.of(study)) if trained.get(one[1].item_id, hidden) == hidden]
    rows = [
        Row(
            n, spec.item_id, "gold" if spec.item_id in trained else str(spec.role), spec.repeat, spec.variant,
            spec.language, spec.group, spec.wanted,
            studies.sort_key(study, spec.key, n, shuffled=shuffled) - (studies.BEFORE if spec.first else 0),
        )
        for n, spec in found
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.sort_key, row.pk))


def figures_of(study: Study, rows: Sequence[Row], planned: Sequence[Slots], team: Sequence[Rater]) -> dict[str, Any]:
    """Return what the design page shows, JSON-safe."""
    kept = [(row, slots) for row, slots in zip(rows, planned, strict=True) if slots]
    seconds, piloted = pace_of(study, rows)
    judgements = sum(len(slots) for _row, slots in kept)
    numbers = {rater.pk: n for n, rater in enumerate(team)}
    named = [[numbers[slot.rater] for slot in slots if slot.rater is not None] for _row, slots in kept]
    return {
        "units": len(kept),
        "dropped": len(rows) - len(kept),
        "judgements": judgements,
        "seconds": seconds,
        "piloted": piloted,
        "hours": judgements * seconds / 3600,
        "people": people_of(kept, named, team, seconds),
        "open": sum(slot.rater is None for _row, slots in kept for slot in slots),
        "short": sum(any(slot.rater is None for slot in slots) for _row, slots in kept) if any(named) else 0,
        "pairs": pairs_of(named, team) if any(named) else [],
        "sizes": sorted(Counter(len(slots) for _row, slots in kept).items()),
        "expect": expected(study, kept),
    }


def people_of(
    kept: Sequence[tuple[Row, Slots]], named: Sequence[Sequence[int]], team: Sequence[Rater], seconds: float
) -> list[dict[str, Any]]:
    """Return what each rater would judge: named units, and an even share of those that anybody may take."""
    load = Counter(n for members in named for n in members)
    share: Counter[int] = Counter()
    for row, slots in kept:
        for slot in slots:
            able = [
                n
                for n, rater in enumerate(team)
                if slot.rater is None
                and plans.may_judge(rater, language=row.language, group=row.group)
                and slot.group in ("", rater.group)
            ]
            for n in able:
                share[n] += 1 / len(able)  # type: ignore[assignment]  # an expected number
    return [
        {
            "code": rater.code,
            "group": rater.group,
            "languages": list(rater.languages),
            "units": round(load[n] + share[n]),
            "hours": (load[n] + share[n]) * seconds / 3600,
        }
        for n, rater in enumerate(team)
    ]


def pairs_of(named: Sequence[Sequence[int]], team: Sequence[Rater]) -> list[dict[str, Any]]:
    """Return how many units pairs of raters share, by the two raters' languages and groups."""
    # What a worker computes with; a web process does without.
    from stats.block_design import evenness, shared

    told = [" · ".join(filter(None, (", ".join(sorted(rater.languages)), rater.group))) for rater in team]
    kinds_of_rater = sorted(set(told))
    found = evenness(shared(named, len(team)), [kinds_of_rater.index(words) for words in told])
    return [
        {
            "between": [kinds_of_rater[n] for n in sorted(set(one.between))],
            "least": one.least,
            "mean": one.mean,
            "most": one.most,
            "pairs": one.pairs,
        }
        for one in found
    ]


def pace_of(study: Study, rows: Sequence[Row]) -> tuple[float, int]:
    """Return the seconds a judgement takes and how many judgements say so; 0 where the texts' length is the guess."""
    first = Submission.objects.filter(number=1, active_ms__gt=0, assignment__study__kind=study.kind)
    times = list(first.filter(assignment__study__project=study.project_id).values_list("active_ms", flat=True)[:5000])
    if len(times) >= PILOT:
        return median(times) / 1000, len(times)
    items = [row.item for row in rows[:2000] if row.item is not None]
    texts = ItemRevision.objects.filter(item__in=items, pk=F("item__current"))
    chars = texts.aggregate(chars=Avg(Length("text")))["chars"] or 0.0
    chinese = bool(rows) and mean(row.language.startswith("zh") for row in rows) > 0.5
    return DECIDING + float(chars) / READING["zh" if chinese else "en"], 0


def expected(study: Study, kept: Sequence[tuple[Row, Slots]]) -> dict[str, Any]:
    """Return what the study could show, by its kind; empty where too few items are judged twice."""
    from stats.planning import label_half_width

    units = [(row, slots) for row, slots in kept if row.role in ("main", "overlap") and not row.repeat]
    items = len({row.item for row, _slots in units})
    several = [slots for _row, slots in units if len(slots) > 1]
    if study.kind in EXPECTED and items > 1:
        each = round(mean(len(slots) for _row, slots in units))
        shown = max(2, len(study.settings.get("systems") or []))
        return {"what": study.kind, **EXPECTED[study.kind](items, max(1, each), shown)}
    if len(several) < 2:
        return {}
    sizes = Counter(min(len(slots), 10) for slots in several)
    widths = [(kappa, label_half_width(dict(sizes), shares=(0.5, 0.5), kappa=kappa)) for kappa in KAPPAS]
    return {"what": "labels", "items": len(several), "widths": [(kappa, width.value) for kappa, width in widths]}


def outcome(figures: Mapping[str, Any]) -> int:
    """Return the largest number of units of one rater, for the lengths of bars."""
    return max((person["units"] for person in figures.get("people", [])), default=0) or 1
