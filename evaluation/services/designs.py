"""From a study's settings to its units: which responses are judged together, by how many, in which part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from evaluation.models import ResponseSet, StudySystem, UnitResponse
from evaluation.services import blinding, candidates, checks, sampling
from evaluation.services.candidates import Entry
from projects.models import Study, StudyRole, Unit
from projects.services import jobs

CHUNK = 500


@dataclass(frozen=True)
class Planned:
    """A unit to be: the item, the responses judged together (source -> response), and its place in the design."""

    entry: Entry
    members: Mapping[int, int]
    role: str
    wanted: int
    block: str = ""
    variant: int = 0
    repeat: int = 0
    # Sources whose members are whole dialogues: source -> revision.
    dialogues: Mapping[int, int] = field(default_factory=dict)
    similarity: float | None = None
    # Of an item to practise on or a check of attention: which source is held to be best or worst, and words about it.
    expected: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        """What order and presentation are keyed by: the item's own id and place in the design, never a row's key."""
        return "\x1f".join([self.entry.external_id, self.role, str(self.repeat), str(self.variant)])


def everybody(study: Study) -> int:
    """Return how many raters take part now."""
    return study.roles.filter(part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE).count()


def chosen(study: Study, pool: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Return the items that are judged by some raters each, and those that everybody judges."""
    settings = study.settings
    main = draw(study, pool, int(settings.get("sample_size") or len(pool)), "main")
    size = int(settings.get("overlap_size") or 0)
    if not size:
        return main, []
    if settings.get("overlap_anew"):
        return main, draw(study, pool, size, "overlap")
    shared = draw(study, main, size, "overlap")
    keys = {entry.item_id for entry in shared}
    return [entry for entry in main if entry.item_id not in keys], shared


def draw(study: Study, pool: Sequence[Entry], size: int, purpose: str) -> list[Entry]:
    """Draw items by the study's seed, stratified by topic where the study says so."""
    stratum = (lambda entry: entry.topic) if study.settings.get("stratified") else None
    return sampling.draw(
        pool, size=size, seed=study.seed, purpose=purpose, key=lambda entry: entry.external_id, stratum=stratum
    )


def repeated(study: Study, shared: Sequence[Entry]) -> list[Entry]:
    """Return the items that everybody judges a second time, to see how consistent each rater is."""
    return draw(study, shared, min(int(study.settings.get("repeats") or 0), len(shared)), "repeats")


@dataclass(frozen=True)
class Team:
    """Sources that are judged together. `codes` name them where an order must not depend on names or keys."""

    sources: Sequence[int]
    codes: Sequence[str]
    block: str = ""
    variant: int = 0


def teams_of(found: Iterable[tuple[str, Sequence[int]]], systems: Mapping[int, StudySystem]) -> list[Team]:
    """Return (block, sources) as teams, ordered and numbered by the sources' codes."""
    coded = sorted((sorted(systems[source].code for source in sources), block, sources) for block, sources in found)
    return [Team(sources, codes, block, at) for at, (codes, block, sources) in enumerate(coded)]


def plan(
    study: Study, pool: Sequence[Entry], teams: Sequence[Team], *, sources: Mapping[str, int] | None = None
) -> Iterator[Planned]:
    """Yield the units of a study in which `teams` of sources are judged together; `sources` are by short name."""
    settings, people = study.settings, everybody(study)
    each = int(settings["raters_per_item"])
    known = sources_of(study) if sources is None else sources
    held = list(checked(study, pool, teams, known, people))
    yield from held
    taken = {one.entry.item_id for one in held}
    main, shared = chosen(study, [entry for entry in pool if entry.item_id not in taken])
    again = {entry.item_id for entry in repeated(study, shared or (main if each >= people else []))}
    parts = ((main, Unit.Role.MAIN, each, teams), (shared, Unit.Role.OVERLAP, people, overlap_teams(study, teams)))
    for found, role, wanted, at_work in parts:
        for entry in found:
            for team in some(study, entry, at_work):
                members = {source: entry.responses[source] for source in team.sources}
                yield Planned(entry, members, role, max(1, wanted), team.block, team.variant)
                if entry.item_id in again and role == (Unit.Role.OVERLAP if shared else Unit.Role.MAIN):
                    yield Planned(entry, members, role, max(1, wanted), team.block, team.variant, repeat=1)


def sources_of(study: Study) -> dict[str, int]:
    """Return the study's system versions by the short names of their systems."""
    versions = blinding.versions_of(study.project, study.settings.get("systems") or [])
    return {version.system.slug: version.pk for version in versions}


def checked(
    study: Study, pool: Sequence[Entry], teams: Sequence[Team], sources: Mapping[str, int], people: int
) -> Iterator[Planned]:
    """Yield the items to practise on and the checks of attention, for everybody; each in one team with its source."""
    items = {entry.external_id: entry for entry in pool}
    made: set[str] = set()
    for role, line in checks.named(study.settings):
        entry, source = items.get(line.item), sources.get(line.slug)
        team = next((one for one in teams if source in one.sources), None)
        if entry is None or source is None or team is None or line.item in made:
            continue
        made.add(line.item)
        members = {one: entry.responses[one] for one in team.sources}
        expected = {"source": source, "is": line.place, "words": line.words}
        yield Planned(entry, members, role, max(1, people), team.block, team.variant, expected=expected)


def some(study: Study, entry: Entry, teams: Sequence[Team]) -> Sequence[Team]:
    """Return the teams that judge an item: all, or some drawn for it where the study says how many."""
    most = study.settings.get("teams_per_item")
    if not most or most >= len(teams):
        return teams
    return sampling.shuffled(
        teams, key=lambda team: "\x1f".join([entry.external_id, *team.codes]), seed=study.seed, purpose="teams"
    )[: int(most)]


def overlap_teams(study: Study, teams: Sequence[Team]) -> Sequence[Team]:
    """Return the teams that everybody judges: all, or one chosen by the study's seed."""
    if not study.settings.get("overlap_one_block") or len(teams) < 2:
        return teams
    return sampling.shuffled(teams, key=lambda team: "\x1f".join(team.codes), seed=study.seed, purpose="block")[:1]


def furnish(study: Study, planned: Iterable[Planned], systems: Mapping[int, StudySystem]) -> None:
    """Write beside the study's units which responses each of them shows."""
    have = {
        (unit.item_id, unit.role, unit.repeat, unit.variant): unit.pk
        for unit in study.units.only("item_id", "role", "repeat", "variant")
    }
    sets: list[ResponseSet] = []
    members: list[UnitResponse] = []
    for one in planned:
        unit = have.pop((one.entry.item_id, one.role, one.repeat, one.variant), None)
        if unit is None:
            raise jobs.JobFailed(_("The data set changed while the study was being prepared. Try again."))
        sets.append(
            ResponseSet(
                unit_id=unit, key=one.key, block=one.block, similarity=one.similarity, expected=_expected(one, systems)
            )
        )
        members += _members(unit, one, systems)
    if have:
        raise jobs.JobFailed(_("The data set changed while the study was being prepared. Try again."))
    ResponseSet.objects.bulk_create(sets, batch_size=CHUNK)
    UnitResponse.objects.bulk_create(members, batch_size=CHUNK)


def _expected(one: Planned, systems: Mapping[int, StudySystem]) -> dict[str, Any] | None:
    if one.expected is None:
        return None
    return {**one.expected, "system": systems[one.expected["source"]].code, "source": None}


def _members(unit: int, one: Planned, systems: Mapping[int, StudySystem]) -> Iterator[UnitResponse]:
    for source, response in one.members.items():
        yield UnitResponse(unit_id=unit, system=systems[source], response_id=response)
    for source, revision in one.dialogues.items():
        yield UnitResponse(unit_id=unit, system=systems[source], revision_id=revision)


def pool_of(study: Study) -> tuple[list[Entry], list[Any]]:
    """Return the items that all of the study's systems have answered, and the systems' versions."""
    versions = blinding.versions_of(study.project, study.settings.get("systems") or [])
    return candidates.whole(candidates.entries(study, versions), versions), versions
