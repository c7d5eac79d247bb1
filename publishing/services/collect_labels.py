"""Labels that raters gave to items, independently of each other, as rows: what agreement is computed on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from annotation.results.rows import own_labels
from projects.models import Assignment, Item, Study, Submission
from projects.services.exclusions import left_out
from publishing.services.rows import Rows
from stats.paper import material as paper

LEFT_OUT = "excluded-by-manager"
LABELLED = ("label_review",)
FIELD = "label"


def add(rows: Rows, study: Study, key: str) -> None:
    """Add the first independent labels of a label review; other kinds have reports of their own."""
    if study.kind not in LABELLED:
        return
    out = left_out(study)
    given: dict[int, list[str]] = defaultdict(list)
    about: dict[int, tuple[Any, ...]] = {}
    for submission, value, *rest in _answers(study):
        about[submission] = tuple(rest)
        if value is not None:
            given[submission].append(value)
    for submission, (unit, item, role, repeat, rater, code, group, held) in about.items():
        rows.judgements.append(
            paper.Judgement(
                study=key,
                unit=rows.codes.unit(unit),
                item=rows.codes.item(item),
                rater=rows.codes.raters[code],
                what="label",
                group=group,
                criterion=FIELD,
                label="|".join(sorted(given[submission])),
                role=role,
                repeat=repeat,
                excluded=LEFT_OUT if out.reason(unit, rater, held) else "",
            )
        )
    rows.criteria.setdefault((key, FIELD), paper.Criterion(key, FIELD, categories="|".join(categories(study))))


def _answers(study: Study) -> Any:
    answers = Submission.objects.filter(
        assignment__study=study, independent=True, assignment__state=Assignment.State.SUBMITTED,
        assignment__surplus=False,
    )  # fmt: skip
    return answers.annotate(own=own_labels()).order_by("pk", "own__pk").values_list(
        "pk", "own__value", "assignment__unit_id", "assignment__unit__item_id", "assignment__unit__role",
        "assignment__unit__repeat", "assignment__rater_id", "assignment__rater__code", "assignment__rater__group",
        "assignment_id",
    )  # fmt: skip


def categories(study: Study) -> Sequence[str]:
    """Return the declared labels where all items share them; items with options of their own have none in common."""
    dataset = study.dataset
    kinds = set(Item.objects.filter(units__study=study).values_list("kind", flat=True).distinct())
    if dataset is None or kinds != {Item.Kind.TRUE_FALSE}:
        return ()
    return [str(entry["key"]) for entry in dataset.labels]
