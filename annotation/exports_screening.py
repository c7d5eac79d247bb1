"""The files a screening offers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from annotation.results import screening
from projects.kinds import Export

EXPORTS: tuple[Export, ...] = (
    Export("outcomes", _("What became of each dialogue"), lambda study: screening.OUTCOME_COLUMNS, screening.outcomes),
    Export("verdicts", _("All verdicts"), lambda study: screening.VERDICT_COLUMNS, screening.verdicts),
)
