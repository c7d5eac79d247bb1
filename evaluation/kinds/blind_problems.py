"""What keeps a blind study from opening: missing items, responses and raters, and raters who know too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext, ngettext

from evaluation.forms.blind_settings import Gaps
from evaluation.models import Response, SystemVersion
from evaluation.services import candidates, checks, designs
from projects.kinds import Problem
from projects.models import Membership, Role, Study, StudyRole

LISTED = 5
# Who can read what systems wrote, and under which name: they cannot judge it blind.
READERS = (Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST)


def of_responses(study: Study, versions: Sequence[SystemVersion]) -> Iterator[Problem]:
    """Yield what is missing among systems and responses."""
    settings = study.settings
    if len(versions) < len(settings.get("systems") or []):
        yield Problem(gettext("A system of the settings is not in this project any more. Choose again."))
    found = candidates.entries(study, versions)
    if not candidates.whole(found, versions):
        yield Problem(gettext("No item of the data set has a response of every system."))
    yield from _gaps(study, found, versions)
    yield from _unmade(found, versions, settings)
    if settings.get("show_explanation") and _unexplained(study, versions):
        yield Problem(gettext("Some responses have no explanation, but the study shows explanations."))


def _unmade(
    found: Sequence[candidates.Entry], versions: Sequence[SystemVersion], settings: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield the items to practise on and checks of attention that are not there."""
    items = {entry.external_id for entry in candidates.whole(found, versions)}
    slugs = {version.system.slug for version in versions}
    yield from unmade_lines(settings, items, slugs)


def unmade_lines(settings: Mapping[str, Any], items: set[str], slugs: set[str]) -> Iterator[Problem]:
    """Yield the lines for practice and checks that name an item or a source that is not there."""
    wrong = [
        f"{line.item} | {line.slug}"
        for _role, line in checks.named(settings)
        if line.item not in items or line.slug not in slugs
    ]
    if wrong:
        words = gettext("For practice and checks these items or systems are missing: %(lines)s.")
        yield Problem(words % {"lines": "; ".join(wrong[:LISTED])})


def _gaps(study: Study, found: Sequence[candidates.Entry], versions: Sequence[SystemVersion]) -> Iterator[Problem]:
    gaps = candidates.gaps(found, versions)
    if not gaps:
        return
    shown = "; ".join(
        f"{entry.external_id}: {', '.join(version.system.name for version in missing)}"
        for entry, missing in gaps[:LISTED]
    )
    words = ngettext(
        "%(n)s item lacks a response: %(list)s.",
        "%(n)s items lack responses, the first being: %(list)s.",
        len(gaps),
    )
    yield Problem(words % {"n": len(gaps), "list": shown}, blocking=study.settings["missing"] == Gaps.BLOCK)


def _unexplained(study: Study, versions: Sequence[SystemVersion]) -> bool:
    rows = Response.objects.visible().filter(
        system_version__in=versions, revision__item__dataset=study.dataset, round=1
    )
    return rows.filter(explanation="").exists()


def of_people(study: Study) -> Iterator[Problem]:
    """Yield that raters are too few, and who of them can read what systems wrote."""
    raters, wanted = designs.everybody(study), study.settings["raters_per_item"]
    if raters < wanted:
        words = ngettext(
            "%(raters)s rater takes part, but each unit wants %(wanted)s.",
            "%(raters)s raters take part, but each unit wants %(wanted)s.",
            raters,
        )
        yield Problem(words % {"raters": raters, "wanted": wanted}, blocking=not raters)
    knowing = who_know(study)
    if knowing:
        words = gettext(
            "These raters can read the project's systems and responses, so they cannot judge blind: %(codes)s."
        )
        yield Problem(words % {"codes": ", ".join(knowing)})


def who_know(study: Study) -> list[str]:
    """Return the codes of the study's raters who can read the project's systems and responses."""
    parts = study.roles.filter(part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE).select_related("rater")
    readers = Membership.objects.filter(project=study.project, role__in=READERS).values("user")
    return sorted(row.coded.code for row in parts.filter(Q(user__in=readers) | Q(user__is_superuser=True)))
