"""Runs of judges: which responses, by which criteria, one by one, in pairs or in lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.judging.asked import LETTERS, Mode
from evaluation.models import (
    JudgePlan,
    PromptVersion,
    Purpose,
    Response,
    RubricVersion,
    Run,
    RunItem,
    RunSystem,
    System,
    SystemVersion,
    Verdict,
)
from evaluation.services import judge_tasks, runs
from projects.models import Project, User, new_token
from projects.services.audit import record

CHUNK = 500
# Without one of these a judge would not know what to judge, by what, or how to answer.
NEEDED = ("{responses}", "{criteria}", "{form}")


def create(
    *,
    project: Project,
    judges: Sequence[System],
    judged: Sequence[SystemVersion],
    rubric: RubricVersion,
    mode: str,
    actor: User | None,
    prompt: PromptVersion | None = None,
    against: SystemVersion | None = None,
    orders: int = 1,
    explanations: bool = False,
    client_key: str = "",
    **about: Any,
) -> Run:
    """Make a draft and ask for its estimate; the same `client_key` again returns the same run.

    `about` says which items and how often, as for every run. Raises ValidationError where judges and responses do not
    fit.
    """
    key = client_key or new_token()
    if (made := Run.objects.filter(project=project, client_key=key).first()) is not None:
        return made
    _check(judged, rubric, mode, against)
    with transaction.atomic():
        run = runs.create(
            project=project, systems=judges, purpose=Purpose.JUDGE, prompt=prompt, client_key=key, actor=actor, **about
        )
        _check_prompts(run)
        plan = JudgePlan.objects.create(
            run=run, rubric=rubric, mode=Mode(mode).value, against=against, orders=orders, explanations=explanations
        )
        plan.judged.set(judged)
    return run


def with_responses(project: Project) -> QuerySet[SystemVersion]:
    """Return the project's system versions that have responses to be judged, by name."""
    have = Response.objects.visible().of_project(project).values("system_version")
    rows = SystemVersion.objects.filter(pk__in=have).select_related("system")
    return rows.order_by("system__name", "number")


def _check(judged: Sequence[SystemVersion], rubric: RubricVersion, mode: str, against: SystemVersion | None) -> None:
    faults: dict[str, str] = {}
    if not judged:
        faults["judged"] = _("Choose the systems whose responses are judged.")
    elif mode != Mode.SCORES and len(judged) < 2:
        faults["judged"] = _("Choose at least two systems to compare.")
    elif mode == Mode.LISTS and len(judged) > len(LETTERS):
        faults["judged"] = _("At most %(number)s responses can be put in order.") % {"number": len(LETTERS)}
    if mode == Mode.SCORES and any(len(row.get("points") or ()) < 2 for row in rubric.criteria):
        faults["rubric"] = _("These criteria have no scale, so nothing can be scored by them.")
    if against is not None and (mode != Mode.PAIRS or against.pk not in {one.pk for one in judged}):
        faults["against"] = _("Only in pairs, and only one of the systems judged.")
    if faults:
        raise ValidationError(faults)


def _check_prompts(run: Run) -> None:
    for part in RunSystem.objects.filter(run=run).select_related("system_version__prompt", "system_version__system"):
        prompt = part.system_version.prompt
        for text in (prompt.texts if prompt else {}).values():
            said = "".join(message["content"] for message in text["messages"])
            if missing := [name for name in NEEDED if name not in said]:
                raise ValidationError(
                    _("The prompt of “%(name)s” lacks %(missing)s; every language of it needs %(all)s.")
                    % {
                        "name": part.system_version.system.name,
                        "missing": ", ".join(missing),
                        "all": ", ".join(NEEDED),
                    }
                )


def ask_anew(run: Run, *, actor: User | None) -> int:
    """Ask once more from the beginning for verdicts that could not be read; returns how many.

    The answers so far stay with their calls, and reports count which were asked anew. Raises ValidationError where
    raters are judging the same responses now.
    """
    if open_ones := judge_tasks.studies_at_work(run):
        raise ValidationError(judge_tasks.refusal(open_ones))
    unread = Verdict.objects.filter(row__run=run, row__state=RunItem.State.DONE).exclude(reason="")
    with transaction.atomic():
        if not Run.objects.select_for_update().filter(pk=run.pk).exclude(state=Run.State.DRAFT).exists():
            return 0
        rows = list(unread.values_list("row", flat=True))
        unread.delete()
        for start in range(0, len(rows), CHUNK):
            RunItem.objects.filter(pk__in=rows[start : start + CHUNK]).update(
                state=RunItem.State.QUEUED, asked_again=False, unanswered=0, next_attempt_at=timezone.now(),
                finished_at=None,
            )  # fmt: skip
        if rows:
            runs.reopen(run, timezone.now())
            record("run.asked_anew", actor=actor, project=run.project, target=run, rows=len(rows))
    return len(rows)
