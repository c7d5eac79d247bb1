"""What the database knows of a study of people, counted in a few queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from evaluation.models import RubricVersion, UnitResponse
from evaluation.results import judged
from projects.models import Item, Rater, Study, Unit
from projects.services import exclusions
from projects.services import reports as report_service
from reports.summary import KeyFigure, Summary


@dataclass(frozen=True)
class Facts:
    """A study as its datasheet needs it."""

    study: Study
    rubric: RubricVersion | None
    # system's code -> its outputs that were judged
    outputs: Mapping[str, int]
    languages: Sequence[str]
    kinds: Sequence[str]
    raters: Sequence[Rater]
    # role -> units
    units: Mapping[str, int]
    repeats: int
    left_out: int
    guidelines: int
    agreement: Sequence[KeyFigure] = ()

    @property
    def settings(self) -> dict[str, Any]:
        """The study's settings in force."""
        return self.study.settings

    def counted(self, name: str) -> Counter[str]:
        """Return how many raters have each value of a property, those without any left out."""
        return Counter(str(value) for rater in self.raters if (value := getattr(rater, name)))


def facts(study: Study) -> Facts:
    """Read what a datasheet of this study can say."""
    blind = getattr(study, "blind", None)
    units = Unit.objects.filter(study=study, withdrawn=False)
    items = Item.objects.filter(units__study=study)
    members = UnitResponse.objects.filter(unit__study=study, unit__role__in=judged.COUNTED)
    outputs = members.values_list("system__code").annotate(
        n=Count("response", distinct=True), dialogues=Count("revision", distinct=True)
    )
    return Facts(
        study=study,
        rubric=blind.rubric if blind else None,
        outputs={code: n or dialogues for code, n, dialogues in outputs.order_by("system__code")},
        languages=sorted({one for one in units.values_list("language", flat=True).distinct() if one}),
        kinds=sorted(items.values_list("kind", flat=True).distinct()),
        raters=_raters(study),
        units=dict(units.values_list("role").annotate(n=Count("pk")).order_by()),
        repeats=units.filter(repeat__gt=0).count(),
        left_out=exclusions.in_force(study).count(),
        guidelines=study.guidelines.count(),
        agreement=_agreement(study),
    )


def _raters(study: Study) -> list[Rater]:
    """Return the raters whose answers count."""
    counted = {case.rater for case in judged.load(study).counted.values()}
    return list(Rater.objects.filter(project=study.project_id, code__in=counted).order_by("code"))


def _agreement(study: Study) -> list[KeyFigure]:
    """Return the leading figures on agreement of the study's newest report, if it has one."""
    newest = report_service.latest(study)
    if newest is None:
        return []
    summary = Summary.from_json(newest.summary or {})
    return [
        block
        for section in summary.sections
        if "agreement" in section.key
        for block in section.blocks
        if isinstance(block, KeyFigure) and block.role != "other"
    ]
