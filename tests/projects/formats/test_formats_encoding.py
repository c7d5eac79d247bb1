"""Encodings: found, forced, refused with the line and the byte."""

from pathlib import Path

import pytest

from projects.formats.encoding import BLOCK, detect_encoding, first_fault
from projects.formats.records import FormatError

CHINESE = "编号,内容\n1,我最近总是睡不好觉\n2,考试压力太大了\n"
FRENCH = "id,text\n1,J'étais très inquiète à l'école\n2,C'était déjà arrivé\n"


def saved(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "data.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        (b"id,text\n1,plain\n", "utf-8"),
        (CHINESE.encode("utf-8"), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8-sig"),
        (CHINESE.encode("utf-16"), "utf-16"),
        (("\ufeff" + CHINESE).encode("utf-16-be"), "utf-16"),
        (CHINESE.encode("gb18030"), "gb18030"),
        ("編號,內容\n1,我最近總是睡不著覺壓力太大\n".encode("gb18030"), "gb18030"),
        (FRENCH.encode("utf-8"), "utf-8"),
    ],
)
def test_encoding_is_found(tmp_path: Path, data: bytes, codec: str) -> None:
    assert detect_encoding(saved(tmp_path, data)) == codec


def test_encoding_of_western_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    # Every byte pair here is valid GB18030: "é" swallows the letter behind it.
    path = saved(tmp_path, "id,text\n1,l\u2019été dernier\n".encode("cp1252").replace(b"\xe9 ", b"\xe9t"))
    with pytest.raises(FormatError) as caught:
        detect_encoding(path)
    assert (caught.value.code, caught.value.row, caught.value.params["offset"]) == ("encoding_unknown", 2, 11)
    assert detect_encoding(path, "Windows-1252") == "cp1252"


@pytest.mark.parametrize("mostly", ["utf-8", "gb18030"])
def test_encoding_mixed_names_line_and_byte(tmp_path: Path, mostly: str) -> None:
    other = {"utf-8": "gb18030", "gb18030": "utf-8"}[mostly]
    good = [f"{n},我最近总是睡不好觉\n".encode(mostly) for n in range(40)]
    good[30] = "30,考试压力太大了怎么办\n".encode(other)
    head = "编号,内容\n".encode(mostly)
    with pytest.raises(FormatError) as caught:
        detect_encoding(saved(tmp_path, head + b"".join(good)))
    line = {"utf-8": 32, "gb18030": 1}[mostly]
    before = len(head + b"".join(good[:30])) + 3 if mostly == "utf-8" else 0
    assert (caught.value.code, caught.value.row, caught.value.params["offset"]) == ("encoding_mixed", line, before)
    assert str(caught.value).startswith("The file mixes encodings: it is UTF-8 except for line")


def test_encoding_fault_is_placed_behind_the_first_block(tmp_path: Path) -> None:
    line = "这一行用来填满很多很多的字节\n".encode()
    count = BLOCK // len(line) + 100
    path = saved(tmp_path, line * count + b"\xff\n")
    fault = first_fault(path, "utf-8")
    assert fault is not None
    assert (fault.line, fault.offset) == (count + 1, len(line) * count)


def test_encoding_cut_in_the_last_character_is_a_fault(tmp_path: Path) -> None:
    data = CHINESE.encode()[:-2]
    fault = first_fault(saved(tmp_path, data), "utf-8")
    assert fault is not None
    assert (fault.line, fault.offset) == (3, len(data) - 2)


def test_encoding_forced_is_checked_to_the_end(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        detect_encoding(saved(tmp_path, CHINESE.encode("gb18030")), "utf-8")
    assert (caught.value.code, caught.value.row, caught.value.params["offset"]) == ("encoding_forced", 1, 0)


def test_encoding_forced_keeps_the_mark_out_of_the_header(tmp_path: Path) -> None:
    assert detect_encoding(saved(tmp_path, CHINESE.encode("utf-8-sig")), "UTF-8") == "utf-8-sig"


def test_encoding_of_an_unknown_name_lists_the_names(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"utf-8, utf-16, gb18030, big5, windows-1252"):
        detect_encoding(saved(tmp_path, b"id\n1\n"), "ebcdic")
