"""A reproduction bundle: the same bytes each time, every figure recomputed, and nothing odd gets through."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from paper_world import Project

from stats.cli import main
from stats.paper import package
from stats.paper.check import check
from stats.paper.compute import figures
from stats.paper.package import BadBundleError, pack, to_json, unpack

Files = dict[str, bytes]


@cache
def whole() -> Files:
    """The files of a small project's bundle."""
    material = Project(questions=4, rounds=1, judges=1).material()
    tables = {f"data/{name}": text.encode() for name, text in material.to_files().items()}
    return {**tables, "report.json": to_json(figures(material, seed=5, bootstrap=20)), "README.md": b"read me\n"}


def saved(folder: Path, content: bytes) -> str:
    """The path of a file with this content."""
    path = folder / "bundle.zip"
    path.write_bytes(content)
    return str(path)


def test_a_bundle_is_the_same_bytes_each_time_and_says_so_of_every_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = pack(whole())
    assert content == pack(dict(reversed(whole().items())))
    assert unpack(io.BytesIO(content)) == whole()
    assert main(["report", saved(tmp_path, content)]) == 0
    said = capsys.readouterr().out
    assert "DIFFER" not in said
    assert "rounding" not in said
    assert said.splitlines()[-1] == "Every figure was recomputed from the raw rows and is the published one."


def test_a_changed_figure_and_a_changed_row_are_both_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(whole()["report.json"])
    report["sections"]["limits"]["responses"]["flagged"] += 1
    report["sections"]["ranks"]["people"][0]["friedman"]["chi2"] += 1e-6
    changed = pack({**whole(), "report.json": to_json(report)})
    assert main(["report", saved(tmp_path, changed), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["sections"]
    assert [one["path"] for one in found["ranks"]["different"]] == ["ranks.people[0].friedman.chi2"]
    assert [one["path"] for one in found["limits"]["different"]] == ["limits.responses.flagged"]
    material = Project(questions=4, rounds=1, judges=1).material()
    first, second, *others = material.judgements
    swapped = [replace(first, value=second.value), replace(second, value=first.value), *others]
    rows = replace(material, judgements=swapped).to_files()["judgements.csv"].encode()
    outcome = check(io.BytesIO(pack({**whole(), "data/judgements.csv": rows})))
    assert not outcome.agrees
    assert outcome.sections["ranks"].different
    assert not outcome.sections["benchmark"].different


def test_a_last_digit_is_told_apart_from_a_difference() -> None:
    report = json.loads(whole()["report.json"])
    report["sections"]["ranks"]["people"][0]["friedman"]["chi2"] *= 1 + 1e-12
    outcome = check(io.BytesIO(pack({**whole(), "report.json": to_json(report)})))
    assert (outcome.agrees, outcome.sections["ranks"].rounding) == (True, 1)


def rezipped(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    """A whole bundle with something put on top."""
    out = io.BytesIO(pack(whole()))
    with zipfile.ZipFile(out, "a") as packed:
        change(packed)
    return out.getvalue()


def without(name: str) -> bytes:
    """The bundle without one file that its manifest names."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pack(whole()))) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
    return out.getvalue()


def tampered() -> bytes:
    """The bundle with another README than the manifest knows."""
    out = io.BytesIO(without("README.md"))
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr("README.md", "reed me\n")
    return out.getvalue()


def manifest(**changes: object) -> bytes:
    """A zip with nothing but a manifest."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("manifest.json", json.dumps({"format": package.FORMAT, "format_version": 1, **changes}))
    return out.getvalue()


def lying_about_length() -> bytes:
    """A bundle whose README is longer than its head in the zip says."""
    content = bytearray(pack(whole()))
    at = content.rfind(b"README.md") - 46 + 24
    content[at : at + 4] = struct.pack("<I", 3)
    return bytes(content)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"hello", "no zip file"),
    "cut": (lambda: pack(whole())[:-30], "no zip file"),
    "another zip": (lambda: without("manifest.json"), "manifest.json is missing"),
    "another manifest": (lambda: manifest(format="other"), "not that of a study report"),
    "newer": (lambda: manifest(format_version=9), "has format 9"),
    "no list": (lambda: manifest(files=3), "names no files"),
    "odd list": (lambda: manifest(files={"a": {"bytes": True, "sha256": "x"}}), "nothing usable about 'a'"),
    "a file less": (lambda: without("README.md"), "'README.md' is in the manifest and not in the zip"),
    "a file more": (lambda: rezipped(lambda z: z.writestr("run.py", "1")), "'run.py' is in the zip and not in"),
    "a path": (lambda: rezipped(lambda z: z.writestr("../run.py", "1")), "no name for a file"),
    "a root": (lambda: rezipped(lambda z: z.writestr("/etc/x", "1")), "no name for a file"),
    "changed": (tampered, "'README.md' is not what the manifest says"),
    "longer than it says": (lying_about_length, "README.md"),
    "no report": (lambda: pack({k: v for k, v in whole().items() if k != "report.json"}), "report.json is missing"),
    "report no JSON": (lambda: pack({**whole(), "report.json": b"{"}), "report.json is no JSON"),
    "deep JSON": (lambda: pack({**whole(), "report.json": b"[" * 200_000}), "report.json is no JSON"),
    "odd seed": (
        lambda: pack({**whole(), "report.json": to_json({"sections": {}, "seed": -1, "bootstrap": 1})}), "seed may not"
    ),
    "endless": (
        lambda: pack({**whole(), "report.json": to_json({"sections": {}, "seed": 1, "bootstrap": 10**9})}), "bootstrap"
    ),
    "no table": (
        lambda: pack({k: v for k, v in whole().items() if k != "data/items.csv"}), "data/items.csv is missing"
    ),
    "no text": (lambda: pack({**whole(), "data/items.csv": b"\xff\xfe"}), "data/"),
    "rows of nothing": (
        lambda: pack({**whole(), "data/responses.csv": whole()["data/responses.csv"].splitlines(keepends=True)[0]}),
        "there is no response 'A0-0-0' in responses.csv",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_whole_unchanged_bundle_is_refused_with_words(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, words = BAD[name]
    assert main(["report", saved(tmp_path, make())]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert words in said.err


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_BYTES", 10_000)
    with pytest.raises(BadBundleError, match="would take more"):
        unpack(io.BytesIO(pack({"zeros": b"0" * 20_000})))
    monkeypatch.setattr(package, "MOST_FILES", 3)
    with pytest.raises(BadBundleError, match="too many"):
        unpack(io.BytesIO(pack({str(n): b"" for n in range(3)})))


def test_a_file_that_is_not_there_is_an_error_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "/nowhere/bundle.zip"]) == 2
    assert "No such file" in capsys.readouterr().err
