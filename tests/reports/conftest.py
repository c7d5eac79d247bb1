import pytest
from django.utils import translation

from reports.gallery import example_summary
from reports.summary import Summary


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def summary() -> Summary:
    return example_summary()
