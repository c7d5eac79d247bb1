"""A zip of CSV files, one per table, that spreadsheets open without running anything in them."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime

from ..cells import Raw
from ..summary import Summary
from .collect import tables
from .grid import heads, lines

BOM = "\ufeff"  # without it, Excel reads UTF-8 as the machine's old code page
# A cell that begins like this may be run as a formula; the wide forms are what Asian keyboards type.
STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")
# The format stores no earlier year, and a report's bytes should not depend on the clock.
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)


def make(summary: Summary) -> bytes:
    """Return the zip; the same summary gives the same bytes."""
    memory = io.BytesIO()
    moment = summary.generated_at or EPOCH
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for named in tables(summary):
            entry = zipfile.ZipInfo(f"{named.name}.csv", date_time=moment.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, sheet(heads(named.table), lines(named.table)).encode())
    return memory.getvalue()


def sheet(head: list[str], rows: list[list[Raw]]) -> str:
    """Return one CSV file as text."""
    memory = io.StringIO()
    memory.write(BOM)
    writer = csv.writer(memory)
    writer.writerow([safe(word) for word in head])
    writer.writerows([[safe(value) for value in row] for row in rows])
    return memory.getvalue()


def safe(value: Raw) -> Raw:
    """Return a value that no spreadsheet takes for a formula: suspicious words get a leading apostrophe."""
    if isinstance(value, str) and value.lstrip(" ").startswith(STARTERS) and not NUMBER.match(value):
        return f"'{value}"
    return value
