"""The pairs of a draft in a manager's hands: accepted, swapped, dropped; and as units once the study opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.models import Pair, StudySystem, SystemVersion
from evaluation.services import designs, matching
from evaluation.services.candidates import Entry
from evaluation.services.designs import Planned
from projects.models import Dataset, Item, Study, Unit, User
from projects.prepared import Prepared
from projects.services.audit import record
from projects.services.parts import need_state

State = Pair.State
# How a study's settings say where its pairs come from.
ALL, LIST, FILE, MATCHED = "all", "list", "file", "matched"
# Under which source they are kept as rows.
SOURCES = {FILE: Pair.Source.FILE.value, MATCHED: Pair.Source.MATCHED.value}


def mode(study: Study) -> str:
    """Return where the study's pairs come from."""
    return str(study.settings.get("pairs") or ALL)


def of_study(study: Study) -> QuerySet[Pair]:
    """Return the pairs that the study's settings speak of; none where they are not kept as rows."""
    source = SOURCES.get(mode(study))
    return Pair.objects.filter(study=study, source=source) if source else Pair.objects.none()


COUNTS: Prepared[Any] = Prepared(
    lambda study, source: (
        Pair.objects.filter(study_id=study, source=source).order_by().values_list("state").annotate(n=Count("pk"))
    ),
    -1, "a source",
)  # fmt: skip


def counts(study: Study) -> dict[str, int]:
    """Return how many pairs there are in each state."""
    source = SOURCES.get(mode(study))
    return dict.fromkeys(State.values, 0) | (dict(COUNTS.tuples(study.pk, source)) if source else {})


def waiting(study: Study) -> int:
    """Return how many pairs nobody has decided on."""
    return counts(study)[State.PROPOSED]


def whole_items(study: Study) -> bool:
    """Whether the study compares items of two data sets rather than responses."""
    return mode(study) == MATCHED or of_study(study).filter(left_system__isnull=True).exists()


# --- decisions ---------------------------------------------------------------------------------------


def decide(study: Study, chosen: Sequence[int], state: str, *, actor: User | None) -> int:
    """Accept, drop or take back some of a draft's pairs; returns how many. Saying the same twice changes nothing."""
    state = State(state)
    with transaction.atomic():
        need_state(study, Study.State.DRAFT)
        chosen_rows = of_study(study).select_for_update(of=("self",)).select_related("left", "right")
        rows = list(chosen_rows.filter(pk__in=chosen).exclude(state=state))
        if state != State.DROPPED:
            _refuse_taken(study, [row for row in rows if row.state == State.DROPPED])
        when = None if state == State.PROPOSED else timezone.now()
        Pair.objects.filter(pk__in=[row.pk for row in rows]).update(state=state, decided_by=actor, decided_at=when)
        if rows:
            record(
                "study.pairs_decided", actor=actor, project=study.project, target=study, count=len(rows),
                decision=str(state),
            )  # fmt: skip
    return len(rows)


def _refuse_taken(study: Study, rows: Sequence[Pair]) -> None:
    """Raise ValidationError where an item of a dropped pair stands in another pair by now."""
    if not rows:
        return
    live = of_study(study).exclude(state=State.DROPPED).filter(left_system__isnull=True)
    sides = {side for pair in live.values_list("left_id", "right_id") for side in pair}
    for row in rows:
        if row.left_system_id is None and {row.left_id, row.right_id} & sides:
            words = _("“%(left)s” or “%(right)s” stands in another pair by now. Drop that one first.")
            raise ValidationError(words % {"left": row.left.external_id, "right": row.right.external_id})
        sides |= {row.left_id, row.right_id}


def swap(study: Study, pair: int, partner: int, *, actor: User | None) -> Pair:
    """Give a pair's left side another partner, one of those kept with it; it is to be decided on again."""
    with transaction.atomic():
        need_state(study, Study.State.DRAFT)
        row = of_study(study).select_for_update(of=("self",)).get(pk=pair)
        if row.right_id == partner:
            return row
        if row.state == State.DROPPED:
            raise ValidationError(_("A dropped pair is taken up again before its partner is changed."))
        known = {int(item): float(similarity) for item, similarity in row.others}
        if partner not in known:
            raise ValidationError(_("This item cannot be the partner here. Choose one of those that are offered."))
        if partner in used(study):
            raise ValidationError(_("This item stands in another pair. Drop that one first, or choose another."))
        others = [[row.right_id, row.similarity or 0.0], *([one, near] for one, near in known.items())]
        row.right_id, row.similarity, row.state = partner, known[partner], State.PROPOSED
        row.others = sorted((one for one in others if one[0] != partner), key=lambda one: -float(one[1]))
        row.decided_by, row.decided_at = None, None
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise ValidationError(_("This item stands in another pair. Drop that one first.")) from error
        record("study.pair_swapped", actor=actor, project=study.project, target=study, pair=row.pk)
    return of_study(study).get(pk=pair)


def used(study: Study) -> set[int]:
    """Return the right sides that stand in a pair which is not dropped."""
    return set(of_study(study).exclude(state=State.DROPPED).values_list("right_id", flat=True))


def partners(study: Study, row: Pair) -> list[tuple[Item, float]]:
    """Return the items that a pair's left side could have as partner instead, the most alike first."""
    taken = used(study)
    near = {int(item): float(similarity) for item, similarity in row.others if int(item) not in taken}
    found = {item.pk: item for item in Item.objects.filter(pk__in=near).select_related("current")}
    return [(found[pk], similarity) for pk, similarity in near.items() if pk in found]


def copy(study: Study, clone: Study, *, actor: User | None) -> int:
    """Give a new draft the pairs that were accepted for another study, as accepted; returns how many.

    A pair with an item that has been taken out of its data set since is not among them.
    """
    rows = [pair for pair in accepted(study) if not (pair.left.removed or pair.right.removed)]
    when = timezone.now()
    for row in rows:
        row.pk, row.study, row.decided_by, row.decided_at = None, clone, actor, when
        row._state.adding = True
    Pair.objects.bulk_create(rows, batch_size=500)
    if rows:
        record("study.pairs_copied", actor=actor, project=clone.project, target=clone, count=len(rows))
    return len(rows)


# --- units -------------------------------------------------------------------------------------------


def accepted(study: Study) -> list[Pair]:
    """Return the pairs that are to be judged, with their items."""
    rows = of_study(study).filter(state=State.ACCEPTED).select_related("left__current", "right__current")
    return list(rows.order_by("position", "pk"))


def versions(study: Study) -> list[SystemVersion]:
    """Return the versions that the pairs of a file name."""
    sides = of_study(study).filter(left_system__isnull=False).values_list("left_system_id", "right_system_id")
    keys = {side for pair in sides for side in pair}
    return list(SystemVersion.objects.filter(pk__in=keys).select_related("system").order_by("pk"))


def datasets(study: Study) -> list[Dataset]:
    """Return the data sets of the two sides, the left one first."""
    other = matching.other_dataset(study)
    return [one for one in (study.dataset, other) if one is not None]


def gone(study: Study) -> list[str]:
    """Return the accepted pairs of which an item was removed from its data set meanwhile."""
    return [
        f"{row.left.external_id} | {row.right.external_id}"
        for row in accepted(study)
        if row.left.removed or row.right.removed or row.left.current is None or row.right.current is None
    ]


def planned(study: Study, systems: Mapping[int, StudySystem]) -> Iterator[Planned]:
    """Yield the units of accepted pairs of whole items, with practice, checks, overlap and repeats as in any study."""
    sides = datasets(study)
    rows = {row.left_id: row for row in accepted(study)}
    pool = [entry for entry in map(_entry, rows.values()) if entry is not None]
    teams = designs.teams_of([("", [one.pk for one in sides])], systems)
    sources = {one.slug: one.pk for one in sides}
    for one in designs.plan(study, pool, teams, sources=sources):
        row = rows[one.entry.item_id]
        wanted = row.wanted if row.wanted and one.role == Unit.Role.MAIN else one.wanted
        yield replace(one, members={}, dialogues=one.members, similarity=row.similarity, wanted=wanted)


def _entry(row: Pair) -> Entry | None:
    """Return a pair as an entry: its left item, and each side's revision by the side's data set."""
    left, right = row.left.current, row.right.current
    if left is None or right is None or row.left.removed or row.right.removed:
        return None
    sides = {row.left.dataset_id: left.pk, row.right.dataset_id: right.pk}
    return Entry(row.left_id, left.pk, row.left.external_id, left.language, row.topic or left.topic, sides)


def listed(study: Study) -> Iterator[tuple[str, list[int], int]]:
    """Yield the pairs of responses that a file lists: the item's id, the two versions, the raters."""
    each = int(study.settings["raters_per_item"])
    rows = of_study(study).filter(state=State.ACCEPTED, left_system__isnull=False).order_by("position", "pk")
    columns = ("left__external_id", "left_system_id", "right_system_id", "wanted")
    for item, left, right, wanted in rows.values_list(*columns):
        yield item, [left or 0, right or 0], wanted or each
