"""Pictures of pages: a page's HTML, made whole and quiet, drawn by a Chromium without a window."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.html import escape

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60  # seconds for one picture
TRIES = 2  # on a busy machine a browser sometimes ends before it has drawn anything
LINK = re.compile(r"<link\b[^>]*>")
HREF = re.compile(r'\bhref="([^"]+)"')
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
FLAGS = (
    "--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-sync", "--disable-component-update",
    # Nothing in a page may reach out, whatever its texts say; see POLICY for the rest.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


# The browser's own means to take the picture are scripts, so these cannot be turned off: no page may bring any.
POLICY = (
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)


def browser() -> str:
    """Return the path of a Chromium, or nothing."""
    if settings.CONCORD_CHROMIUM:
        return shutil.which(settings.CONCORD_CHROMIUM) or ""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


def whole(html: str) -> str:
    """Return a page that needs no server: its style sheets inside, its scripts left out."""
    return LINK.sub(_inlined, SCRIPT.sub("", html)).replace("<head>", f"<head>{POLICY}", 1)


def _inlined(link: re.Match[str]) -> str:
    found = HREF.search(link.group())
    if 'rel="stylesheet"' not in link.group() or found is None:
        return ""
    return f"<style>{style(found.group(1).removeprefix(settings.STATIC_URL))}</style>"


def style(name: str) -> str:
    """Return the text of a style sheet of ours, by its name among the static files; nothing where there is none."""
    path = finders.find(name)
    if isinstance(path, str):
        return Path(path).read_text()
    collected = Path(settings.STATIC_ROOT or "") / name
    return collected.read_text() if settings.STATIC_ROOT and collected.is_file() else ""


def drawing(svg: str, words: str) -> str:
    """Return a page that shows one drawing in print colours."""
    sheets = "".join(f"<style>{style(name)}</style>" for name in ("css/concord.css", "css/report.css"))
    return (
        f'<!doctype html><html lang="en" data-theme="light"><head>{POLICY}<meta charset="utf-8">'
        f"<title>{escape(words)}</title>{sheets}<style>body{{display:block;margin:0;padding:12px;background:#fff}}</style></head><body>{svg}</body></html>"
    )


def picture(html: str, *, width: int, height: int, scale: float = 1.5) -> bytes | None:
    """Return a page as PNG, `width` x `height` CSS pixels; None where there is no browser or it fails."""
    program = browser()
    if not program:
        return None
    with tempfile.TemporaryDirectory(prefix="concord-picture-") as folder:
        page, image = Path(folder) / "page.html", Path(folder) / "page.png"
        page.write_text(html)
        command = [program, *FLAGS, *_sandbox(), f"--user-data-dir={folder}/profile"]
        command += [f"--window-size={width},{height}", f"--force-device-scale-factor={scale}"]
        command += [f"--screenshot={image}", page.as_uri()]
        return next((image.read_bytes() for _ in range(TRIES) if _drawn(command) and image.is_file()), None)


def _drawn(command: Sequence[str]) -> bool:
    try:
        subprocess.run(command, timeout=PATIENCE, check=True, capture_output=True)  # noqa: S603  see the import
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _sandbox() -> list[str]:
    # Chromium refuses to start as root inside its sandbox; containers run it so.
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
