"""The units that a study would open with: its kind's, each for the group that its item's own data name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from django.db.models.fields.json import KeyTextTransform

from projects import kinds
from projects.kinds import UnitSpec
from projects.models import ItemRevision, Study
from projects.services.plans import design_of

CHUNK = 2000


def of(study: Study) -> Iterable[UnitSpec]:
    """Return what the study's units will be, in the order of its kind."""
    specs, field = kinds.of(study).build_units(study), design_of(study.settings).group_field
    return _grouped(specs, field) if field else specs


def _grouped(specs: Iterable[UnitSpec], field: str) -> Iterator[UnitSpec]:
    for chunk in chunks(specs):
        rows = ItemRevision.objects.filter(pk__in=[spec.revision_id for spec in chunk])
        named = dict(rows.annotate(named=KeyTextTransform(field, "metadata")).values_list("pk", "named"))
        for spec in chunk:
            # One engine gives numbers as they are, the other as text.
            said = named.get(spec.revision_id)
            yield replace(spec, group="" if said is None else str(said).strip()[:60])


def chunks(specs: Iterable[UnitSpec]) -> Iterator[list[UnitSpec]]:
    """Cut units into pieces that one statement takes."""
    iterator = iter(specs)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
