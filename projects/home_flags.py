"""What waits for a manager on the first page: flags that nobody has looked into."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.home_hooks import Panel, asks
from projects.models import Flag, Project, Role, User
from projects.prepared import Prepared

MOST = 20


FLAGGED: Prepared[Any] = Prepared(
    lambda user: (
        Project.objects.filter(memberships__user_id=user, memberships__role=Role.MANAGER, flags__state=Flag.State.OPEN)
        .annotate(waiting=Count("flags", distinct=True))
        .order_by("name", "pk")
        .values_list("name", "slug", "waiting")[:MOST]
    ),
    -1,
)


@asks(FLAGGED)
def panels(user: User) -> list[Panel]:
    """Return a row for each project with open flags that `user` manages."""
    return [
        Panel(
            title=_("Flags in %(project)s") % {"project": name},
            url=reverse("flags", args=[slug]),
            action=_("Look into them"),
            meta=(ngettext("%(count)s open flag", "%(count)s open flags", count) % {"count": count},),
        )
        for name, slug, count in FLAGGED.tuples(user.pk)
    ]
