"""What a worker does to tell whether a study may stop: computes the intervals, keeps nothing but yes or no."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evaluation.models import StoppingLook
from evaluation.results import judged
from evaluation.services import stopping
from evaluation.summary.frame import Work
from evaluation.summary.report import REPLICATES
from projects.models import Job, Study
from projects.services import jobs
from stats.result import Figure

SEED = 1
# Before so many items nothing is reached: the first few may agree by chance.
LEAST = 10
# One interval's ends; None where nothing varies.
Ends = tuple[float | None, float | None]


def run(job: Job, progress: jobs.Progress) -> str:
    """Look at the study in the job's subject. It may start over: a look more does no harm."""
    study = Study.objects.select_related("project", "version").get(pk=int(job.subject.partition(":")[2]))
    if study.state == Study.State.OPEN and stopping.width_of(study) is not None:
        look(study)
    return ""


def look(study: Study) -> StoppingLook:
    """Compute and keep whether every interval of the primary outcome is narrow enough."""
    n, width = stopping.submitted(study), stopping.width_of(study)
    found = widest(study)
    reached = found is not None and width is not None and found <= width
    return stopping.keep(study, judgements=n, reached=reached)


def widest(study: Study) -> float | None:
    """Return the width of the widest interval; None while a system has no judgement, or the items are too few.

    A system that came out the same on every item has no interval to be computed: its width counts as none.
    """
    data = judged.load(study)
    answered = {case.assignment for case in data.counted.values()}
    seen = {data.members[member].system for assignment, member in data.slots if assignment in answered}
    if seen != set(data.names) or len({case.item for case in data.counted.values()}) < LEAST:
        return None
    ends = list(ENDS[study.kind](Work(data, SEED, REPLICATES)))
    return max((high - low for low, high in ends if low is not None and high is not None), default=0.0)


def of_ranking(work: Work) -> Iterator[Ends]:
    """Yield the interval of each system's mean rank, in each block."""
    from evaluation.summary import ranked
    from stats.rank_tests import mean_rank

    for one in ranked.load(work).blocks:
        yield from ends_of(mean_rank(one.table, bootstrap=work.replicates, seed=work.seed))


def of_comparison(work: Work) -> Iterator[Ends]:
    """Yield the interval of each system's share of won overall verdicts."""
    from evaluation.summary import compared
    from stats.preference import win_rate

    found = compared.load(work)
    if found:
        yield from ends_of(win_rate(found.votes[compared.OVERALL], bootstrap=work.replicates, seed=work.seed))


def of_rating(work: Work) -> Iterator[Ends]:
    """Yield the interval of each system's mean on each criterion."""
    from evaluation.summary import rated

    for criterion in rated.load(work).criteria:
        for figure in criterion.means.values():
            yield (figure.ci.low, figure.ci.high) if figure.ci else (None, None)


def ends_of(figure: Figure) -> Iterator[Ends]:
    """Yield the ends of a figure's intervals, one for each of its names."""
    from reports import ink

    for key in figure.values or {}:
        yield ink.named_ends(figure, key)


ENDS: dict[str, Callable[[Work], Iterator[Ends]]] = {
    "ranking": of_ranking,
    "comparison": of_comparison,
    "rating": of_rating,
}
