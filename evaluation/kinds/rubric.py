"""What comparisons and ratings have in common: criteria, in the version the study holds to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.kinds.blind import BlindKind
from evaluation.models import BlindStudy
from evaluation.services import rubrics
from projects.models import Study


class RubricKind(BlindKind):
    """A blind study that judges by criteria."""

    def furnish(self, study: Study) -> None:
        """Fix the criteria's version with the units."""
        super().furnish(study)
        version = rubrics.version_for(study.project, study.settings["rubric"])
        BlindStudy.objects.filter(study=study).update(rubric=version)

    def form_settings(self, study: Study) -> Mapping[str, Any]:
        """Add the criteria to what the form knows; read once for each loaded study."""
        known: dict[str, Any] | None = getattr(study, "criteria_", None)
        if known is None:
            version = BlindStudy.objects.select_related("rubric").get(study=study).rubric
            known = {"criteria": version.criteria if version else [], "risk_flag": bool(version and version.risk_flag)}
            study.criteria_ = known  # type: ignore[attr-defined]  # kept for the rest of the request
        return {**study.settings, **known}
