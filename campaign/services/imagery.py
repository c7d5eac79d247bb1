"""Pictures that people upload: checked to be what they say, and freed of what cameras and programs write into them.

PNG, JPEG and WebP are read as the sequences of pieces they are; pieces that hold no picture (places, names, comments,
programs) are dropped, and anything that does not read to the end as its format says is refused.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_BYTES = 4 * 1024 * 1024
MOST_SIDE = 8000


class NotAPicture(ValueError):  # noqa: N818  it is the outcome's name
    """The bytes are no PNG, JPEG or WebP, or are damaged."""


@dataclass(frozen=True)
class Clean:
    """A picture without its metadata."""

    media_type: str
    width: int
    height: int
    content: bytes


def clean(data: bytes) -> Clean:
    """Return the picture freed of metadata; NotAPicture for anything else, or what is too large."""
    if len(data) > MOST_BYTES:
        raise NotAPicture
    try:
        found = _reader(data)(data)
    except (struct.error, IndexError) as error:
        raise NotAPicture from error
    if not (0 < found.width <= MOST_SIDE and 0 < found.height <= MOST_SIDE):
        raise NotAPicture
    return found


def _reader(data: bytes) -> Callable[[bytes], Clean]:
    if data.startswith(PNG):
        return _png
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp
    raise NotAPicture


# --- PNG: length, name, content, checksum ------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n"
# What a picture is made of, and its colours; not text, time, or private pieces. No animation.
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs", b"bKGD"}


def _png(data: bytes) -> Clean:
    kept, width, height = [PNG], 0, 0
    names = []
    for name, piece, content in _png_pieces(data):
        names.append(name)
        if name == b"IHDR":
            width, height = struct.unpack(">II", content[:8])
        if name in PNG_KEPT:
            kept.append(piece)
    if names[:1] != [b"IHDR"] or names[-1:] != [b"IEND"] or b"IDAT" not in names:
        raise NotAPicture
    return Clean("image/png", width, height, b"".join(kept))


def _png_pieces(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    at = len(PNG)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        end = at + 12 + length
        name, content = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if end > len(data) or struct.unpack(">I", data[end - 4 : end])[0] != zlib.crc32(name + content):
            raise NotAPicture
        yield name, data[at:end], content
        if name == b"IEND":
            return
        at = end
    raise NotAPicture


# --- JPEG: markers, each with a length, then the picture itself up to the end mark -----------------------------

START_OF_SCAN, END = 0xDA, b"\xff\xd9"
# Start of frame, in its kinds; not tables (C4), reserved (C8), arithmetic conditioning (CC).
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
JFIF, ADOBE, LAST_APP, COMMENT = 0xE0, 0xEE, 0xEF, 0xFE


def _jpeg(data: bytes) -> Clean:
    kept, width, height, at = [data[:2]], 0, 0, 2
    while True:
        if data[at] != 0xFF:
            raise NotAPicture
        marker = data[at + 1]
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise NotAPicture
        if marker in FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
        if marker == START_OF_SCAN:
            break
        if marker in (JFIF, ADOBE) or not (JFIF <= marker <= LAST_APP or marker == COMMENT):
            kept.append(data[at:end])
        at = end
    last = data.find(END, at)
    if last < 0:
        raise NotAPicture
    return Clean("image/jpeg", width, height, b"".join([*kept, data[at : last + 2]]))


# --- WebP: RIFF pieces; the extended header says what follows ---------------------------------------------------

WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
# Of the extended header's flags only transparency stays: no colour profile, no metadata, no animation.
ALPHA = 0x10


def _webp(data: bytes) -> Clean:
    kept, size, names = [], (0, 0), set()
    for name, content in _webp_pieces(data):
        size = _webp_size(name, content) or size
        names.add(name)
        if name == b"VP8X":
            content = bytes([content[0] & ALPHA]) + content[1:]
        if name in WEBP_KEPT:
            kept.append(name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2))
    if not names & {b"VP8 ", b"VP8L"}:
        raise NotAPicture
    body = b"WEBP" + b"".join(kept)
    return Clean("image/webp", *size, b"RIFF" + struct.pack("<I", len(body)) + body)


def _webp_pieces(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    (length,) = struct.unpack("<I", data[4:8])
    at = 12
    if length + 8 > len(data):
        raise NotAPicture
    while at < length + 8:
        name, (part,) = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])
        content = data[at + 8 : at + 8 + part]
        if len(content) != part:
            raise NotAPicture
        yield name, content
        at += 8 + part + part % 2


def _webp_size(name: bytes, content: bytes) -> tuple[int, int] | None:
    if name == b"VP8 ":
        if content[3:6] != b"\x9d\x01\x2a":
            raise NotAPicture
        width, height = struct.unpack("<HH", content[6:10])
        return width & 0x3FFF, height & 0x3FFF
    if name == b"VP8L":
        if content[0] != 0x2F:
            raise NotAPicture
        (bits,) = struct.unpack("<I", content[1:5])
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    return None
