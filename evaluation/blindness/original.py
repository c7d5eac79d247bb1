"""A study as plain data: what of it can reach its raters, and the design behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.models import BlindStudy, ResponseSet, UnitResponse
from evaluation.services import conversations
from projects.models import Item, ItemRevision, Study, StudyRole, Unit

UNITS, RATERS = 6, 2
LEFT_OUT = ("consent", "question", "guess_names", "practice", "gold")
Data = dict[str, Any]


def take(study: Study) -> Data:
    """Return what of a study can reach its raters, and the design behind it: at most UNITS units and RATERS raters."""
    about = BlindStudy.objects.select_related("rubric__rubric").get(study=study)
    systems = list(study.systems.order_by("code"))
    places = {row.pk: at for at, row in enumerate(systems)}
    units = list(study.units.filter(withdrawn=False, role__in=["main", "overlap"]).order_by("sort_key", "pk")[:UNITS])
    raters = study.roles.filter(part=StudyRole.Part.RATER).select_related("rater", "user").order_by("rater__code")
    return {
        "name": study.name,
        "kind": study.kind,
        "seed": study.seed,
        # The way in and the guesses are for real raters: a replay looks at the work.
        "settings": {**study.settings, **dict.fromkeys(LEFT_OUT, ""), "systems": []},
        "guideline": study.guideline.text if study.guideline else "",
        "project": {
            "name": study.project.name,
            "notice": study.project.content_notice,
            "help": study.project.help_text,
        },
        "key": about.key,
        "rubric": [about.rubric.criteria, about.rubric.risk_flag] if about.rubric else None,
        "systems": [{"code": row.code, "blocks": row.blocks} for row in systems],
        "units": [_unit(unit, places) for unit in units],
        "raters": [
            {"code": row.coded.code, "group": row.coded.group, "language": row.user.language} for row in raters[:RATERS]
        ],
    }


def _unit(unit: Unit, places: Mapping[int, int]) -> Data:
    about = ResponseSet.objects.get(unit=unit)
    members = UnitResponse.objects.filter(unit=unit).select_related("response__current", "revision", "unit")
    return {
        "item": _item(unit.revision, unit.item.external_id if unit.item else "", unit.item.kind if unit.item else ""),
        "role": unit.role,
        "repeat": unit.repeat,
        "variant": unit.variant,
        "stratum": unit.stratum,
        "key": about.key,
        "block": about.block,
        "members": [_member(row, places) for row in members.order_by("system__code")],
    }


def _item(revision: ItemRevision | None, external: str, kind: str) -> Data:
    if revision is None:
        return {"id": external, "kind": kind, "text": "", "language": "", "topic": "", "subtopic": "", "turns": []}
    turns = [{"speaker": turn.speaker, "role": turn.role, "text": turn.text} for turn in revision.turns.all()]
    return {
        "id": external, "kind": kind, "text": revision.text, "language": revision.language, "topic": revision.topic,
        "subtopic": revision.subtopic, "turns": turns,
    }  # fmt: skip


def _member(row: UnitResponse, places: Mapping[int, int]) -> Data:
    found: Data = {"system": places[row.system_id], "dialogue": None}
    if row.response is None:
        revision = row.revision_id or 0
        gone = conversations.taken_out(row.unit.study_id, [revision]).get(revision, [])
        about = _item(row.revision, f"dialogue-{row.revision_id}", Item.Kind.QUESTION)
        return found | {"dialogue": about | {"taken_out": [[one.start, one.end] for one in gone]}}
    current = row.response.current
    return found | {
        "text": row.response.text,
        "explanation": row.response.explanation,
        "wording": [current.text, current.explanation] if current else None,
    }
