"""A study's life: made, opened, paused, closed, cloned. Who takes part in it is changed in `parts`."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.text import slugify

from projects.models import (
    Assignment,
    Dataset,
    Guideline,
    Job,
    Project,
    Rater,
    Study,
    StudyRole,
    StudyVersion,
    User,
    new_seed,
)
from projects.services import asking, jobs, leases, reports
from projects.services.audit import record
from projects.services.parts import add_adjudicator as add_adjudicator
from projects.services.parts import add_people, need_state
from projects.services.parts import add_rater as add_rater
from projects.services.parts import leave as leave
from projects.services.parts import replace as replace

State = Study.State
# The page on which studies are made stands beside the studies' own pages.
RESERVED = "new"
# Sort keys are below this: what is moved down by it comes first.
BEFORE = 1 << 62
# Sent inside the transaction with `study`, `copy` and `actor`: others keep things beside a study, and copy them.
cloned = Signal()


def free_slug(project: Project, name: str) -> str:
    """Return a short name for a new study that is not taken in the project."""
    base = slugify(name)[:50] or "study"
    base = "study-new" if base == RESERVED else base
    taken = set(project.studies.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for n in range(1, len(taken) + 2) if (slug := base if n == 1 else f"{base}-{n}") not in taken)


def create(
    *,
    project: Project,
    kind: str,
    name: str,
    settings: Mapping[str, Any],
    actor: User | None,
    dataset: Dataset | None = None,
    source: Study | None = None,
    guideline: str = "",
    seed: int | None = None,
    slug: str = "",
) -> Study:
    """Create a draft with its first settings and guideline."""
    with transaction.atomic():
        study = Study.objects.create(
            project=project,
            kind=kind,
            name=name,
            slug=slug or free_slug(project, name),
            dataset=dataset,
            source=source,
            seed=new_seed() if seed is None else seed,
        )
        _set_version(study, settings, actor)
        _set_guideline(study, guideline, actor)
        record("study.created", actor=actor, project=project, target=study)
    return study


def set_up(
    *,
    project: Project,
    kind: str,
    name: str,
    settings: Mapping[str, Any],
    actor: User,
    dataset: Dataset | None = None,
    source: Study | None = None,
    guideline: str = "",
    raters: Iterable[Rater] = (),
    adjudicators: Iterable[User] = (),
) -> Study:
    """Create a draft with its people, whole or not at all; ValidationError where somebody would have two parts."""
    with transaction.atomic():
        study = create(
            project=project,
            kind=kind,
            name=name,
            settings=settings,
            actor=actor,
            dataset=dataset,
            source=source,
            guideline=guideline,
        )
        add_people(study, raters=raters, adjudicators=adjudicators, actor=actor)
    return study


def rename(study: Study, *, name: str, actor: User) -> None:
    """Give a study another name; its address stays."""
    if Study.objects.filter(pk=study.pk).exclude(name=name).update(name=name):
        record("study.renamed", actor=actor, project=study.project, target=study)
    study.name = name


def change_draft(
    study: Study,
    *,
    name: str,
    dataset: Dataset | None,
    source: Study | None,
    settings: Mapping[str, Any],
    actor: User,
) -> None:
    """Change what a draft is about, and its settings."""
    with transaction.atomic():
        need_state(study, State.DRAFT)
        study.dataset, study.source = dataset, source
        study.save(update_fields=["dataset", "source"])
        rename(study, name=name, actor=actor)
        change_settings(study, settings=settings, actor=actor)


def change_settings(study: Study, *, settings: Mapping[str, Any], actor: User) -> None:
    """Replace a draft's settings by a new version. Once a study has opened they are frozen."""
    with transaction.atomic():
        need_state(study, State.DRAFT)
        settings = _with_design(study, settings)
        if study.version and study.settings == settings:
            return
        _set_version(study, settings, actor)
        record("study.settings_changed", actor=actor, project=study.project, target=study)


def _with_design(study: Study, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with the design, which a page of its own is for, unless they bring one."""
    had = study.settings.get("design") if study.version else None
    return {**({"design": had} if had else {}), **settings}


def revise_settings(study: Study, *, settings: Mapping[str, Any], actor: User) -> None:
    """Add a version while people work, for what a kind lets be changed then; answers keep the one they have."""
    with transaction.atomic():
        need_state(study, State.OPEN, State.PAUSED)
        _set_version(study, _with_design(study, settings), actor)
        record("study.settings_changed", actor=actor, project=study.project, target=study)


def change_guideline(study: Study, *, text: str, actor: User, asks: bool = False) -> None:
    """Add a version of the guideline; possible at any time, answers keep the version they were made under.

    Where it `asks`, raters say that they have read it before they go on.
    """
    if study.guideline and study.guideline.text == plain_lines(text) and asks <= study.guideline.asks:
        return
    with transaction.atomic():
        _set_guideline(study, text, actor, asks=asks)
        if asks:
            asking.ask_all(study)
        record("study.guideline_changed", actor=actor, project=study.project, target=study)


def _set_version(study: Study, settings: Mapping[str, Any], actor: User | None) -> None:
    number = study.versions.count() + 1
    study.version = StudyVersion.objects.create(study=study, number=number, settings=dict(settings), created_by=actor)
    study.fresh_raters = bool(settings.get("fresh_raters"))
    study.save(update_fields=["version", "fresh_raters"])


def plain_lines(text: str) -> str:
    """Return a text with one kind of line end: browsers send another than files have."""
    return text.replace("\r\n", "\n").rstrip()


def _set_guideline(study: Study, text: str, actor: User | None, *, asks: bool = False) -> None:
    number = study.guidelines.count() + 1
    text = plain_lines(text)
    study.guideline = Guideline.objects.create(study=study, number=number, text=text, created_by=actor, asks=asks)
    study.save(update_fields=["guideline"])


def _move(study: Study, *, to: State, allowed: tuple[State, ...], **values: Any) -> None:
    """Change the state if it is still one of `allowed`; two people pressing at once move it once."""
    if not Study.objects.filter(pk=study.pk, state__in=allowed).update(state=to, **values):
        need_state(study, *allowed)
    study.refresh_from_db()


def open_study(study: Study, *, actor: User | None) -> Job:
    """Freeze the settings and let a worker make the units; the study is open once they are whole."""
    with transaction.atomic():
        _move(study, to=State.OPENING, allowed=(State.DRAFT, State.OPENING))
        record("study.opening", actor=actor, project=study.project, target=study)
        return jobs.enqueue("open_study", subject(study), project=study.project, actor=actor)


def stop_opening(study: Study, *, actor: User) -> None:
    """Make a study that is being prepared a draft again; a worker that is at it stops at its next report."""
    with transaction.atomic():
        need_state(study, State.OPENING)
        unfinished = Job.objects.filter(kind="open_study", subject=subject(study), state__in=jobs.UNFINISHED)
        for job in unfinished:
            jobs.cancel(job)
        if not unfinished.all().exists():
            _move(study, to=State.DRAFT, allowed=(State.OPENING,))
        record("study.opening_stopped", actor=actor, project=study.project, target=study)


def subject(study: Study) -> str:
    """Return what a study's jobs are filed under."""
    return f"study:{study.pk}"


def job_of(study: Study) -> Job | None:
    """Return the newest preparation of a study, if there was one."""
    return Job.objects.filter(kind="open_study", subject=subject(study)).order_by("-pk").first()


def pause(study: Study, *, message: str, actor: User) -> None:
    """Stop handing out and taking work; raters see `message`."""
    with transaction.atomic():
        _move(study, to=State.PAUSED, allowed=(State.OPEN,), pause_message=message)
        record("study.paused", actor=actor, project=study.project, target=study)


def resume(study: Study, *, actor: User) -> None:
    """Take up a paused study again."""
    with transaction.atomic():
        _move(study, to=State.OPEN, allowed=(State.PAUSED,), pause_message="")
        record("study.resumed", actor=actor, project=study.project, target=study)


def close(study: Study, *, actor: User | None) -> None:
    """End a study for good. What was submitted stays; what was still in work is given back."""
    with transaction.atomic():
        _move(study, to=State.CLOSED, allowed=(State.OPEN, State.PAUSED), closed_at=timezone.now())
        for row in study.assignments.filter(state=Assignment.State.LEASED):
            leases.release(row)
        record("study.closed", actor=actor, project=study.project, target=study)
        reports.ask(study, actor=actor)


def clone(study: Study, *, name: str, actor: User, then: Callable[[Study, Study, User], object] | None = None) -> Study:
    """Copy settings, guideline, data set and people into a new draft; no work is copied.

    `then(study, copy, actor)` copies what the kind keeps beside them.
    """
    with transaction.atomic():
        copy = create(
            project=study.project,
            kind=study.kind,
            name=name,
            settings=study.settings,
            actor=actor,
            dataset=study.dataset,
            source=study.source,
            guideline=study.guideline.text if study.guideline else "",
        )
        Study.objects.filter(pk=copy.pk).update(cloned_from=study)
        for part in study.roles.exclude(state=StudyRole.State.LEFT).select_related("rater", "user"):
            StudyRole.objects.create(study=copy, user=part.user, part=part.part, rater=part.rater)
        if then:
            then(study, copy, actor)
        cloned.send(sender=Study, study=study, copy=copy, actor=actor)
    return copy


def sort_key(study: Study, key: str, position: int, *, shuffled: bool) -> int:
    """Return a unit's place in the order: its position, or 62 bits keyed by the study's seed.

    The key is HMAC-SHA-256(seed, unit key), so the order can be made again from the record and depends on nothing else.
    """
    if not shuffled:
        return position
    digest = hmac.digest(str(study.seed).encode(), key.encode(), "sha256")
    return int.from_bytes(digest[:8]) >> 2
