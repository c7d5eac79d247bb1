"""What the work page of a long dialogue costs: python -m benchmarks.dialogue_page [--turns 300] [--only sqlite]

One session, a proposal for every turn, two thirds of it answered. Measured are the page, the save of one turn, and the
manager's list of studies as the measure of "a list page": server processor time, wall time over HTTP, queries. With
Chromium there, also how long a person waits between pressing "next" and seeing the next turn.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.import_items import prepare
from benchmarks.serving import cpu_of, server
from scripts import throwaway

ROUNDS = 40
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
WORDS = (
    "I have not slept well since the exam was moved, and in the daytime everything feels as if behind glass.",
    "How was last night?",
    "I lay awake until four. It felt like falling.",
    "It sounds as if the nights are the hardest part, and as if you were alone with them.",
)


def build(turns: int) -> dict[str, Any]:
    """Fill an empty database and return what a client needs to know."""
    from annotation import presets
    from annotation.dialogue_forms import DialogueSettings
    from annotation.models import TurnDraft
    from projects import loop
    from projects.models import Dataset, ImportBatch, Membership, Project, Rater, Role, StudyRole, Turn, User
    from projects.services import jobs, studies

    project = Project.objects.create(slug="lakeside", name="Lakeside")
    manager, user = (User.objects.create_user(f"{name}@lakeside.example.org", None) for name in ("manager", "rater"))
    Membership.objects.create(project=project, user=manager, role=Role.MANAGER)
    Membership.objects.create(project=project, user=user, role=Role.RATER)
    rater = Rater.objects.create(project=project, user=user, code="R01")
    dataset = Dataset.objects.create(project=project, slug="sessions", name="Sessions")
    session(dataset, ImportBatch.objects.create(dataset=dataset, published=True), turns)
    form = DialogueSettings(None, initial={})
    settings = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    settings |= {"raters_per_session": 1, "schema": presets.schema("psy-insight", "en").to_json()}
    study = studies.set_up(
        project=project, kind="dialogue", name="Counselling", dataset=dataset, settings=settings, actor=manager,
        raters=[rater],
    )  # fmt: skip
    jobs.run(studies.open_study(study, actor=manager).pk)
    part = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
    row = loop.hold(part.get(study=study, rater=rater))[0]
    TurnDraft.objects.bulk_create(
        TurnDraft(assignment=row, turn=turn, payload=answer(turn.role))
        for turn in Turn.objects.filter(index__lt=turns * 2 // 3)
    )
    sessions = {"rater": log_in(user), "manager": log_in(manager)}
    return {"work": f"/rate/{study.token}/{row.token}/", "list": "/p/lakeside/studies/", **sessions}


def session(dataset: Any, batch: Any, turns: int) -> None:
    """Write the session with its proposals."""
    from projects.models import Item, ItemRevision, Suggestion, Turn

    item = Item.objects.create(dataset=dataset, batch=batch, external_id="long", position=1, kind=Item.Kind.DIALOGUE)
    item.current = ItemRevision.objects.create(
        item=item, text=WORDS[0], language="en", content_hash="0" * 64, turn_count=turns
    )
    item.save()
    rows = Turn.objects.bulk_create(
        Turn(
            revision=item.current, index=n, text=WORDS[n % len(WORDS)], speaker=("Mei", "Dr Lin")[n % 2],
            role=("client", "therapist")[n % 2],
        )
        for n in range(turns)
    )  # fmt: skip
    proposed = {"client": ("emotion", "anxiety"), "therapist": ("strategy", "question")}
    Suggestion.objects.bulk_create(
        Suggestion(revision=item.current, turn=turn, field=field, values=[value], source="model-1", score=0.8)
        for turn in rows
        for field, value in [proposed[turn.role]]
    )


def answer(role: str) -> dict[str, Any]:
    """Return a turn as a rater has saved it."""
    label, text = ("emotion", "observation") if role == "client" else ("strategy", "reasoning")
    value = "anxiety" if role == "client" else "question"
    given = {label: [value], text: ["The answer takes up what was said before, and stays close to it."]}
    fields = {key: {"state": "value", "values": values} for key, values in given.items()}
    return {"fields": fields, "spans": [], "decisions": {label: {"model-1": "accepted"}}, "note": "", "done": True}


def log_in(user: Any) -> str:
    """Return the session key of somebody."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def queries(world: dict[str, Any]) -> dict[str, int]:
    """Return how many queries the work page asks, in this process."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["testserver"]
    found = {}
    for who, name in (("rater", "work"), ("manager", "list")):
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = world[who]
        client.get(world[name])
        with CaptureQueriesContext(connection) as asked:
            assert client.get(world[name]).status_code == 200
        found[name] = len(asked)
    return found


class Browser:
    """One person's connection to the server."""

    def __init__(self, host: str, session: str) -> None:
        self.link, self.session, self.csrf = http.client.HTTPConnection(host, timeout=60), session, ""

    def ask(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> str:
        """Send a request and return the body. Raises AssertionError for anything but 200."""
        cookies = f"sessionid={self.session}" + (f"; csrftoken={self.csrf}" if self.csrf else "")
        self.link.request(method, path, body or None, {"Cookie": cookies, **(headers or {})})
        reply = self.link.getresponse()
        text = reply.read().decode()
        assert reply.status == 200, (path, reply.status, text[:300])
        for cookie in reply.headers.get_all("Set-Cookie") or ():
            if cookie.startswith("csrftoken="):
                self.csrf = cookie.partition(";")[0].partition("=")[2]
        return text


def measure(name: str, act: Callable[[], object], pid: int, database: str) -> None:
    """Do something ROUNDS times and print its cost."""
    act()
    before, walls = cpu_of(pid, database), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        walls.append(time.perf_counter() - began)
    cpu = (cpu_of(pid, database) - before) / ROUNDS
    print(f"  {name}: {cpu * 1000:.1f} ms CPU, {statistics.median(walls) * 1000:.1f} ms over HTTP", flush=True)


def serve(world: dict[str, Any], env: dict[str, str], database: str) -> None:
    """Measure over HTTP, and in Chromium where there is one."""
    with server("config.wsgi:application", env) as (host, pid):
        rater, manager = Browser(host, world["rater"]), Browser(host, world["manager"])
        page = rater.ask("GET", world["work"])
        print(f"  {len(page):,} bytes before compression")
        measure("page", lambda: rater.ask("GET", world["work"]), pid, database)
        measure("list of studies", lambda: manager.ask("GET", world["list"]), pid, database)
        measure("save of one turn", saver(rater, world["work"]), pid, database)
        path = os.environ.get("CONCORD_CHROMIUM") or shutil.which("chromium")
        if path:
            print(f"  next turn on the screen: {next_turn(path, host, world):.1f} ms after the key")


def saver(rater: Browser, work: str) -> Callable[[], object]:
    """Return what saves the last turn with another note each time."""
    version = 1
    headers = {"Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": rater.csrf}

    def save() -> None:
        nonlocal version
        payload = answer("therapist") | {"note": f"{version}"}
        body = json.dumps({"payload": payload, "version": version})
        version = json.loads(rater.ask("POST", f"{work}turn/1/", body, headers))["version"]

    return save


def next_turn(path: str, host: str, world: dict[str, Any]) -> float:
    """Return the median milliseconds between pressing "next" and the frame that shows the next turn."""
    from playwright.sync_api import sync_playwright

    script = """() => new Promise((told) => {
      const took = []; let n = 0;
      const step = () => {
        const began = performance.now();
        document.dispatchEvent(new KeyboardEvent("keydown", { key: "k", bubbles: true }));
        requestAnimationFrame(() => setTimeout(() => {
          took.push(performance.now() - began);
          n += 1;
          if (n < 60) step(); else told(took.sort((a, b) => a - b)[30]);
        }));
      };
      step();
    })"""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=f"http://{host}", viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": "sessionid", "value": world["rater"], "url": f"http://{host}"}])
        page = context.new_page()
        page.goto(world["work"])
        page.wait_for_timeout(1000)
        found: float = page.evaluate(script)
        browser.close()
    return found


def main() -> None:
    """Build a world on each database and measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        prepare(Path(os.environ["CONCORD_DATA_DIR"]))
        world = build(options.turns)
        print(json.dumps(world | {"queries": queries(world)}))
        return
    for engine in ("sqlite", "postgres"):
        if options.only in (None, engine):
            with tempfile.TemporaryDirectory() as folder:
                on(engine, options.turns, folder)


def on(engine: str, turns: int, folder: str) -> None:
    """Measure one database."""
    env = {"CONCORD_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings.local"}
    if engine == "sqlite":
        return told(engine, turns, env, "")
    with throwaway.postgres() as url:
        return told(engine, turns, env | {"DATABASE_URL": url}, url.rpartition("/")[2].partition("?")[0])


def told(engine: str, turns: int, env: dict[str, str], database: str) -> None:
    """Build in a process of its own, then measure the server over it."""
    command = [sys.executable, "-m", "benchmarks.dialogue_page", "--here", "--turns", str(turns)]
    made = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=True)
    world = json.loads(made.stdout.splitlines()[-1])
    asked = world["queries"]
    print(f"{engine}, {turns} turns: {asked['work']} queries a page, {asked['list']} a list")
    serve(world, env, database)


if __name__ == "__main__":
    main()
