"""Replaying a study's twins in scratch databases, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from evaluation.blindness import clone, original, properties, replay, roles, transcript
from evaluation.blindness.properties import Verdict
from evaluation.models import BlindCheck
from projects.models import Study
from projects.services import blank

# A migrated database, where none is kept, and two replays; a machine under load takes its time.
LONGEST = 600


class ReplayFailed(Exception):  # noqa: N818  it is the outcome's name
    """A replay did not come to its end; the words say what its process said last."""


def check(study: Study, tell: Callable[[int, int], None] = lambda done, total: None) -> BlindCheck:
    """Replay a study and keep the verdicts."""
    verdicts = decide(original.take(study), tell)
    return BlindCheck.objects.create(
        study=study,
        verdicts=[one.to_json() for one in verdicts],
        passed=all(one.held for one in verdicts),
    )


def decide(data: dict[str, Any], tell: Callable[[int, int], None] = lambda done, total: None) -> list[Verdict]:
    """Replay both twins of a clone and return a verdict for each property."""
    tell(0, 3)
    with tempfile.TemporaryDirectory(prefix="concord-replay-") as folder:
        path = Path(folder) / "study.json"
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        with ThreadPoolExecutor(2) as pool:
            twins = list(pool.map(lambda twin: in_process(path, twin), (0, 1)))
    tell(2, 3)
    return combined(twins[0], twins[1])


def combined(first: dict[str, Any], second: dict[str, Any]) -> list[Verdict]:
    """Return the verdicts over both twins: held where it held in each."""
    found = [properties.non_interference(first["transcripts"], second["transcripts"])]
    for one, other in zip(first["verdicts"], second["verdicts"], strict=True):
        found.append(Verdict(**(one if not one["held"] else other)))
    if set(first["tokens"]) & set(second["tokens"]):
        found.append(properties.verdict("B3", ["twins have handles in common: they are not random"], ""))
    return found


def in_process(path: Path, twin: int) -> dict[str, Any]:
    """Replay one twin in a process with a database of its own; nothing of this process' settings reaches it."""
    home = path.parent / f"twin-{twin}"
    home.mkdir()
    target = home / "found.json"
    try:
        blank.lay(home / "scratch.sqlite3")
    except blank.MigrationFailed as error:
        raise ReplayFailed(str(error)) from error
    # The order of a policy's words follows the hashes of a process: the same ones for both twins.
    environment = blank.environment(home, home / "scratch.sqlite3") | {"PYTHONHASHSEED": "0"}
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "replay_study", str(path), str(target)]
    done = subprocess.run(  # noqa: S603  our own command line
        [*command, "--twin", str(twin)], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True,
        timeout=LONGEST, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ReplayFailed(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no word")
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found


def here(data: dict[str, Any], twin: int) -> dict[str, Any]:
    """Replay one twin in this process' database, which has to be a scratch one; returns plain data."""
    with transaction.atomic():
        made = clone.Builder(data, twin=twin).build()
    seen = replay.rate(made)
    verdicts = [*properties.of_one(seen), roles.apart(made)]
    return {
        "transcripts": {
            rater: transcript.normalised(one.wire, seen.handles) for rater, one in seen.transcripts.items()
        },
        "verdicts": [one.to_json() for one in verdicts],
        "tokens": seen.tokens,
    }
