"""What a list shows of long JSON columns is what stands in them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F

from projects.models import Dataset, ImportBatch, Project
from projects.prepared import Prepared
from projects.querysets.json import Keys, Length, Without

pytestmark = pytest.mark.django_db
REPORTS: tuple[dict[str, Any], ...] = (
    {},
    {"good": 1},
    {"problems": [{"row": 1}] * 3, "good": 0, "it's": [None, {"problems": "kept"}]},
    {"words": {"a": 1}, "名": "沉", 'a "b"': True, "problems": []},
)


@pytest.fixture
def batches() -> list[ImportBatch]:
    project = Project.objects.create(slug="p", name="P")
    dataset = Dataset.objects.create(project=project, slug="d", name="D", labels=[{"key": "a"}, {"key": "b"}])
    empty = Dataset.objects.create(project=project, slug="e", name="E", labels=[])
    of = (dataset, empty)
    return [ImportBatch.objects.create(dataset=of[n % 2], report=report) for n, report in enumerate(REPORTS)]


def test_the_database_takes_out_what_python_would(batches: list[ImportBatch]) -> None:
    def build(least: int) -> Any:
        return (
            ImportBatch.objects.filter(pk__gt=least)
            .only("pk")
            .annotate(
                keys=Keys("report"), labels=Length("dataset__labels"), brief=Without("report", "problems", "words")
            )
            .order_by("pk")
        )

    for rows in (list(build(0)), Prepared[Any](build, -1).rows(0)):
        assert [set(row.keys or ()) for row in rows] == [set(report) for report in REPORTS]
        assert [row.labels for row in rows] == [2, 0, 2, 0]
        assert [row.brief for row in rows] == [
            {key: value for key, value in report.items() if key not in ("problems", "words")} for report in REPORTS
        ]


def test_nothing_has_no_keys(batches: list[ImportBatch]) -> None:
    project = batches[0].dataset.project
    rows = Project.objects.filter(pk=project.pk).annotate(none=F("studies__dataset__labels"))
    found = rows.annotate(keys=Keys("none"), entries=Length("none"), brief=Without("none", "a")).get()
    assert (found.keys or [], found.entries, found.brief) == ([], None, None)


def test_a_key_is_a_plain_name() -> None:
    with pytest.raises(ValueError, match="plain name"):
        Without("report", "a'b")
