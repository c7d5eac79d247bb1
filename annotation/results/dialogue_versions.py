"""A dialogue annotation's answers by the version of the guideline they were given under. For the worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from django.db.models import F

from annotation.results.dialogue_load import Dialogues, answers_of, given, labels_of, said
from projects.models import Rater


def by_version(found: Dialogues) -> dict[int, Dialogues]:
    """Return the same sessions by version of the guideline, each with the answers given under it before seeing more.

    A session that was judged again is in each of its versions. The last answer of a rater under a version counts as
    independent there, and none as in force.
    """
    study = found.study
    places = {code: pk for pk, code in Rater.objects.filter(project=study.project).values_list("pk", "code")}
    numbers = study.guidelines.order_by("number").values_list("number", flat=True)
    made = {number: _under(found, number, [places[code] for code in found.raters]) for number in numbers}
    return {number: one for number, one in made.items() if len(one.answers)}


def _under(found: Dialogues, number: int, raters: Sequence[int]) -> Dialogues:
    study = found.study
    rows = given(study).filter(guideline__number=number, exposure=F("assignment__base_exposure"))
    answers = answers_of(study, found.sessions, raters, rows)
    last = dict(zip(zip(answers.session.tolist(), answers.rater.tolist(), strict=True), answers.pk, strict=True))
    answers = replace(
        answers, independent=np.isin(answers.pk, list(last.values())), current=np.zeros(len(answers), dtype=bool)
    )  # fmt: skip
    labels = said(study).filter(
        submission__guideline__number=number, submission__exposure=F("submission__assignment__base_exposure")
    )
    return replace(found, answers=answers, labels=labels_of(found.schema, answers, found.turns, labels))
