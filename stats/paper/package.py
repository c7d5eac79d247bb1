"""A reproduction bundle: a zip that is the same for the same content, and a reader that trusts nothing in it.

Nothing is ever unpacked to disk. A file counts only under the name, length and SHA-256 that the manifest gives.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

FORMAT = "concord-study-bundle"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
REPORT = "report.json"
DATA = "data/"

MOST_FILES = 500
MOST_BYTES = 512 * 1024 * 1024
"""All files together, unpacked: a year of a large project takes a tenth of it."""
_MANIFEST_BYTES = 1024 * 1024
_DATE = (1980, 1, 1, 0, 0, 0)
"""The oldest date a zip can hold: the day it was packed would make each file another one."""


class BadBundleError(ValueError):
    """The file is no bundle, is broken, or was changed after it was made; the message says which."""


def pack(files: Mapping[str, bytes], tell: Callable[[int, int], object] = lambda done, total: None) -> bytes:
    """Zip these files with their manifest, byte for byte the same whenever the content is.

    `tell` hears how many bytes of how many are packed.
    """
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "files": {
            name: {"bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
            for name in sorted(files)
        },
    }
    out, done, total = io.BytesIO(), 0, sum(len(content) for content in files.values())
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for name, content in [(MANIFEST, to_json(manifest)), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else it would differ between Windows and other systems
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content)
            done += len(content) if name != MANIFEST else 0
            tell(done, total)
    return out.getvalue()


def to_json(data: Any) -> bytes:
    """JSON that people can read and that is the same each time; a NaN is an error."""
    return (json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def unpack(source: str | Path | BinaryIO) -> dict[str, bytes]:
    """The files of a bundle, each checked against the manifest. BadBundleError, or OSError if there is no such file."""
    try:
        with zipfile.ZipFile(source) as packed:
            entries = _entries(packed)
            wanted = _manifest(_read(packed, entries[MANIFEST], _MANIFEST_BYTES))
            _compare_names(set(entries) - {MANIFEST}, set(wanted))
            return {name: _checked(packed, entries[name], wanted[name]) for name in sorted(wanted)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadBundleError(f"this is no zip file that can be read: {error}") from error


def _entries(packed: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by name, if there are not too many and none is odd."""
    found = packed.infolist()
    if len(found) > MOST_FILES:
        raise BadBundleError(f"{len(found)} files are too many for a bundle; it may have {MOST_FILES}")
    if sum(entry.file_size for entry in found) > MOST_BYTES:
        raise BadBundleError(f"unpacked it would take more than {MOST_BYTES // 2**20} MB")
    names: dict[str, zipfile.ZipInfo] = {}
    for entry in found:
        _refuse_odd_name(entry.filename)
        if entry.filename in names:
            raise BadBundleError(f"{entry.filename!r} stands in it twice")
        if entry.flag_bits & 1:
            raise BadBundleError(f"{entry.filename!r} is encrypted")
        names[entry.filename] = entry
    if MANIFEST not in names:
        raise BadBundleError(f"{MANIFEST} is missing: this is another kind of zip file")
    return names


def _refuse_odd_name(name: str) -> None:
    parts = name.split("/")
    if "\\" in name or ":" in name or "\0" in name or any(part in ("", ".", "..") for part in parts):
        raise BadBundleError(f"{name!r} is no name for a file of a bundle")


def _read(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """At most so many bytes of an entry, whatever its head claims."""
    with packed.open(entry) as opened:
        content = opened.read(most + 1)
    if len(content) > most:
        raise BadBundleError(f"{entry.filename!r} is longer than it says")
    return content


def _manifest(content: bytes) -> dict[str, tuple[int, str]]:
    """(bytes, hash) by file name."""
    found = read_json(content, MANIFEST)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise BadBundleError(f"{MANIFEST} is not that of a study report's bundle")
    if found.get("format_version") != FORMAT_VERSION:
        raise BadBundleError(
            f"the bundle has format {found.get('format_version')!r}; this program knows {FORMAT_VERSION}"
        )
    files = found.get("files")
    if not isinstance(files, dict):
        raise BadBundleError(f"{MANIFEST} names no files")
    wanted = {}
    for name, about in files.items():
        size, digest = (about.get("bytes"), about.get("sha256")) if isinstance(about, dict) else (None, None)
        if type(size) is not int or not 0 <= size <= MOST_BYTES or not isinstance(digest, str):
            raise BadBundleError(f"{MANIFEST} says nothing usable about {name!r}")
        wanted[name] = (size, digest)
    return wanted


def _compare_names(there: set[str], wanted: set[str]) -> None:
    if missing := sorted(wanted - there):
        raise BadBundleError(f"{missing[0]!r} is in the manifest and not in the zip")
    if foreign := sorted(there - wanted):
        raise BadBundleError(f"{foreign[0]!r} is in the zip and not in the manifest")


def _checked(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, about: tuple[int, str]) -> bytes:
    size, digest = about
    content = _read(packed, entry, size)
    if len(content) != size or hashlib.sha256(content).hexdigest() != digest:
        raise BadBundleError(f"{entry.filename!r} is not what the manifest says: it was changed after it was made")
    return content


def read_json(content: bytes, name: str) -> Any:
    """Parsed JSON. Raises BadBundleError naming the file."""
    try:
        return json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise BadBundleError(f"{name} is no JSON that can be read: {error}") from error
