"""The rows of a review's files: final data set, removed items, every answer, rater x item; streamed by chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from annotation.models import Dispute, Resolution
from annotation.results.rows import (
    EXPOSURE,
    IN_FORCE,
    INDEPENDENT,
    ITEM_COLUMNS,
    Given,
    Row,
    chunks,
    codes,
    given,
    in_words,
    items,
    items_briefly,
    moment,
    placed,
    prelabels,
    said,
    shaped,
    unit_ids,
)  # fmt: skip
from projects.models import Assignment, Rater, Study
from projects.services.exclusions import left_out

# --- the final data set, and what was removed -------------------------------------------------------------

PRELABEL_COLUMNS = ["prelabel", "prelabel_source", "prelabel_score"]
FINAL_COLUMNS = [*ITEM_COLUMNS, "label", "label_text", "how", *PRELABEL_COLUMNS, "votes", "dispute", "reason"]
REMOVED_COLUMNS = [*ITEM_COLUMNS, "reason_code", "reason", "removed_at", *PRELABEL_COLUMNS, "votes", "dispute"]
Ending = tuple[str, list[str], str, str, Any]


def final(study: Study) -> Iterator[Row]:
    """Yield the agreed data set: each item with its final label and how it was reached."""
    return (_in_order(row, FINAL_COLUMNS) for row in _concluded(study, removed=False))


def removed(study: Study) -> Iterator[Row]:
    """Yield what was removed from the data set, with the reason."""
    return (_in_order(row, REMOVED_COLUMNS) for row in _concluded(study, removed=True))


def _in_order(row: Row, columns: list[str]) -> Row:
    return {name: row[name] for name in columns}


def _concluded(study: Study, *, removed: bool) -> Iterator[Row]:
    """Yield all there is to say of each unit with a conclusion in force: those removed, or all others."""
    names = codes(study)
    for ids in chunks(unit_ids(study)):
        endings = _endings(ids, removed=removed)
        ended = list(endings)
        known, answered = items(ended), given(ended, IN_FORCE)
        proposals = prelabels(item["revision"] for item in known.values())
        causes = dict(Dispute.objects.filter(unit__in=ended).values_list("unit", "cause"))
        for pk in ids:
            if pk not in endings or known[pk]["withdrawn"]:
                continue
            kind = known[pk]["kind"]
            votes = said(placed(answered.get(pk, ())), kind, names)
            row = known[pk] | _ending(endings[pk], known[pk]) | _proposal(proposals.get(known[pk]["revision"]), kind)
            yield row | {"votes": votes, "dispute": causes.get(pk, "")}


def _endings(ids: list[int], *, removed: bool) -> dict[int, Ending]:
    rows = Resolution.objects.filter(unit__in=ids, current=True)
    rows = rows.filter(how="removed") if removed else rows.exclude(how="removed")
    return {row[0]: row[1:] for row in rows.values_list("unit", "how", "values", "reason_code", "reason", "created_at")}


def _ending(ending: Ending, item: Row) -> Row:
    how, values, code, reason, at = ending
    label, words = shaped(values, item["kind"]), in_words(values, item["options"], item["kind"])
    answer = {"label": label, "label_text": words, "how": how}
    return answer | {"reason_code": code, "reason": reason, "removed_at": at.isoformat()}


def _proposal(proposal: tuple[list[str], str, float | None] | None, kind: str) -> Row:
    values, source, score = proposal or (None, "", None)
    return {"prelabel": shaped(values, kind), "prelabel_source": source, "prelabel_score": score}


# --- every answer -----------------------------------------------------------------------------------------

ANSWER_COLUMNS = [
    "id", "kind", "topic", "subtopic", "language", "rater", "group", "label", "number", "independent", "current",
    "shown_at_first", "shown_before", "surplus", "excluded", "unsure", "comment", "active_seconds", "submitted_at",
    "settings_version", "guideline_version",
]  # fmt: skip


def answers(study: Study) -> Iterator[Row]:
    """Yield every answer in force, and the independent one before it where they differ: rater x item x submission."""
    raters = {pk: (code, group) for pk, code, group in _raters(study)}
    out = left_out(study)
    for ids in chunks(unit_ids(study)):
        known, answered = items_briefly(ids), given(ids, IN_FORCE | INDEPENDENT)
        for pk in ids:
            rows = [
                _answer(known[pk], raters[one.rater], one, out.reason(pk, one.rater, one.assignment))
                for one in answered.get(pk, ())
            ]
            yield from sorted(rows, key=lambda row: (row["rater"], row["number"]))


def _raters(study: Study) -> Iterable[tuple[int, str, str]]:
    assigned = Assignment.objects.filter(study=study).values("rater")
    return Rater.objects.filter(pk__in=assigned).values_list("pk", "code", "group")


def _answer(item: tuple[str, str, str, str, str], rater: tuple[str, str], given: Given, excluded: str) -> Row:
    _, _, _, _, number, independent, current, base, seen, surplus, unsure, comment, ms, at, version, guide = given.row
    return {
        "id": item[0],
        "kind": item[1],
        "topic": item[2],
        "subtopic": item[3],
        "language": item[4],
        "rater": rater[0],
        "group": rater[1],
        "label": shaped(given.values, item[1]),
        "number": number,
        "independent": bool(independent),
        "current": bool(current),
        "shown_at_first": EXPOSURE[base],
        "shown_before": EXPOSURE[seen],
        "surplus": bool(surplus),
        "excluded": excluded,
        "unsure": bool(unsure),
        "comment": comment,
        "active_seconds": ms / 1000,
        "submitted_at": moment(at),
        "settings_version": version,
        "guideline_version": guide,
    }


# --- rater x item -----------------------------------------------------------------------------------------


def matrix_columns(study: Study) -> list[str]:
    """Return the item's id and the raters' codes."""
    return ["id", *codes(study).values()]


def matrix(study: Study) -> Iterator[Row]:
    """Yield for each item the independent answers under the raters' codes: those that agreement is computed on."""
    names, out = codes(study), left_out(study)
    for ids in chunks(unit_ids(study)):
        known, answered = items_briefly(ids), given(ids, INDEPENDENT)
        for pk in ids:
            counted = [one for one in placed(answered.get(pk, ())) if not out.reason(pk, one.rater, one.assignment)]
            yield {"id": known[pk][0], **said(counted, known[pk][1], names)}
