"""What the list pages cost the server, in "hellos": python -m benchmarks.list_pages [--units 10000]

A manager opens each list again and again over one connection. Counted is the CPU of the web server's processes and, on
PostgreSQL, of its database's; the hello is a bare view without middleware under the same server in the same run.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile

from benchmarks.judgement_cost import hello_cost
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
WARM, TIMES = 30, 200


def main() -> None:
    """Measure both databases and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=10_000)
    options = parser.parse_args()
    hello = hello_cost()
    print(f"hello: {hello:.3f} ms CPU")
    for engine in ("sqlite", "postgres"):
        with tempfile.TemporaryDirectory() as folder:
            env = {"CONCORD_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings.local"}
            if engine == "sqlite":
                measure(engine, env, options.units, hello, "")
                continue
            with throwaway.postgres() as url:
                env["DATABASE_URL"] = url
                measure(engine, env, options.units, hello, url.rpartition("/")[2].partition("?")[0])


def measure(engine: str, env: dict[str, str], units: int, hello: float, database: str) -> None:
    """Print what each page costs on one database."""
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.judgement_world", str(units), "0"],
        cwd=ROOT, env={**os.environ, **env}, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    world = json.loads(made.stdout.splitlines()[-1])
    with server("config.wsgi:application", env) as (host, pid):
        link = http.client.HTTPConnection(host, timeout=60)
        for name, path in PAGES.items():
            for _ in range(WARM):
                size = ask(link, path, world["manager"])
            before = cpu_of(pid, database)
            for _ in range(TIMES):
                ask(link, path, world["manager"])
            cost = (cpu_of(pid, database) - before) / TIMES * 1000
            print(f"{engine}, {name}: {cost:.2f} ms CPU = {cost / hello:.1f} hellos, {size:,} bytes")


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
