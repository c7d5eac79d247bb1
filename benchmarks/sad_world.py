"""The study that benchmarks.sad_review carries out, with its people logged in; prints their handles as JSON."""

from __future__ import annotations

import json

from benchmarks.judgement_world import log_in, open_now


def build() -> None:
    """Make the study over the imported data set and print what the replay needs."""
    from annotation.forms import LabelReviewSettings
    from projects.models import Dataset, Membership, User
    from projects.services import studies

    dataset = Dataset.objects.select_related("project").get(project__slug="bench", slug="sad")
    settings = {name: field.initial for name, field in LabelReviewSettings().fields.items()}
    settings |= {"raters_per_item": 5, "prelabel": "hidden", "sample_size": None, "order": "imported"}
    study = studies.create(
        project=dataset.project, kind="label_review", name="SAD review", slug="sad-review", settings=settings,
        actor=None, dataset=dataset, seed=1,
    )  # fmt: skip
    sessions = [log_in(study, n) for n in range(5)]
    adjudicator = User.objects.create_user("adjudicator@example.org", None)
    Membership.objects.create(project=dataset.project, user=adjudicator, role="adjudicator")
    studies.add_adjudicator(study, adjudicator, actor=None)
    open_now(study)
    print(
        json.dumps(
            {"study": study.token, "slug": study.slug, "sessions": sessions, "adjudicator": session(adjudicator)}
        )
    )


def session(user) -> str:
    """Return a session key for somebody."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "projects.backends.AccountBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return store.session_key
