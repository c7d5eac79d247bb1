"""The files a blind study offers: judgements under codes, and the key to the codes as a file of its own.

Neither says anything before the study has closed, and the key nothing before it has been opened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from evaluation.results import judged
from evaluation.results.judged import Judged
from evaluation.services import blinding
from projects.kinds import Export
from projects.models import Study

COMMON = ["rater", "group", "item", "topic", "role", "repeat", "block", "answer", "excluded"]
VERDICTS = ["overall", "criteria"]
KEY = ["code", "system", "version", "slug"]


def _common(data: Judged, submission: int) -> dict[str, Any]:
    case = data.cases[submission]
    values = (
        case.rater, case.group, case.item, case.topic, case.role, case.repeat, case.block, case.number, case.excluded,
    )  # fmt: skip
    return dict(zip(COMMON, values, strict=True))


def _closed(study: Study) -> bool:
    return study.state == Study.State.CLOSED


def _codes(study: Study) -> dict[int, str]:
    return dict(study.systems.values_list("pk", "code"))


def judgements(study: Study) -> Iterator[Mapping[str, Any]]:
    """Yield every rank, preference and score in long form, under codes."""
    if not _closed(study):
        return
    data, codes = judged.load(study), _codes(study)
    for submission, member, rank in judged.ranks(study):
        yield from _about(data, codes, submission, member, "rank", rank)
    for submission, member, criterion, value in judged.scores(study):
        yield from _about(data, codes, submission, member, criterion, value)
    sides = _sides(data, codes)
    for submission, criterion, choice in judged.preferences(study):
        if submission in data.cases:
            pair = sides[data.cases[submission].assignment]
            about = {"criterion": criterion, "value": choice, "winner": pair.get(choice, choice), **pair}
            yield _common(data, submission) | about


def _about(
    data: Judged, codes: Mapping[int, str], submission: int, member: int, criterion: str, value: int
) -> Iterator[dict[str, Any]]:
    if submission not in data.cases:
        return
    case, about = data.cases[submission], data.members[member]
    yield _common(data, submission) | {
        "system": codes[about.system],
        "place": data.slots.get((case.assignment, member)),
        "length": about.length,
        "criterion": criterion,
        "value": value,
        "marks": " ".join(data.marks.get((submission, member), [])),
    }


def _sides(data: Judged, codes: Mapping[int, str]) -> dict[int, dict[str, str]]:
    """Return by assignment the systems that stood first and second."""
    found: dict[int, dict[str, str]] = {}
    for (assignment, member), slot in data.slots.items():
        found.setdefault(assignment, {})["first" if slot == 1 else "second"] = codes[data.members[member].system]
    return found


def key(study: Study) -> Iterator[Mapping[str, Any]]:
    """Yield which system stood behind each code, once the key has been opened."""
    if not blinding.is_open(study):
        return
    for row in study.systems.select_related("system_version__system", "dataset").order_by("code"):
        version = row.system_version
        slug = version.system.slug if version else row.dataset.slug if row.dataset else ""
        yield dict(zip(KEY, (row.code, row.real_name, version.number if version else "", slug), strict=True))


REASONS = ["item", "topic", "rater", "group", "first", "second", "system", *VERDICTS, "reason", "flags", "comment"]


def reasons(study: Study) -> Iterator[Mapping[str, Any]]:
    """Yield every written reason with the verdicts it goes with, under codes; a system's code or a tie says who won."""
    if not _closed(study):
        return
    data, codes = judged.load(study), _codes(study)
    sides = _sides(data, codes)
    said: dict[int, dict[str, str]] = defaultdict(dict)
    for submission, criterion, choice in data.preferences:
        said[submission][criterion] = choice
    for submission, member, text in judged.reasons(study):
        if submission not in data.cases:
            continue
        case = data.cases[submission]
        pair = sides.get(case.assignment, {}) if said[submission] else {}
        won = {key: pair.get(choice, choice) for key, choice in said[submission].items()}
        flags = sorted({concern for (key, _m), found in data.marks.items() if key == submission for concern in found})
        yield {
            "item": case.item, "topic": case.topic, "rater": case.rater, "group": case.group, **pair,
            "system": codes[data.members[member].system] if member else "", "overall": won.pop("overall", ""),
            "criteria": "; ".join(f"{key}: {winner}" for key, winner in won.items()), "reason": text,
            "flags": " ".join(flags), "comment": case.comment,
        }  # fmt: skip


def _fixed(columns: list[str]) -> Callable[[Study], list[str]]:
    return lambda study: list(columns)


LONG = [*COMMON, "system", "place", "length", "first", "second", "criterion", "value", "winner", "marks"]
BLIND: tuple[Export, ...] = (
    Export("judgements", _("All judgements, under codes (from closing on)"), _fixed(LONG), judgements),
    Export("reasons", _("Written reasons, under codes (from closing on)"), _fixed(REASONS), reasons),
    Export("key", _("The key to the codes (once it is open)"), _fixed(KEY), key),
)
