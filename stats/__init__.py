"""Agreement and comparison statistics: long rows in, figures with reasons and intervals out.

Importing this package is light: numpy, scipy and scikit-learn are loaded by the functions that need them, so
a web process that only names `stats` pays nothing. Names are resolved on first use (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stats.classification import classification_summary as classification_summary
    from stats.result import Figure as Figure
    from stats.result import Interval as Interval
    from stats.result import Reason as Reason
    from stats.summary import agreement_summary as agreement_summary
    from stats.table import Table as Table

_HOMES = {
    "Figure": "stats.result",
    "Interval": "stats.result",
    "Reason": "stats.result",
    "Table": "stats.table",
    "agreement_summary": "stats.summary",
    "classification_summary": "stats.classification",
}

__all__ = [
    "Figure",
    "Interval",
    "Reason",
    "Table",
    "agreement_summary",
    "classification_summary",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module the first time it is asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'stats' has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value
