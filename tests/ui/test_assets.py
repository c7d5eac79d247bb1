"""What every page downloads: small, unchanged where vendored, and nothing that a strict policy would block."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from tests.ui.tokens import ROOT, STYLESHEET

STATIC = ROOT / "static"
# A report that is handed on as one file carries its style inside; no server sends a policy with it.
HANDED_ON = ROOT / "templates" / "reports" / "standalone.html"
TEMPLATES = sorted(set((ROOT / "templates").rglob("*.html")) - {HANDED_ON})
BUDGET = {
    STYLESHEET: 14_336,
    STATIC / "js" / "concord.js": 6_144,
    STATIC / "vendor" / "htmx-2.0.11" / "htmx.min.js": 17_500,
}


def gzipped(path: Path) -> int:
    """Return the size in bytes after gzip at its best."""
    return len(gzip.compress(path.read_bytes(), 9))


@pytest.mark.parametrize("path", BUDGET, ids=lambda path: path.name)
def test_asset_stays_in_its_budget(path: Path) -> None:
    assert gzipped(path) <= BUDGET[path]


def test_vendored_files_are_unchanged() -> None:
    lines = (STATIC / "vendor" / "VERSIONS").read_text().splitlines()
    expected = dict(reversed(line.split(maxsplit=1)) for line in lines if not line.startswith("#"))
    vendor = STATIC / "vendor"
    found = {
        str(path.relative_to(vendor)): hashlib.sha256(path.read_bytes()).hexdigest() for path in vendor.glob("*/*")
    }
    assert found == expected


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a style attribute", r"<[^>]*\sstyle\s*="),
        ("an inline handler", r"<[a-z][^>]*\son[a-z]+\s*="),
        ("a style element", r"<style\b"),
        ("a script without src, nonce or data type", r"<script(?![^>]*(?:\ssrc=|nonce=|application/json))"),
        ("htmx code in an attribute", r"\s(?:hx-on|hx-vals=[\"']js:)"),
    ],
)
def test_templates_contain_nothing_the_policy_blocks(what: str, pattern: str) -> None:
    found = [str(path.relative_to(ROOT)) for path in TEMPLATES if re.search(pattern, path.read_text())]
    assert found == [], f"{what} is blocked by the content security policy"


def test_stylesheet_loads_nothing_else() -> None:
    assert re.findall(r"url\(|@import", STYLESHEET.read_text()) == []


def test_stylesheet_motion_stays_between_120_and_180_ms() -> None:
    times = {int(value) for value in re.findall(r"(?<![\w.])(\d+)ms", STYLESHEET.read_text())}
    assert sorted(times) == [1, 140]  # 1 ms is what reduced motion gets
