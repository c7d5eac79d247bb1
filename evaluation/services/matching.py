"""Proposing pairs from two data sets so that both sides are alike: same topic, nearest by text, most detailed first.

No item stands in two pairs. What the manager has accepted or dropped stays as it is when pairs are proposed again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from evaluation.models import Pair
from evaluation.services import likeness
from projects.models import Dataset, Item, Study, Turn
from projects.prepared import Prepared
from projects.services import jobs
from projects.services.audit import record
from projects.services.parts import need_state

CHUNK = 500
# So many other partners are kept for each pair, for the manager to choose from.
KEPT = 8
Measure = Callable[[Sequence[str], Sequence[str]], likeness.Row]


@dataclass(frozen=True)
class Text:
    """An item as it is compared: its id, its topic, everything it says."""

    item: int
    external_id: str
    topic: str
    words: str

    @property
    def detail(self) -> tuple[int, str]:
        """What sorts the most detailed first; where two are equally long, their ids decide."""
        return -len(self.words), self.external_id


@dataclass(frozen=True)
class Match:
    """A pair to be proposed."""

    left: int
    right: int
    topic: str
    similarity: float
    others: Sequence[tuple[int, float]] = ()


def texts(dataset: Dataset) -> list[Text]:
    """Return the items of a data set with what they say, turns and all."""
    rows = Item.objects.visible().kept().filter(dataset=dataset, current__isnull=False)
    columns = ("pk", "external_id", "current__topic", "current__text", "current_id")
    found = list(rows.order_by("position", "pk").values_list(*columns))
    said: dict[int, list[str]] = defaultdict(list)
    for at in range(0, len(found), CHUNK):
        part = [row[4] for row in found[at : at + CHUNK]]
        turns = Turn.objects.filter(revision__in=part).order_by("revision", "index")
        for revision, text in turns.values_list("revision_id", "text"):
            said[revision].append(text)
    return [
        Text(pk, external, (topic or "").strip(), "\n".join([*([text] if text else []), *said[revision or 0]]))
        for pk, external, topic, text, revision in found
    ]


def by_topic(found: Sequence[Text]) -> dict[str, list[Text]]:
    """Return texts by topic, however its case is written; the most detailed first."""
    rows: dict[str, list[Text]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.detail):
        rows[one.topic.casefold()].append(one)
    return rows


def matches(
    left: Sequence[Text], right: Sequence[Text], *, measure: Measure, least: float = 0.0, most: int | None = None
) -> list[Match]:
    """Return the pairs: topics in turn, in each the most detailed left text with the nearest right one that is free."""
    ours, theirs = by_topic(left), by_topic(right)
    shared = sorted(set(ours) & set(theirs))
    turns = [_of_topic(ours[topic], theirs[topic], measure, least) for topic in shared]
    found: list[Match] = []
    while turns and (most is None or len(found) < most):
        going = []
        for one in turns:
            match = next(one, None)
            if match is None:
                continue
            going.append(one)
            if most is None or len(found) < most:
                found.append(match)
        turns = going
    return found


def _of_topic(ours: Sequence[Text], theirs: Sequence[Text], measure: Measure, least: float) -> Iterator[Match]:
    """Yield a topic's pairs; the similarities of a row are worked out when its turn comes."""
    near = measure([one.words for one in ours], [one.words for one in theirs])
    free = set(range(len(theirs)))
    for at, one in enumerate(ours):
        if not free:
            return
        row = near(at)
        order = sorted(range(len(theirs)), key=lambda n: (-row[n], n))
        best = next(n for n in order if n in free)
        if row[best] < least:
            continue
        free.remove(best)
        others = [(theirs[n].item, round(row[n], 4)) for n in order if n != best][:KEPT]
        yield Match(one.item, theirs[best].item, one.topic, round(row[best], 4), others)


OF_PROJECT = Prepared(lambda project, pk: Dataset.objects.filter(project_id=project, pk=pk), -1, -2)


def other_dataset(study: Study) -> Dataset | None:
    """Return the data set of the right side; None where there is none any more, or it is the left one."""
    chosen = str(study.settings.get("other_dataset") or "")
    found = OF_PROJECT.first(study.project_id, int(chosen)) if chosen.isdecimal() else None
    return None if found is None or found.pk == study.dataset_id else found


def propose(study: Study, tell: Callable[[int, int], None]) -> int:
    """Propose pairs for a draft, up to as many as its settings want; returns how many are new."""
    other = other_dataset(study)
    if study.dataset is None or other is None:
        raise jobs.JobFailed(_("Choose two data sets in the settings, then propose pairs."))
    rows = Pair.objects.filter(study=study, source=Pair.Source.MATCHED)
    kept = list(rows.filter(left__dataset=study.dataset, right__dataset=other).exclude(state=Pair.State.PROPOSED))
    lefts, rights = {row.left_id for row in kept}, {row.right_id for row in kept if row.state == Pair.State.ACCEPTED}
    tell(0, 3)
    left = [one for one in texts(study.dataset) if one.item not in lefts]
    right = [one for one in texts(other) if one.item not in rights]
    tell(1, 3)
    wanted = study.settings.get("sample_size")
    accepted = sum(row.state == Pair.State.ACCEPTED for row in kept)
    how = str(study.settings.get("pair_by") or likeness.TFIDF)
    found = matches(
        left, right, measure=lambda a, b: likeness.measure(how, a, b),
        least=float(study.settings.get("pair_least") or 0.0),
        most=None if not wanted else max(0, int(wanted) - accepted),
    )  # fmt: skip
    tell(2, 3)
    _keep(study, found, [row.pk for row in kept])
    return len(found)


def _keep(study: Study, found: Sequence[Match], kept: Sequence[int]) -> None:
    """Store the proposals; what nobody has decided on, or what is of other data sets, goes."""
    with transaction.atomic():
        need_state(study, Study.State.DRAFT)
        rows = Pair.objects.filter(study=study, source=Pair.Source.MATCHED)
        rows.exclude(pk__in=kept).delete()
        Pair.objects.bulk_create(
            [
                Pair(
                    study=study, source=Pair.Source.MATCHED, position=len(kept) + n, left_id=one.left,
                    right_id=one.right, topic=one.topic[:200], similarity=one.similarity,
                    others=[list(other) for other in one.others],
                )
                for n, one in enumerate(found)
            ],
            batch_size=CHUNK,
        )  # fmt: skip
        record("study.pairs_proposed", actor=None, project=study.project, target=study, count=len(found))
