"""What the list pages cost the server, in "hellos": python -m benchmarks.list_pages [--units 10000] [--full]

A manager opens each list again and again over one connection. With --full every list has more rows than its first page
shows, and the lists of the other capabilities are measured as well. Counted is the CPU of the web server's processes
and, on PostgreSQL, of its database's; the hello is a bare view without middleware under the same server in the same
run. The two are measured in turns, and the median of the ratios is what is said: a machine may be faster or slower from
one second to the next.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
from statistics import median

from benchmarks.judgement_cost import hello
from benchmarks.serving import ROOT, cpu_of, server
from scripts import throwaway

PAGES = {
    "studies": "/p/bench/studies/",
    "data sets": "/p/bench/data/",
    "items of a data set": "/p/bench/data/items/",
    "units of a study": "/p/bench/studies/bench/units/",
    "people": "/p/bench/people/",
    "audit log": "/p/bench/audit/",
    "your work": "/",
}
# These have nothing to show in a world that is not full.
MORE_PAGES = {
    "a project": "/p/bench/",
    "skips": "/p/bench/studies/bench/skips/",
    "disputes": "/p/bench/studies/bench/disputes/",
    "meetings": "/p/bench/studies/bench/meetings/",
    "flags": "/p/bench/flags/",
    "systems": "/p/bench/systems/",
    "prompts": "/p/bench/prompts/",
    "runs": "/p/bench/runs/",
    "calls of a run": "/p/bench/runs/1/calls/",
    "files of responses": "/p/bench/responses/",
    "benchmarks": "/p/bench/benchmarks/",
    "endpoints": "/endpoints/",
}
# Of the study with this token, as one of its raters sees them.
RATERS_PAGES = {"a rater's answers": "/rate/{}/done/", "a rater's disputes": "/rate/{}/disputes/mine/"}
WARM, TURNS, TIMES, HELLOS = 30, 7, 80, 4000


def main() -> None:
    """Measure both databases and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=10_000)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    options = parser.parse_args()
    for engine in ("sqlite", "postgres"):
        if options.only and options.only != engine:
            continue
        with tempfile.TemporaryDirectory() as folder:
            env = {"CONCORD_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings.local"}
            if engine == "sqlite":
                measure(engine, env, options, "")
                continue
            with throwaway.postgres() as url:
                env["DATABASE_URL"] = url
                measure(engine, env, options, url.rpartition("/")[2].partition("?")[0])


def measure(engine: str, env: dict[str, str], options: argparse.Namespace, database: str) -> None:
    """Print what each page costs on one database."""
    # How many units, and how many raters to log in.
    world_of = ["list_world", str(options.units)] if options.full else ["judgement_world", str(options.units), "0"]
    made = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{world_of[0]}", *world_of[1:]],
        cwd=ROOT, env={**os.environ, **env}, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    world = json.loads(made.stdout.splitlines()[-1])
    # The hello's connections are opened when the world is full: a server ends those that are idle for long.
    with hello() as bare, server("config.wsgi:application", env) as (host, pid):
        link = http.client.HTTPConnection(host, timeout=60)
        more = MORE_PAGES | {name: path.format(world["study"]) for name, path in RATERS_PAGES.items()}
        for name, path in {**PAGES, **(more if options.full else {})}.items():
            session = world["admin" if name == "endpoints" else "rater" if name in RATERS_PAGES else "manager"]
            for _ in range(WARM):
                size = ask(link, path, session)
            turns = []
            for _ in range(TURNS):
                one, before = bare(HELLOS), cpu_of(pid, database)
                for _ in range(TIMES):
                    ask(link, path, session)
                cost = (cpu_of(pid, database) - before) / TIMES * 1000
                turns.append((cost / one, cost))
            ratios, costs = zip(*turns, strict=True)
            told = f"{median(ratios):.1f} hellos ({min(ratios):.1f} to {max(ratios):.1f})"
            print(f"{engine}, {name}: {median(costs):.2f} ms CPU = {told}, {size:,} bytes", flush=True)


def ask(link: http.client.HTTPConnection, path: str, session: str) -> int:
    """Open a page and return its size in bytes; anything but the page is an error."""
    link.request("GET", path, headers={"Cookie": f"sessionid={session}", "Host": "localhost"})
    reply = link.getresponse()
    text = reply.read()
    if reply.status != 200:
        sys.exit(f"{reply.status} for {path}")
    return len(text)


if __name__ == "__main__":
    main()
