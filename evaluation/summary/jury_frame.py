"""What the chapters of a judges' report share: scores by judge, system and criterion, and how they stand in tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from evaluation.results.panel import Criterion, Panel
from reports.summary import Words, phrase
from stats.significance import Means

if TYPE_CHECKING:
    from evaluation.summary.jury_beside import Beside

REPLICATES = 1000
OVERALL = "overall"
# In place of a judge's key: the mean of all judges that scored the response.
TOGETHER = 0


@dataclass(frozen=True)
class Work:
    """A jury's verdicts with how figures are drawn from them."""

    panel: Panel
    seed: int
    replicates: int = REPLICATES

    @property
    def draw(self) -> dict[str, int]:
        """How the bootstrap is drawn, as `stats` wants it."""
        return {"bootstrap": self.replicates, "seed": self.seed}

    @cached_property
    def rounds(self) -> dict[tuple[int, str], dict[int, float]]:
        """By judge and criterion the score of each response, averaged over the judge's rounds and runs."""
        found: dict[tuple[int, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row in self.panel.scores:
            found[row.judge, row.criterion][row.response].append(row.value)
        return {key: {pk: fmean(values) for pk, values in of.items()} for key, of in found.items()}

    @cached_property
    def scorers(self) -> list[int]:
        """The judges that gave scores."""
        given = {judge for judge, _criterion in self.rounds}
        return [judge for judge in self.panel.judges if judge in given]

    @cached_property
    def criteria(self) -> list[Criterion]:
        """The criteria that somebody scored, in their order."""
        given = {criterion for _judge, criterion in self.rounds}
        return [one for key, one in self.panel.criteria.items() if key in given]

    def scores(self, judge: int, criterion: str) -> dict[int, float]:
        """The score of each response by one judge, or by all together; overall is the mean of a response's criteria."""
        key = (judge, criterion)
        if key not in self._known:
            self._known[key] = self._scores(judge, criterion)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[int, str], dict[int, float]]:
        return dict(self.rounds)

    def _scores(self, judge: int, criterion: str) -> dict[int, float]:
        if judge == TOGETHER:
            return averaged([self.scores(one, criterion) for one in self.scorers])
        if criterion == OVERALL:
            return whole([self.rounds[judge, one.key] for one in self.criteria if (judge, one.key) in self.rounds])
        return {}

    @cached_property
    def beside(self) -> dict[int, list[Beside]]:
        """By study every judge beside its people."""
        from evaluation.summary import jury_beside

        return {one.study.pk: list(jury_beside.of_study(self, one)) for one in self.panel.people}

    def means(self, judge: int, criterion: str) -> Means:
        """A judge's question means by system."""
        shown = self.panel.responses
        rows = self.scores(judge, criterion).items()
        return Means.from_rows((shown[pk].version, shown[pk].item, shown[pk].round, value) for pk, value in rows)

    def judge(self, key: int) -> Words:
        """What readers call a judge."""
        return self.panel.judges[key] if key else phrase(_("all judges"))

    def system(self, key: int) -> str:
        """What readers may call a system."""
        return self.panel.names[key]

    @property
    def systems(self) -> list[int]:
        """The systems that were judged, in their order."""
        return list(self.panel.names)

    def criterion(self, key: str) -> Words:
        """What readers call a criterion."""
        return phrase(_("Over all")) if key == OVERALL else self.panel.criteria[key].name


def averaged(sides: list[dict[int, float]]) -> dict[int, float]:
    """The mean of several judges' scores, of the responses that all of them scored."""
    shared = set.intersection(*(set(side) for side in sides)) if sides else set()
    return {pk: fmean(side[pk] for side in sides) for pk in sorted(shared)}


def whole(parts: list[dict[int, float]]) -> dict[int, float]:
    """The mean over criteria, of the responses that have all of them."""
    return averaged(parts)
