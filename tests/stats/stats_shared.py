"""Where the shared research data stand, if they are here at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from scripts.run_tests import SHARED_ABSENT


def shared_folder() -> Path | None:
    """CONCORD_SHARED, or the folder `shared` beside the checkout; None where neither exists."""
    named = os.environ.get("CONCORD_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared"
    return folder if (folder / "agreement_cases.json").is_file() else None


def cases() -> list[dict[str, Any]]:
    """The reference cases with published answers; empty where the data are not here."""
    folder = shared_folder()
    if folder is None:
        return []
    found: list[dict[str, Any]] = json.loads((folder / "agreement_cases.json").read_text(encoding="utf-8"))
    return found


def data_file(name: str) -> Path:
    """A file of the shared data; skips the test, with its reason, where it is not here."""
    folder = shared_folder()
    if folder is None or not (folder / "data" / name).is_file():
        pytest.skip(f"{SHARED_ABSENT} ({name})")
    return folder / "data" / name
