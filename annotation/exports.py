"""The files a label review offers."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from annotation.results import rows
from projects.kinds import Export
from projects.models import Study


def _fixed(columns: list[str]) -> Callable[[Study], list[str]]:
    return lambda study: list(columns)


EXPORTS: tuple[Export, ...] = (
    Export("final", _("Final data set"), _fixed(rows.FINAL_COLUMNS), rows.final),
    Export("removed", _("Removed items"), _fixed(rows.REMOVED_COLUMNS), rows.removed),
    Export("answers", _("All answers"), _fixed(rows.ANSWER_COLUMNS), rows.answers),
    Export("matrix", _("Items by raters"), rows.matrix_columns, rows.matrix),
)
