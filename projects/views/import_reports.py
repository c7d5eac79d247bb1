"""What the check of a file found, in words, for the pages of an import."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.formats.dialogue_messages import REMARKS
from projects.models import ImportBatch
from projects.services import import_report
from projects.views.conversation import ROLES

# So many sessions are named for each remark.
PLACES_SHOWN = 8
FIELD_NAMES = {
    "text": gettext_lazy("text or options"),
    "topic": gettext_lazy("topic"),
    "subtopic": gettext_lazy("subtopic"),
    "language": gettext_lazy("language"),
    "reference": gettext_lazy("reference answer"),
    "metadata": gettext_lazy("other columns"),
    "prelabel": gettext_lazy("pre-label"),
    "answer": gettext_lazy("final answer"),
}
DIALOGUE_FIELDS = {
    **FIELD_NAMES,
    "text": gettext_lazy("turns"),
    "case": gettext_lazy("case"),
    "metadata": gettext_lazy("other keys"),
    "prelabel": gettext_lazy("labels"),
    "answer": gettext_lazy("labels of raters"),
}


def report_of(batch: ImportBatch) -> dict[str, Any] | None:
    """Return what was found in the file, with every problem in words; None before it was checked."""
    report = batch.report
    if "good" not in report:
        return None
    listed = [*report["conflicting"], *report["problems"]]
    listed = sorted(listed, key=lambda one: int(one["row"]))[: import_report.LISTED]
    known = items_in_conflict(batch, listed)
    rows = [(one["row"], one["column"], in_words(one), known.get(id_in_conflict(one))) for one in listed]
    bad = report["conflicts"] + report["rejected"]
    return {
        **report,
        "bad": bad,
        "listed": rows,
        "missing": report["good"] - report["answered"],
    }


def dialogue_report_of(batch: ImportBatch) -> dict[str, Any] | None:
    """Return what was found in a file of dialogues, with every problem in words and in its place."""
    report = batch.report
    if "good" not in report:
        return None
    listed = sorted([*report["conflicting"], *report["problems"]], key=lambda one: int(one["row"]))
    known = items_in_conflict(batch, listed)
    return {
        **report,
        "bad": report["conflicts"] + report["rejected"],
        "listed": [
            {
                "row": one["row"],
                "session": one["params"].get("session", ""),
                "turn": one["column"],
                "line": one["params"].get("line") or "",
                "reason": in_words(one),
                "item": known.get(id_in_conflict(one)),
            }
            for one in listed[: import_report.LISTED]
        ],
        "by_role": [(str(ROLES[role]), count) for role, count in sorted(report["roles"].items())],
        "values": [(name, sorted(found.items(), key=lambda one: -one[1])) for name, found in report["labels"].items()],
        "remarked": [
            {**found, "words": REMARKS[code], "listed": found["listed"][:PLACES_SHOWN]}
            for code, found in report["remarks"].items()
        ],
    }


def id_in_conflict(problem: dict[str, Any]) -> str:
    """Return the id of the item that a row contradicts; empty for any other problem."""
    return str(problem["params"].get("value", "")) if problem["code"] == import_report.CONFLICT else ""


def items_in_conflict(batch: ImportBatch, problems: list[dict[str, Any]]) -> dict[str, int]:
    """Return the keys of the items that rows contradict, by id, so that each can be opened and corrected."""
    ids = [found for found in map(id_in_conflict, problems) if found]
    return dict(batch.dataset.items.filter(external_id__in=ids).values_list("external_id", "pk")) if ids else {}


def in_words(problem: dict[str, Any]) -> str:
    """Return why a row cannot be imported; a conflict also says what differs."""
    told = import_report.told(problem)
    known = DIALOGUE_FIELDS if "session" in problem["params"] else FIELD_NAMES
    names = [str(known.get(name, name)) for name in problem["params"].get("fields", "").split(",") if name]
    if not names:
        return told
    return told + " " + _("It differs in: %(names)s.") % {"names": ", ".join(names)}
