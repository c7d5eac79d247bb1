"""Text tables: what they are, their columns, their rows, and the files that are none."""

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from projects.formats.limits import Limits
from projects.formats.records import FaultyRow, FormatError
from projects.formats.table import Remark, column_names
from projects.formats.tables import open_table

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def saved(tmp_path: Path, data: bytes | str, name: str = "data.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def failure(path: Path, **options: Any) -> FormatError:
    """The error that opening, or reading to the end, gives."""
    with pytest.raises(FormatError) as caught:
        list(open_table(path, **options).rows())
    assert "%(" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("data", "name", "form"),
    [
        ("id,text\n1,a\n", "data.csv", "csv"),
        ("id;text\n1;a, b\n2;c\n", "data.csv", "csv"),
        ("id\ttext\n1\ta, b; c\n", "data.txt", "tsv"),
        ("id|text\n1|a, b\n2|c\n", "data.csv", "csv"),
        ("sep=;\nid;text\n1;a\n", "data.csv", "csv"),
        ('{"id": 1, "text": "a"}\n', "data.jsonl", "jsonl"),
        ('{"id": 1, "text": "a"}\n{"id": 2, "text": "b"}\n', "data.json", "jsonl"),
        ('{"id": 1, "text": "a"}\n', "data.csv", "jsonl"),
        (' \n[{"id": 1, "text": "a"}]', "data.json", "json"),
        ('[{"id": 1, "text": "a"}]', "upload", "json"),
    ],
)
def test_table_format_is_told_by_content_and_name(tmp_path: Path, data: str, name: str, form: str) -> None:
    table = open_table(saved(tmp_path, data, "stored"), filename=name)
    assert (table.format, table.columns, table.encoding) == (form, ["id", "text"], "utf-8")
    assert str(table.preview(1)[0][1]["id"]) == "1"


def test_table_of_one_column_is_not_split_at_its_commas(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, "sentence\nWell, yes\nNo\nOh, dear, no\n"))
    assert [values for _row, values in table.rows()] == [
        {"sentence": "Well, yes"},
        {"sentence": "No"},
        {"sentence": "Oh, dear, no"},
    ]


def test_table_separator_survives_a_ragged_row(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, "id,text\n1,a\n2,b,c\n3,d\n"))
    assert table.columns == ["id", "text"]


def test_table_rows_count_lines_of_the_file(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, 'id,text\r\n1,"two\r\nlines"\r\n\r\n2,b\r\n,\r\n3,c'))
    assert list(table.rows()) == [
        (2, {"id": "1", "text": "two\r\nlines"}),
        (5, {"id": "2", "text": "b"}),
        (7, {"id": "3", "text": "c"}),
    ]


def test_table_reads_again_from_the_start(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, "id,text\n1,a\n2,b\n"))
    assert table.preview(1) == [(2, {"id": "1", "text": "a"})]
    assert len(list(table.rows())) == len(list(table.rows())) == 2


def test_table_ragged_rows_are_faulty_not_fatal(tmp_path: Path) -> None:
    rows = list(open_table(saved(tmp_path, "id,text\n1,a,x,y\n2\n3,c,,\n4,d\n")).rows())
    faulty = [(number, dict(values), values.error.code) for number, values in rows if isinstance(values, FaultyRow)]
    assert faulty == [
        (2, {"id": "1", "text": "a", "column 3": "x", "column 4": "y"}, "ragged"),
        (3, {"id": "2"}, "ragged"),
    ]
    assert [values for _row, values in rows[2:]] == [{"id": "3", "text": "c"}, {"id": "4", "text": "d"}]
    assert rows[0][1].error.message.startswith("The row has 4 cells where the header has 2.")


def test_table_restores_neutralised_cells(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, "id,'=text\n1,'=1+1\n2,'tis\n3,''-x\n"))
    assert [values["=text"] for _row, values in table.rows()] == ["=1+1", "'tis", "'-x"]


def test_column_names_are_filled_and_made_different() -> None:
    assert column_names(["a", "", " a ", "a (2)", "a"]) == (["a", "column 2", "a (3)", "a (2)", "a (4)"], ("a",))


def test_table_remarks_repeated_columns(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, "id,text,text\n1,a,b\n"))
    assert table.remarks == [Remark("repeated_columns", ("text",))]
    assert table.remarks[0].message == "Column names that occur more than once got a number: text."
    assert table.preview() == [(2, {"id": "1", "text": "a", "text (2)": "b"})]


def test_table_in_gb18030_is_read(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, "编号,内容\n1,我最近总是睡不好觉\n".encode("gb18030")))
    assert (table.encoding, table.preview()) == ("gb18030", [(2, {"编号": "1", "内容": "我最近总是睡不好觉"})])


def test_table_in_utf16_is_read(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, "id\ttext\n1\t睡不好\n".encode("utf-16")))
    assert (table.format, table.preview()) == ("tsv", [(2, {"id": "1", "text": "睡不好"})])


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "data.csv", "empty"),
        (b"\xef\xbb\xbf \n\n", "data.csv", "empty"),
        (b"\x89PNG\r\n\x1a\n", "data.csv", "other_document"),
        (b"%PDF-1.7\n", "data.csv", "other_document"),
        (bytes(range(256)) * 40, "data.csv", "binary"),
        (gzip.compress(b"id,text\n"), "data.csv", "compressed"),
        (OLE, "data.xls", "legacy_xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "data.xlsx", "encrypted"),
        ("id,text\n1,a\n".encode("utf-16-le"), "data.csv", "nul"),
        (b"id,te\0xt\n1,a\n", "data.csv", "nul"),
        (b'id,text\n1,"never closed\n2,b\n', "data.csv", "unclosed_quote"),
        (b'{"id": 1, "text": "a"}', "data.json", "json_not_list"),
        (b'{\n  "items": []\n}', "data.json", "json_not_list"),
        (b'"text"', "data.json", "json_not_list"),
        (b'[{"id": 1},\n{"id": 2\n', "data.json", "json_malformed_file"),
        (b'[{"id": 1}\n{"id": 2}]', "data.json", "json_malformed_file"),
        (b'[{"id": 1}] x', "data.json", "json_malformed_file"),
        (b"[" * 100_000, "data.json", "json_too_deep"),
        (b'{"id": \n', "data.jsonl", "json_malformed_file"),
    ],
)
def test_table_refuses_bad_files(tmp_path: Path, data: bytes, name: str, code: str) -> None:
    assert failure(saved(tmp_path, data, name)).code == code


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b'[{"id": 1},\n{"id": 2,}]', 2),
        (b'[{"id": 1},\n\n{"id": 2}\n\n{"id": 3}]', 5),
        (b'[\n{"id": 1},\n{"id": "' + b"x" * 300_000 + b"\n", 3),
        (b'[{"id": 1},\n{"id": 99999' + b"9" * 5000 + b"}]", 2),
    ],
)
def test_json_list_error_names_the_line(tmp_path: Path, data: bytes, row: int) -> None:
    error = failure(saved(tmp_path, data, "data.json"))
    assert (error.code, error.row) == ("json_malformed_file", row)


def test_json_list_is_read_across_chunks(tmp_path: Path) -> None:
    items = [{"id": n, "text": "长" * (n * 37 % 4000), "score": n / 7} for n in range(400)]
    table = open_table(saved(tmp_path, json.dumps(items, indent=1, ensure_ascii=False), "data.json"))
    assert [values for _row, values in table.rows()] == items
    assert (table.row_unit, table.columns) == ("entry", ["id", "text", "score"])


def test_json_list_entry_that_is_no_object_is_faulty(tmp_path: Path) -> None:
    rows = open_table(saved(tmp_path, '[{"id": 1}, 7, {"id": 2}]', "data.json")).preview()
    assert [isinstance(values, FaultyRow) and values.error.code for _row, values in rows] == [
        False,
        "json_not_object",
        False,
    ]


def test_json_list_entry_over_the_limit_is_refused(tmp_path: Path) -> None:
    data = '[{"id": 1}, {"text": "' + "x" * 900_000 + '"}]'
    error = failure(saved(tmp_path, data, "data.json"), limits=Limits(max_record=100_000))
    assert (error.code, error.row) == ("json_entry_too_long", 2)


def test_json_lines_broken_line_is_faulty_not_fatal(tmp_path: Path) -> None:
    data = '{"id": 1}\n{"id": 2\n\n{"id": ' + "9" * 5000 + "}\n" + '{"a":' * 5000 + "\n[1]\n" + '{"id": 3, "x": NaN}\n'
    rows = open_table(saved(tmp_path, data, "data.jsonl")).preview()
    assert [(number, values.error.code) for number, values in rows if isinstance(values, FaultyRow)] == [
        (2, "json_malformed"),
        (4, "json_malformed"),
        (5, "json_malformed"),
        (6, "json_not_object"),
    ]
    assert rows[1][1] == {"line": '{"id": 2'}
    assert rows[-1] == (7, {"id": 3, "x": None})


def test_json_lines_columns_are_those_of_many_rows(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, '{"id": 1}\n{"id": 2, "answer": "A"}\n', "data.jsonl"))
    assert table.columns == ["id", "answer"]


@pytest.mark.parametrize("form", ["csv", "quoted", "jsonl", "json"])
def test_table_of_a_million_columns_fails_fast_in_little_memory(tmp_path: Path, form: str) -> None:
    names = [f"c{n}" for n in range(1_000_000)]
    pairs = ":1,".join(f'"{name}"' for name in names)
    data = {
        "csv": ",".join(names) + "\n",
        "quoted": '"' + '","'.join(names) + '"\n',
        "jsonl": "{" + pairs + ":1}\n",
        "json": "[{" + pairs + ":1}]",
    }[form]
    path = saved(tmp_path, data, f"data.{form}")
    del names, pairs, data
    tracemalloc.start()
    error = failure(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    expected = {"jsonl": "record_too_long", "json": "json_entry_too_long"}
    assert error.code == expected.get(form, "too_many_columns")
    assert peak < 60_000_000


def test_table_of_a_few_columns_too_many_is_refused(tmp_path: Path) -> None:
    assert failure(saved(tmp_path, ",".join(f"c{n}" for n in range(501)) + "\n1\n")).code == "too_many_columns"
    wide = json.dumps(dict.fromkeys([f"c{n}" for n in range(501)], 1))
    assert failure(saved(tmp_path, wide, "data.jsonl")).code == "too_many_columns"


def test_table_record_without_end_is_refused(tmp_path: Path) -> None:
    error = failure(saved(tmp_path, b"id,text\n1,a\n" + b'"x\n",' * 600_000))
    assert (error.code, error.row) == ("record_too_long", 3)


def test_table_long_fields_are_faulty_and_endless_ones_fatal(tmp_path: Path) -> None:
    limits = Limits(max_field=1000)
    rows = list(open_table(saved(tmp_path, f"id,text\n1,{'x' * 1001}\n2,b\n"), limits=limits).rows())
    faulty = rows[0][1]
    assert isinstance(faulty, FaultyRow)
    assert (faulty.error.code, faulty.error.column) == ("field_too_long", "text")
    assert rows[1] == (3, {"id": "2", "text": "b"})
    error = failure(saved(tmp_path, 'id,text\n1,"' + "x\n" * 200_000), limits=limits)
    assert (error.code, error.row) == ("field_too_long", 2)


def test_table_limits_of_bytes_and_rows(tmp_path: Path) -> None:
    path = saved(tmp_path, "id,text\n1,a\n2,b\n3,c\n")
    assert failure(path, limits=Limits(max_bytes=10)).code == "too_large"
    assert failure(path, limits=Limits(max_rows=2)).code == "too_many_rows"


def test_table_of_many_rows_streams_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("id,text\n")
        file.writelines(f"{n},{'睡不好觉' * 40}\n" for n in range(30_000))
    tracemalloc.start()
    count = sum(1 for _row in open_table(path).rows())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 30_000
    assert path.stat().st_size > 14_000_000
    assert peak < 6_000_000
