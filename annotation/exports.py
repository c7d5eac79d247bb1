"""The files a label review offers."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from annotation.results import files
from projects.kinds import Export
from projects.models import Study


def _fixed(columns: list[str]) -> Callable[[Study], list[str]]:
    return lambda study: list(columns)


EXPORTS: tuple[Export, ...] = (
    Export("final", _("Final data set"), _fixed(files.FINAL_COLUMNS), files.final),
    Export("removed", _("Removed items"), _fixed(files.REMOVED_COLUMNS), files.removed),
    Export("answers", _("All answers"), _fixed(files.ANSWER_COLUMNS), files.answers),
    Export("matrix", _("Items by raters"), files.matrix_columns, files.matrix),
)
