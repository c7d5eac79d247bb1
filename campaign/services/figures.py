"""One rater's figures from their answers and those of the others: numbers, what is unusual, and what lies behind.

Nothing here knows which system an answer speaks of, and nothing is summed by system.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from campaign.models import WatchRules
from campaign.services.loading import Answer, Judged
from stats import watching
from stats.result import Reason

BLOCKS, LEAST_IN_BLOCK = 5, 10
RARE = 0.001
Figures = dict[str, Any]


@dataclass
class Work:
    """One rater's answers in order, those of the others, and what is found."""

    rater: int
    own: Sequence[Answer]
    others: Sequence[Answer]
    judged: Judged
    rules: WatchRules
    seed: int
    figures: Figures = field(default_factory=dict)
    lists: dict[str, list[int]] = field(default_factory=dict)

    def keep(self, name: str, answers: Sequence[Answer]) -> int:
        """Remember which assignments a number stands for; returns how many."""
        self.lists[name] = [one.assignment for one in answers]
        return len(answers)


def look(work: Work, *, bootstrap: int = 500) -> Work:
    """Fill in the figures and the lists behind them."""
    work.figures["n"] = work.keep("all", work.own)
    _agreement(work, bootstrap)
    _time(work)
    _runs(work)
    _choices(work)
    _drift(work)
    return work


def _agreement(work: Work, bootstrap: int) -> None:
    found = watching.with_others(work.judged, str(work.rater), bootstrap=bootstrap, seed=work.seed)
    work.figures |= {"agreement": found.percent.to_json(), "beyond": found.beyond.to_json()}
    shared = {one.unit: one for one in work.own if one.unit in found.by_unit and one.judged}
    work.keep("shared", list(shared.values()))
    work.keep("apart", [one for unit, one in shared.items() if found.by_unit[unit] < 0.5])
    work.figures["alike"] = {str(unit): round(value, 4) for unit, value in found.by_unit.items()}


def floor_ms(answer: Answer, rules: WatchRules) -> float:
    """Return the least time in which a unit's text can be read."""
    speed = rules.characters_per_second if answer.dense else rules.letters_per_second
    return 1000 * answer.length / speed


def _time(work: Work) -> None:
    timed = [one for one in work.own if one.ms > 0]
    fast = [one for one in timed if one.ms < floor_ms(one, work.rules)]
    work.figures["fast"] = {"hits": work.keep("fast", fast), "n": len(timed)}
    if timed:
        q1, median, q3 = (float(value) / 1000 for value in np.percentile([one.ms for one in timed], (25, 50, 75)))
        work.figures["time"] = {"q1": q1, "median": median, "q3": q3, "n": len(timed)}
    else:
        work.figures["time"] = {"median": None, "reason": "no_answers", "n": 0}


def _patterns(answers: Sequence[Answer]) -> list[str]:
    return [one.said.pattern for one in answers if one.said is not None]


def _runs(work: Work) -> None:
    told = [one for one in work.own if one.said is not None]
    patterns = _patterns(told)
    start, length = watching.longest_run(patterns)
    work.keep("run", told[start : start + length])
    share = watching.share_of_others(_patterns(work.others), patterns[start]) if patterns else None
    chance = watching.run_chance(length, len(patterns), share) if share is not None else None
    reason = "" if chance is not None else Reason.TOO_FEW_RATERS if patterns else "no_answers"
    work.figures["run"] = {"length": length, "n": len(patterns), "chance": chance, "reason": str(reason)}


def _where(work: Work, name: str, test: Callable[[Answer], bool | None], wanted: bool) -> tuple[int, int]:
    """Keep the answers for which `test` says what is wanted; returns how many, and of how many it says anything."""
    known = [(one, value) for one in work.own if (value := test(one)) is not None]
    return work.keep(name, [one for one, value in known if value is wanted]), len(known)


def _choices(work: Work) -> None:
    hits, n = _where(work, "level", lambda one: one.said.level if one.said else None, True)
    work.figures["level"] = {"hits": hits, "n": n}
    missed, n = _where(work, "missed", lambda one: one.passed, False)
    work.figures["checks"] = {"missed": missed, "n": n}
    _where(work, "first", lambda one: one.said.first if one.said else None, True)
    placed = [one.said for one in work.own if one.said is not None and one.said.places]
    decided = [said for said in placed if said.first is not None]
    if placed:
        side = watching.first_bias([bool(said.first) for said in decided], [said.places for said in decided])
        work.figures["side"] = side.to_json()
    else:
        work.figures["side"] = {"value": None, "reason": str(Reason.NOT_APPLICABLE), "n_items": 0}


def _drift(work: Work) -> None:
    timed = [one for one in work.own if one.ms > 0]
    alike = work.figures.pop("alike")
    agreed = [alike[str(one.unit)] for one in work.own if one.judged and str(one.unit) in alike]
    parts = min(BLOCKS, len(work.own) // LEAST_IN_BLOCK)
    blocks = [list(part) for part in np.array_split(np.arange(len(work.own)), parts)] if parts > 1 else []
    work.figures["drift"] = {
        "time": watching.trend([one.ms for one in timed]).to_json(),
        "agreement": watching.trend(agreed).to_json(),
        "blocks": [_block(work, at, [work.own[i] for i in part], alike) for at, part in enumerate(blocks, 1)],
    }


def _block(work: Work, at: int, answers: Sequence[Answer], alike: dict[str, float]) -> Figures:
    work.keep(f"block-{at}", answers)
    times = [one.ms / 1000 for one in answers if one.ms > 0]
    agreed = [alike[str(one.unit)] for one in answers if one.judged and str(one.unit) in alike]
    return {
        "n": len(answers),
        "median": float(np.median(times)) if times else None,
        "agreement": float(np.mean(agreed)) if agreed else None,
        "shared": len(agreed),
        "until": answers[-1].at.isoformat(),
    }


def unusual(figures: Figures, rules: WatchRules, usual: float | None) -> list[str]:
    """Return the codes of what deserves a look; `usual` is the median share of like answers over the raters.

    Bounds, not verdicts: each says that somebody should read the units behind the number.
    """
    run, side, drift = figures["run"], figures["side"], figures["drift"]
    told = {
        "fast": figures["fast"]["hits"] >= 3 and figures["fast"]["hits"] >= 0.1 * figures["fast"]["n"],
        "run": run["length"] > rules.longest_run and (run["chance"] is None or run["chance"] < RARE),
        "level": figures["level"]["n"] >= 10 and figures["level"]["hits"] >= 0.9 * figures["level"]["n"],
        "side": side["value"] is not None and side["p"] < RARE,
        "checks": figures["checks"]["missed"] >= 2 and figures["checks"]["missed"] > 0.25 * figures["checks"]["n"],
        "apart": usual is not None and (figures["agreement"]["ci"] or {"high": 1.0})["high"] < usual - 0.05,
        "faster": _falls(drift["time"]) and drift["time"]["value"] < -0.3,
        "drifts": _falls(drift["agreement"]),
    }
    return [code for code, found in told.items() if found]


def _falls(trend: Figures) -> bool:
    return trend["value"] is not None and trend["value"] < 0 and trend["p"] < RARE
