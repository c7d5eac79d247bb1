"""Guesses at the end of a blind study: which system wrote a few of the responses that a rater has judged."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from django.db import transaction

from evaluation.models import BlindStudy, Guess, Placement, StudySystem
from projects.models import Assignment, Study, StudyRole


def labels(study: Study) -> dict[str, str]:
    """Return the words raters may read, by the short name of the system."""
    found: dict[str, str] = {}
    for row in str(study.settings.get("guess_names") or "").splitlines():
        slug, bar, words = (part.strip() for part in row.partition("|"))
        if bar and slug and words:
            found[slug] = words
    return found


def choices(study: Study) -> dict[str, str]:
    """Return what can be guessed: code -> words, in the order of the words; codes say nothing by themselves."""
    named = labels(study)
    rows = StudySystem.objects.filter(study=study).select_related("system_version__system", "dataset")
    slugs = {row.code: slug_of(row) for row in rows}
    known = {code: named[slug] for code, slug in slugs.items() if slug in named}
    return dict(sorted(known.items(), key=lambda pair: (pair[1], pair[0])))


def slug_of(row: StudySystem) -> str:
    """Return the short name behind a code."""
    return row.system_version.system.slug if row.system_version else row.dataset.slug if row.dataset else ""


def waiting(part: StudyRole) -> bool:
    """Whether this rater is still to be asked: has judged, and has not answered."""
    study = part.study
    if not study.settings.get("guesses") or not labels(study) or not part.submitted:
        return False
    return not Guess.objects.filter(study=study, rater=part.coded).exists() and bool(asked(part))


def asked(part: StudyRole) -> list[Placement]:
    """Return the responses a rater is asked about: drawn by the study's key, the same at every call.

    At most one of each unit, of different systems in turn as far as there are.
    """
    rows = Placement.objects.filter(
        assignment__study=part.study, assignment__rater=part.coded, assignment__state=Assignment.State.SUBMITTED
    ).select_related("member__response", "member__revision", "member__system", "assignment", "wording")
    key = bytes.fromhex(BlindStudy.objects.values_list("key", flat=True).get(study=part.study))
    drawn = sorted(rows, key=lambda row: hmac.digest(key, f"guess\0{row.token}".encode(), "sha256"))
    chosen: list[Placement] = []
    most = int(part.study.settings["guesses"])
    for row in drawn:
        systems = [one.member.system_id for one in chosen]
        new_unit = row.assignment_id not in [one.assignment_id for one in chosen]
        if len(chosen) < most and new_unit and systems.count(row.member.system_id) <= len(chosen) // max(1, most // 2):
            chosen.append(row)
    return chosen


def keep(part: StudyRole, guesses: Mapping[str, str]) -> None:
    """Store one guess for each response that was asked about: handle -> code, empty for "no idea". Only once."""
    systems = {row.code: row for row in StudySystem.objects.filter(study=part.study)}
    with transaction.atomic():
        # One row of the rater's own serialises two presses.
        StudyRole.objects.select_for_update().get(pk=part.pk)
        if Guess.objects.filter(study=part.study, rater=part.coded).exists():
            return
        Guess.objects.bulk_create(
            Guess(study=part.study, rater=part.coded, placement=row, guessed=systems.get(guesses.get(row.token, "")))
            for row in asked(part)
        )
