"""An appendix that was made, for the role matrix."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.utils import timezone

from campaign.models import Appendix
from projects.models import Study, User


def furnish(study: Study, manager: User) -> Appendix:
    """Store an appendix with files that say nothing."""
    row = Appendix(study=study, created_by=manager, made_at=timezone.now())
    row.docx.save("appendix.docx", ContentFile(b"x"), save=False)
    row.latex.save("appendix.zip", ContentFile(b"x"), save=False)
    row.save()
    return row
