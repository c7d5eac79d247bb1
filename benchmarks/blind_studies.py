"""Blind studies made of real files for benchmarks and tests, through the services that pages and commands use."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.http import QueryDict


def dataset_of(slug: str, questions: Mapping[str, str], folder: Path) -> Any:
    """Import questions (id -> text) into a new project's data set, as the command line does."""
    from projects.models import Dataset, Project

    project = Project.objects.create(slug=slug, name=slug.capitalize())
    path = folder / "questions.csv"
    write(path, ["id", "text"], questions.items())
    call_command(
        "import_items", str(path), project=slug, dataset="questions", create=True, kind="question",
        map=["external_id=id", "text=text", "language=:en"], verbosity=0,
    )  # fmt: skip
    return Dataset.objects.select_related("project").get(project=project)


def respond(dataset: Any, rows: Iterable[tuple[str, str, str]], folder: Path) -> None:
    """Import (item, system, text) as responses."""
    path = folder / "responses.csv"
    write(path, ["item", "system", "text"], rows)
    call_command(
        "import_responses", str(path), project=dataset.project.slug, dataset=dataset.slug,
        map=["item=item", "system=system", "text=text"], verbosity=0,
    )  # fmt: skip


def write(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def people(project: Any, codes: Sequence[str]) -> tuple[Any, list[Any]]:
    """Return a manager, and a rater with an account for each code."""
    from projects.models import Membership, Rater, User

    manager = User.objects.create_user(f"manager@{project.slug}.example.org", None)
    Membership.objects.create(project=project, user=manager, role="manager")
    raters = []
    for code in codes:
        user = User.objects.create_user(f"{code.lower()}@{project.slug}.example.org", None)
        Membership.objects.create(project=project, user=user, role="rater")
        raters.append(Rater.objects.create(project=project, user=user, code=code))
    return manager, raters


def opened(
    kind: str,
    dataset: Any,
    manager: Any,
    raters: Sequence[Any],
    *,
    first: Callable[[Any], None] | None = None,
    **wanted: Any,
) -> Any:
    """Open a study of all the project's systems; words that tell are left in and marked.

    `first` gets the draft, for what has to be done before it opens.
    """
    from evaluation.models import LexiconHit, SystemVersion
    from evaluation.services import telling
    from projects import kinds
    from projects.models import Study
    from projects.services import jobs, parts, studies

    versions = SystemVersion.objects.filter(system__project=dataset.project).order_by("pk")
    settings = checked(kinds.registry()[kind], dataset.project, versions.values_list("pk", flat=True), wanted)
    study = studies.set_up(
        project=dataset.project, kind=kind, name="Benchmark", settings=settings, actor=manager, dataset=dataset,
        raters=list(raters), guideline="Which one would help?",
    )  # fmt: skip
    parts.add_key_holder(study, manager, actor=manager)
    if first:
        first(study)
    for _n in range(2):
        # The first time it stops at words that tell and is a draft again.
        with suppress(CommandError):
            jobs.run(studies.open_study(study, actor=manager).pk)
        study = Study.objects.select_related("project", "version", "guideline", "dataset").get(pk=study.pk)
        if study.state == Study.State.OPEN:
            return study
        hits = LexiconHit.objects.filter(study=study, decision=LexiconHit.Decision.OPEN)
        telling.decide(study, hits, LexiconHit.Decision.FLAGGED, actor=manager)
    raise RuntimeError("The study did not open.")


def checked(kind: Any, project: Any, systems: Iterable[int], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that the kind's own form has found good."""
    form = kind.settings_form(project, None, {})
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    values |= {"systems": list(systems), "primary_outcome": "Mean rank", **wanted}
    data = QueryDict(mutable=True)
    for name, value in values.items():
        if isinstance(value, list):
            data.setlist(name, [str(one) for one in value])
        elif value not in (None, False, ""):
            data[name] = "on" if value is True else str(value)
    good = kind.settings_form(project, data, {})
    if not good.is_valid():
        raise ValueError(good.errors.as_text())
    found: dict[str, Any] = good.cleaned_data
    return found


def reported(study: Any, manager: Any) -> Any:
    """Close the study, open its key, and return the report a worker then computes."""
    from evaluation.services import blinding
    from projects.models import Report
    from projects.services import jobs, reports, studies
    from reports.summary import Summary

    studies.close(study, actor=manager)
    study.refresh_from_db()
    blinding.unblind(study, by=manager, reason="All judgements are in.")
    report = reports.ask(study, actor=manager)
    jobs.run(report.job_id)
    row = Report.objects.get(pk=report.pk)
    if not row.summary:
        raise RuntimeError(row.job.message)
    return Summary.from_json(row.summary)


def table(summary: Any, name: str) -> dict[str, list[Any]]:
    """Return a table "section/key" of a report, row by first cell; cells without what sets them apart."""
    section, _slash, key = name.partition("/")
    blocks = next(one.blocks for one in summary.sections if one.key == section)
    rows = next(block for block in blocks if block.key == key).rows
    return {str(plain(row[0])): [plain(cell) for cell in row[1:]] for row in rows}


def plain(cell: Any) -> Any:
    """Return what a cell says, without its interval."""
    inner = getattr(cell, "value", cell)
    return getattr(inner, "value", inner)
