"""Browsers of a simulated campaign: a manager's and raters', over real HTTP, knowing what their pages say."""

from __future__ import annotations

import html
import http.client
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TEXT = re.compile(r'id="unit-text"[^>]*>\[([^\]]+)\]')
KEY = re.compile(r'name="client_key" value="([^"]+)"')
BASED = re.compile(r'name="based_on" value="(\d+)"')
TOKEN = re.compile(r'data-token="([^"]+)" data-study=')
AHEAD = re.compile(r'<template data-ahead="([^"]+)">(.*?)</template>', re.S)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REDIRECTS = (301, 302, 303)


@dataclass
class Browser:
    """A connection with cookies."""

    host: str
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    link: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
        """Send one request; returns status, text and where it leads."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        reply = self.asked(method, path, body, {"Cookie": cookies, "Host": "localhost", **headers})
        text = reply.read().decode()
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if token := CSRF.search(text):
            self.csrf = token[1]
        return reply.status, text, reply.headers.get("Location") or ""

    def asked(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """Send one request; a connection that was ended while nobody used it is made anew."""
        for _attempt in range(2):
            self.link = self.link or http.client.HTTPConnection(self.host, timeout=300)
            try:
                self.link.request(method, path, body or None, dict(headers))
                return self.link.getresponse()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.link.close()
                self.link = None
        raise RuntimeError(f"The server does not answer {method} {path}.")

    def get(self, path: str) -> tuple[str, str]:
        """Return the page that an address leads to, and its address."""
        for _hop in range(10):
            status, text, to = self.send("GET", path)
            if status not in REDIRECTS:
                break
            path = to
        if status != 200:
            raise RuntimeError(f"{status} for {path}: {text[:400]}")
        return text, path

    def post(self, path: str, values: Mapping[str, Any] | list[tuple[str, Any]], *, of: str = "") -> tuple[str, str]:
        """Send a form of the page `of` (else of its own address); returns the answer's text and where it leads."""
        self.get(of or path)
        pairs = list(values.items()) if isinstance(values, Mapping) else list(values)
        body = urlencode([("csrfmiddlewaretoken", self.csrf), *pairs])
        status, text, to = self.send("POST", path, body, **FORM)
        if status not in (200, 201, *REDIRECTS):
            raise RuntimeError(f"{status} for POST {path}: {re.sub('<[^>]+>', ' ', text)[:1500]}")
        return text, to


def joined(host: str, link: str, email: str, name: str) -> Browser:
    """Follow an invitation's link and make an account; waits where many come from one place at once."""
    path, browser = "/" + link.split("/", 3)[3], Browser(host)
    browser.get(path)
    while True:
        body = {"csrfmiddlewaretoken": browser.csrf, "email": email, "name": name, "password": "a long walk by the sea"}
        status, text, _to = browser.send("POST", path, urlencode(body), **FORM)
        if status in REDIRECTS:
            return browser
        if status != 429:
            raise RuntimeError(f"{status} for joining: {re.sub('<[^>]+>', ' ', text)[:800]}")
        time.sleep(5)


@dataclass
class Rater:
    """A rater who reads, answers, and writes down what came."""

    code: str
    language: str
    group: str
    browser: Browser
    study: str
    answers: dict[str, str]
    """The label this rater gives to each item."""

    given: list[tuple[str, str]] = field(default_factory=list)
    trained: list[tuple[str, str]] = field(default_factory=list)
    again: list[tuple[str, str]] = field(default_factory=list)
    failed: bool = False

    def arrive(self) -> str:
        """Go through whatever comes before the work; returns the work page, or nothing where there is none."""
        while True:
            page, path = self.browser.get(f"/rate/{self.study}/")
            step = path.removeprefix(f"/rate/{self.study}/")
            if step == "":
                return page if TOKEN.search(page) else ""
            if step == "first/training/":
                self.failed = "Not passed</h2>" in page
                if self.failed and 'name="begin"' not in page:
                    return ""
                self.press("first/training/", begin="1")
            elif step == "first/guideline/":
                self.press(step, read="on")
            elif step.startswith("first/"):
                raise RuntimeError(f"Nobody expected {step}")
            else:
                self.answer_alone(page, path)

    def press(self, step: str, **values: str) -> None:
        """Press the button of a page before the work."""
        body = urlencode({"csrfmiddlewaretoken": self.browser.csrf, **values})
        status, text, _to = self.browser.send("POST", f"/rate/{self.study}/{step}", body, **FORM)
        if status not in REDIRECTS:
            raise RuntimeError(f"{status} for {step}: {text[:300]}")

    def answer_alone(self, page: str, path: str) -> None:
        """Answer a unit to train on, or one that is judged again."""
        item, again = found(TEXT, page), int(found(BASED, page)) > 0
        label = self.answers[f"{item} again" if again else item]
        key = f"{self.code}-{item}-{'again' if again else 'first'}"
        body = {
            "csrfmiddlewaretoken": self.browser.csrf, "values": label, "client_key": key,
            "based_on": found(BASED, page), "active_ms": 1500,
        }  # fmt: skip
        status, text, _to = self.browser.send("POST", path, urlencode(body), **FORM)
        if status not in REDIRECTS:
            raise RuntimeError(f"{status} for {path}: {text[:300]}")
        (self.again if again else self.trained).append((item, label))

    def work(self, most: int) -> None:
        """Answer up to `most` units, as the page's script does."""
        page = self.arrive()
        if not page:
            return
        first, *rest = re.split(r"(?=<template data-ahead=)", page, maxsplit=1)
        held = [(found(TOKEN, first), first), *AHEAD.findall("".join(rest))]
        for _ in range(most):
            if not held:
                return
            held = self.answer(*held.pop(0), held)

    def answer(self, token: str, unit: str, held: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Answer one unit; returns what is in hand then."""
        item = found(TEXT, unit)
        label = self.answers[item]
        body = urlencode({"values": label, "client_key": found(KEY, unit), "based_on": 0, "active_ms": 1500})
        known = {one for one, _unit in held}
        headers = {**FORM, "Accept": "application/json", "X-CSRFToken": self.browser.csrf, "X-Held": ",".join(known)}
        status, text, _to = self.browser.send("POST", f"/rate/{self.study}/{token}/", body, **headers)
        if status != 200:
            raise RuntimeError(f"{status} for an answer: {text[:300]}")
        self.given.append((item, label))
        new = [row for row in json.loads(text).get("ahead", []) if row["token"] not in known and "dock" in row]
        return held + [(row["token"], row["reading"] + row["dock"]) for row in new]


def found(pattern: re.Pattern[str], page: str) -> str:
    """Return what a page says; an error where it does not say it."""
    match = pattern.search(page)
    if match is None:
        raise ValueError(f"nothing like {pattern.pattern} in {page[:400]!r}")
    return html.unescape(match[1])
