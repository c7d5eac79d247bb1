"""What a bundle says beside rows and figures: how studies were set up, what was asked, by which criteria, how systems
were called. Taken when an edition is computed, under the codes of its rows.

Settings are numbers, marks and short words; a text that names a system, a server or a person stays out, and its hash
says which text it was. Systems under the code of a study whose key is closed are described nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from evaluation.models import JudgePlan, PromptVersion, RubricVersion, SystemVersion
from projects.models import Study
from publishing.services.naming import Names

WITHHELD = "names a system, a server or a person"
# Lists of systems, and what is said of them line by line.
NEVER = frozenset({"systems", "guess_names", "gold", "practice", "against", "datasets", "pairs", "question_answers"})
NUMBERS = ("temperature", "top_p", "top_k", "max_tokens", "seed")
LONGEST = 300


@dataclass(frozen=True)
class Subjects:
    """The versions behind codes: of systems that were judged or tested by name, and of judges."""

    systems: Mapping[str, Sequence[SystemVersion]]
    judges: Mapping[str, SystemVersion]


def describe(
    names: Names, studies: Mapping[str, Study], plans: Mapping[str, JudgePlan], subjects: Subjects
) -> dict[str, str]:
    """Return the files by their names; `studies` and `plans` stand under their keys in the rows."""
    used = [*(one for found in subjects.systems.values() for one in found), *subjects.judges.values()]
    prompts = prompt_codes(used)
    found = {
        "design/studies.json": [
            *(_study(names, key, study) for key, study in studies.items()),
            *(_run(key, plan) for key, plan in plans.items()),
        ],
        "design/systems.json": [
            {"code": code, "versions": [_version(one, prompts) for one in versions]}
            for code, versions in subjects.systems.items()
        ],
        "design/judges.json": [{"code": code, **_version(one, prompts)} for code, one in subjects.judges.items()],
        "design/prompts.json": [_prompt(names, code, one) for one, code in prompts.items()],
        "design/rubrics.json": [_rubric(names, key, one) for key, one in _rubrics(studies, plans)],
    }
    return {name: json.dumps(rows, ensure_ascii=False, indent=1) + "\n" for name, rows in found.items()}


def prompt_codes(versions: Iterable[SystemVersion]) -> dict[PromptVersion, str]:
    """Return the prompts in use, the same one once, with a code for each: by hash, which tells nothing of systems."""
    found = {one.prompt for one in versions if one.prompt is not None}
    ordered = sorted(found, key=lambda one: (one.hash, one.pk))
    return {one: f"P{number}" for number, one in enumerate(ordered, start=1)}


def _study(names: Names, key: str, study: Study) -> dict[str, Any]:
    return {
        "study": key,
        "kind": study.kind,
        "seed": study.seed,
        "state": study.state,
        "opened": _day(study.opened_at),
        "closed": _day(study.closed_at),
        "settings_versions": study.versions.count(),
        "guideline": _text(names, study.guideline.text) if study.guideline else None,
        "settings": dict(sorted(settings(names, study.settings))),
    }


def settings(names: Names, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield numbers, marks and words that name nobody."""
    for key, value in given.items():
        if key in NEVER or names.told_by(key):
            continue
        if isinstance(value, bool | int | float) or value is None:
            yield key, value
        elif isinstance(value, str) and len(value) <= LONGEST:
            yield key, {"withheld": WITHHELD} if names.told_by(value) else value


def _run(key: str, plan: JudgePlan) -> dict[str, Any]:
    run = plan.run
    return {
        "study": key, "kind": "judging", "way": plan.mode, "seed": run.seed, "rounds": run.rounds,
        "orders": plan.orders, "explanations": plan.explanations, "rubric": rubric_key(plan.rubric),
    }  # fmt: skip


def rubric_key(rubric: RubricVersion) -> str:
    """Return a rubric's key in the rows."""
    return f"rubric-{rubric.rubric_id}.{rubric.number}"


def _version(one: SystemVersion, prompts: Mapping[PromptVersion, str]) -> dict[str, Any]:
    """What was sent beside the prompt; words that end an answer often tell the model, so they stay out."""
    return {
        "parameters": {name: one.parameters[name] for name in NUMBERS if name in one.parameters},
        "prompt": prompts[one.prompt] if one.prompt else None,
    }


def _prompt(names: Names, code: str, one: PromptVersion) -> dict[str, Any]:
    content = {"texts": one.texts, "examples": one.examples}
    about = {"code": code, "number": one.number, "output": one.output, "fallback": one.fallback, "hash": one.hash}
    return {**about, **({"withheld": WITHHELD} if names.told_by(content) else content)}


def _rubrics(studies: Mapping[str, Study], plans: Mapping[str, JudgePlan]) -> Iterator[tuple[str, RubricVersion]]:
    """Yield each version of criteria once."""
    blind = [getattr(study, "blind", None) for study in studies.values()]
    every = [*(one.rubric for one in blind if one and one.rubric), *(plan.rubric for plan in plans.values())]
    yield from {rubric_key(one): one for one in every}.items()


def _rubric(names: Names, key: str, one: RubricVersion) -> dict[str, Any]:
    about = {"rubric": key, "number": one.number, "hash": one.hash, "risk_flag": one.risk_flag}
    return {**about, **({"withheld": WITHHELD} if names.told_by(one.criteria) else {"criteria": one.criteria})}


def _text(names: Names, text: str) -> dict[str, Any]:
    digest = sha256(text.encode()).hexdigest()
    return {"sha256": digest, **({"withheld": WITHHELD} if names.told_by(text) else {"text": text})}


def _day(moment: Any) -> str | None:
    """The day, not the hour."""
    return moment.date().isoformat() if moment else None
