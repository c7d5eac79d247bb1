"""A scripted rater of a blind study: it gets pages, reads the texts on them, and sends forms. It knows nothing else."""

from __future__ import annotations

import html
import http.client
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

KEY = re.compile(r'name="client_key" value="([^"]+)"')
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
UNIT = re.compile(r'data-token="([^"]+)" data-study=')
AHEAD = re.compile(r'<template data-ahead="([^"]+)">(.*?)</template>', re.S)
CARD = re.compile(r'<article class="response" id="r-([^"]+)".*?<div class="reading as-typed"[^>]*>(.*?)</div>', re.S)
QUESTION = re.compile(r'id="unit-text"[^>]*>(.*?)</div>', re.S)
NAME = re.compile(r' name="([^"]+)"')
# (method, path, body, headers) -> status, text
Fetch = Callable[[str, str, str, Mapping[str, str]], tuple[int, str]]


@dataclass(frozen=True)
class Seen:
    """One unit as its page shows it: the question, and each response's handle with its text, in order."""

    token: str
    key: str
    question: str
    cards: tuple[tuple[str, str], ...]
    # The names of everything that can be answered.
    names: tuple[str, ...] = ()

    @classmethod
    def read(cls, token: str, page: str) -> Seen:
        """Read a unit out of its page."""
        cards = tuple((handle, plain(text)) for handle, text in CARD.findall(page))
        names = tuple(dict.fromkeys(html.unescape(name) for name in NAME.findall(page)))
        return cls(token, found(KEY, page), plain(found(QUESTION, page)), cards, names)

    def fields(self, head: str) -> list[str]:
        """Return the names of the fields that begin so."""
        return [name for name in self.names if name.startswith(head)]


def found(pattern: re.Pattern[str], page: str) -> str:
    """Return the first of a pattern's groups that is there; ValueError where the page does not have it."""
    match = pattern.search(page)
    if match is None:
        raise ValueError(f"nothing like {pattern.pattern} in {page[:300]!r}")
    return next(group for group in match.groups() if group is not None)


def plain(markup: str) -> str:
    """Return the text that stands escaped in a page, with line breaks as they are stored."""
    return html.unescape(markup).replace("\r\n", "\n").strip()


@dataclass
class Browser:
    """A rater's browser on one study: what it holds, and the way in and out."""

    fetch: Fetch
    study: str
    held: list[Seen] = field(default_factory=list)
    csrf: str = ""

    def open(self) -> None:
        """Open the work page."""
        page = self.ask("GET", f"/rate/{self.study}/")
        self.csrf = found(CSRF, page)
        first, *rest = re.split(r"(?=<template data-ahead=)", page, maxsplit=1)
        self.held = [Seen.read(found(UNIT, first), first)]
        self.held += [Seen.read(token, part) for token, part in AHEAD.findall("".join(rest))]

    def answer(self, unit: Seen, fields: Mapping[str, str]) -> None:
        """Send a unit's answer and keep what comes next."""
        self.held.remove(unit)
        body = urlencode({"client_key": unit.key, "based_on": 0, "draft_version": 0, "active_ms": 1500, **fields})
        known = ",".join(one.token for one in self.held)
        reply = json.loads(self.ask("POST", f"/rate/{self.study}/{unit.token}/", body, known))
        have = {one.token for one in self.held}
        new = [row for row in reply.get("ahead", []) if row["token"] not in have and "dock" in row]
        self.held += [Seen.read(row["token"], row["reading"] + row["dock"]) for row in new]

    def ask(self, method: str, path: str, body: str = "", known: str = "") -> str:
        """Send one request; anything but a page is an error."""
        headers = {"Accept": "application/json", "X-CSRFToken": self.csrf, "X-Held": known} if body else {}
        status, text = self.fetch(method, path, body, headers)
        if status != 200:
            raise RuntimeError(f"{status} for {method} {path}: {text[:300]!r}")
        return text


def over_http(host: str, session: str) -> Fetch:
    """Return what sends requests over a connection of its own to a running server, as somebody who is logged in."""
    link, cookies = http.client.HTTPConnection(host, timeout=120), {"sessionid": session}

    def fetch(method: str, path: str, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "Host": "localhost"}
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        link.request(method, path, body or None, {**sent, **form, **headers})
        reply = link.getresponse()
        text = reply.read().decode()
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            cookies[name] = value
        return reply.status, text

    return fetch
