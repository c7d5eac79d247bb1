"""What the page of a blind ranking costs: python -m benchmarks.ranking_page [--systems 7] [--words 400] [--only sqlite]

One study over 40 questions, each answered by every system in so many words, no two words' order alike. Measured are the
page of a unit in hand, and an answer with the next unit's page behind it: server processor time, wall time over HTTP,
queries, and the bytes that go over the wire, compressed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.dialogue_page import Browser, log_in, measure
from benchmarks.import_items import prepare
from benchmarks.serving import cpu_of, server
from scripts import throwaway

ITEMS = 40
PLACE = re.compile(r'<select name="(rank-[^"]+)"')
UNIT = re.compile(r'action="(/rate/[^"]+)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def build(systems: int, words: int) -> dict[str, Any]:
    """Fill an empty database, open a study, and return what a client needs to know."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from projects.models import Membership, Project, Rater, Role, User
    from projects.services import jobs, studies

    project = Project.objects.create(slug="harbour", name="Harbour")
    manager, user = (User.objects.create_user(f"{name}@harbour.example.org", None) for name in ("manager", "rater"))
    Membership.objects.create(project=project, user=manager, role=Role.MANAGER)
    Membership.objects.create(project=project, user=user, role=Role.RATER)
    rater = Rater.objects.create(project=project, user=user, code="R01")
    study = draft(project, manager, rater, systems, words)
    jobs.run(studies.open_study(study, actor=manager).pk)
    study.refresh_from_db()
    session, path = log_in(user), f"/rate/{study.token}/"
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    client.post(f"{path}begin/")
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(path)
    assert page.status_code == 200, page.content[:300]
    assert len(PLACE.findall(page.content.decode())) == systems
    return {"path": path, "session": session, "queries": len(asked)}


def draft(project: Any, manager: Any, rater: Any, systems: int, words: int) -> Any:
    """Write questions and responses, and set a ranking of all systems up."""
    from evaluation.management.demo.content import responses
    from evaluation.models import Response, ResponseImport, System, SystemVersion
    from projects import kinds
    from projects.models import Dataset, ImportBatch, Item, ItemRevision
    from projects.services import studies

    known = sorted({word for said in responses().values() for text in said.values() for word in text.split()})
    known = [word for word in known if word.isascii()]
    rng = random.Random(7)
    dataset = Dataset.objects.create(project=project, slug="questions", name="Questions")
    batch = ImportBatch.objects.create(dataset=dataset, published=True)
    source = ResponseImport.objects.create(project=project, dataset=dataset, published=True)
    versions = []
    for n in range(systems):
        system = System.objects.create(project=project, slug=f"s{n}", name=f"Candidate {n}")
        system.version = SystemVersion.objects.create(system=system)
        system.save()
        versions.append(system.version)
    for n in range(ITEMS):
        item = Item.objects.create(dataset=dataset, batch=batch, external_id=f"q{n}", position=n, kind="question")
        text = " ".join(rng.choices(known, k=60))
        item.current = ItemRevision.objects.create(item=item, text=text, language="en", content_hash=f"{n:064}")
        item.save()
        said = {one: " ".join(rng.choices(known, k=words)) for one in versions}
        Response.objects.bulk_create(
            Response(system_version=one, revision=item.current, source_import=source, text=text)
            for one, text in said.items()
        )
    form = kinds.registry()["ranking"].settings_form(project, None, {})
    settings = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    settings |= {"systems": [str(one.pk) for one in versions], "raters_per_item": 1, "reason": "optional"}
    return studies.set_up(
        project=project, kind="ranking", name="Which helps most?", dataset=dataset, actor=manager, raters=[rater],
        settings=settings | {"primary_outcome": "Mean rank"}, guideline="Read every response in full.",
    )  # fmt: skip


def serve(world: dict[str, Any], env: dict[str, str], database: str) -> None:
    """Measure over HTTP."""
    with server("config.wsgi:application", env) as (host, pid):
        rater = Browser(host, world["session"])
        page = rater.ask("GET", world["path"])
        sent = over_the_wire(host, world)
        print(f"  page: {len(page.encode()):,} bytes, {len(gzip.compress(page.encode(), 6)):,} gzipped; sent {sent}")
        measure("page of the unit in hand", lambda: rater.ask("GET", world["path"]), pid, database)
        answers(rater, world["path"], pid, database)


def over_the_wire(host: str, world: dict[str, Any]) -> str:
    """Return how many bytes the server sends to a browser that takes gzip, and how they are encoded."""
    import http.client

    link = http.client.HTTPConnection(host, timeout=60)
    link.request("GET", world["path"], headers={"Cookie": f"sessionid={world['session']}", "Accept-Encoding": "gzip"})
    reply = link.getresponse()
    return f"{len(reply.read()):,} bytes, {reply.headers.get('Content-Encoding') or 'not compressed'}"


def answers(rater: Browser, path: str, pid: int, database: str) -> None:
    """Answer thirty units the way the page's script does, and ask for the next page after each."""
    before, walls, pages = cpu_of(pid, database), [], []
    for n in range(30):
        page = rater.ask("GET", path)
        places = {name: str(at) for at, name in enumerate(PLACE.findall(page), start=1)}
        unit = UNIT.findall(page)[0]
        body = urlencode({"client_key": f"key-{n}", "based_on": "0", "active_ms": "60000", **places})
        began = time.perf_counter()
        rater.ask("POST", unit, body, FORM | {"Accept": "application/json", "X-CSRFToken": rater.csrf})
        walls.append(time.perf_counter() - began)
        began = time.perf_counter()
        rater.ask("GET", path)
        pages.append(time.perf_counter() - began)
    cpu = (cpu_of(pid, database) - before) / 30
    print(
        f"  an answer: {statistics.median(walls) * 1000:.1f} ms over HTTP; the next unit's page: "
        f"{statistics.median(pages) * 1000:.1f} ms, longest {max(pages) * 1000:.1f} ms; "
        f"{cpu * 1000:.1f} ms CPU for one answer and two pages"
    )


def main() -> None:
    """Build a world on each database and measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=7)
    parser.add_argument("--words", type=int, default=400)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        prepare(Path(os.environ["CONCORD_DATA_DIR"]))
        print(json.dumps(build(options.systems, options.words)))
        return
    for engine in ("sqlite", "postgres"):
        if options.only in (None, engine):
            with tempfile.TemporaryDirectory() as folder:
                on(engine, options, folder)


def on(engine: str, options: argparse.Namespace, folder: str) -> None:
    """Measure one database."""
    env = {"CONCORD_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings.local"}
    if engine == "sqlite":
        return told(engine, options, env, "")
    with throwaway.postgres() as url:
        return told(engine, options, env | {"DATABASE_URL": url}, url.rpartition("/")[2].partition("?")[0])


def told(engine: str, options: argparse.Namespace, env: dict[str, str], database: str) -> None:
    """Build in a process of its own, then measure the server over it."""
    command = [sys.executable, "-m", "benchmarks.ranking_page", "--here"]
    command += ["--systems", str(options.systems), "--words", str(options.words)]
    made = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=True)
    world = json.loads(made.stdout.splitlines()[-1])
    print(f"{engine}, {options.systems} responses of {options.words} words: {world['queries']} queries a page")
    serve(world, env, database)


if __name__ == "__main__":
    main()
