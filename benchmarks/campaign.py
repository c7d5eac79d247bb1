"""A simulated campaign over real HTTP: python -m benchmarks.campaign [--quotas]

20 raters in two languages and two groups, 500 units, a core of 20 % judged by all and the rest by three. The manager
imports the roster and invites everybody; they join by their links and are calibrated. Two fail both tries and are
taken out. One drops out half-way and is replaced. Then the guideline changes and 40 units are judged again. One rater
is left out of the results. What the flow, the report and the database say is held against the script's own log.

With --quotas each unit outside the core wants one expert and two students. CAMPAIGN_UNITS=100 in the environment makes
the campaign smaller.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.campaign_desk import Browser, Rater, joined
from benchmarks.campaign_world import LANGUAGES, TRIED, TRIES, UNITS, items
from benchmarks.sad_review import manage
from benchmarks.serving import server

RATERS, SPARE, RIGHT = 20, "X21", 0.85
FAILING, LEAVING, LEFT_OUT = ("E09", "Z09"), "E03", "Z05"
CORE, EACH, AGAIN = 20, 3, 40
QUOTAS = {"expert": 1, "student": 2}
STUDY = "/p/bench/studies/campaign/"
LABELS = ("positive", "negative")


def main() -> None:
    """Carry the campaign out in a new data folder and hold everything against the log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quotas", action="store_true", help="numbers by group outside the core")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = {"CONCORD_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings.local"}
        manage(env, "migrate", "-v0")
        start = time.monotonic()
        Campaign(env, QUOTAS if chosen.quotas else {}).run()
        print(f"in all: {time.monotonic() - start:.0f} s")


def truth(item: str) -> str:
    """Return an item's right label."""
    return LABELS[random.Random(item).random() < 0.5]


def answers_of(code: str, *, failing: bool) -> dict[str, str]:
    """Return what a rater says to every item, a first and a second time; who fails is wrong in every calibration."""
    rng, said = random.Random(code), {}
    for item, _language in items():
        for name in (item, f"{item} again"):
            right = not failing if item.startswith("try") else rng.random() < RIGHT
            said[name] = truth(item) if right else LABELS[truth(item) == LABELS[0]]
    return said


def people() -> list[tuple[str, str, str]]:
    """Return (code, language, group) of the raters and of the one who comes later."""
    rows = [(f"{'EZ'[n % 2]}{n // 2:02d}", LANGUAGES[n % 2], ("expert", "student")[n // 2 % 2]) for n in range(RATERS)]
    return [*rows, (SPARE, "en", "student")]


class Campaign:
    """The campaign's course; `log` is the script's own."""

    left_out = LEFT_OUT

    def __init__(self, env: dict[str, str], quotas: dict[str, int]) -> None:
        self.env, self.quotas = env, quotas
        self.world = self.shell("build")
        self.raters: dict[str, Rater] = {}

    def shell(self, name: str) -> Any:
        """Run a function of benchmarks.campaign_world beside the server, and return what it prints."""
        words = f"from benchmarks.campaign_world import {name}; {name}()"
        return json.loads(manage(self.env, "shell", "-v0", "-c", words).splitlines()[-1])

    def run(self) -> None:
        """Go through the campaign."""
        with server("config.wsgi:application", self.env) as (host, _pid):
            self.host, self.desk = host, Browser(host, {"sessionid": self.world["manager"]})
            for step in (
                self.invite, self.design, self.calibrate, self.first_half, self.replace, self.guideline,
                self.second_half, self.end,
            ):  # fmt: skip
                start = time.monotonic()
                step()
                print(f"{step.__name__}: {time.monotonic() - start:.0f} s")
        self.check()

    def invite(self) -> None:
        """Import the roster, invite everybody, and let them join; the last one is to come later."""
        rows = [f"{code},{code.lower()}@example.org,{language},{group}" for code, language, group in people()]
        text = "\n".join(["code,email,languages,group", *rows])
        page, _to = self.desk.post("/p/bench/roster/import/", {"text": text, "invite": "on", "keep": "1"})
        links = re.findall(r"<code>([^<]+)</code>", page)
        for (code, language, group), link in zip(people(), links, strict=True):
            browser = joined(self.host, link, f"{code.lower()}@example.org", code)
            answers = answers_of(code, failing=code in FAILING)
            self.raters[code] = Rater(code, language, group, browser, self.world["study"], answers)

    def choices(self, path: str, name: str) -> dict[str, str]:
        """Return what a page's field offers: key by rater code."""
        page, _path = self.desk.get(path)
        boxes = re.findall(rf'name="{name}" value="(\d+)"[^>]*>\s*<span>([A-Z]\d\d)', page)
        options = re.findall(r'<option value="(\d+)"[^>]*>([A-Z]\d\d)', page)
        return {code: key for key, code in boxes + options}

    def design(self) -> None:
        """Choose people, design and calibration; see what it comes to; open."""
        keys = self.choices(STUDY + "people/", "raters")
        self.desk.post(STUDY + "people/", [("raters", key) for code, key in keys.items() if code != SPARE])
        self.desk.post(STUDY + "training/", {"pass_mark": 75, "tolerance": 0, "checks_first": 5, "expert": ""})
        for number in range(1, TRIES + 1):
            names = [f"try{number}-{language}-{n}" for language in LANGUAGES for n in range(TRIED)]
            lines = "\n".join(f"{name} | {truth(name)} | Because." for name in names)
            self.desk.post(STUDY + "training/", {"stage": "calibration", "number": number, "lines": lines})
        # The page has a number for each group, in their order.
        numbers = {f"group_{n}": self.quotas[group] for n, group in enumerate(sorted(self.quotas))}
        self.desk.post(STUDY + "assignment/", {"how": "core", "core": CORE, "each": EACH, **numbers})
        self.shell("work_off")
        page, _path = self.desk.get(STUDY + "assignment/")
        shown = re.findall(r'<th scope="row">([A-Z]\d\d)</th>.*?<td class="num">(\d+)</td>', page, re.S)
        self.shown = {code: int(units) for code, units in shown}
        self.desk.post(STUDY + "open/", {}, of=STUDY)
        self.shell("work_off")
        self.opened = self.shell("record")

    def together(self, raters: Sequence[Rater], work: Callable[[Rater], Any]) -> None:
        """Let raters work at once, each in a browser of their own."""
        failures: list[BaseException] = []

        def run(rater: Rater) -> None:
            try:
                work(rater)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=run, args=(rater,)) for rater in raters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def team(self, *but: str) -> list[Rater]:
        """Return everybody who works, but some."""
        return [rater for code, rater in self.raters.items() if code not in (*FAILING, *but)]

    def calibrate(self) -> None:
        """Everybody is calibrated; the two who failed are taken out of the study."""
        self.together([rater for code, rater in self.raters.items() if code != SPARE], lambda rater: rater.arrive())
        if {code for code, rater in self.raters.items() if rater.failed} != set(FAILING):
            raise RuntimeError("Others failed than were to.")
        for code in FAILING:
            self.desk.post(f"{STUDY}people/{self.part_of(code)}/leave/", {}, of=STUDY + "people/")
        self.shell("work_off")

    def part_of(self, code: str) -> str:
        """Return the key of a rater's part, as the page of people has it."""
        page, _path = self.desk.get(STUDY + "people/")
        row = next(row for row in page.split("<tr>") if f'class="nowrap">{code}</th>' in row)
        return re.search(r"people/(\d+)/", row)[1]  # type: ignore[index]  # an error tells enough

    def first_half(self) -> None:
        """Everybody works on about half of theirs."""
        self.together(self.team(SPARE), lambda rater: rater.work(max(5, UNITS // 10)))

    def replace(self) -> None:
        """One drops out; another takes the place, and is calibrated first."""
        path = f"{STUDY}people/{self.part_of(LEAVING)}/replace/"
        self.desk.post(path, {"rater": self.choices(path, "rater")[SPARE]})
        self.raters[SPARE].work(max(2, UNITS // 50))

    def guideline(self) -> None:
        """The guideline changes, and units that were answered are judged again."""
        self.desk.post(STUDY + "guideline/", {"text": "Second version.", "asks": "on"})
        given = Counter(item for rater in self.team(LEAVING) for item, _label in rater.given)
        self.again = sorted(given)[:: max(1, len(given) // AGAIN)][:AGAIN]
        self.desk.post(STUDY + "guideline/again/", {"ids": "\n".join(self.again)})

    def second_half(self) -> None:
        """Everybody who is there works until nothing is left."""
        for _round in range(2):
            self.together(self.team(LEAVING), lambda rater: rater.work(999))

    def end(self) -> None:
        """One rater is left out of the results; the study is closed, and its report computed."""
        key = self.choices(STUDY + "exclusions/", "what").get(LEFT_OUT) or self.rater_key(LEFT_OUT)
        self.desk.post(STUDY + "exclusions/", {"what": key, "reason": "Answered without reading."})
        self.desk.post(STUDY + "close/", {}, of=STUDY)
        self.shell("work_off")
        page, _path = self.desk.get(STUDY + "results/")
        report = re.search(r"results/(\d+)/export/json/", page)
        self.report = json.loads(self.desk.get(f"{STUDY}results/{report[1]}/export/json/")[0])  # type: ignore[index]
        self.record = self.shell("record")

    def rater_key(self, code: str) -> str:
        """Return what stands for a rater on the page of exclusions."""
        page, _path = self.desk.get(STUDY + "exclusions/")
        return re.search(rf'value="(\d+)"[^>]*>\s*(?:<span>)?{code}', page)[1]  # type: ignore[index]

    def check(self) -> None:
        """Hold everything against the log."""
        from benchmarks.campaign_check import check

        faults = check(self)
        for fault in faults:
            print("FAULT:", fault)
        print("everything equals the log" if not faults else f"{len(faults)} faults")
        if faults:
            sys.exit(1)


if __name__ == "__main__":
    main()
