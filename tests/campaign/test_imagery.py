"""Uploaded pictures: what is kept of them, and what is refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest

from campaign.services import imagery

PIL = pytest.importorskip("PIL.Image")


def made(fmt: str, **options: object) -> bytes:
    """Return a small picture with something written into it."""
    image = PIL.new("RGB", (13, 7), (90, 120, 200))
    exif = PIL.Exif()
    exif[0x010E] = "taken at the harbour"
    out = io.BytesIO()
    image.save(out, fmt, exif=exif, **options)
    return out.getvalue()


@pytest.mark.parametrize(("fmt", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_keeps_its_points_and_loses_what_was_written_into_it(fmt: str, media: str) -> None:
    data = made(fmt)
    found = imagery.clean(data)
    assert (b"harbour" in data, b"harbour" in found.content) == (True, False)
    assert (found.media_type, found.width, found.height) == (media, 13, 7)
    before, after = PIL.open(io.BytesIO(data)), PIL.open(io.BytesIO(found.content))
    assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()


def test_what_stands_behind_a_picture_is_dropped() -> None:
    for fmt in ("PNG", "JPEG", "WEBP"):
        assert b"<script>" not in imagery.clean(made(fmt) + b"<script>").content


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + b"\0" * 20, imagery.PNG, made("PNG")[:-6],
        made("JPEG")[:30], made("WEBP")[:40], b"\xff\xd8\xff", b"RIFF\x10\0\0\0WEBP",
        imagery.PNG + struct.pack(">I", 3) + b"IHDRabc" + struct.pack(">I", zlib.crc32(b"other")),
    ],
)  # fmt: skip
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(imagery.NotAPicture):
        imagery.clean(data)


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(imagery.NotAPicture):
        imagery.clean(made("PNG") + b"\0" * imagery.MOST_BYTES)
