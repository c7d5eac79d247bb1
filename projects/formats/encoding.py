"""Which encoding a text file is in, proven by decoding all of it once, in memory bounded by one block."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from projects.formats.records import FormatError

BLOCK = 1024 * 1024
LONGEST_LINE = 64 * 1024
# The name a person chooses -> Python's codec.
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "gb18030": "gb18030",
    "big5": "big5",
    "windows-1252": "cp1252",
}
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"


@dataclass(frozen=True, slots=True)
class Fault:
    """Where decoding stopped: 1-based line, 0-based byte offset in the file."""

    line: int
    offset: int


def detect_encoding(path: Path, forced: str = "") -> str:
    """Python's codec name for the whole file: its BOM, else strict UTF-8, else GB18030 if that is plausible.

    `forced` is a key of ENCODINGS and is checked just as strictly. Raises FormatError with the line and the byte
    offset at which the file stops being what it seemed to be.
    """
    head = _head(path)
    if forced:
        return _forced(path, head, forced)
    bom = _bom(head)
    if bom:
        fault = first_fault(path, bom)
        if fault:
            raise _unreadable("encoding_forced", fault, encoding=bom.removesuffix("-sig").upper())
        return bom
    _refuse_binary(head)
    fault = first_fault(path, "utf-8")
    if fault is None:
        return "utf-8"
    return _gb18030_or_error(path, head, fault)


def first_fault(path: Path, codec: str) -> Fault | None:
    """The first place that is not valid in this codec, or None: one pass, a block at a time."""
    decoder = codecs.getincrementaldecoder(codec)()
    lines, fed = 0, 0
    for block in _blocks(path):
        pending = len(decoder.getstate()[0])
        try:
            lines += decoder.decode(block).count("\n")
        except UnicodeDecodeError as error:
            return _fault(error, lines, fed - pending)
        fed += len(block)
    pending = len(decoder.getstate()[0])
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return _fault(error, lines, fed - pending)
    return None


def _fault(error: UnicodeDecodeError, lines: int, start: int) -> Fault:
    good = error.object[: error.start]
    return Fault(line=lines + good.count(b"\n") + 1, offset=start + error.start)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64 * 1024)


def _bom(head: bytes) -> str:
    return next((codec for mark, codec in BOMS if head.startswith(mark)), "")


def _forced(path: Path, head: bytes, forced: str) -> str:
    name = forced.strip().lower().replace("_", "-").removesuffix("-sig")
    if name not in ENCODINGS:
        raise FormatError("encoding_name", encoding=forced, allowed=", ".join(ENCODINGS))
    codec = ENCODINGS[name]
    if codec == "utf-8" and _bom(head) == "utf-8-sig":
        codec = "utf-8-sig"
    fault = first_fault(path, codec)
    if fault:
        raise _unreadable("encoding_forced", fault, encoding=name.upper())
    return codec


def _refuse_binary(head: bytes) -> None:
    controls = len(head) - len(head.translate(None, CONTROL_BYTES))
    nuls = head.count(0)
    if nuls * 4 > len(head):  # UTF-16 without a mark: half of its bytes are NUL in western text
        raise FormatError("nul", row=1)
    if controls * 10 > len(head):
        raise FormatError("binary")


def _unreadable(code: str, fault: Fault, encoding: str = "") -> FormatError:
    return FormatError(code, row=fault.line, offset=fault.offset, encoding=encoding)


def _gb18030_or_error(path: Path, head: bytes, fault: Fault) -> str:
    if head.count(0):
        raise FormatError("binary")
    if _holds_utf8(path):
        raise _unreadable("encoding_mixed", fault)
    other = first_fault(path, "gb18030")
    if other:
        raise _unreadable("encoding_unknown", fault)
    if not _plausible_gb18030(path):
        raise _unreadable("encoding_unknown", fault)
    return "gb18030"


def _holds_utf8(path: Path) -> bool:
    """Is a good part of the file UTF-8, although not all of it?

    GB18030 accepts most UTF-8 bytes and would turn them into other Chinese characters without a complaint. A line
    of GB18030 is valid UTF-8 by accident only when it is very short: four wide characters are proof, and so is
    a majority of lines.
    """
    valid, invalid = 0, 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            if line.isascii():
                continue
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                invalid += 1
                continue
            if sum(character >= "\u0800" for character in text) >= 4:
                return True
            valid += 1
    return valid > invalid


def _plausible_gb18030(path: Path) -> bool:
    """Are the two-byte characters those of Chinese text?

    Western text in Windows-1252 often decodes as GB18030 too, an accented letter swallowing the one behind it. What
    comes of it lies outside GB2312, which holds nearly all of simplified and well over a third of traditional text.
    """
    decoder = codecs.getincrementaldecoder("gb18030")()
    seen, common = 0, 0
    for block in _blocks(path):
        wide = "".join(character for character in decoder.decode(block) if character > "\x7f")
        seen += len(wide)
        common += len(wide.encode("gb2312", "ignore")) // 2
        if seen > 10_000:
            break
    return 3 * common >= seen
