"""How much a file may hold before it is refused: every reader works in memory bounded by these figures."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one import. Sizes in bytes, lengths in characters."""

    max_bytes: int = 256 * MIB
    max_rows: int = 2_000_000
    max_columns: int = 500
    max_field: int = 100_000
    max_record: int = 2_000_000
    # Of objects with keys of their own so many are looked through for the names of the columns.
    sample_records: int = 1_000
    # A workbook is a ZIP archive: these are checked against its directory before the parts are unpacked.
    max_unpacked: int = 1024 * MIB
    max_shared_strings: int = 128 * MIB
    max_ratio: int = 200
    max_members: int = 2_000


DEFAULT_LIMITS = Limits()


def readable_size(size: int) -> str:
    """A size in bytes for a sentence: 256 MB."""
    if size >= MIB:
        return f"{size // MIB} MB"
    return f"{size} B"
