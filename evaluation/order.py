"""In which order a rater sees the responses to a unit. Pure: it knows codes and keys, no rows.

The order permutes a study's *system codes*, which are drawn when the study opens and say nothing about the systems. It
depends on the study's key, the rater's code and the unit's key alone, or, in the balanced design, on the number of the
rater's claim; never on a primary key or on the order of an import. So it can be made again from the study's record.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from enum import StrEnum


class Design(StrEnum):
    """How the order of the responses is found."""

    LATIN = "latin"
    KEYED = "keyed"


def arrange(
    design: Design | str, *, key: bytes, rater: str, unit: str, ordinal: int, codes: Sequence[str]
) -> tuple[str, ...]:
    """Return `codes` in the order in which this rater sees them; `ordinal` counts the rater's claims from 0."""
    if design == Design.LATIN:
        return latin_order(key=key, rater=rater, ordinal=ordinal, codes=codes)
    return keyed_order(key=key, rater=rater, unit=unit, codes=codes)


def keyed_order(*, key: bytes, rater: str, unit: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Return a random permutation of `codes`: sorted by HMAC-SHA-256(key, rater, unit, code)."""
    return _sorted(key, codes, "order", rater, unit)


def latin_order(*, key: bytes, rater: str, ordinal: int, codes: Sequence[str]) -> tuple[str, ...]:
    """Return a row of a balanced Latin square: the row is a keyed offset of the rater plus the ordinal of the claim.

    After any number of claims each code has stood in each place equally often, give or take one. With an odd number of
    codes each round of k rows alternates with its mirror image, so that over both each code follows each other one
    equally often, too.
    """
    k = len(codes)
    if not k:
        return ()
    own = _sorted(key, codes, "square", rater)
    offset = _number(key, "offset", rater)
    row = [own[(place + offset + ordinal) % k] for place in zigzag(k)]
    mirrored = k % 2 == 1 and (offset // k + ordinal // k) % 2 == 1
    return tuple(reversed(row)) if mirrored else tuple(row)


def zigzag(k: int) -> list[int]:
    """Return the first row of a Williams square: 0, 1, k - 1, 2, k - 2, ...

    Its neighbours differ by every step once (k even), so its shifts put every code next to every other equally often
    (Williams 1949).
    """
    return [((n + 1) // 2 if n % 2 else k - n // 2) % k for n in range(k)]


def _sorted(key: bytes, codes: Sequence[str], *purpose: str) -> tuple[str, ...]:
    """Return the codes sorted by a keyed hash; the order in which they come does not matter."""
    if len(set(codes)) != len(codes):
        raise ValueError("A code stands twice.")
    return tuple(sorted(codes, key=lambda code: _digest(key, *purpose, code)))


def _number(key: bytes, *parts: str) -> int:
    return int.from_bytes(_digest(key, *parts)[:8])


def _digest(key: bytes, *parts: str) -> bytes:
    """Return HMAC-SHA-256 over the parts, each led by its length, so that no two lists of parts are the same bytes."""
    message = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
    return hmac.digest(key, message, "sha256")
