"""Who sees what of systems and runs: endpoints are the site admin's; a project's runs are its managers' and analysts'.

What a run shows (texts beside the names of the systems that wrote them) would end the blindness of whoever rates them,
so `may_read_runs` is what a blind study asks before it takes somebody in as a rater.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponseBase

from projects.access import ANALYST, MANAGER, UserRequest
from projects.models import Membership, Project, User

P = ParamSpec("P")
RUN_READERS = (MANAGER, ANALYST)


def may_read_runs(user: User, project: Project) -> bool:
    """Return whether somebody can see which system of the project wrote which text."""
    return user.is_superuser or readers_of_runs(project).filter(pk=user.pk).exists()


def readers_of_runs(project: Project) -> QuerySet[User]:
    """Return the project's members who can read its runs; site admins can read all of them besides."""
    members = Membership.objects.filter(project=project, role__in=RUN_READERS)
    return User.objects.filter(pk__in=members.values("user"))


def admin_view(
    view: Callable[Concatenate[UserRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Guard a page of the whole site: for site admins."""

    @login_required
    @wraps(view)
    def inner(request: UserRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_superuser:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return inner
