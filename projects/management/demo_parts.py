"""What the demonstration is made of besides the work of its raters: parts that other rooms bring along.

They are named in `settings.CONCORD_DEMO_PARTS` and made in that order, after the project with its people is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from projects.models import Project, User


@dataclass(frozen=True)
class Part:
    """A part of the demonstration: whether it is there, and how it is made where it is not.

    `make` takes the project and the accounts by the first part of their address; it must be able to start over.
    """

    is_whole: Callable[[Project], bool]
    make: Callable[[Project, Mapping[str, User]], None]


def parts() -> list[Part]:
    """Return the parts in the order in which they are made."""
    return [import_string(name) for name in settings.CONCORD_DEMO_PARTS]
