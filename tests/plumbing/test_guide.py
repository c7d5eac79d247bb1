"""The handbook's pictures: each that is named is there and described, none lies about unused, all are small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.screenshot_list import SHOTS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted([*DOCS.glob("*.md"), DOCS.parent / "README.md"])
PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<path>[^)]+)\)|<img src=\"(?P<path2>[^\"]+)\" alt=\"(?P<alt2>[^\"]*)\"")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<path>[^)#:]+)(?:#[^)]*)?\)")
TOTAL_BYTES, ONE_BYTES = 3_000_000, 200_000


def named() -> list[tuple[Path, str]]:
    """Every picture that a page names, with the words for whoever cannot see it."""
    return [
        ((page.parent / (found["path"] or found["path2"])).resolve(), found["alt"] or found["alt2"])
        for page in PAGES
        for found in PICTURE.finditer(page.read_text(encoding="utf-8"))
    ]


def test_every_picture_is_there_described_and_named_somewhere() -> None:
    assert {path for path, _words in named()} == set((DOCS / "img").iterdir())
    assert [path for path, words in named() if len(words) < 15] == []


def test_pictures_are_small() -> None:
    sizes = [path.stat().st_size for path in (DOCS / "img").iterdir()]
    assert max(sizes) < ONE_BYTES
    assert sum(sizes) < TOTAL_BYTES


def test_script_makes_every_picture_of_the_user_guide() -> None:
    text = (DOCS / "user-guide.md").read_text(encoding="utf-8")
    shown = {Path(found["path"] or found["path2"]).stem for found in PICTURE.finditer(text)}
    assert shown <= {shot.name for shot in SHOTS}
    assert len({shot.name for shot in SHOTS}) == len(SHOTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    paths = [found["path"] for found in LINK.finditer(page.read_text(encoding="utf-8"))]
    assert [path for path in paths if not (page.parent / path).exists()] == []
