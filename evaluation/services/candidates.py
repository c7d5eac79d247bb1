"""What a blind study can judge: items of its data set with the responses of its systems, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluation.models import Response, SystemVersion
from projects.models import Item, Study


@dataclass(frozen=True)
class Entry:
    """An item with the responses to its current wording: system version -> response."""

    item_id: int
    revision_id: int
    external_id: str
    language: str
    topic: str
    responses: Mapping[int, int]

    def missing(self, versions: Iterable[int]) -> list[int]:
        """Return the system versions that have not answered this item."""
        return [version for version in versions if version not in self.responses]


def entries(study: Study, versions: Sequence[SystemVersion], *, round_number: int = 1) -> list[Entry]:
    """Return the items of the study's data set, in its order, with what these systems answered in one round."""
    rows = Response.objects.visible().filter(
        system_version__in=versions, round=round_number, revision__item__dataset=study.dataset
    )
    answered: dict[int, dict[int, int]] = defaultdict(dict)
    for revision, version, response in rows.values_list("revision_id", "system_version_id", "pk"):
        answered[revision][version] = response
    items = Item.objects.visible().kept().filter(dataset=study.dataset, current__isnull=False)
    columns = ("pk", "current_id", "external_id", "current__language", "current__topic")
    found = items.order_by("position", "pk").values_list(*columns)
    return [
        Entry(item, revision or 0, external, language or "", topic or "", answered.get(revision or 0, {}))
        for item, revision, external, language, topic in found
    ]


def whole(found: Iterable[Entry], versions: Sequence[SystemVersion]) -> list[Entry]:
    """Keep the items that every one of these systems has answered."""
    keys = [version.pk for version in versions]
    return [entry for entry in found if not entry.missing(keys)]


def gaps(found: Iterable[Entry], versions: Sequence[SystemVersion]) -> list[tuple[Entry, list[SystemVersion]]]:
    """Return the items that some of these systems have not answered, each with those systems."""
    by_key = {version.pk: version for version in versions}
    pairs = ((entry, entry.missing(by_key)) for entry in found)
    return [(entry, [by_key[key] for key in missing]) for entry, missing in pairs if missing]


def blocks_of(versions: Sequence[SystemVersion], *, by_group: bool) -> dict[str, list[SystemVersion]]:
    """Return the blocks in which systems are judged together: one, or one for each group.

    Baselines, and systems without a group, stand in every block.
    """
    groups = sorted({version.system.group for version in versions if _own_group(version)})
    if not by_group or len(groups) < 2:
        return {"": list(versions)}
    return {
        group: [version for version in versions if not _own_group(version) or version.system.group == group]
        for group in groups
    }


def _own_group(version: SystemVersion) -> bool:
    return bool(version.system.group) and version.system.role != "baseline"
