"""A study of any size with its raters logged in: python -m benchmarks.judgement_world UNITS RATERS; prints JSON.

The items' rows are written straight, as an import would leave them; everything else goes through the services.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Migrate, fill, open, and print the study's handle and the raters' session keys."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    study = make_study(int(sys.argv[1]))
    sessions = [log_in(study, n) for n in range(int(sys.argv[2]))]
    print(json.dumps({"study": study.token, "sessions": sessions, "manager": manage(study)}))


def make_study(units: int):
    """Return an open study over `units` new items, three raters each."""
    from annotation.forms import LabelReviewSettings
    from projects.models import Dataset, ImportBatch, Project
    from projects.services import studies

    project = Project.objects.create(slug="bench", name="Bench")
    labels = [{"key": "positive", "text": "Positive"}, {"key": "negative", "text": "Negative"}]
    dataset = Dataset.objects.create(project=project, slug="items", name="Items", labels=labels)
    fill(dataset, ImportBatch.objects.create(dataset=dataset, published=True), units)
    Dataset.objects.filter(pk=dataset.pk).update(item_count=units)
    settings = {name: field.initial for name, field in LabelReviewSettings().fields.items()}
    settings |= {"raters_per_item": 3, "prelabel": "hidden", "sample_size": None}
    study = studies.create(
        project=project, kind="label_review", name="Bench", settings=settings, actor=None, dataset=dataset, seed=7
    )
    open_now(study)
    return study


def fill(dataset, batch, units: int) -> None:
    """Write the items as an import does, a transaction a chunk, and take stock of them."""
    from django.db import transaction

    from projects.formats.records import ItemRecord
    from projects.models import Item, ItemRevision
    from projects.services import bulk, import_write

    text = "Since the move I sleep badly and wake at four. " * 6
    for start in range(0, units, import_write.CHUNK):
        records = [
            ItemRecord(
                row=n, external_id=f"i{n}", kind="true_false", text=f"{text} {n}", options=(), topic=f"Topic {n % 7}",
                subtopic="", language="en", prelabels=(), answer=(), reference="", metadata={},
                content_hash=f"{n:064d}",
            )
            for n in range(start, min(start + import_write.CHUNK, units))
        ]  # fmt: skip
        with transaction.atomic():
            import_write.write(batch, records, start)
    bulk.take_stock(Item, ItemRevision)


def open_now(study) -> None:
    """Open the study as a worker would."""
    from projects.services import jobs, studies

    job = jobs.run(studies.open_study(study, actor=None).pk)
    if job is None or job.state != "done":
        raise RuntimeError(f"The study did not open: {job}")
    study.refresh_from_db()


def log_in(study, number: int) -> str:
    """Return the session key of a new rater of the study."""
    from projects.models import Membership, Rater, User
    from projects.services import studies

    user = User.objects.create_user(f"rater{number}@example.org", None)
    Membership.objects.create(project=study.project, user=user, role="rater")
    studies.add_rater(study, Rater.objects.create(project=study.project, user=user, code=f"R{number}"), actor=None)
    return session_of(user)


def manage(study) -> str:
    """Return the session key of a new manager of the study's project."""
    from projects.models import Membership, User

    user = User.objects.create_user("manager@example.org", None)
    Membership.objects.create(project=study.project, user=user, role="manager")
    return session_of(user)


def session_of(user) -> str:
    """Return the key of a new session of somebody who is logged in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "projects.backends.AccountBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return store.session_key


if __name__ == "__main__":
    main()
