"""The reproduction bundle of an edition: blinded rows, design, prompts, criteria, figures, hashes. The key is apart.

Everything in it was kept when the edition was computed, so that the same edition always gives the same bytes.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from evaluation.models import Response
from evaluation.services import blinding
from projects.models import ItemRevision, Project, Study, User
from publishing.models import StudyReportEdition
from publishing.services.naming import Names
from stats.paper import package

BATCH = 1000
README = """# Reproduction bundle of a study report

    python -m stats report bundle.zip

recomputes every figure in `report.json` from the rows in `data/` and says what is equal and what differs. It needs
Python 3.11 or newer, numpy, scipy, scikit-learn and krippendorff, and the package `stats` of Concord
(GPL-3.0-or-later); no server, no database, nothing from this file is run.

| file | content |
|---|---|
| `data/*.csv` | the rows, a table each; the first line names the columns |
| `report.json` | every figure as it was published, with the seed and the number of replicates |
| `design/*.json` | settings of studies, parameters of systems, prompts, criteria with their anchors |
| `texts/*.csv` | only where the project gave them out: responses by handle |
| `manifest.json` | length and SHA-256 of every file |

Systems, judges, raters, items and responses stand under codes drawn for this report. The key to the codes is no part
of the bundle. In a CSV file a cell that a spreadsheet would run has an apostrophe in front.
"""


def content_of(edition: StudyReportEdition) -> dict[str, Any]:
    """Return what was kept with an edition: {"files", "key", "design", "handles"}."""
    found: dict[str, Any] = json.loads(gzip.decompress(bytes(edition.material.content)))
    return found


def build(
    edition: StudyReportEdition, *, texts: bool = False, tell: Callable[[int, int], object] = lambda done, total: None
) -> bytes:
    """Return the zip; with `texts` the words of responses that name nobody are in it.

    `tell` hears how much of it is packed, in bytes.
    """
    kept = content_of(edition)
    files = {f"{package.DATA}{name}": text.encode() for name, text in kept["files"].items()}
    files |= {name: text.encode() for name, text in kept.get("design", {}).items()}
    files |= {"README.md": README.encode(), package.REPORT: package.to_json(edition.figures)}
    if texts:
        files |= words(edition.report.project, kept.get("handles", {}))
    return package.pack(files, tell)


def words(project: Project, handles: Mapping[str, tuple[str, int]]) -> dict[str, bytes]:
    """Return the texts of responses by handle, in the wording that raters see, and the handles of those left out."""
    from stats.paper import rows

    names = Names.of(project)
    given: list[rows.Text] = []
    withheld: list[rows.Text] = []
    for handle, text in _texts(handles):
        (withheld if names.told_by(text) else given).append(rows.Text(handle, text))
    return {
        "texts/responses.csv": rows.write(rows.Text, sorted(given, key=lambda row: row.handle)).encode(),
        "texts/withheld.json": package.to_json(sorted(row.handle for row in withheld)),
    }


def _texts(handles: Mapping[str, tuple[str, int]]) -> Iterator[tuple[str, str]]:
    for kind, model in (("response", Response), ("revision", ItemRevision)):
        wanted = [(handle, pk) for handle, (its, pk) in handles.items() if its == kind]
        for start in range(0, len(wanted), BATCH):
            part = wanted[start : start + BATCH]
            found = model._default_manager.filter(pk__in=[pk for _handle, pk in part])
            columns = ("text", "current__text") if model is Response else ("text", "text")
            shown = {
                pk: text if current is None else current for pk, text, current in found.values_list("pk", *columns)
            }
            yield from ((handle, shown[pk]) for handle, pk in part if pk in shown)


# --- the key


def closed_keys(edition: StudyReportEdition) -> list[Study]:
    """Return the blind studies of the report whose key has not been opened."""
    studies = edition.report.studies.filter(blind__isnull=False).order_by("pk")
    return [study for study in studies if not blinding.is_open(study)]


def may_have_key(edition: StudyReportEdition, user: User, *, manager: bool) -> bool:
    """Whether this person may take the key: a manager, or who holds the key of each blind study in it."""
    blind = list(edition.report.studies.filter(blind__isnull=False))
    return manager or (bool(blind) and all(blinding.holds_key(study, user) for study in blind))


def key_file(edition: StudyReportEdition, bundle_sha256: str) -> bytes:
    """Return what puts names to the codes, with the hash of the bundle it belongs to.

    Raises ValidationError while the key of one of its studies is closed.
    """
    if closed_keys(edition):
        raise ValidationError(_("The key is handed out once the keys of all blind studies in this report are open."))
    found = content_of(edition)["key"]
    return package.to_json({"bundle_sha256": bundle_sha256, **found})
