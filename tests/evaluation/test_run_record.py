"""The record of calls cannot be changed afterwards, by whatever code."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from evaluation.models import Attempt, PromptVersion, RunItem, SystemVersion
from tests.evaluation import worlds

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(settings: Any) -> Any:
    settings.CONCORD_PRIVATE_ENDPOINTS = True
    project = worlds.project_named()
    endpoint = worlds.endpoint_at("http://127.0.0.1:9/v1", project)
    system = worlds.system_at(endpoint, project)
    worlds.started(project, worlds.questions(project, 1), system)
    return system


def refused(change: Any) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        change()
    return str(error.value).splitlines()[0]


def test_an_attempt_is_never_changed(system: Any) -> None:
    attempt = Attempt.objects.create(run_item=RunItem.objects.get(), number=1, text="said")
    assert refused(lambda: Attempt.objects.filter(pk=attempt.pk).update(text="other")) == "Attempts are append-only."


def test_a_started_run_freezes_what_it_sends(system: Any) -> None:
    version = SystemVersion.objects.get()
    assert version.frozen_at is not None
    words = refused(lambda: SystemVersion.objects.update(parameters={"max_tokens": 1}))
    assert words == "A frozen system version does not change."
    words = refused(lambda: PromptVersion.objects.update(texts={"en": {}}))
    assert words == "A prompt version in use does not change."
    # Where it stands in time may be noted.
    assert PromptVersion.objects.update(used_at=timezone.now()) == 1
