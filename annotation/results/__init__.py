"""Rows of a label review turned into tables: for files, for statistics, and a fingerprint of what they hold."""

from annotation.results.fingerprint import inputs_hash

__all__ = ["inputs_hash"]
