"""Holding a simulated campaign against its log: the flow's counts, who got what, pairs, and agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from benchmarks.campaign_world import TRIED, TRIES, items
from stats.agreement import krippendorff_alpha
from stats.table import Table

UNEVEN = 0.10
# Figures are the same computation on the same rows, in another order of raters.
CLOSE = 1e-9


def check(campaign: Any) -> list[str]:
    """Return what differs from the script's log; nothing where all is well."""
    return [*_places(campaign), *_pairs(campaign), *_flow(campaign), *_agreement(campaign)]


def differs(name: str, said: Any, logged: Any) -> Iterator[str]:
    """Yield a sentence where two numbers differ; say both in any case."""
    print(f"  {name}: {said}")
    if said != logged:
        yield f"{name}: {said}, by the log {logged}"


def _places(campaign: Any) -> Iterator[str]:
    """The database's answers are the log's; each unit went to raters of its language, and to as many as it wants."""
    logged = {(code, item) for code, rater in campaign.raters.items() for item, _label in rater.given}
    stored = {(code, item) for code, _group, item, _language, _for in campaign.record["answers"]}
    yield from differs("answers in the database that are not in the log, or the other way", len(stored ^ logged), 0)
    wrong = [row for row in campaign.record["answers"] if campaign.raters[row[0]].language != row[3]]
    yield from differs("answers by raters of another language", len(wrong), 0)
    yield from _quotas(campaign, stored)
    counts = {item: sum(one == item for _code, one in stored) for item in campaign.record["wanted"]}
    short = [item for item, wanted in campaign.record["wanted"].items() if counts[item] != wanted]
    yield from differs("units with more or fewer answers than they want", len(short), 0)
    yield from differs("counters that do not equal their rows", campaign.record["counters"], [])


def _quotas(campaign: Any, stored: set[tuple[str, str]]) -> Iterator[str]:
    """Where the campaign has numbers by group, each unit outside the core was judged by just as many of each."""
    if not campaign.quotas:
        return
    found: dict[str, Counter[str]] = {}
    for code, item in stored:
        found.setdefault(item, Counter())[campaign.raters[code].group] += 1
    each = sum(campaign.quotas.values())
    some = [item for item, wanted in campaign.record["wanted"].items() if wanted == each]
    wrong = [item for item in some if found.get(item) != campaign.quotas]
    yield from differs(f"of {len(some)} units outside the core, not by the numbers of each group", len(wrong), 0)
    if not some:
        yield "there is no unit outside the core"


def _pairs(campaign: Any) -> Iterator[str]:
    """At the opening every two raters of a language share about the same number of units, and all judge as many."""
    plan: dict[str, set[str]] = {}
    for code, item in campaign.opened["plan"]:
        plan.setdefault(code, set()).add(item)
    yield from differs("raters' shares as the design page said", campaign.shown, {k: len(v) for k, v in plan.items()})
    for language in ("en", "zh"):
        team = sorted(code for code in plan if campaign.raters[code].language == language)
        alike: dict[str, list[int]] = {}
        for one, other in combinations(team, 2):
            # Numbers by group let experts meet each other less often than students.
            groups = sorted((campaign.raters[one].group, campaign.raters[other].group)) if campaign.quotas else []
            alike.setdefault(" and ".join([language, *groups]), []).append(len(plan[one] & plan[other]))
        for name, shared in alike.items():
            mean = sum(shared) / len(shared)
            print(f"  {name}: {len(shared)} pairs share {min(shared)} to {max(shared)} units, {mean:.1f} on average")
            if max(max(shared) - mean, mean - min(shared)) > UNEVEN * mean:
                yield f"pairs of {name} are further than {UNEVEN:.0%} from their mean"


def _flow(campaign: Any) -> Iterator[str]:
    """Every count in the flow diagram."""
    section = next(one for one in campaign.report["sections"] if one["key"] == "flow")
    raters, units, answers = section["blocks"][0]["lanes"]
    logs = campaign.raters
    given = sum(len(rater.given) for rater in logs.values())
    trained = sum(len(rater.trained) for rater in logs.values())
    again = sum(len(rater.again) for rater in logs.values())
    out = len(logs[campaign.left_out].given)
    failed = sum(rater.failed for rater in logs.values())
    worked = {item for rater in logs.values() for item, _label in rater.given}
    kept = [code for code, rater in logs.items() if rater.given and code != campaign.left_out]
    expected = {
        "raters invited": (step(raters, 0), len(logs)),
        "raters taking part": (step(raters, 1), len(logs)),
        "raters analysed": (step(raters, len(raters["steps"]) - 1), len(kept)),
        "raters who did not pass": (part(raters, "did not pass"), failed),
        "raters who worked": (
            step(raters, len(raters["steps"]) - 2),
            sum(bool(rater.given) for rater in logs.values()),
        ),
        "raters left out": (part(raters, "left out of the results"), 1),
        "raters who left": (part(raters, "left before the end") + part(raters, "left and were replaced"), 1),
        "raters in another's place": (part(raters, "came in another's place"), 1),
        "units made": (step(units, 0), len(items())),
        "units to be calibrated on": (part(units, "for practice or calibration"), TRIES * TRIED * 2),
        "units judged": (step(units, 1), len(worked)),
        "units analysed": (step(units, 2), len(worked)),
        "answers handed in": (step(answers, 0), given + trained),
        "answers of the calibration": (part(answers, "practice or calibration"), trained),
        "answers judged again": (part(answers, "changed by the rater afterwards"), again),
        "answers for the results": (step(answers, 1), given),
        "answers left out with their rater": (part(answers, "left out with their rater"), out),
        "answers analysed": (step(answers, 2), given - out),
    }
    for name, (said, logged) in expected.items():
        yield from differs(f"flow, {name}", said, logged)
    judged_again = {item for rater in logs.values() for item, _label in rater.again}
    yield from differs("units judged again", judged_again, set(campaign.again))


def step(lane: Mapping[str, Any], number: int) -> int:
    """Return the count of a lane's step."""
    return int(lane["steps"][number]["count"])


def part(lane: Mapping[str, Any], words: str) -> int:
    """Return the count that stands beside or within a step under these words, 0 where nothing does."""
    parts = [one for found in lane["steps"] for one in (*found["out"], *found["within"])]
    return sum(int(one["count"]) for one in parts if one["label"]["msgid"] == words)


def _agreement(campaign: Any) -> Iterator[str]:
    """Alpha over all, and of each group, as `stats` has it from the log: the last answers, without who is left out."""
    sections = {section["key"]: section for section in campaign.report["sections"]}
    said = {"all": sections["agreement-true_false"]["blocks"][0]["value"]}
    for row in sections["by-group"]["blocks"][1]["rows"]:
        if isinstance(row[0], str):
            said[row[0]] = row[1]["value"]
    for name, value in said.items():
        rows = {
            (item, code): label
            for code, rater in campaign.raters.items()
            if code != campaign.left_out and name in ("all", rater.group)
            for item, label in (*rater.given, *rater.again)
        }
        logged = krippendorff_alpha(Table.from_rows((item, code, label) for (item, code), label in rows.items())).value
        print(f"  alpha, {name}: {value:.6f}, from the log {logged:.6f}")
        if logged is None or abs(value - logged) > CLOSE:
            yield f"alpha of {name}: {value}, by the log {logged}"
