"""Criteria: the ready-made ones, a project's own, and the versions that studies hold to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import transaction

from evaluation.models import Rubric, RubricVersion
from evaluation.services.naming import free_slug
from projects.models import Project, User
from projects.services.audit import record

FOLDER = Path(__file__).resolve().parent.parent / "presets"
LANGUAGES = ("en", "zh")


@cache
def presets(language: str) -> dict[str, dict[str, Any]]:
    """Return the ready-made sets of criteria in a language, by key."""
    rows = json.loads((FOLDER / f"rubrics_{language}.json").read_text(encoding="utf-8"))
    return {row["key"]: row for row in rows}


def offered() -> list[tuple[str, dict[str, Any]]]:
    """Return every ready-made set with the key it is chosen by."""
    return [(f"{key}:{language}", row) for language in LANGUAGES for key, row in presets(language).items()]


def choices(project: Project, *, scales: bool) -> list[tuple[str, str]]:
    """Return what a study may judge by: ready-made sets, then the project's own; with scales or for comparing."""
    found = [
        (f"preset:{key}:{language}", f"{row['name']} ({language})")
        for language in LANGUAGES
        for key, row in presets(language).items()
        if _fits(row["criteria"], scales=scales)
    ]
    own = (
        RubricVersion.objects.filter(rubric__project=project)
        .select_related("rubric")
        .order_by("rubric__name", "number")
    )
    return found + [
        (f"rubric:{row.pk}", f"{row.rubric.name} v{row.number}") for row in own if _fits(row.criteria, scales=scales)
    ]


def _fits(criteria: Sequence[Mapping[str, Any]], *, scales: bool) -> bool:
    return not scales or all(len(one["points"]) > 1 for one in criteria)


def criteria_of(project: Project, choice: str) -> tuple[list[dict[str, Any]], bool]:
    """Return a choice's criteria and whether it has a mark for risk. Raises KeyError for an unknown one."""
    source, _colon, rest = choice.partition(":")
    if source == "preset":
        key, _colon, language = rest.partition(":")
        row = presets(language)[key]
        return list(row["criteria"]), bool(row["risk_flag"])
    version = RubricVersion.objects.filter(rubric__project=project, pk=int(rest or 0)).first()
    if version is None:
        raise KeyError(choice)
    return list(version.criteria), version.risk_flag


def version_for(project: Project, choice: str, *, actor: User | None = None) -> RubricVersion:
    """Return the version a study holds to; a ready-made set becomes the project's own the first time it is used."""
    source, _colon, rest = choice.partition(":")
    if source == "rubric":
        return RubricVersion.objects.get(rubric__project=project, pk=int(rest))
    key, _colon, language = rest.partition(":")
    row = presets(language)[key]
    return keep(
        project, slug=f"{key}-{language}".replace("_", "-"), name=row["name"], criteria=row["criteria"],
        risk_flag=row["risk_flag"], actor=actor,
    )  # fmt: skip


def keep(
    project: Project,
    *,
    slug: str,
    name: str,
    criteria: Sequence[Mapping[str, Any]],
    risk_flag: bool,
    actor: User | None,
) -> RubricVersion:
    """Return a version with exactly these criteria, a new one where the newest says something else."""
    said = json.dumps([criteria, risk_flag], ensure_ascii=False, sort_keys=True)
    mark = sha256(said.encode()).hexdigest()
    with transaction.atomic():
        rubric, _made = Rubric.objects.get_or_create(project=project, slug=slug, defaults={"name": name})
        same = rubric.versions.filter(hash=mark).first()
        if same:
            return same
        number = rubric.versions.count() + 1
        version = RubricVersion.objects.create(
            rubric=rubric, number=number, criteria=list(criteria), risk_flag=risk_flag, hash=mark, created_by=actor
        )
        Rubric.objects.filter(pk=rubric.pk).update(version=version)
        record("rubric.kept", actor=actor, project=project, target=rubric, number=number)
    return version


def save(
    project: Project,
    rubric: Rubric | None,
    *,
    name: str,
    criteria: Sequence[Mapping[str, Any]],
    risk_flag: bool,
    actor: User,
) -> Rubric:
    """Store a set that a person wrote, or changed; it is in force from now on, whether it said so before or not."""
    with transaction.atomic():
        slug = rubric.slug if rubric else free_slug(project.rubrics.all(), name, "criteria")
        version = keep(project, slug=slug, name=name, criteria=criteria, risk_flag=risk_flag, actor=actor)
        Rubric.objects.filter(pk=version.rubric_id).update(name=name, version=version)
    return Rubric.objects.select_related("version").get(pk=version.rubric_id)
