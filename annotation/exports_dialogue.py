"""The files a dialogue annotation offers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from annotation.results import dialogue
from projects.kinds import Export

EXPORTS: tuple[Export, ...] = (
    Export("labels", _("All labels"), lambda study: list(dialogue.LABEL_COLUMNS), dialogue.labels),
    Export("curated", _("Final answers"), lambda study: list(dialogue.CURATED_COLUMNS), dialogue.curated),
    Export(
        "decisions", _("Proposals and decisions"), lambda study: list(dialogue.DECISION_COLUMNS), dialogue.decisions
    ),
    Export("comments", _("Comments"), lambda study: list(dialogue.COMMENT_COLUMNS), dialogue.comments),
)
