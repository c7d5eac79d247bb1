"""The project that studies are run in, as the tests of projects set it up."""

from tests.projects.conftest import stage

__all__ = ["stage"]
