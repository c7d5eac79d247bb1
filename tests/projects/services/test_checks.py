"""The counters' check finds what is wrong, and nothing where all is well."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from projects.models import Dataset, StudyRole, Unit
from projects.services.checks import wrong_counters

pytestmark = pytest.mark.django_db


@pytest.fixture
def raters(stage):
    return stage.raters(1)


def test_true_counters_are_found_true(stage, raters, capsys):
    stage.do(stage.study(raters[0], units=2), raters[0])
    Dataset.objects.update(item_count=2)
    call_command("check_counters")
    assert list(wrong_counters()) == []


def test_each_wrong_counter_is_named(stage, raters):
    study = stage.study(raters[0], units=1)
    stage.do(study, raters[0])
    unit, part = Unit.objects.get(), StudyRole.objects.get(rater=raters[0])
    Unit.objects.update(done=0)
    StudyRole.objects.filter(pk=part.pk).update(submitted=5)
    assert list(wrong_counters()) == [
        f"unit {unit.pk}: taken 1 for 1, done 0 for 1",
        f"part {part.pk}: submitted 5 for 1",
        f"data set {Dataset.objects.get().pk}: item_count 0 for 1",
    ]
    with pytest.raises(CommandError, match="3 counters differ"):
        call_command("check_counters")
