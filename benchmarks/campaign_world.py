"""The project of benchmarks.campaign: a manager, a data set in two languages and a draft; and its worker."""

from __future__ import annotations

import json
import os

from benchmarks.judgement_world import session_of

LANGUAGES = ("en", "zh")
# Real units of each language, and items to be calibrated on, of each language and try.
UNITS = int(os.environ.get("CAMPAIGN_UNITS", "500"))
EACH, TRIES, TRIED = UNITS // 2, 2, 4
TEXTS = {"en": "Since the move I sleep badly and wake at four.", "zh": "搬家以后我睡不好，四点就醒了。"}


def items() -> list[tuple[str, str]]:
    """Return (external id, language) of everything in the data set, in its order."""
    real = [(f"{language}-{n}", language) for n in range(EACH) for language in LANGUAGES]
    return real + [
        (f"try{t}-{language}-{n}", language)
        for t in range(1, TRIES + 1)
        for language in LANGUAGES
        for n in range(TRIED)
    ]


def build() -> None:
    """Make the project and print what the campaign begins with."""
    from annotation.forms import LabelReviewSettings
    from projects.formats.records import ItemRecord
    from projects.models import Dataset, ImportBatch, Membership, Project, User
    from projects.services import import_write, studies

    project = Project.objects.create(slug="bench", name="Bench")
    manager = User.objects.create_user("manager@example.org", None)
    Membership.objects.create(project=project, user=manager, role="manager")
    labels = [{"key": "positive", "text": "Positive"}, {"key": "negative", "text": "Negative"}]
    dataset = Dataset.objects.create(project=project, slug="items", name="Items", labels=labels)
    batch = ImportBatch.objects.create(dataset=dataset, published=True)
    records = [
        ItemRecord(
            row=n, external_id=name, kind="true_false", text=f"[{name}] {TEXTS[language]}", options=(), topic="",
            subtopic="", language=language, prelabels=(), answer=(), reference="", metadata={},
            content_hash=f"{n:064d}",
        )
        for n, (name, language) in enumerate(items())
    ]  # fmt: skip
    from django.db import transaction

    with transaction.atomic():
        import_write.write(batch, records, 0)
    Dataset.objects.filter(pk=dataset.pk).update(item_count=len(records))
    settings = {name: field.initial for name, field in LabelReviewSettings().fields.items()}
    settings |= {"raters_per_item": 3, "prelabel": "hidden", "sample_size": None, "disputes": False}
    study = studies.create(
        project=project, kind="label_review", name="Campaign", slug="campaign", settings=settings, actor=manager,
        dataset=dataset, seed=11, guideline="First version.",
    )  # fmt: skip
    print(json.dumps({"manager": session_of(manager), "study": study.token, "slug": study.slug}))


def work_off() -> None:
    """Do what waits for a worker, and say what did not end well."""
    from projects.models import Job
    from projects.services import jobs

    while waiting := list(Job.objects.filter(jobs.claimable()).values_list("pk", flat=True)):
        for pk in waiting:
            job = jobs.run(pk)
            if job is None or job.state != Job.State.DONE:
                raise SystemExit(f"{job} ended {job and job.state}: {job and job.message}")
    print("{}")


def record() -> None:
    """Print what the database has, to be held against the script's own log."""
    from projects.models import Assignment, Place, Study
    from projects.services.checks import wrong_counters

    study = Study.objects.get(slug="campaign")
    rows = Assignment.objects.filter(study=study, state="submitted", unit__role="main")
    answers = rows.values_list(
        "rater__code", "rater__group", "unit__item__external_id", "unit__language", "unit__group"
    )
    plan = Place.objects.filter(study=study, rater__isnull=False, unit__role="main")
    print(
        json.dumps(
            {
                "answers": list(answers),
                "plan": list(plan.values_list("rater__code", "unit__item__external_id")),
                "wanted": dict(study.units.filter(role="main").values_list("item__external_id", "wanted")),
                "counters": list(wrong_counters()),
            }
        )
    )
