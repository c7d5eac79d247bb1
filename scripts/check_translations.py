"""Check that every translatable text of the product is translated, and that the compiled catalogue says the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib  # type: ignore[import-untyped]  # it publishes no types

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "zh_Hans"
SOURCES = (
    "annotation",
    "campaign",
    "config",
    "evaluation",
    "projects",
    "publishing",
    "reports",
    "stats",
    "templates",
    "static/js",
)
DOMAINS = ("django", "djangojs")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")
Key = tuple[str | None, str, str]


def main() -> int:
    """Print every fault; returns the exit code."""
    folder = ROOT / "locale" / LANGUAGE / "LC_MESSAGES"
    if not folder.parent.is_dir():
        print(f"There are no translations yet: locale/{LANGUAGE} does not exist. Nothing was checked.")
        return 0
    with tempfile.TemporaryDirectory(prefix="concord-messages-") as scratch:
        faults = [fault for domain in DOMAINS for fault in check_domain(folder, domain, Path(scratch))]
    for fault in faults:
        print(fault)
    if not faults:
        print("Every text is translated.")
    return 1 if faults else 0


def check_domain(folder: Path, domain: str, scratch: Path) -> Iterator[str]:
    """Yield the faults of one catalogue; one that has no texts in the sources need not exist."""
    extracted = extract(domain, scratch / domain)
    path = folder / f"{domain}.po"
    if not extracted:
        return
    if not path.exists():
        yield f"{path.name}: missing, while the sources hold {len(extracted)} texts"
        return
    catalogue = {key(entry): entry for entry in polib.pofile(str(path)) if not entry.obsolete}
    for wanted, where in extracted.items():
        if wanted not in catalogue:
            yield f"{path.name}: missing: {shorten(wanted)} ({where})"
    for found, entry in catalogue.items():
        if found not in extracted:
            yield f"{path.name}: no longer in the sources: {shorten(found)}"
        yield from (f"{path.name}: {fault}: {shorten(found)}" for fault in entry_faults(entry))
    yield from check_compiled(path)


def extract(domain: str, scratch: Path) -> dict[Key, str]:
    """Return the texts of the sources with the first place of each, as makemessages finds them in a copy."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, scratch / name, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    (scratch / "locale").mkdir(parents=True)
    command = [sys.executable, "-m", "django", "makemessages", "--locale", LANGUAGE, "--domain", domain]
    # Without settings, makemessages keeps to the copy instead of writing into the checkout's own locale folder.
    env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, env=env)
    if done.returncode:
        raise SystemExit(f"makemessages failed: {done.stderr.strip()}")
    path = scratch / "locale" / LANGUAGE / "LC_MESSAGES" / f"{domain}.po"
    entries = polib.pofile(str(path)) if path.exists() else []
    return {key(entry): ":".join(entry.occurrences[0]) if entry.occurrences else "" for entry in entries}


def entry_faults(entry: polib.POEntry) -> Iterator[str]:
    """Yield what is wrong with one translation."""
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if entry.fuzzy:
        yield "fuzzy"
    if not texts or not all(text.strip() for text in texts):
        yield "not translated"
        return
    allowed = placeholders(entry.msgid) | placeholders(entry.msgid_plural)
    for text in texts:
        # A plural form may spell the number out; nothing may be filled in that the source does not offer.
        if placeholders(text) - allowed or (not entry.msgid_plural and placeholders(text) != allowed):
            yield "other placeholders than the source"


def placeholders(text: str) -> set[str]:
    """Return what a text leaves to be filled in."""
    return set(PLACEHOLDER.findall(text or ""))


def check_compiled(path: Path) -> Iterator[str]:
    """Yield a fault where the compiled catalogue is not what the .po says."""
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        yield f"{compiled.name}: missing; run: django-admin compilemessages"
        return
    expected = {key(entry): meaning(entry) for entry in polib.pofile(str(path)).translated_entries()}
    found = {key(entry): meaning(entry) for entry in polib.mofile(str(compiled)).translated_entries()}
    if expected != found:
        yield f"{compiled.name}: older than {path.name}; run: django-admin compilemessages"


def key(entry: polib.POEntry) -> Key:
    """Return what tells texts apart."""
    return entry.msgctxt or None, entry.msgid, entry.msgid_plural or ""


def meaning(entry: polib.POEntry) -> tuple[str, ...]:
    """Return a translation, all plural forms of it."""
    plural = {int(number): text for number, text in entry.msgstr_plural.items()}
    return (entry.msgstr, *(plural[number] for number in sorted(plural)))


def shorten(found: Key) -> str:
    """Return a text as it fits a line."""
    text = " ".join(found[1].split())
    return repr(text if len(text) <= 70 else text[:67] + "...")


if __name__ == "__main__":
    sys.exit(main())
