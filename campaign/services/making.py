"""Setting up the training: its plan, its items with their right answers, and the units made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaign.models import TrainingItem, TrainingPlan
from campaign.services import training
from projects import kinds
from projects.models import Item, Study, Unit, User
from projects.services import asking, parts, studies
from projects.services.audit import record

Stage = TrainingItem.Stage
UNOPENED = (Study.State.DRAFT, Study.State.OPENING)


@dataclass(frozen=True)
class Line:
    """One line of what a manager types: an item, its right answer, and why."""

    item: str
    answer: str
    explanation: str


def lines(text: str) -> list[Line]:
    """Return the lines: item, answer, explanation, with tabs or bars between them."""
    found = []
    for row in text.splitlines():
        if row.strip():
            parts = [part.strip() for part in re.split(r"[\t|]", row, maxsplit=2)] + ["", ""]
            found.append(Line(parts[0], parts[1], parts[2]))
    return found


def save_plan(study: Study, *, values: dict[str, Any], actor: User) -> TrainingPlan:
    """Keep the plan; raters who are affected by it are looked at again."""
    with transaction.atomic():
        plan, _made = TrainingPlan.objects.update_or_create(study=study, defaults=values)
        asking.ask_all(study)
        record("study.training_changed", actor=actor, project=study.project, target=study)
    return plan


def add(study: Study, *, stage: str, number: int, rows: Iterable[Line], actor: User) -> int:
    """Add items, all or none; raises ValidationError with a sentence for each line that does not fit."""
    errors: list[str] = []
    made = 0
    with transaction.atomic():
        # While a worker makes the units, an item would come too late or too early for it.
        parts.need_state(study, Study.State.DRAFT, Study.State.OPEN, Study.State.PAUSED)
        start = study.training_items.count()
        for at, line in enumerate(rows, start=1):
            try:
                with transaction.atomic():
                    _add(study, stage, number, line, start + at)
                made += 1
            except ValidationError as error:
                errors.append(_("Line %(n)s: %(what)s") % {"n": at, "what": " ".join(error.messages)})
        if errors or not made:
            raise ValidationError(errors or [_("Write a line for each item.")])
        TrainingPlan.objects.get_or_create(study=study)
        training.fit(study)
        training.recount(study)
        asking.ask_all(study)
        record("study.training_changed", actor=actor, project=study.project, target=study)
    return made


def _add(study: Study, stage: str, number: int, line: Line, position: int) -> None:
    found = list(_named(study, line.item)[:2])
    if len(found) != 1:
        words = (
            _("There is no item “%(id)s”.")
            if not found
            else _("There are several items “%(id)s”. Write the data set's short name before it, with a slash.")
        )
        raise ValidationError(words % {"id": line.item})
    row = TrainingItem(
        study=study,
        item=found[0],
        stage=stage,
        round=number if stage == Stage.CALIBRATION else 1,
        position=position,
        answer=line.answer,
        explanation=line.explanation,
    )
    if line.answer:
        kinds.of(study).expected(_imagined(row), line.answer)
    elif stage == Stage.HIDDEN:
        raise ValidationError(_("A hidden check needs its right answer."))
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError(_("“%(id)s” is among the items already.") % {"id": line.item}) from error
    if study.state not in UNOPENED:
        unit_for(row)


def _named(study: Study, external_id: str) -> Any:
    """Return the items with this id: in the study's own data set, else in the project, as "id" or "data-set/id"."""
    all_rows = Item.objects.visible().kept().filter(current__isnull=False).select_related("current__item__dataset")
    rows = all_rows.filter(external_id=external_id)
    own = rows.filter(dataset=study.dataset)
    if own.exists():
        return own
    rows = all_rows.filter(dataset__project=study.project)
    slug, _slash, rest = external_id.partition("/")
    return rows.filter(external_id=external_id) | rows.filter(dataset__slug=slug, external_id=rest)


def _imagined(row: TrainingItem) -> Unit:
    """Return the unit as it will be, to read an answer against."""
    return Unit(study=row.study, item=row.item, revision=row.item.current)


def remove(row: TrainingItem, *, actor: User) -> None:
    """Take an item out again that nobody has met; its unit is the study's own again, or goes."""
    with transaction.atomic():
        study = row.study
        if row.unit and row.unit.assignments.exists():
            raise ValidationError(_("Raters have this item already, so it stays."))
        row.delete()
        _give_back(row)
        training.recount(study)
        asking.ask_all(study)
        record("study.training_changed", actor=actor, project=study.project, target=study)


def _give_back(row: TrainingItem) -> None:
    if row.unit is None:
        return
    if row.places is None:
        row.unit.delete()
        return
    own = Unit.objects.filter(study=row.study, item=row.item)
    own.update(role=Unit.Role.MAIN, withdrawn=False, open=True, wanted=row.places)


def unit_for(row: TrainingItem) -> None:
    """Make the item's unit: the study's own on that item where there is one that nobody holds, else a new one."""
    kind, study = kinds.of(row.study), row.study
    hidden = row.stage == Stage.HIDDEN
    own = list(Unit.objects.filter(study=study, item=row.item, role=Unit.Role.MAIN).order_by("variant", "repeat"))
    if own:
        row.places = own[0].wanted
        unit = _turned(own, hidden=hidden)
    elif kind.deals:
        raise ValidationError(_("“%(id)s” is not among the study's units.") % {"id": row.item.external_id})
    else:
        unit = _new(row, hidden=hidden)
    row.unit = unit
    unit.study = study
    row.expected = dict(kind.expected(unit, row.answer)) if row.answer else None
    row.save(update_fields=["unit", "expected", "places"])


def _turned(own: list[Unit], *, hidden: bool) -> Unit:
    """Turn a unit of the study into one to check or to train on; others about the same item are not judged."""
    ids = [unit.pk for unit in own]
    free = Unit.objects.filter(pk__in=ids, taken=0, assignments=None)
    if free.count() != len(ids):
        raise ValidationError(_("Raters have judged this item in the study already. Choose another."))
    if hidden:
        Unit.objects.filter(pk__in=ids[:1]).update(role=Unit.Role.GOLD)
    else:
        values = {"role": Unit.Role.TRAINING, "withdrawn": True, "open": False, "wanted": training.ANY_NUMBER}
        Unit.objects.filter(pk__in=ids).update(**values)
    return Unit.objects.select_related("revision__item__dataset").get(pk=ids[0])


def _new(row: TrainingItem, *, hidden: bool) -> Unit:
    study, revision = row.study, row.item.current
    if revision is None:
        raise ValidationError(_("“%(id)s” says nothing.") % {"id": row.item.external_id})
    shuffled = study.settings.get("order", "shuffled") == "shuffled"
    return Unit.objects.create(
        study=study,
        item=row.item,
        revision=revision,
        role=Unit.Role.GOLD if hidden else Unit.Role.TRAINING,
        language=revision.language,
        stratum=revision.topic,
        wanted=1 if hidden else training.ANY_NUMBER,
        withdrawn=not hidden,
        open=hidden,
        sort_key=studies.sort_key(study, row.item.external_id, row.position, shuffled=shuffled),
    )
