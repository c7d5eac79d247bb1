"""Texts of strangers as a database can keep them."""

from __future__ import annotations


def storable(text: str) -> str:
    """Return the text without the one character PostgreSQL cannot store, and without halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
