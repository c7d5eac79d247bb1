"""The files a dialogue annotation offers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from annotation.results import dialogue
from projects.kinds import Export

EXPORTS: tuple[Export, ...] = (
    Export("labels", _("All labels"), lambda study: list(dialogue.LABEL_COLUMNS), dialogue.labels),
)
