"""Projects: made, described anew."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from projects.models import Membership, Project, Role, User
from projects.services.audit import record

FIELDS = ("name", "description", "content_notice", "help_text")


def may_create(user: User, roles: Collection[str] | None = None) -> bool:
    """Whether `user`, whose roles anywhere may be known, may start a project: a site admin, or who manages one."""
    if user.is_superuser or roles is not None:
        return user.is_superuser or Role.MANAGER in (roles or ())
    return Membership.objects.filter(user=user, role=Role.MANAGER).exists()


def create_project(
    *,
    actor: User,
    name: str,
    slug: str = "",
    description: str = "",
    content_notice: str = "",
    help_text: str = "",
) -> Project:
    """Create a project with `actor` as its manager.

    Without `slug` one is made from the name. Raises PermissionDenied, or ValidationError where the slug is taken.
    """
    if not may_create(actor):
        raise PermissionDenied
    with transaction.atomic():
        project = Project.objects.create(
            slug=_given_slug(slug) if slug else _free_slug(name),
            name=name,
            description=description,
            content_notice=content_notice,
            help_text=help_text,
        )
        Membership.objects.create(project=project, user=actor, role=Role.MANAGER)
        record("project.created", actor=actor, project=project, target=project)
    return project


def change_project(*, project: Project, actor: User, **values: str) -> Project:
    """Set some of FIELDS anew; the log keeps which ones changed, never what they say."""
    changed = [field for field in FIELDS if field in values and getattr(project, field) != values[field]]
    if not changed:
        return project
    for field in changed:
        setattr(project, field, values[field])
    with transaction.atomic():
        project.save(update_fields=changed)
        record("project.changed", actor=actor, project=project, target=project, fields=",".join(changed))
    return project


def _given_slug(slug: str) -> str:
    if Project.objects.filter(slug=slug).exists():
        raise ValidationError({"slug": _("This short name is taken. Choose another.")})
    return slug


def _free_slug(name: str) -> str:
    """Return a free short name; one with a random tail where the name gives none or its own is taken."""
    # A Chinese name leaves nothing of itself in ASCII.
    base = slugify(name)[:50] or "project"
    if base != "project" and not Project.objects.filter(slug=base).exists():
        return base
    return f"{base}-{secrets.token_hex(3)}"
