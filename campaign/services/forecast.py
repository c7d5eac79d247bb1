"""When a study will have its answers, if the days to come are like the days that were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

# The pace is that of the last four weeks at most: what was before says little.
WINDOW, LEAST_DAYS, LEAST_ACTIVE = 28, 3, 2
DRAWS, HORIZON = 1000, 730


@dataclass(frozen=True)
class Forecast:
    """The end as dates: `middle`, and between `early` and `late` in eight of ten futures; or why there is none.

    `pace` is answers a day over `days` days, days without work included.
    """

    left: int
    pace: float | None = None
    days: int = 0
    early: str | None = None
    middle: str | None = None
    late: str | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields, JSON-safe."""
        return asdict(self)


def forecast(daily: Sequence[int], *, left: int, today: date, seed: int = 1) -> Forecast:
    """Return the forecast from the answers of each past day, the last one yesterday, days without work as 0.

    Whole futures are made of days drawn with replacement from the past ones. That holds the unevenness of the days, not
    what nobody can know: holidays, people who join or leave.
    """
    recent = list(daily)[-WINDOW:]
    pace = float(np.mean(recent)) if recent else None
    if left <= 0:
        return Forecast(0, pace, len(recent), reason="done")
    if len(recent) < LEAST_DAYS or sum(1 for one in recent if one) < LEAST_ACTIVE:
        return Forecast(left, pace, len(recent), reason="too_few_days")
    rng = np.random.default_rng(seed)
    ends = np.sort([_days(rng, np.asarray(recent), left) for _draw in range(DRAWS)])
    early, middle, late = (int(ends[int(share * (DRAWS - 1))]) for share in (0.1, 0.5, 0.9))
    if late >= HORIZON:
        return Forecast(left, pace, len(recent), reason="too_far")
    # The first future day is today.
    told = [(today + timedelta(days=n - 1)).isoformat() for n in (early, middle, late)]
    return Forecast(left, pace, len(recent), *told)


def _days(rng: np.random.Generator, recent: Any, left: int) -> int:
    """Return after how many drawn days `left` answers are there."""
    done, days = 0, 0
    while days < HORIZON:
        drawn = np.cumsum(rng.choice(recent, size=min(64, HORIZON - days)))
        if done + drawn[-1] >= left:
            return days + int(np.searchsorted(drawn, left - done)) + 1
        done, days = done + int(drawn[-1]), days + len(drawn)
    return HORIZON
