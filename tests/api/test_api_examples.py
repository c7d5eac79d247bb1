"""The examples of docs/api.md, run from top to bottom: what the handbook shows is what the API answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from role_world import PASSWORD, work_off

from projects.models import Job, Membership, Project, Rater, Role, User

HANDBOOK = Path(settings.BASE_DIR) / "docs" / "api.md"
ANY = "…"
BLOCK = re.compile(r"^```(http|csv) (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"\{(\w+)\}")


@dataclass
class Example:
    """One request and what it brings."""

    who: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    reply: Any


def examples(text: str) -> Iterator[Example]:
    """Yield the requests of the handbook, in their order."""
    for kind, who, block in BLOCK.findall(text):
        if kind == "csv":
            continue
        first, _, rest = block.partition("\n")
        sent, status, reply = re.split(r"^(\d{3})$", rest, maxsplit=1, flags=re.MULTILINE)
        head, _, body = f"\n{sent}".partition("\n\n")
        headers = dict(line.split(": ", 1) for line in head.strip().splitlines())
        method, path = first.split()
        yield Example(
            who, method, path, headers, body.strip(), int(status), json.loads(reply) if reply.strip() else None
        )


@dataclass
class Walk:
    """The examples carried out, with what earlier answers gave."""

    clients: dict[str, Client]
    files: dict[str, str]
    known: dict[str, str] = field(default_factory=dict)

    def send(self, one: Example) -> Any:
        """Send a request."""
        path = NAME.sub(lambda found: self.known.get(found[1], found[0]), one.path)
        client, headers = self.clients[one.who], {k: v for k, v in one.headers.items() if k != "Content-Type"}
        if "manager" in self.known and one.who == "manager":
            headers["Authorization"] = f"Token {self.known['manager']}"
        if "Content-Type" in one.headers:
            return client.post(path, self.form(one.body), headers=headers)
        body = {"data": one.body, "content_type": "application/json"} if one.method != "GET" else {}
        return getattr(client, one.method.lower())(path, headers=headers, **body)

    def form(self, body: str) -> dict[str, list[Any]]:
        """Return the fields of a form, files by their names in the handbook."""
        found: dict[str, list[Any]] = {}
        for line in body.splitlines():
            name, _, value = line.partition("=")
            file = name == "file" and SimpleUploadedFile(value, self.files[value].encode())
            found.setdefault(name, []).append(file or value)
        return found

    def fits(self, shown: Any, real: Any, path: str = "") -> list[str]:
        """Return where an answer differs from the one that is shown; keeps what it names."""
        if shown == ANY:
            return []
        if isinstance(shown, str) and (name := NAME.fullmatch(shown)):
            self.known[name[1]] = str(real)
            return []
        if isinstance(shown, dict) and isinstance(real, dict):
            more, wanted = ANY in shown, {key: value for key, value in shown.items() if key != ANY}
            faults = [] if more or wanted.keys() == real.keys() else [f"{path}: has {sorted(real)}"]
            return faults + [
                fault for key in wanted for fault in self.fits(wanted[key], real.get(key, ANY + ANY), f"{path}.{key}")
            ]
        if isinstance(shown, list) and isinstance(real, list) and len(shown) == len(real):
            pairs = enumerate(zip(shown, real, strict=True))
            return [fault for n, (one, other) in pairs for fault in self.fits(one, other, f"{path}.{n}")]
        return [] if shown == real else [f"{path}: {real!r}, not {shown!r}"]


@pytest.fixture
def walk(db: None) -> Walk:
    """Somebody who manages a project already, and two raters who will work in the one of the handbook."""
    manager = User.objects.create_user("manager@example.org", PASSWORD)
    other = Project.objects.create(slug="elsewhere", name="Elsewhere")
    Membership.objects.create(project=other, user=manager, role=Role.MANAGER)
    clients = {"nobody": Client(), "manager": Client(), "rater": Client()}
    files = {name: text for kind, name, text in BLOCK.findall(HANDBOOK.read_text()) if kind == "csv"}
    return Walk(clients, files)


def add_raters(walk: Walk) -> None:
    """Let the raters of the handbook join its project; they do so by invitation, in a browser."""
    project = Project.objects.get(slug="harbour")
    for code in ("R1", "R2"):
        user = User.objects.create_user(f"{code}@example.org", PASSWORD)
        Membership.objects.create(project=project, user=user, role=Role.RATER)
        Rater.objects.create(project=project, code=code, user=user)
        if code == "R1":
            walk.clients["rater"].force_login(user)


def test_examples_of_the_handbook_are_what_the_api_answers(walk: Walk) -> None:
    wrong = []
    for one in examples(HANDBOOK.read_text()):
        reply = walk.send(one)
        real = reply.json() if one.reply is not None else None
        if reply.status_code != one.status:
            wrong.append(f"{one.method} {one.path}: {reply.status_code} {reply.content[:300]!r}")
        else:
            wrong += [f"{one.method} {one.path}{fault}" for fault in walk.fits(one.reply, real)]
        if one.path == "/api/v1/projects/" and one.method == "POST":
            add_raters(walk)
        for job in Job.objects.filter(state=Job.State.QUEUED).order_by("pk"):
            work_off(job.pk)
    assert wrong == []


def test_handbook_shows_every_operation(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("reader@example.org", PASSWORD))
    served = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()["paths"]
    shown = [(one.method, one.path.partition("?")[0]) for one in examples(HANDBOOK.read_text())]
    missing = [
        f"{method.upper()} {path}"
        for path, operations in served.items()
        for method in operations
        if not any(
            verb == method.upper() and re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", path), address)
            for verb, address in shown
        )
    ]
    assert missing == []
