"""A published annotation replayed through the product: python -m benchmarks.sad_review [--rows N]

6,850 sentences with an original category as pre-label and nine categories to choose from (shared research data, SAD).
Five votes an item are made from the published vote weights by largest remainder and given by five simulated raters
over real HTTP; a scripted adjudicator settles every dispute over HTTP: the strict majority, else the published top
label. Checked: the released labels are the published ones, and the share of pre-labels that stay as they were.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.judgement_cost import CSRF, Hand
from benchmarks.serving import ROOT, server

CATEGORIES = (
    "Financial Problem", "Other", "Everyday Decision Making", "Emotional Turmoil", "School", "Family Issues",
    "Social Relationships", "Work", "Health, Fatigue, or Physical Pain",
)  # fmt: skip
VOTES = 5
KEYS = "ABCDEFGHI"


def shared() -> Path:
    """Return the folder of the shared research data."""
    folder = Path(os.environ.get("CONCORD_SHARED") or ROOT.parent / "shared") / "data" / "sad"
    if not folder.exists():
        sys.exit(f"The shared research data is not here: {folder}")
    return folder


def votes_of(row: dict[str, str]) -> list[str]:
    """Return five votes from the vote weights by largest remainder; of equal ones the published label comes first."""
    weights = [float(row[name] or 0) for name in CATEGORIES]
    total = sum(weights) or 1
    exact = [weight / total * VOTES for weight in weights]
    counts = [int(share) for share in exact]
    # Rounded: 0.1 + 0.2 must not win against 0.3 by the last binary digit.
    order = sorted(
        range(len(exact)), key=lambda n: (-round(exact[n] - counts[n], 9), CATEGORIES[n] != row["top_label"])
    )
    for n in order[: VOTES - sum(counts)]:
        counts[n] += 1
    return [name for name, count in zip(CATEGORIES, counts, strict=True) for _ in range(count)]


def manage(env: dict[str, str], *words: str) -> str:
    """Run a management command and return what it printed."""
    done = subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env={**os.environ, **env}, check=True,
                          stdout=subprocess.PIPE, text=True)  # fmt: skip
    return done.stdout


def import_file(env: dict[str, str], path: Path) -> None:
    """Bring the file in as the command line does."""
    manage(
        env, "import_items", str(path), "--project", "bench", "--dataset", "sad", "--create", "--kind", "single_choice",
        "--map", "external_id=sID", "text=sentence", "prelabel=original_label", "prelabel_source=:original",
        "language=:en", "options=:" + json.dumps(CATEGORIES),
    )  # fmt: skip


def rater_work(hand: Hand, number: int, plan: list[list[str]], key_of: dict[str, str]) -> None:
    """Let one rater answer everything, in the order in which units come."""
    hand.open()
    for n, votes in enumerate(plan):
        vote = votes[(number + n) % VOTES]
        hand.answer(key_of[vote])


def adjudicate(host: str, session: str, slug: str, decide: dict[str, str]) -> int:
    """Settle every open dispute; `decide` says the answer's key by external id. Returns how many there were."""
    link, cookies, settled = http.client.HTTPConnection(host, timeout=120), f"sessionid={session}", 0
    base = f"/p/bench/studies/{slug}/disputes/"

    def ask(method: str, path: str, body: str = "") -> tuple[int, str]:
        nonlocal cookies
        headers = {"Cookie": cookies, "Host": "localhost", "Content-Type": "application/x-www-form-urlencoded"}
        link.request(method, path, body or None, headers)
        reply = link.getresponse()
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            if cookie.startswith("csrftoken="):
                cookies = f"sessionid={session}; {cookie.partition(';')[0]}"
        return reply.status, reply.read().decode()

    csrf = CSRF.search(ask("GET", base)[1])[1]
    while True:
        rows = re.findall(rf'href="({base}\d+/)">([^<]+)</a>', ask("GET", base)[1])
        if not rows:
            return settled
        for path, external in rows:
            body = {"csrfmiddlewaretoken": csrf, "decision": decide[external.strip()], "reason": "As published."}
            status, text = ask("POST", path, urlencode(body))
            if status != 302:
                raise RuntimeError(f"{status}: {text[:500]}")
            settled += 1


def main() -> None:
    """Replay the file and check what comes out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=0, help="only the first N rows")
    limit = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        replay(Path(folder), limit)


def replay(folder: Path, limit: int) -> None:
    """Carry the whole review out in a new data folder."""
    env = {"CONCORD_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings.local"}
    with (shared() / "SAD_v1.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows = rows[: limit or len(rows)]
    path = folder / "sad.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    manage(env, "migrate", "-v0")
    manage(
        env,
        "shell",
        "-v0",
        "-c",
        "from projects.models import Project; Project.objects.create(slug='bench', name='Bench')",
    )
    start = time.monotonic()
    import_file(env, path)
    print(f"import: {time.monotonic() - start:.1f} s")
    world = json.loads(
        manage(env, "shell", "-v0", "-c", "from benchmarks.sad_world import build; build()").splitlines()[-1]
    )
    key_of = dict(zip(CATEGORIES, KEYS, strict=True))
    plan = [votes_of(row) for row in rows]
    decide = {}
    for row, votes in zip(rows, plan, strict=True):
        label, count = Counter(votes).most_common(1)[0]
        decide[row["sID"]] = key_of[label if count * 2 > VOTES else row["top_label"]]
    with server("config.wsgi:application", env) as (host, _pid):
        start = time.monotonic()
        hands = [Hand(host, world["study"], session) for session in world["sessions"]]
        threads = [threading.Thread(target=rater_work, args=(hand, n, plan, key_of)) for n, hand in enumerate(hands)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"{len(rows) * VOTES:,} judgements over HTTP: {time.monotonic() - start:.0f} s")
        start = time.monotonic()
        count = adjudicate(host, world["adjudicator"], world["slug"], decide)
        print(f"{count:,} disputes settled over HTTP: {time.monotonic() - start:.0f} s")
    check(env, rows)


def check(env: dict[str, str], rows: list[dict[str, str]]) -> None:
    """Compare the released labels with the published ones."""
    lines = manage(env, "export_study", "sad-review", "--project", "bench", "--format", "jsonl", "--what", "final")
    released = {str(row["id"]): row for row in map(json.loads, lines.splitlines())}
    final = {key: row["label"] for key, row in released.items()}
    names = dict(zip(KEYS, CATEGORIES, strict=True))
    same = sum(names.get(final.get(row["sID"], ""), final.get(row["sID"])) == row["top_label"] for row in rows)
    kept = sum(row["original_label"] == row["top_label"] for row in rows)
    unchanged = sum(names.get(final[row["sID"]], final[row["sID"]]) == row["original_label"] for row in rows)
    print(f"released {len(released):,} of {len(rows):,}; equal to the published label: {same:,}")
    print(f"pre-labels unchanged: {unchanged:,} = {unchanged / len(rows):.1%} (published: {kept / len(rows):.1%})")
    if same != len(rows):
        sys.exit("Some released labels differ from the published ones.")


if __name__ == "__main__":
    main()
