"""Inside a workbook: its sheets, its texts and its cells, streamed with openpyxl's understanding of them."""

import contextlib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse

from defusedxml.common import DefusedXmlException
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from projects.formats.archive import BROKEN, Archive
from projects.formats.limits import readable_size
from projects.formats.records import FormatError

DATA_TAG = f"{{{SHEET_MAIN_NS}}}sheetData"
CELL_TAG = f"{{{SHEET_MAIN_NS}}}c"
STRING_TAG = f"{{{SHEET_MAIN_NS}}}si"
INLINE_TAG = f"{{{SHEET_MAIN_NS}}}is"
RUN_TAG = f"{{{SHEET_MAIN_NS}}}r"
TEXT_TAG = f"{{{SHEET_MAIN_NS}}}t"
# The widest sheet a spreadsheet can make. Formatted but empty cells may reach this far in an honest file.
WIDEST_SHEET = 16_384
# Elements between two rows or two texts: they stay in memory until the next one.
MOST_PENDING = 200_000
MOST_STRINGS = 3_000_000
# The serial number of the last day of the year 9999, in the calendar that begins in 1904.
LAST_DATE = 2_957_003
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class NoValue:
    """Stands for a formula whose result was never stored."""


NO_VALUE = NoValue()


class ErrorValue(str):
    """A spreadsheet's error value, such as #N/A."""

    __slots__ = ()


class WorkbookReader(ExcelReader):
    """openpyxl's reader without the worksheet objects, which would parse every sheet once just to measure it."""

    def __init__(self, path: Path) -> None:
        # An open file, as of a path openpyxl refuses every ending but its own, and an upload is kept under another.
        with path.open("rb") as file:
            super().__init__(file, read_only=True)
            self.archive.close()
        self.archive: Archive = Archive(path)

    def read_book(self) -> None:
        with warnings.catch_warnings():  # about styles and print areas, which do not matter for the values
            warnings.simplefilter("ignore")
            self.read_manifest()
            self.read_workbook()
            apply_stylesheet(self.archive, self.wb)

    def shared(self, most: int) -> list[str]:
        """The table of texts, which has to be held in memory: refused if it is larger than `most` bytes."""
        package: Any = self.package
        part = package.find(SHARED_STRINGS)
        if part is None:
            return []
        name = part.PartName[1:]
        size = self.archive.getinfo(name).file_size
        if size > most:
            raise FormatError("zip_bomb", reason=readable_size(size))
        with self.archive.part(name) as source:
            return _strings(source)

    def sheets(self) -> list[tuple[str, str]]:
        """(title, member) of the visible worksheets, in order."""
        return [
            (sheet.name, rel.target)
            for sheet, rel in self.parser.find_sheets()
            if rel.target in self.valid_files and "chartsheet" not in rel.Type and sheet.state == "visible"
        ]

    def sheet_parser(self, source: IO[bytes], strings: list[str]) -> "SheetParser":
        book: Any = self.wb
        return SheetParser(
            source,
            strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )


@contextlib.contextmanager
def open_workbook(path: Path) -> Iterator[WorkbookReader]:
    """The workbook, closed at the end. Whatever a damaged one makes the parsers raise becomes a FormatError."""
    try:
        reader = WorkbookReader(path)
        with reader.archive:
            reader.read_book()
            yield reader
    except DefusedXmlException as error:
        raise FormatError("xlsx_unsafe") from error
    except BROKEN as error:
        raise FormatError("xlsx_broken") from error


def _strings(source: IO[bytes]) -> list[str]:
    strings: list[str] = []
    events = iterparse(source, events=("start", "end"))  # noqa: S314  a part without declarations
    _event, root = next(events)
    pending = 0
    for event, node in events:
        if event == "start":
            pending += 1
            if pending > MOST_PENDING:
                raise FormatError("zip_bomb", reason=f"{MOST_PENDING}+ elements")
        elif node.tag == STRING_TAG:
            strings.append(plain_text(node))
            root.clear()
            pending = 0
            if len(strings) > MOST_STRINGS:
                raise FormatError("zip_bomb", reason=f"{MOST_STRINGS}+ texts")
    return strings


def plain_text(node: Element) -> str:
    """The text of a shared or inline string: its own, or that of its formatted runs; never the reading aid (rPh)."""
    parts = []
    for child in node:
        if child.tag == RUN_TAG:
            parts.append(child.findtext(TEXT_TAG) or "")
        elif child.tag == TEXT_TAG:
            parts.append(child.text or "")
    return unescape("".join(parts))


def unescape(text: str) -> str:
    """Undo the `_x000D_` notation, by which a workbook writes characters that XML cannot hold."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


class SheetParser(WorkSheetParser):
    """Rows of one sheet in bounded memory, with formulas that lack a value told apart from empty cells."""

    def cells_by_row(self, most_rows: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """(row number, cells that stand in the file). Raises FormatError for more rows or cells than possible."""
        data: Element | None = None
        rows = cells = pending = 0
        for event, node in iterparse(self.source, events=("start", "end")):  # noqa: S314  as above
            tag = node.tag
            if event == "start":
                pending += 1
                cells += tag == CELL_TAG
                if cells > WIDEST_SHEET:
                    raise FormatError("too_many_columns", limit=WIDEST_SHEET)
                if pending > MOST_PENDING:
                    raise FormatError("zip_bomb", reason=f"{MOST_PENDING}+ elements")
                if tag == DATA_TAG:
                    data = node
            elif tag == ROW_TAG:
                rows += 1
                if rows > most_rows + 1:
                    raise FormatError("too_many_rows", limit=most_rows)
                yield self.parse_row(node)
                cells = pending = 0
                if data is not None:
                    data.clear()  # clearing the row alone would leave a million empty rows in memory
            elif tag == DATA_TAG:
                return

    def parse_cell(self, element: Element) -> dict[str, Any]:
        if element.get("s") and int(element.get("s", "0")) in self.date_formats and _no_date(element):
            element.set("t", "e")  # as the parser would decide, but without its warning
            value = element.find(VALUE_TAG)
            if value is not None:
                value.text = "#VALUE!"
        inline = element.find(INLINE_TAG) if element.get("t") == "inlineStr" else None
        if inline is not None:
            element.remove(inline)  # read here: the parser's own way takes ten times as long
        cell: dict[str, Any] = super().parse_cell(element)
        if inline is not None:
            cell["value"] = plain_text(inline)
        elif cell["value"] is None and element.find(FORMULA_TAG) is not None and element.get("t") != "str":
            cell["value"] = NO_VALUE
        elif cell["data_type"] == "e":
            cell["value"] = ErrorValue(cell["value"] or "#ERROR!")
        elif element.get("t") == "str" and cell["value"]:
            cell["value"] = unescape(cell["value"])
        return cell


def _no_date(element: Element) -> bool:
    """Is this number, formatted as a date, outside the calendar (1900 to 9999)?"""
    value = element.findtext(VALUE_TAG)
    if not value or element.get("t", "n") != "n":
        return False
    return not 0 <= float(value) <= LAST_DATE
