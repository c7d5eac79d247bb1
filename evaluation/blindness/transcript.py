"""What a rater's browser and programs got: every status, header, cookie and body, and how two of them compare."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.test import Client

HEADERS_LEFT_OUT = {"content-length"}
CSRF = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])|(?<![A-Za-z0-9])[A-Za-z0-9]{32}(?![A-Za-z0-9])")
NONCE = re.compile(r"'nonce-([^']+)'")
# In a page, or in a page's fragment inside JSON.
CLIENT_KEY = re.compile(r'name=\\?"client_key\\?" value=\\?"([^"\\]+)')
CLOCK = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?|\d{4}-\d\d-\d\d|"
    # English as in config/formats; Chinese as Django writes it.
    r"\b\d\d?:\d\d(?::\d\d)?\b|expires=[^;\n]+|\b\d\d? [A-Z][a-z]{2,8} \d{4}\b|"
    r"\d{4}年\d\d?月\d\d?日"
)
ADDRESS = re.compile(
    r'\b(?:href|src|action|data-url|data-base|hx-get|hx-post|hx-put|hx-delete|srcset|poster)="([^"]*)"'
)


@dataclass(frozen=True)
class Exchange:
    """One request with all that came back."""

    label: str
    method: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def wire(self) -> str:
        """Everything as one text."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"{self.label} {self.method} {self.url}\n{self.status}\n{head}\n\n{self.text}"


@dataclass
class Transcript:
    """All exchanges of one rater, in order."""

    exchanges: list[Exchange] = field(default_factory=list)

    def of(self, label: str) -> list[Exchange]:
        """Return the exchanges with a label."""
        return [one for one in self.exchanges if one.label == label]

    @property
    def wire(self) -> str:
        """Everything as one text."""
        return "\n\f\n".join(one.wire for one in self.exchanges)


class Recorder:
    """A logged-in client that writes down everything it gets."""

    def __init__(self, client: Client) -> None:
        """Record what `client` gets."""
        self.client, self.transcript = client, Transcript()

    def ask(self, label: str, method: str, url: str, data: Any = None, **more: Any) -> Exchange:
        """Send a request and keep the answer; redirects are not followed, their target is part of the answer."""
        reply = getattr(self.client, method.lower())(url, data or {}, **more)
        body = b"".join(reply.streaming_content) if reply.streaming else reply.content
        headers = [(name.lower(), value) for name, value in reply.headers.items()]
        headers += [("set-cookie", morsel.OutputString()) for morsel in reply.cookies.values()]
        kept = tuple(sorted(row for row in headers if row[0] not in HEADERS_LEFT_OUT))
        found = Exchange(label, method, url, reply.status_code, kept, body)
        self.transcript.exchanges.append(found)
        return found


def normalised(wire: str, handles: Iterable[str]) -> str:
    """Return a transcript with random handles named T1, T2, ... by first appearance, and clocks masked.

    Only what is known to be random is named so: the clone's own handles, form secrets, the policy's nonces.
    """
    known = {*handles, *NONCE.findall(wire), *CLIENT_KEY.findall(wire)}
    pattern = re.compile("|".join([*(re.escape(one) for one in sorted(known, key=len, reverse=True)), CSRF.pattern]))
    names: dict[str, str] = {}
    # Clocks first: a masked date is the same text in both, and no handle holds a date.
    masked = CLOCK.sub("<time>", wire)
    return pattern.sub(lambda found: names.setdefault(found[0], f"T{len(names) + 1}"), masked)


def first_difference(one: str, other: str) -> str:
    """Return the first line in which two texts differ, shortened; empty where they are equal."""
    for at, (left, right) in enumerate(zip(one.splitlines(), other.splitlines(), strict=False), start=1):
        if left != right:
            place = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), 0)
            start = max(0, place - 30)
            return f"line {at}: {left[start : start + 90]!r} / {right[start : start + 90]!r}"
    return "" if len(one.splitlines()) == len(other.splitlines()) else "one is longer"


def disguises(word: str) -> Mapping[str, str]:
    """Return a canary in every form in which it could leak, by the name of the form."""
    raw = word.encode()
    found = {
        "plain": word,
        "base64": base64.b64encode(raw).decode().rstrip("=")[:-1],
        "url-safe base64": base64.urlsafe_b64encode(raw).decode().rstrip("=")[:-1],
        "hex": raw.hex(),
        "url-encoded": quote(word, safe=""),
        "md5": hashlib.md5(raw, usedforsecurity=False).hexdigest(),
        "sha-1": hashlib.sha1(raw, usedforsecurity=False).hexdigest(),
        "sha-256": hashlib.sha256(raw).hexdigest(),
    }
    return {name: form.lower() for name, form in found.items()}


def heard(wire: str, canaries: Iterable[str]) -> list[str]:
    """Return which canaries a transcript says, each with the form it took."""
    said = wire.lower()
    return [f"{word} ({name})" for word in canaries for name, form in disguises(word).items() if form in said]


def addresses(body: str) -> list[str]:
    """Return every address that a page names."""
    return [found for found in ADDRESS.findall(body) if found and not found.startswith(("#", "data:"))]
