"""Reports as files: `export(summary, format)` for every name in FORMATS."""

from .files import FORMATS, ExportFile, export

__all__ = ["FORMATS", "ExportFile", "export"]
