"""What a run will take: calls, tokens and money, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evaluation.models import PromptVersion, Purpose, Response, Run, RunItem, SystemVersion
from evaluation.prompting.render import Message
from evaluation.providers import money
from evaluation.services import judge_tasks, selection
from evaluation.services.calls import messages_for
from projects.models import ItemRevision

# Tokens an answer takes on average, where its limit does not say less.
EXPECTED = {Purpose.ANSWER: 300, Purpose.PRELABEL: 8, Purpose.TEST: 8, Purpose.JUDGE: 400}
# What says to a judge why its answer could not be read.
REASON_TOKENS = 80
# Reading every item of a large data set would take long; this many say enough.
LOOKED_AT = 200


@dataclass(frozen=True)
class Sum:
    """One system's share of the estimate."""

    calls: int
    tokens_in: int
    tokens_out: int
    most_out: int
    cost: Decimal | None
    most: Decimal | None


def estimate(run: Run, versions: Sequence[SystemVersion]) -> dict[str, Any]:
    """Return the estimate as the run keeps it; costs are summed by currency, and calls without a price are counted."""
    ids = selection.item_ids(run)
    if run.purpose == Purpose.JUDGE:
        return _judged(run, versions, ids)
    step = max(1, len(ids) // LOOKED_AT)
    looked = [revision for part in selection.revisions(ids[::step]) for revision in part]
    here = existing(ids, versions, run.rounds)
    out = nothing(len(ids))
    for version in versions:
        calls = len(ids) * run.rounds - here.get(version.pk, 0)
        tokens = [money.estimate_messages(messages) for messages in _messages(version, looked)]
        mean = sum(tokens) / len(tokens) if tokens else 0
        _add(out, version, _sum(version, run.purpose, calls, mean))
        out["existing"] += here.get(version.pk, 0)
    return out


def _judged(run: Run, versions: Sequence[SystemVersion], ids: Sequence[int]) -> dict[str, Any]:
    """Return the estimate of a run of judges: what it takes to read a share of its tasks says what all will take."""
    looked: list[tuple[ItemRevision, judge_tasks.Sheet]] = []
    tasks = place = 0
    for part in selection.revisions(list(ids)):
        by_id = {revision.pk: revision for revision in part}
        for shown in judge_tasks.arrangements(run.judging, part, place):
            tasks += 1
            if len(looked) < LOOKED_AT:
                looked.append((by_id[shown[0].revision_id], judge_tasks.draft_sheet(run.judging, shown)))
        place += len(part)
    out = nothing(len(ids)) | {"tasks": tasks}
    for version in versions:
        prompt = version.prompt
        sent = [messages_for(prompt, row, version.endpoint, sheet) for row, sheet in looked] if prompt else []
        tokens = [money.estimate_messages(messages) for messages in sent]
        _add(out, version, _sum(version, run.purpose, tasks * run.rounds, sum(tokens) / len(tokens) if tokens else 0))
    return out


def nothing(items: int) -> dict[str, Any]:
    """Return the estimate of a run without calls."""
    out: dict[str, Any] = {"items": items, "calls": 0, "existing": 0, "tokens_in": 0, "tokens_out": 0}
    return out | {"unpriced": 0, "cost": {}, "most": {}}


def expected_out(version: SystemVersion, purpose: str) -> int:
    """Return the tokens an answer is expected to take."""
    return min(most_out(version), EXPECTED[Purpose(purpose)])


def most_out(version: SystemVersion) -> int:
    """Return the most tokens an answer can take."""
    return money.most_tokens(version.parameters)


def existing(ids: Sequence[int], versions: Sequence[SystemVersion], rounds: int) -> dict[int, int]:
    """Return how many of the wanted responses are there already, by system version."""
    found: dict[int, int] = {}
    for version in versions:
        rows = Response.objects.filter(system_version=version, round__lte=rounds)
        wanted = set(ids)
        here = rows.values_list("revision__item_id", "round", "revision_id", "revision__item__current_id")
        found[version.pk] = sum(1 for item, _, revision, current in here if item in wanted and revision == current)
    return found


def row_tokens(version: SystemVersion, messages: list[Message]) -> int:
    """Return the most tokens a call is expected to take of the endpoint's limit."""
    return money.estimate_messages(messages) + most_out(version)


def _messages(version: SystemVersion, looked: Sequence[Any]) -> list[list[Message]]:
    prompt: PromptVersion | None = version.prompt
    return [messages_for(prompt, revision, version.endpoint) for revision in looked] if prompt else []


def _sum(version: SystemVersion, purpose: str, calls: int, mean_in: float) -> Sum:
    endpoint = version.endpoint
    prices = (endpoint.price_in, endpoint.price_out) if endpoint else (None, None)
    tokens_in = round(calls * mean_in)
    expected, most = calls * expected_out(version, purpose), calls * most_out(version)
    most_in = tokens_in
    if purpose == Purpose.JUDGE:
        # Every judge may be asked once more, with its first answer and the reason.
        most_in, most = 2 * tokens_in + most + calls * REASON_TOKENS, 2 * most
    return Sum(
        calls, tokens_in, expected, most, money.cost(tokens_in, expected, *prices), money.cost(most_in, most, *prices)
    )


def _add(out: dict[str, Any], version: SystemVersion, share: Sum) -> None:
    out["calls"] += share.calls
    out["tokens_in"] += share.tokens_in
    out["tokens_out"] += share.tokens_out
    endpoint = version.endpoint
    if share.cost is None or share.most is None or endpoint is None:
        out["unpriced"] += share.calls
        return
    for name, amount in (("cost", share.cost), ("most", share.most)):
        sums = out[name]
        sums[endpoint.currency] = str(Decimal(sums.get(endpoint.currency, "0")) + amount)


def left(run: Run) -> int:
    """Return how many calls are still to be made."""
    return RunItem.objects.filter(run=run, state__in=[RunItem.State.QUEUED, RunItem.State.LEASED]).count()
