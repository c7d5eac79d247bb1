"""Keeping pictures for guidelines."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaign.models import Picture
from campaign.services import imagery
from campaign.services.imagery import MOST_BYTES as MOST_BYTES
from projects.models import Project, User
from projects.services.audit import record


def add(project: Project, *, name: str, content: bytes, actor: User) -> Picture:
    """Keep a picture; ValidationError where it is none, or too large."""
    try:
        found = imagery.clean(content)
    except imagery.NotAPicture as error:
        words = _("This is no PNG, JPEG or WebP of at most 4 MB that can be read to its end.")
        raise ValidationError({"file": words}) from error
    with transaction.atomic():
        row = Picture.objects.create(
            project=project,
            name=name.replace("[", "(").replace("]", ")"),
            media_type=found.media_type,
            width=found.width,
            height=found.height,
            content=found.content,
            created_by=actor,
        )
        record("project.picture_added", actor=actor, project=project, target=row)
    return row
