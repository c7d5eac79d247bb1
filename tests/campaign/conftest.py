"""The project that studies are run in, as the tests of projects set it up."""

from tests.projects.conftest import no_heartbeat, stage

__all__ = ["no_heartbeat", "stage"]
