"""Workbooks: values as text, rows by their number, and archives that must not be opened."""

import datetime
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from projects.formats import archive as archives
from projects.formats.limits import MIB, Limits
from projects.formats.records import FaultyRow, FormatError
from projects.formats.table import Remark
from projects.formats.tables import open_table

SHEET = "xl/worksheets/sheet1.xml"


def workbook(path: Path, fill: Callable[[Worksheet], None]) -> Path:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    fill(sheet)
    book.save(path)
    return path


def with_rows(path: Path, *rows: list[object]) -> Path:
    return workbook(path, lambda sheet: [sheet.append(row) for row in rows] and None)


def rewritten(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    """The archive with one member changed (or added)."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = change(parts.get(member, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def with_shared_strings(path: Path, strings: list[str]) -> Path:
    """A workbook as spreadsheets write it: the texts in a table of their own, the cells with its indexes."""
    with_rows(path, ["x"])
    table = "".join(f"<si>{text}</si>" for text in strings)
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c></row>' for n in range(1, len(strings) + 1))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/texts.xml" ContentType="{kind}"/></Types>'.encode()
    rewritten(path, "[Content_Types].xml", lambda xml: xml.replace(b"</Types>", override))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rewritten(path, "xl/texts.xml", lambda _: f'<sst xmlns="{space}">{table}</sst>'.encode())
    return rewritten(
        path, SHEET, lambda xml: xml[: xml.index(b"<row")] + cells.encode() + xml[xml.index(b"</sheetData>") :]
    )


def failure(path: Path, limits: Limits | None = None) -> FormatError:
    with pytest.raises(FormatError) as caught:
        list(open_table(path, limits=limits or Limits()).rows())
    assert "%(" not in str(caught.value)
    return caught.value


def test_xlsx_values_are_text(tmp_path: Path) -> None:
    path = with_rows(
        tmp_path / "data.xlsx",
        ["id", "text", "whole", "part", "yes", "day", "moment", "clock", "span", "none"],
        [
            1,
            " 睡不好\nreally ",
            1.0,
            -0.25,
            True,
            datetime.date(2024, 2, 29),
            datetime.datetime(2024, 2, 29, 13, 5),
            datetime.time(8, 30),
            datetime.timedelta(hours=30),
            None,
        ],
    )
    table = open_table(path)
    assert (table.format, table.encoding, table.row_unit) == ("xlsx", "", "row")
    assert table.preview() == [
        (
            2,
            {
                "id": "1",
                "text": " 睡不好\nreally ",
                "whole": "1",
                "part": "-0.25",
                "yes": "true",
                "day": "2024-02-29",
                "moment": "2024-02-29T13:05:00",
                "clock": "08:30:00",
                "span": "1 day, 6:00:00",
                "none": "",
            },
        )
    ]


def test_xlsx_rows_keep_their_number_and_empty_ones_are_passed_over(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["B3"], sheet["C3"] = "id", "text"
        sheet["B5"], sheet["C5"] = 1, "a"
        sheet["C1048576"] = "last"

    table = open_table(workbook(tmp_path / "data.xlsx", fill))
    assert table.columns == ["column 1", "id", "text"]
    assert list(table.rows()) == [
        (5, {"column 1": "", "id": "1", "text": "a"}),
        (1_048_576, {"column 1": "", "id": "", "text": "last"}),
    ]


def test_xlsx_formula_with_a_stored_value_gives_the_value(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id", "text"], [1, '="a"&"b"'])
    rewritten(
        path, SHEET, lambda xml: xml.replace(b"</f><v></v>", b"</f><v>ab</v>").replace(b"</f><v />", b"</f><v>ab</v>")
    )
    rewritten(path, SHEET, lambda xml: xml.replace(b'<c r="B2">', b'<c r="B2" t="str">'))
    assert open_table(path).preview() == [(2, {"id": "1", "text": "ab"})]


def test_xlsx_formula_without_value_is_faulty_and_never_run(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id", "text"], [1, '=HYPERLINK("http://x","y")'], [2, "fine"])
    rows = open_table(path).preview()
    faulty = rows[0][1]
    assert isinstance(faulty, FaultyRow)
    assert (faulty.error.row, faulty.error.column, faulty.error.code) == (2, "text", "formula_without_value")
    assert dict(faulty) == {"id": "1", "text": ""}
    assert rows[1] == (3, {"id": "2", "text": "fine"})


def test_xlsx_error_cells_and_impossible_dates_are_faulty(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["id", "text"])
        sheet.append([1, "#N/A"])
        sheet.append([2, 9_999_999])
        sheet["B3"].number_format = "yyyy-mm-dd"

    rows = open_table(workbook(tmp_path / "data.xlsx", fill)).preview()
    errors = [values.error for _row, values in rows if isinstance(values, FaultyRow)]
    assert [(error.code, error.params["value"]) for error in errors] == [
        ("cell_error", "#N/A"),
        ("cell_error", "#VALUE!"),
    ]


def test_xlsx_ragged_row_is_faulty(tmp_path: Path) -> None:
    rows = open_table(with_rows(tmp_path / "data.xlsx", ["id", "text"], [1, "a", None, "b"], [2])).preview()
    faulty = rows[0][1]
    assert isinstance(faulty, FaultyRow)
    assert (faulty.error.code, dict(faulty)) == ("ragged", {"id": "1", "text": "a", "column 4": "b"})
    assert rows[1] == (3, {"id": "2", "text": ""})


def test_xlsx_reads_the_first_visible_sheet_and_names_the_others(tmp_path: Path) -> None:
    book = Workbook()
    hidden = book.active
    assert isinstance(hidden, Worksheet)
    hidden.sheet_state = "hidden"
    hidden.append(["secret"])
    book.create_sheet("Empty")
    data = book.create_sheet("Data")
    data.append(["id", "text", "text"])
    data.append([1, "a", "b"])
    book.save(tmp_path / "data.xlsx")
    table = open_table(tmp_path / "data.xlsx")
    assert table.preview() == [(2, {"id": "1", "text": "a", "text (2)": "b"})]
    assert table.remarks == [Remark("other_sheets", ("Empty",)), Remark("repeated_columns", ("text",))]


def test_xlsx_shared_strings_are_read_plain(tmp_path: Path) -> None:
    texts = [
        "<t>text</t>",
        "<t>睡不好</t>",
        "<r><t>bold </t></r><r><t>end</t></r>",
        "<t>a_x005F_x0041__x0042_</t>",
        "<t/>",
    ]
    table = open_table(with_shared_strings(tmp_path / "data.xlsx", texts))
    assert list(table.rows()) == [(2, {"text": "睡不好"}), (3, {"text": "bold end"}), (4, {"text": "a_x0041_B"})]


def test_xlsx_shared_strings_over_the_limit_are_refused(tmp_path: Path) -> None:
    path = with_shared_strings(tmp_path / "data.xlsx", ["<t>text</t>", "<t>a</t>"])
    assert failure(path, Limits(max_shared_strings=50)).code == "zip_bomb"


def test_xlsx_without_any_cell_is_empty(tmp_path: Path) -> None:
    assert failure(with_rows(tmp_path / "data.xlsx")).code == "empty"


def test_xlsx_too_wide_is_refused(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", [f"c{n}" for n in range(501)])
    assert failure(path).code == "too_many_columns"


def test_xlsx_row_of_a_million_cells_fails_fast(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id"])
    row = b"<row>" + b"<c><v>1</v></c>" * 1_000_000 + b"</row>"
    rewritten(path, SHEET, lambda xml: xml[: xml.index(b"<row")] + row + xml[xml.index(b"</sheetData>") :])
    tracemalloc.start()
    error = failure(path, Limits(max_ratio=100_000))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.code == "too_many_columns"
    assert peak < 60_000_000


def test_xlsx_with_too_many_rows_is_refused(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id"], [1], [2], [3])
    assert failure(path, Limits(max_rows=2)).code == "too_many_rows"


def test_xlsx_bomb_of_one_member_is_refused_unopened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(SHEET, "w") as member:
        for _ in range(64):
            member.write(b" " * MIB)
    monkeypatch.setattr(archives.zipfile.ZipFile, "open", lambda *_: pytest.fail("a member was unpacked"))
    error = failure(path)
    assert error.code == "zip_bomb"
    assert path.stat().st_size < MIB


@pytest.mark.parametrize("limits", [Limits(max_unpacked=1000), Limits(max_members=2)], ids=["size", "members"])
def test_xlsx_over_a_limit_of_its_archive_is_refused(tmp_path: Path, limits: Limits) -> None:
    assert failure(with_rows(tmp_path / "data.xlsx", ["id", "text"], [1, "a"]), limits).code == "zip_bomb"


def test_xlsx_that_lies_about_its_size_is_damaged_not_unpacked(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id", "text"], *[[n, "a" * 50] for n in range(2000)])
    with zipfile.ZipFile(path) as archive:
        true_size = archive.getinfo(SHEET).file_size
    data = path.read_bytes()
    start = data.rindex(SHEET.encode()) - 46  # its entry in the central directory
    lying = data[: start + 24] + (100).to_bytes(4, "little") + data[start + 28 :]
    assert int.from_bytes(data[start + 24 : start + 28], "little") == true_size
    path.write_bytes(lying)
    assert failure(path).code == "xlsx_broken"


def test_xlsx_with_entities_is_refused(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    path = with_rows(tmp_path / "data.xlsx", ["id", "text"], [1, "a"])
    rewritten(path, SHEET, lambda xml: bomb + xml.replace(b"<sheetData>", b"<sheetData><x>&b;</x>"))
    assert failure(path).code == "xlsx_unsafe"


def test_xlsx_with_entities_in_its_texts_is_refused(tmp_path: Path) -> None:
    path = with_shared_strings(tmp_path / "data.xlsx", ["<t>text</t>", "<t>a</t>"])
    rewritten(path, "xl/texts.xml", lambda xml: b'<!-- x --><!DOCTYPE s [<!ENTITY a "ha">]>' + xml)
    assert failure(path).code == "xlsx_unsafe"


@pytest.mark.parametrize("member", ["xl/styles.xml", "xl/workbook.xml"])
def test_xlsx_with_a_part_too_large_to_hold_is_refused(tmp_path: Path, member: str) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id"], [1])
    rewritten(path, member, lambda xml: xml + b"<!--" + b" " * (9 * MIB) + b"-->")
    assert failure(path).code == "zip_bomb"


def test_xlsx_of_a_million_elements_that_are_no_cells_is_refused(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id"], [1])
    rewritten(path, SHEET, lambda xml: xml.replace(b"</sheetData>", b"<x/>" * 1_000_000 + b"</sheetData>"))
    assert failure(path).code == "zip_bomb"


@pytest.mark.parametrize("size", [5 * MIB, 2**32 - 1])
def test_xlsx_with_an_endless_directory_is_refused(tmp_path: Path, size: int) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id"], [1])
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    path.write_bytes(data[: end + 12] + size.to_bytes(4, "little") + data[end + 16 :])
    assert failure(path).code == "zip_bomb"


@pytest.mark.parametrize("member", ["xl/workbook.xml", SHEET, "[Content_Types].xml"])
def test_xlsx_damaged_is_said_so(tmp_path: Path, member: str) -> None:
    path = rewritten(with_rows(tmp_path / "data.xlsx", ["id"], [1]), member, lambda xml: xml[: len(xml) // 2])
    assert failure(path).code == "xlsx_broken"


def test_xlsx_cut_short_is_said_so(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id"], [1])
    path.write_bytes(path.read_bytes()[:-100])
    assert failure(path).code == "xlsx_broken"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["[Content_Types].xml", "word/document.xml"], "other_document"),
        (["[Content_Types].xml", "xl/workbook.bin"], "other_document"),
        (["mimetype", "content.xml"], "other_document"),
        (["data.csv"], "compressed"),
    ],
)
def test_xlsx_other_archives_are_named(tmp_path: Path, names: list[str], code: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    path = tmp_path / "data.xlsx"
    path.write_bytes(buffer.getvalue())
    assert failure(path).code == code


def test_xlsx_escapes_are_undone(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id", "text"], [1, "a_x000D_\nb"])
    assert open_table(path).preview() == [(2, {"id": "1", "text": "a\r\nb"})]


def test_xlsx_many_rows_stream_in_little_memory(tmp_path: Path) -> None:
    path = with_rows(tmp_path / "data.xlsx", ["id", "text"], *[[n, "same text"] for n in range(6000)])
    table = open_table(path)
    tracemalloc.start()
    count = sum(1 for _row in table.rows())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 6000
    assert peak < 1_500_000
