"""Writing CSV, JSON Lines and XLSX, and reading all of it again."""

import json
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.formats.cells import DANGEROUS
from projects.formats.mapping import Mapping
from projects.formats.records import FormatError, RowError
from projects.formats.tables import open_table
from projects.formats.validate import validate
from projects.formats.write import (
    csv_chunks,
    jsonl_chunks,
    neutralise_cell,
    rejected_chunks,
    rejected_rows,
    restore_cell,
)
from projects.formats.write_xlsx import write_xlsx

marks = st.text(st.sampled_from("=+-@'\t\r\n\",;|a1.é长 ＝"))
hostile = marks | st.text(st.characters(exclude_categories=["Cc", "Cs"]))


def written(tmp_path: Path, chunks: Iterable[bytes], name: str = "out.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(b"".join(chunks))
    return path


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\r=x", "'\r=x"),
        ("＝1", "'＝1"),
        ("'=x", "''=x"),
        ("'tis", "'tis"),
        ("'", "'"),
        ("a=b", "a=b"),
        ("-3.5", "-3.5"),
        ("+1e-5", "+1e-5"),
        ("-inf", "'-inf"),
        ("-1_0", "'-1_0"),
        ("-", "'-"),
        ("", ""),
        (None, ""),
        (-3.5, "-3.5"),
        (-7, "-7"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_neutralise_cell_marks_what_a_spreadsheet_would_run(value: object, cell: str) -> None:
    assert neutralise_cell(value) == cell


@given(hostile)
def test_neutralise_cell_is_undone_by_restore_cell(text: str) -> None:
    cell = neutralise_cell(text)
    assert restore_cell(cell) == text
    assert cell[:1] not in DANGEROUS or (cell == text and float(text) is not None)


headers = st.text(st.sampled_from("abc=-' \"é长"), min_size=1)
rows_of_cells = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        st.lists(
            st.text(st.sampled_from("abc=-' \"é长"), min_size=1), min_size=width, max_size=width, unique_by=str.strip
        ),
        st.lists(st.lists(hostile, min_size=width, max_size=width).filter(any), min_size=1, max_size=6),
    )
)


@settings(deadline=None, max_examples=150)
@given(rows_of_cells, st.sampled_from(",;\t|"), st.booleans())
def test_csv_is_read_as_it_was_written(drawn: tuple[list[str], list[list[str]]], delimiter: str, bom: bool) -> None:
    columns, rows = drawn
    columns = [column.strip() or f"column {n}" for n, column in enumerate(columns, 1)]
    with tempfile.TemporaryDirectory() as folder:
        path = written(
            Path(folder), csv_chunks(["id", *columns], [["1", *row] for row in rows], delimiter=delimiter, bom=bom)
        )
        table = open_table(path)
        assert [list(values.values())[1:] for _row, values in table.rows()] == rows


@settings(deadline=None, max_examples=50)
@given(st.lists(st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | hostile), min_size=1))
def test_jsonl_is_read_as_it_was_written(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = open_table(written(Path(folder), jsonl_chunks(rows), "out.jsonl"))
        assert [values for _row, values in table.rows()] == rows


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(hostile, hostile | st.sampled_from(["a_x000D_b", "a\x01\x00b"])), min_size=1, max_size=5))
def test_xlsx_is_read_as_it_was_written(rows: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.xlsx"
        with path.open("wb") as file:
            write_xlsx(file, ["id", "a", "b"], [[n, *row] for n, row in enumerate(rows)])
        assert [(values["a"], values["b"]) for _row, values in open_table(path).rows()] == rows


def test_csv_chunks_stream_header_mark_and_rows() -> None:
    pulled = 0

    def rows() -> Iterable[list[int]]:
        nonlocal pulled
        for number in range(1200):
            pulled += 1
            yield [number]

    chunks = csv_chunks(["n"], rows())
    first = next(chunks)
    assert (first[:8], first.count(b"\n"), pulled) == (b"\xef\xbb\xbfn\r\n0\r", 501, 500)
    assert [chunk.count(b"\n") for chunk in chunks] == [500, 200]


def test_csv_of_no_rows_has_its_header() -> None:
    assert list(csv_chunks(["id", "=x"], [])) == [b"\xef\xbb\xbfid,'=x\r\n"]
    assert list(csv_chunks(["id"], [], bom=False)) == [b"id\r\n"]


def test_csv_rows_may_be_mappings_and_hold_lists() -> None:
    rows = [{"b": ["长", 1], "a": None, "c": "not asked for"}, {"b": {"x": float("nan")}}]
    assert b"".join(csv_chunks(["a", "b"], rows, bom=False)).decode() == (
        'a,b\r\n,"[""长"", 1]"\r\n,"{""x"": null}"\r\n'
    )


def test_csv_and_jsonl_survive_half_a_surrogate_pair() -> None:
    assert b"".join(csv_chunks(["a"], [["x\ud83d"]], bom=False)) == b"a\r\nx?\r\n"
    line = b"".join(jsonl_chunks([{"a": "x\ud83d"}]))
    assert (line, json.loads(line)) == (b'{"a": "x\\ud83d"}\n', {"a": "x\ud83d"})


def test_jsonl_writes_no_number_that_json_lacks() -> None:
    assert list(jsonl_chunks([{"a": float("nan"), "b": [float("inf"), 1.5]}])) == [b'{"a": null, "b": [null, 1.5]}\n']


def test_rejected_rows_are_given_back_with_the_reason_and_can_be_corrected(tmp_path: Path) -> None:
    path = written(tmp_path, [b"id,text,row\n1,,x\n2,'=fine,y\n3,a,b,c\n"], "in.csv")
    table = open_table(path)
    mapping = Mapping(text="text", external_id="id")
    errors = {outcome.row: outcome for outcome in validate(table.rows(), mapping) if isinstance(outcome, RowError)}
    chunks = rejected_chunks(table.columns, rejected_rows(table.rows(), errors))
    back = open_table(written(tmp_path, chunks))
    assert [values for _row, values in back.rows()] == [
        {
            "id": "1",
            "text": "",
            "row": "x",
            "row (2)": "2",
            "column": "text",
            "reason": "The text is empty. Write it, or remove the row.",
            "other cells": "",
        },
        {
            "id": "3",
            "text": "a",
            "row": "b",
            "row (2)": "4",
            "column": "",
            "reason": "The row has 4 cells where the header has 3. Check quotes and separators.",
            "other cells": '{"column 4": "c"}',
        },
    ]


def test_xlsx_stores_text_as_text_and_numbers_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    with path.open("wb") as file:
        write_xlsx(file, ["a", "b"], [{"a": "=1+1", "b": -3.5}, {"a": ["x"], "b": True}, {"a": float("nan")}])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert [values for _row, values in open_table(path).rows()] == [
        {"a": "=1+1", "b": "-3.5"},
        {"a": '["x"]', "b": "true"},
    ]


def test_xlsx_refuses_what_a_workbook_would_cut(tmp_path: Path) -> None:
    with (tmp_path / "out.xlsx").open("wb") as file, pytest.raises(FormatError) as caught:
        write_xlsx(file, ["a"], [["short"], ["x" * 32_768]])
    assert (caught.value.code, caught.value.row) == ("cell_too_long", 3)
