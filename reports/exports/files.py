"""The one door of the exporters."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from ..summary import Summary
from . import delimited, latex, methods, page


@dataclass(frozen=True)
class ExportFile:
    """A file to hand out."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Format:
    """How a format is named, announced and made."""

    suffix: str
    content_type: str
    make: Callable[[Summary], bytes]


def _json(summary: Summary) -> bytes:
    return json.dumps(summary.to_json(), ensure_ascii=False, indent=1, allow_nan=False).encode()


def _xlsx(summary: Summary) -> bytes:
    # openpyxl brings numpy in, which pages that only show reports should not pay for.
    from .workbook import make

    return make(summary)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    "html": Format(".html", "text/html; charset=utf-8", page.make),
    "json": Format(".json", "application/json", _json),
    "csv": Format("-csv.zip", "application/zip", delimited.make),
    "xlsx": Format(".xlsx", XLSX, _xlsx),
    "latex": Format(".tex", "application/x-tex; charset=utf-8", latex.make),
    "text": Format("-methods.txt", "text/plain; charset=utf-8", methods.text),
    "markdown": Format("-methods.md", "text/markdown; charset=utf-8", methods.markdown),
}


def export(summary: Summary, format: str) -> ExportFile:
    """Return a report as a file, in the active language; raises KeyError for an unknown format."""
    chosen = FORMATS[format]
    return ExportFile(f"{summary.key}{chosen.suffix}", chosen.content_type, chosen.make(summary))
