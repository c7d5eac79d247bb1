"""What a call costs, and how many tokens a text will take: exact where the server counted, else an estimate."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

MILLION = Decimal(1_000_000)
PLACES = Decimal("0.00000001")
# Letters a token holds on average in European languages; a CJK character is about one token.
LETTERS_A_TOKEN = 4
# What the protocol adds to each message.
TOKENS_A_MESSAGE = 4
# The most an answer may take where nobody set a limit.
UNLIMITED = 4096


def cost(
    tokens_in: int | None, tokens_out: int | None, price_in: Decimal | None, price_out: Decimal | None
) -> Decimal | None:
    """Return the cost of a call, or None where a price or a count is missing: unknown is not free."""
    if tokens_in is None or tokens_out is None or price_in is None or price_out is None:
        return None
    return ((tokens_in * price_in + tokens_out * price_out) / MILLION).quantize(PLACES)


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text takes; within a third for English and Chinese."""
    wide = sum(1 for sign in text if unicodedata.east_asian_width(sign) in "WF")
    return wide + -(-(len(text) - wide) // LETTERS_A_TOKEN)


def estimate_messages(messages: list[dict[str, str]]) -> int:
    """Return about how many tokens a conversation takes."""
    return sum(estimate_tokens(message["content"]) + TOKENS_A_MESSAGE for message in messages)


def most_tokens(parameters: Mapping[str, Any]) -> int:
    """Return the most tokens an answer can take."""
    return int(parameters.get("max_tokens") or parameters.get("max_completion_tokens") or UNLIMITED)
