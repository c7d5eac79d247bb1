"""A workbook's archive, judged by its directory before anything is unpacked, and its parts before they are parsed."""

import contextlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

from defusedxml.common import DTDForbidden

from projects.formats.limits import MIB, Limits, readable_size
from projects.formats.records import FormatError

SMALL_ARCHIVE = 16 * MIB
# Of the parts that are held in memory whole (styles, relations, the list of sheets) real ones stay far below.
MOST_PART = 8 * MIB
MOST_DIRECTORY = 4 * MIB
END_RECORD = b"PK\x05\x06"
ZIP64_LOCATOR = b"PK\x06\x07"
LONGEST_COMMENT = 65_535
BROKEN = (
    zipfile.BadZipFile,
    # What both XML parsers raise that openpyxl may use, depending on what else is installed.
    SyntaxError,
    expat.ExpatError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    OSError,
    AttributeError,
)


class Archive(zipfile.ZipFile):
    """An archive that gives no part as a whole that is too large for memory."""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        """The part's content. Raises FormatError."""
        size = (name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)).file_size
        if size > MOST_PART:
            raise FormatError("zip_bomb", reason=readable_size(size))
        return super().read(name, pwd)

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[IO[bytes]]:
        """A part to stream, without declarations of its own. Raises DTDForbidden."""
        with self.open(name) as source:
            refuse_declarations(source)
        with self.open(name) as source:
            yield source


def check_archive(path: Path, limits: Limits) -> None:
    """Refuse an archive that would unpack to too much: total size, size by ratio, number of members.

    Only the directory is read. Python's zipfile stops a member at the size declared there, so a directory that
    lies leads to a damaged workbook, never to more data. Raises FormatError.
    """
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except BROKEN as error:
        raise FormatError("xlsx_broken") from error
    if any(member.flag_bits & 1 for member in members):
        raise FormatError("encrypted")
    reason = _suspicion(members, path.stat().st_size, limits)
    if reason:
        raise FormatError("zip_bomb", reason=reason)


def _suspicion(members: list[zipfile.ZipInfo], packed: int, limits: Limits) -> str:
    if len(members) > limits.max_members:
        return f"{len(members)} members"
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.max_unpacked:
        return readable_size(unpacked)
    if unpacked > SMALL_ARCHIVE and unpacked > packed * limits.max_ratio:
        return f"1:{unpacked // max(packed, 1)}"
    return ""


def _check_directory(path: Path) -> None:
    """Refuse a directory that alone would fill the memory: Python reads all of it when it opens an archive."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LONGEST_COMMENT - 42))
        tail = file.read()
    end = tail.rfind(END_RECORD)
    if end < 0:
        raise FormatError("xlsx_broken")
    if tail[max(end - 20, 0) :].startswith(ZIP64_LOCATOR):
        raise FormatError("zip_bomb", reason="ZIP64")
    directory = int.from_bytes(tail[end + 12 : end + 16], "little")
    if directory > MOST_DIRECTORY:
        raise FormatError("zip_bomb", reason=readable_size(directory))


class _Begun(Exception):  # noqa: N818  no error: it only ends the look at the first bytes
    """The root element was reached."""


def refuse_declarations(source: IO[bytes]) -> None:
    """Raise DTDForbidden if the document declares a type, without which it can have no entities of its own.

    defusedxml's parser asks the same in Python for every element, which makes a sheet five times as slow to read. A
    declaration can stand before the root element only, so looking that far and parsing in C is as safe.
    """
    parser = expat.ParserCreate()

    def declared(name: str, system: str | None, public: str | None, _internal: bool) -> None:
        raise DTDForbidden(name, system, public)

    def begun(_name: str, _attributes: dict[str, str]) -> None:
        raise _Begun

    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = begun
    with contextlib.suppress(_Begun):
        parser.ParseFile(source)
