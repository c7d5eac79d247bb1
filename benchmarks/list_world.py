"""A project whose lists are full: python -m benchmarks.list_world UNITS; prints who opens them, by session key.

Every list has more rows than its first page shows, as after a year of work. The rows are written straight.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta

from benchmarks.judgement_world import log_in, make_study, manage, session_of

FULL = 30
# Systems, prompts, runs and calls: their lists have more rows on a page.
MORE = 60


def main() -> None:
    """Migrate, fill, and print who may open the lists."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    study = make_study(int(sys.argv[1]))
    manager = manage(study)
    people(study.project)
    lists(study)
    models(study)
    others(study.project)
    rater = answers(study)
    print(json.dumps({"study": study.token, "manager": manager, "admin": session_of(admin()), "rater": rater}))


def admin():
    """Return a new site admin, who sees the endpoints."""
    from projects.models import User

    return User.objects.create_superuser("admin@example.org", None)


def people(project) -> None:
    """Add members, raters and invitations, and what the audit log says of them."""
    from django.utils import timezone

    from projects.models import Invitation, Membership, Rater, User
    from projects.services.audit import record

    for n in range(FULL):
        user = User.objects.create_user(f"person{n}@example.org", None)
        Membership.objects.create(project=project, user=user, role="rater")
        rater = Rater.objects.create(project=project, user=user, code=f"R{n}", languages=["en"], group="Ward")
        record("rater.created", target=rater, project=project, actor=user)
    for n in range(10):
        Invitation.objects.create(
            project=project, email=f"i{n}@example.org", roles=["rater"], token_hash=f"hash {n}",
            expires_at=timezone.now() + timedelta(days=n - 5),
        )  # fmt: skip


def lists(study) -> None:
    """Add data sets, studies, disputes, skips and flags."""
    from django.utils import timezone

    from annotation.models import Dispute, Meeting
    from projects.models import Assignment, Dataset, Flag, Rater, StudyRole
    from projects.services import studies

    project, raters = study.project, list(Rater.objects.filter(project=study.project))
    for n in range(FULL):
        Meeting.objects.create(
            study=study, started_at=timezone.now(), ended_at=timezone.now(), guests="Dr. Lin"
        ).raters.set(raters[:4])
        Dataset.objects.create(project=project, slug=f"set-{n}", name=f"Data set {n}", description="From a hospital.")
        studies.create(
            project=project, kind="label_review", name=f"Study {n}", settings=study.version.settings, actor=None,
            dataset=study.dataset, seed=n,
        )  # fmt: skip
    StudyRole.objects.bulk_create(
        StudyRole(study=study, user=rater.user, rater=rater, part=StudyRole.Part.RATER) for rater in raters
    )
    for n, unit in enumerate(study.units.select_related("item").order_by("pk")[:FULL]):
        Dispute.objects.create(unit=unit, cause=Dispute.Cause.RATERS)
        Flag.objects.create(
            project=project, study=study, unit=unit, item=unit.item, concern=Flag.Concern.values[0],
            note="Says who she is.", rater=raters[n], client_key=f"key {n}",
        )  # fmt: skip
        Assignment.objects.create(
            study=study, unit=unit, rater=raters[n], state=Assignment.State.SKIPPED, skip_reason="hard: too long"
        )


def answers(study) -> str:
    """Let a rater answer more units than a page shows, all of them disputed; returns the rater's session."""
    from django.utils import timezone

    from annotation.models import Dispute, Label
    from projects.models import Assignment, StudyRole, Submission

    session = log_in(study, FULL)
    part = StudyRole.objects.get(study=study, rater__code=f"R{FULL}")
    for n, unit in enumerate(study.units.order_by("-pk")[:FULL]):
        given = Assignment.objects.create(
            study=study, unit=unit, rater=part.rater, state=Assignment.State.SUBMITTED, submitted_at=timezone.now()
        )
        answer = Submission.objects.create(assignment=given, version=study.version, client_key=f"key {n}")
        Label.objects.create(submission=answer, value="positive")
        Dispute.objects.create(
            unit=unit, cause=Dispute.Cause.RATERS, state=Dispute.State.SETTLED, settled_at=timezone.now()
        )
    return session


def models(study) -> None:
    """Add endpoints, systems, prompts, runs with their calls, and files with responses."""
    from evaluation.models import (
        Benchmark,
        Endpoint,
        PromptTemplate,
        PromptVersion,
        ResponseImport,
        Run,
        RunItem,
        RunSystem,
        System,
        SystemVersion,
    )
    from evaluation.prompting.presets import PRESETS

    project, units = study.project, list(study.units.all()[:MORE])
    problem = {"row": 7, "code": "unknown_item", "params": {"item": "i-9999"}}
    report = {
        "rows": 2000, "good": 1980, "rejected": 20, "problems": [problem] * 20,
        "systems": [{"name": f"System {n}", "good": 990, "new": False} for n in range(2)],
    }  # fmt: skip
    for n in range(MORE):
        endpoint = Endpoint.objects.create(name=f"Server {n}", base_url=f"https://server{n}.example.org/v1")
        prompt = PromptTemplate.objects.create(project=project, slug=f"p{n}", name=f"Prompt {n}")
        preset = PRESETS[n % len(PRESETS)]
        prompt.version = PromptVersion.objects.create(
            template=prompt, texts=preset.texts, examples=preset.examples, hash=f"{n}"
        )
        prompt.save()
        system = System.objects.create(project=project, slug=f"s{n}", name=f"System {n}", group="Ours")
        system.version = SystemVersion.objects.create(
            system=system, endpoint=endpoint, model_id=f"model-{n}", prompt=prompt.version
        )
        system.save()
        run = Run.objects.create(project=project, name=f"Run {n}", dataset=study.dataset)
        RunSystem.objects.create(run=run, system_version=system.version)
        RunItem.objects.bulk_create(
            RunItem(run=run, system_version=system.version, endpoint=endpoint, revision_id=unit.revision_id)
            for unit in units
        )
        ResponseImport.objects.create(
            project=project, dataset=study.dataset, filename=f"answers-{n}.jsonl", file="kept.upload", report=report
        )
        Benchmark.objects.create(project=project, name=f"Benchmark {n}")


def others(project) -> None:
    """Give the manager more projects."""
    from projects.models import Membership, Project, User

    manager = User.objects.get(email="manager@example.org")
    for n in range(10):
        other = Project.objects.create(slug=f"other-{n}", name=f"Other {n}")
        Membership.objects.create(project=other, user=manager, role="manager")


if __name__ == "__main__":
    main()
