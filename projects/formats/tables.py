"""Opening a file of items: what it is, told by its content first and its name second."""

import contextlib
import json
import zipfile
from pathlib import Path

from projects.formats.archive import check_archive
from projects.formats.delimited import DelimitedTable
from projects.formats.encoding import ENCODINGS, detect_encoding
from projects.formats.jsonrows import JsonLinesTable, JsonListTable
from projects.formats.limits import DEFAULT_LIMITS, Limits, readable_size
from projects.formats.records import FormatError
from projects.formats.table import Format, Remark, Row, Table, column_names

__all__ = ["ENCODINGS", "Format", "Limits", "Remark", "Row", "Table", "column_names", "open_table"]

EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd")
DOCUMENTS = {
    b"%PDF-": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"PAR1": "Parquet",
    b"SQLite format 3\x00": "SQLite",
    b"{\\rtf": "RTF",
}
SNIFFED = 64 * 1024


def open_table(path: Path | str, *, filename: str = "", encoding: str = "", limits: Limits = DEFAULT_LIMITS) -> Table:
    """Open a CSV, TSV, JSON Lines, JSON list or XLSX file for reading.

    `filename` is the name the user gave it (its extension is a hint), `encoding` a key of ENCODINGS, or "" to
    find it. The whole file is decoded once here, so that a bad byte at its end is told before anything is
    imported; nothing of it is kept. Raises FormatError.
    """
    path = Path(path)
    size = path.stat().st_size
    if size == 0:
        raise FormatError("empty")
    if size > limits.max_bytes:
        raise FormatError("too_large", limit=readable_size(limits.max_bytes))
    with path.open("rb") as file:
        head = file.read(SNIFFED)
    if head.startswith(b"PK\x03\x04"):
        return _open_archive(path, limits)
    _refuse_documents(path, head)
    codec = detect_encoding(path, encoding)
    return _open_text(path, Path(filename or path).suffix.lower(), codec, limits)


def _open_archive(path: Path, limits: Limits) -> Table:
    check_archive(path, limits)
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    if "[Content_Types].xml" not in names:
        raise FormatError("other_document", kind="OpenDocument") if "mimetype" in names else FormatError("compressed")
    for part, kind in (("word/", "Word"), ("ppt/", "PowerPoint"), ("xl/workbook.bin", "XLSB")):
        if any(name.startswith(part) for name in names):
            raise FormatError("other_document", kind=kind)
    # Loads openpyxl and with it numpy, which a web process should not pay for before somebody brings a workbook.
    from projects.formats.xlsx import XlsxTable

    return XlsxTable(path, limits=limits)


def _refuse_documents(path: Path, head: bytes) -> None:
    if head.startswith(OLE):
        raise FormatError("encrypted" if _mentions(path, "EncryptedPackage".encode("utf-16-le")) else "legacy_xls")
    if head.startswith(COMPRESSED):
        raise FormatError("compressed")
    for magic, kind in DOCUMENTS.items():
        if head.startswith(magic):
            raise FormatError("other_document", kind=kind)


def _mentions(path: Path, needle: bytes) -> bool:
    """Is the needle anywhere in the file? Its directory may lie behind the data."""
    tail = b""
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            if needle in tail + block:
                return True
            tail = block[-len(needle) :]
    return False


def _open_text(path: Path, suffix: str, codec: str, limits: Limits) -> Table:
    with path.open(encoding=codec, newline="") as file:
        start = file.read(SNIFFED)
    if not start.strip():
        raise FormatError("empty")
    form = _text_format(start.lstrip(), EXTENSIONS.get(suffix))
    if form == "json":
        return JsonListTable(path, encoding=codec, limits=limits)
    if form == "jsonl":
        return JsonLinesTable(path, encoding=codec, limits=limits)
    return DelimitedTable(path, encoding=codec, limits=limits, prefer_tab=suffix in (".tsv", ".tab"))


def _text_format(start: str, named: Format | None) -> Format:
    """The format of a text by its first character, unless its name says that it is a table."""
    if named in ("csv", "tsv"):
        return "jsonl" if start[0] == "{" and _is_object(start) else named
    if start[0] == "[":
        return "json"
    if start[0] == "{":
        if named == "json" and not _several_objects(start):
            raise FormatError("json_not_list")
        return "jsonl"
    if named in ("json", "jsonl"):
        return named
    return "csv"


def _is_object(start: str) -> bool:
    with contextlib.suppress(ValueError, RecursionError):
        return isinstance(json.loads(start.partition("\n")[0]), dict)
    return False


def _several_objects(start: str) -> bool:
    first, _break, rest = start.partition("\n")
    return _is_object(first) and rest.lstrip().startswith("{")
