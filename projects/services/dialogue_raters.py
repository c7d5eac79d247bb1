"""External raters: whoever a file names as the giver of labels. They have a code and no account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from projects.models import Project, Rater

LONGEST = 40
# In front of a code that a person of the project has already: their answers must not be mixed.
FOREIGN = "x-"


def existing(project: Project, codes: Iterable[str]) -> dict[str, Rater]:
    """The external raters behind codes as files write them, as far as there are any."""
    wanted = set(codes)
    names = wanted | {_foreign(code) for code in wanted}
    rows = {row.code: row for row in project.raters.filter(code__in=names)}
    found = {code: _external(rows, code) for code in wanted}
    return {code: rater for code, rater in found.items() if rater is not None}


def ensure(project: Project, codes: Iterable[str]) -> dict[str, Rater]:
    """The external raters behind these codes, made where there are none; part of the caller's transaction."""
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    # Nobody else gives codes meanwhile.
    Project.objects.select_for_update().get(pk=project.pk)
    found = existing(project, wanted)
    missing = [code for code in wanted if code not in found]
    taken = set(project.raters.filter(code__in=missing).values_list("code", flat=True))
    for code in missing:
        name = _foreign(code) if code in taken else code
        found[code] = project.raters.create(code=name, nature=Rater.Nature.EXTERNAL)
    return found


def _external(rows: Mapping[str, Rater], code: str) -> Rater | None:
    for name in (code, _foreign(code)):
        row = rows.get(name)
        if row is not None and row.nature == Rater.Nature.EXTERNAL:
            return row
    return None


def _foreign(code: str) -> str:
    return (FOREIGN + code)[:LONGEST]
