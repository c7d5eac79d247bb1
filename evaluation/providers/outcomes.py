"""What comes of a call: a reply, or a fault with its class, its words and what to do about it."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """Why a call brought no response. The words for people are in `evaluation.words`."""

    RATE_LIMITED = "rate_limited"
    SERVER = "server_error"
    CONFLICT = "conflict"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    GARBLED = "garbled"
    BAD_REQUEST = "bad_request"
    TOO_LONG = "too_long"
    FORBIDDEN = "forbidden"
    UNAUTHORIZED = "unauthorized"
    UNPAID = "unpaid"
    NOT_FOUND = "not_found"
    NO_KEY = "no_key"
    BAD_ADDRESS = "bad_address"
    NO_TEXT = "no_text"
    BAD_PROMPT = "bad_prompt"
    LOST = "lost"
    POISON = "poison"
    LEFT_OUT = "left_out"
    INTERNAL = "internal"


# These pass by themselves: the row waits and is asked again.
PASSING = frozenset({Fault.RATE_LIMITED, Fault.SERVER, Fault.CONFLICT, Fault.TIMEOUT, Fault.CONNECTION, Fault.GARBLED})
# These would befall every row alike: the endpoint's circuit opens and the row waits until somebody closes it.
FOR_THE_ADMIN = frozenset({Fault.UNAUTHORIZED, Fault.UNPAID, Fault.NOT_FOUND, Fault.NO_KEY, Fault.BAD_ADDRESS})

BY_STATUS = {
    401: Fault.UNAUTHORIZED,
    402: Fault.UNPAID,
    403: Fault.FORBIDDEN,
    404: Fault.NOT_FOUND,
    408: Fault.TIMEOUT,
    409: Fault.CONFLICT,
    413: Fault.TOO_LONG,
    429: Fault.RATE_LIMITED,
}
# A provider answers 429 to an empty account too; waiting does not fill it.
QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
TOO_LONG_CODES = frozenset({"context_length_exceeded", "string_above_max_length"})
TOO_LONG_WORDS = re.compile(
    r"(maximum|exceeds?\b.*|too long|available) ?context|context (length|size|window)|too many (input )?tokens"
    r"|prompt is too long|max_model_len|longer than the model",
    re.IGNORECASE,
)
LONGEST_WORDS = 2000
THINK = re.compile(r"\A\s*<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """One call's end, as it is recorded. `fault` is None where there is a response."""

    text: str = ""
    reasoning: str = ""
    finish_reason: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    logprobs: list[dict[str, Any]] | None = None
    model: str = ""
    fault: Fault | None = None
    words: str = ""
    status: int | None = None
    retry_after: float | None = None
    latency_ms: int | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def refused(status: int, body: Any, headers: Mapping[str, str]) -> Outcome:
    """Return the outcome of an HTTP error."""
    words, code = said(body)
    return Outcome(
        fault=classify(status, words, code),
        words=words or f"HTTP {status}",
        status=status,
        retry_after=retry_after(headers, datetime.now(UTC)),
    )


def classify(status: int, words: str, code: str) -> Fault:
    """Return the class of an HTTP error."""
    if status == 429 and code in QUOTA_CODES:
        return Fault.UNPAID
    if status in {400, 422} and (code in TOO_LONG_CODES or TOO_LONG_WORDS.search(words)):
        return Fault.TOO_LONG
    if status >= 500:
        return Fault.SERVER
    return BY_STATUS.get(status, Fault.BAD_REQUEST)


def said(body: Any) -> tuple[str, str]:
    """Return the words and the code in an error's body, whichever of the usual shapes it has."""
    inner = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(inner, dict):
        words = inner.get("message") or inner.get("detail") or inner.get("error") or inner
        return _short(words), str(inner.get("code") or inner.get("type") or "")
    return _short(inner), ""


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds the server asks to wait, in any of the three ways it may say so."""
    if (precise := _number(headers.get("retry-after-ms", ""))) is not None:
        return precise / 1000
    text = headers.get("retry-after", "").strip()
    if (seconds := _number(text)) is not None:
        return seconds
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def replied(body: Any) -> Outcome:
    """Return the outcome of an answer that came with status 200: a response, or what is wrong with it."""
    choice = _first(body)
    message = choice.get("message") if choice else None
    if choice is None or not isinstance(message, dict):
        return Outcome(fault=Fault.GARBLED, words=_short(_complaint(body)), status=200)
    text, reasoning = speech(message)
    finish = str(choice.get("finish_reason") or "")
    tokens_in, tokens_out = usage(body)
    return Outcome(
        text=text,
        reasoning=reasoning,
        finish_reason=finish[:40],
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        logprobs=first_logprobs(choice),
        model=str(body.get("model") or "")[:200],
        fault=None if text.strip() else Fault.NO_TEXT,
        words="" if text.strip() else f"finish_reason: {finish or '-'}",
        status=200,
    )


def speech(message: Mapping[str, Any]) -> tuple[str, str]:
    """Return what the model said and, apart, what it thought: from its own channel, or from leading think tags."""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    text = content if isinstance(content, str) else ""
    text = text or str(message.get("refusal") or "")
    channel = message.get("reasoning_content") or message.get("reasoning") or ""
    thoughts = [channel] if isinstance(channel, str) and channel else []
    if found := THINK.match(text):
        thoughts.append(found.group(1).strip())
        text = text[found.end() :].lstrip()
    return text, "\n\n".join(thoughts)


def usage(body: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the tokens the server counted, each None where it did not."""
    counts = body.get("usage")
    if not isinstance(counts, dict):
        return None, None
    return _count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens"))


def first_logprobs(choice: Mapping[str, Any], tokens: int = 8) -> list[dict[str, Any]] | None:
    """Return the log probabilities of the first tokens, in a shape of our own, where the server gave any."""
    holder = choice.get("logprobs")
    rows = holder.get("content") if isinstance(holder, dict) else None
    if not isinstance(rows, list):
        return None
    kept = [row for row in rows[:tokens] if isinstance(row, dict) and isinstance(row.get("logprob"), int | float)]
    return [_logprob(row) | {"top": [_logprob(other) for other in row.get("top_logprobs") or []]} for row in kept]


def _logprob(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"token": str(row.get("token", "")), "logprob": float(row.get("logprob") or 0.0)}


def _first(body: Any) -> dict[str, Any] | None:
    choices = body.get("choices") if isinstance(body, dict) else None
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return None


def _complaint(body: Any) -> Any:
    """Some gateways answer 200 with an error inside."""
    return body["error"] if isinstance(body, dict) and body.get("error") else "The answer has no choices."


def _short(words: Any) -> str:
    text = words if isinstance(words, str) else ("" if words is None else str(words))
    return text.strip()[:LONGEST_WORDS]


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
