"""The one door of an edition's files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.models import Study
from publishing.heds import sheet
from publishing.models import StudyReportEdition
from reports import exports
from reports.exports import ExportFile
from reports.summary import Summary

# In the order in which they are offered.
FILES: Mapping[str, str | Promise] = {
    "html": _("One page, to send or to print (HTML)"),
    "xlsx": _("All tables, as a workbook (XLSX)"),
    "csv": _("All tables (CSV, zipped)"),
    "latex": _("All tables (LaTeX)"),
    "text": _("Methods paragraph (text)"),
    "markdown": _("Methods paragraph (Markdown)"),
    "json": _("Every figure (JSON)"),
    "heds": _("Datasheet of the human evaluation, HEDS 3.0 (Markdown)"),
    "heds-json": _("Datasheet of the human evaluation, HEDS 3.0 (JSON)"),
}
SHEETS = {"heds": (".md", "text/markdown; charset=utf-8"), "heds-json": (".json", "application/json")}


def export(edition: StudyReportEdition, summary: Summary, suffix: str) -> ExportFile:
    """Return an edition as a file, in the active language; raises KeyError for an unknown format."""
    if suffix == "json":
        return ExportFile(f"{summary.key}.json", "application/json", figures(edition, summary))
    if suffix in SHEETS:
        studies = edition.report.studies.select_related("project", "version", "guideline", "blind__rubric")
        return datasheet(summary.key, edition.report.title, list(studies.order_by("pk")), suffix)
    return exports.export(summary, suffix)


def datasheet(name: str, title: str, studies: Sequence[Study], suffix: str) -> ExportFile:
    """Return the datasheet of studies of people, filled in as far as the database can."""
    found = sheet.sheet(title, studies)
    ending, content_type = SHEETS[suffix]
    content = sheet.as_markdown(found) if suffix == "heds" else sheet.as_json(found)
    return ExportFile(f"{name}-heds{ending}", content_type, content)


def figures(edition: StudyReportEdition, summary: Summary) -> bytes:
    """Return every figure as it was computed, with the report that shows them."""
    content = {
        "report": edition.report_id,
        "edition": edition.pk,
        "seed": edition.seed,
        "inputs": edition.inputs_hash,
        "versions": edition.versions,
        "figures": edition.figures,
        "summary": summary.to_json(),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False).encode()
