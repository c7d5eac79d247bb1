"""What comes before a dialogue annotation opens: ready-made schemas, its sessions in order, and what is in the way."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from annotation import presets
from annotation.dialogue_forms import SessionOrder
from annotation.schema import ROLES, load
from projects.kinds import Preset, Problem
from projects.models import Item, Study, Turn

# A session's item, as much as its unit needs.
COLUMNS = (
    "pk",
    "current_id",
    "external_id",
    "current__language",
    "current__topic",
    "case_id",
    "case_order",
    "position",
)


def presets_on_offer() -> Iterator[Preset]:
    """Yield the ready-made schemas, each in both languages."""
    names = {
        "psy-insight": (
            _("Psy-Insight"),
            _("Strategy and reasoning, emotion and observation, and seven fields of the session."),
        ),
        "emotional-support": (
            _("Emotional support"),
            _("Eight strategies of the supporter, and the person's distress."),
        ),
        "motivational": (
            _("Motivational interviewing"),
            _("The therapist's behaviour and the client's talk of change, with sub-labels."),
        ),
    }
    languages = {"en": _("English labels"), "zh": _("Chinese labels")}
    for key, (name, text) in names.items():
        for language, words in languages.items():
            initial = {"schema": presets.schema(key, language).to_json()}
            yield Preset(f"{key}-{language}", format_lazy("{}, {}", name, words), text, initial)


def sessions(study: Study) -> Any:
    """Return the study's sessions: whole imports only, nothing removed."""
    return Item.objects.visible().kept().filter(dataset=study.dataset, kind=Item.Kind.DIALOGUE)


Session = tuple[Any, ...]


def in_cases(rows: Sequence[Session], study: Study) -> Iterator[Session]:
    """Yield sessions case by case, each case's in their order; a session without a case is one of its own.

    Cases come as their first session was imported, or by HMAC-SHA-256 of the study's seed and that session's id, so
    that the order can be made again from the record.
    """
    by_case: dict[object, list[Session]] = {}
    for row in rows:
        by_case.setdefault(row[5] or f"alone {row[0]}", []).append(row)
    cases = [sorted(found, key=lambda row: (row[6] or 0, row[7])) for found in by_case.values()]
    if study.settings["order"] == SessionOrder.CASES:
        seed = str(study.seed).encode()
        cases.sort(key=lambda case: hmac.digest(seed, case[0][2].encode(), "sha256"))
    return (row for case in cases for row in case)


def problems(study: Study) -> list[Problem]:
    """Name what is missing: sessions, somebody whose turns are asked about, enough raters."""
    if study.dataset is None:
        return [Problem(gettext("Choose a data set."))]
    if not sessions(study).exists():
        return [Problem(gettext("The data set has no dialogues yet."))]
    return [*_role_problems(study), *_people_problems(study)]


def _role_problems(study: Study) -> Iterator[Problem]:
    """Yield roles whose turns are asked about but never speak, and the other way round."""
    schema, revisions = load(study.settings["schema"]), sessions(study).values("current")
    speaking = set(Turn.objects.filter(revision__in=revisions).values_list("role", flat=True).distinct())
    words = dict(Turn.Role.choices)
    named = {role for one in schema.fields for role in one.roles}
    for role in sorted(named - speaking):
        text = gettext("The schema asks about turns of the role “%(role)s”, but nobody in the data set has it.")
        yield Problem(text % {"role": words[role]}, blocking=False)
    for role in (one for one in ROLES if one in speaking and not schema.turn(one)):
        text = gettext("Turns of the role “%(role)s” are shown, but the schema asks nothing about them.")
        yield Problem(text % {"role": words[role]}, blocking=False)


def _people_problems(study: Study) -> Iterator[Problem]:
    raters, wanted = study.roles.filter(part="rater", state="active").count(), study.settings["raters_per_session"]
    if raters < wanted:
        words = ngettext(
            "%(raters)s rater takes part, but each session wants %(wanted)s.",
            "%(raters)s raters take part, but each session wants %(wanted)s.",
            raters,
        )
        yield Problem(words % {"raters": raters, "wanted": wanted}, blocking=False)
