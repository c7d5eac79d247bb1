"""The pictures of the handbook: starts the demonstration in a throw-away folder and photographs it in Chromium.

    .venv/bin/python -m scripts.screenshots              # all of them, into docs/img
    .venv/bin/python -m scripts.screenshots disputes     # those whose name begins so

Needs what the tests need (`make install-dev`, Chromium). What is shown is in `scripts/screenshot_list.py`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, StorageState, sync_playwright

from scripts.screenshot_list import SHOTS, Shot
from scripts.throwaway import free_port

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "img"
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
READY_SECONDS, REPORT_SECONDS = 180, 120
QUALITY = 80
# The last of a page's elements to move must have come to rest.
SETTLE_MS = 350


def main(prefixes: list[str]) -> int:
    """Take the pictures whose names begin with one of the prefixes, or all; returns 0."""
    wanted = [shot for shot in SHOTS if not prefixes or shot.name.startswith(tuple(prefixes))]
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder)) as address:
        people = json.loads((Path(folder) / "demo-logins.json").read_text())["accounts"]
        passwords = {row["email"].partition("@")[0]: (row["email"], row["password"]) for row in people}
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            sessions = {who: log_in(chromium, address, *passwords[who]) for who in {shot.who for shot in wanted}}
            for shot in wanted:
                print(f"{take(chromium, address, shot, sessions[shot.who]):>8}  {shot.name}.webp", flush=True)
            chromium.close()
    return 0


def find_chromium() -> str:
    """Return the browser the tests would take."""
    found = os.environ.get("CONCORD_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found:
        sys.exit("Chromium is missing; install it, or name it in CONCORD_CHROMIUM.")
    return found


@contextmanager
def demonstration(folder: Path) -> Iterator[str]:
    """Run the demonstration with all its reports computed; yields its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "projects.management.demo", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {"CONCORD_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until_ready(process, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def wait_until_ready(process: subprocess.Popen[str], folder: Path) -> None:
    """Wait for the greeting, and for the worker to have done what waits."""
    for line in process.stdout or ():
        if "Ctrl-C stops everything" in line:
            break
    deadline = time.monotonic() + REPORT_SECONDS
    while jobs_waiting(folder / "concord.sqlite3"):
        if time.monotonic() > deadline:
            sys.exit("The demonstration's reports are not ready.")
        time.sleep(1)


def jobs_waiting(database: Path) -> int:
    """Return how many jobs are not finished."""
    with closing(sqlite3.connect(database)) as link:
        rows = link.execute("SELECT count(*) FROM projects_job WHERE state IN ('queued', 'running')")
        return int(rows.fetchone()[0])


def log_in(chromium: Browser, address: str, email: str, password: str) -> StorageState:
    """Log in through the page, like anybody; returns the session."""
    page = chromium.new_page(base_url=address)
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    session = page.context.storage_state()
    page.context.close()
    return session


def take(chromium: Browser, address: str, shot: Shot, session: StorageState) -> int:
    """Go where the picture is, as somebody who is logged in, and keep it; returns its size in bytes."""
    width, height = shot.window
    context = chromium.new_context(
        base_url=address,
        storage_state=session,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
        has_touch=shot.phone,
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    shot.go(page)
    page.wait_for_timeout(SETTLE_MS)
    size = keep(page.screenshot(), PICTURES / f"{shot.name}.webp")
    context.close()
    return size


def keep(picture: bytes, path: Path) -> int:
    """Store a picture as WebP; returns its size in bytes."""
    Image.open(io.BytesIO(picture)).convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)
    return path.stat().st_size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Take the handbook's pictures.")
    parser.add_argument("prefix", nargs="*", help="only pictures whose name begins so")
    sys.exit(main(parser.parse_args().prefix))
