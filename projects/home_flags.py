"""What waits for a manager on the first page: flags that nobody has looked into."""

from __future__ import annotations

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.home_hooks import Panel
from projects.models import Flag, Project, Role, User

MOST = 20


def panels(user: User) -> list[Panel]:
    """Return a row for each project with open flags that `user` manages."""
    rows = (
        Project.objects.filter(memberships__user=user, memberships__role=Role.MANAGER, flags__state=Flag.State.OPEN)
        .annotate(waiting=Count("flags", distinct=True))
        .order_by("name", "pk")
        .values_list("name", "slug", "waiting")[:MOST]
    )
    return [
        Panel(
            title=_("Flags in %(project)s") % {"project": name},
            url=reverse("flags", args=[slug]),
            action=_("Look into them"),
            meta=(ngettext("%(count)s open flag", "%(count)s open flags", count) % {"count": count},),
        )
        for name, slug, count in rows
    ]
