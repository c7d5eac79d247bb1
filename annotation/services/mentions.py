"""Raters' own words about an item that hold what an alias is to replace: they were handed in, and stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from annotation.models import CuratedValue, Curation, Label, Remark, TurnComment
from projects.models import Item, Study, Submission, Unit
from projects.services.redaction import Mention, mentioned

MOST = 50


@receiver(mentioned, dispatch_uid="annotation.mentions")
def find(sender: type[Item], item: Item, words: str, found: re.Pattern[str], **_kwargs: Any) -> list[Mention]:
    """Return what raters and adjudicators wrote about the item with these words in it, at most some of each sort."""
    units = {row.pk: row for row in Unit.objects.filter(item=item).select_related("study__project")}
    curated = set(Curation.objects.filter(unit__in=units).values_list("unit", flat=True))
    told = [row for row in _said(list(units), words) if found.search(row[3])]
    # A manager reads no answer before everybody has given theirs.
    shown = {pk for pk, row in units.items() if row.done >= row.wanted or row.study.state == Study.State.CLOSED}
    return [
        Mention(by, what, turn, text if unit in shown else "", _address(units[unit], curated))
        for unit, by, what, text, turn in told
    ]


def _address(unit: Unit, curated: set[int]) -> str:
    name = "curation_session" if unit.pk in curated else "study_unit"
    return reverse(name, args=[unit.study.project.slug, unit.study.slug, unit.pk])


Said = tuple[int, str, str, str, int | None]


def _said(units: list[int], words: str) -> Iterator[Said]:
    """Yield unit, who wrote it, what it is, the text and the turn's index."""
    of, who = "submission__assignment__unit", "submission__assignment__rater__code"
    current = Q(submission__assignment__unit__in=units, submission__current=True)
    labels = Label.objects.filter(current, value__icontains=words)
    for unit, by, field, text, turn in labels.values_list(of, who, "field", "value", "turn__index")[:MOST]:
        yield unit, by, _("answer to “%(field)s”") % {"field": field}, text, turn
    remarks = Remark.objects.filter(current, text__icontains=words)
    for unit, by, text, turn in remarks.values_list(of, who, "text", "turn__index")[:MOST]:
        yield unit, by, _("note"), text, turn
    given = Submission.objects.filter(assignment__unit__in=units, current=True, comment__icontains=words)
    for unit, by, text in given.values_list("assignment__unit", "assignment__rater__code", "comment")[:MOST]:
        yield unit, by, _("comment"), text, None
    talk = TurnComment.objects.filter(unit__in=units, text__icontains=words)
    for unit, by, text, turn in talk.values_list("unit", "rater__code", "text", "turn__index")[:MOST]:
        yield unit, by or _("adjudicator"), _("comment"), text, turn
    final = CuratedValue.objects.filter(unit__in=units, current=True, reason__icontains=words)
    for unit, text, turn in final.values_list("unit", "reason", "turn__index")[:MOST]:
        yield unit, _("adjudicator"), _("reason of a final answer"), text, turn
