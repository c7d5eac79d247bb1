"""What a study's texts touch on: categories and words, shown before the work and quietly beside it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction

from projects.content import Category, names
from projects.markdown import to_html
from projects.models import Study, User
from projects.services import asking
from projects.services.audit import record


def change(study: Study, *, categories: Collection[str], text: str, actor: User) -> None:
    """Keep the notice; whoever has not read one yet reads it before their next unit."""
    chosen = [key for key in Category.values if key in categories]
    content = {"categories": chosen, "text": text.strip()} if chosen or text.strip() else None
    with transaction.atomic():
        Study.objects.filter(pk=study.pk).update(content=content)
        study.content = content
        asking.ask_all(study)
        record("study.content_changed", actor=actor, project=study.project, target=study)


def shown(study: Study) -> dict[str, Any]:
    """Return what the notice's page shows."""
    content = study.content or {}
    return {"names": names(study), "text_html": to_html(str(content.get("text", "")))}
