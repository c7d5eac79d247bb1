"""Looking at a page: what axe has against it, whether it fits its window, and a picture for the documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {1280: 800, 390: 844}
PICTURE_BYTES = 200_000


def violations(page: Page, scheme: str) -> list[str]:
    """Return what axe has against the page: rule and the first element. A scheme changes colours and nothing else."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": RULES if scheme == "light" else ["color-contrast"]})
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found.response["violations"]]


# Strips of tabs whose current one cannot be seen, and table rows higher than so many lines.
HIDDEN_TABS = """[...document.querySelectorAll(".nav-line, .tabs")].filter((strip) => {
  const here = strip.querySelector("[aria-current]")?.getBoundingClientRect(), frame = strip.getBoundingClientRect();
  return here && (here.left < frame.left - 1 || here.right > frame.right + 1);
}).length"""
TALL_ROWS = "[...document.querySelectorAll('.table tbody tr')].filter((row) => row.offsetHeight > 150).length"


# Resolves once the page has been drawn in the colours and the size that were just set.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


def faults(page: Page, width: int, scheme: str) -> list[str]:
    """Return what is wrong with a page as it stands."""
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    found = [f"{wide} px wide"] if wide > width else []
    for words, script in (("current tab out of sight", HIDDEN_TABS), ("tall rows", TALL_ROWS)):
        if page.evaluate(script):
            found.append(words)
    return violations(page, scheme) + found


def picture(page: Page, folder: Path, name: str, width: int, scheme: str) -> None:
    """Keep a small picture of the window for the documents."""
    parts = [name, *(["phone"] if width < 1000 else []), *(["dark"] if scheme == "dark" else [])]
    path = folder / f"{'-'.join(parts)}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    with Image.open(path) as image:
        image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < PICTURE_BYTES


def look(page: Page, name: str, folder: str | None = None, *, dark: bool = True) -> dict[str, list[str]]:
    """Look at a page in every window and scheme; returns what is wrong. Pictures go to `folder`."""
    found: dict[str, list[str]] = {}
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            # Without motion a colour is there at once and not on its way.
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            page.evaluate(DRAWN)
            wrong = faults(page, width, scheme)
            if any(one.startswith("color-contrast") for one in wrong):
                # A busy machine may still be drawing the other colours; a real fault is there a moment later as well.
                page.wait_for_timeout(500)
                wrong = faults(page, width, scheme)
            if wrong:
                found[f"{name} {width} {scheme}"] = wrong
            if folder and (dark or scheme == "light"):
                picture(page, Path(folder), name, width, scheme)
    return found
