"""What texts may touch on, in categories that a study's manager ticks."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.models import Study


class Category(models.TextChoices):
    """A subject that some people would rather know of before they read."""

    SELF_HARM = "self_harm", _("self-harm and suicide")
    ABUSE = "abuse", _("abuse")
    SEXUAL = "sexual", _("sexual violence")
    VIOLENCE = "violence", _("violence")
    GRIEF = "grief", _("grief and death")
    EATING = "eating", _("eating disorders")
    SUBSTANCES = "substances", _("alcohol and drugs")
    ANXIETY = "anxiety", _("anxiety and panic")
    PSYCHOSIS = "psychosis", _("delusions and voices")
    DISCRIMINATION = "discrimination", _("hatred and discrimination")


def names(study: Study) -> list[str | Promise]:
    """Return the categories that a study names, in words."""
    content = study.content or {}
    return [Category(key).label for key in content.get("categories", ()) if key in Category.values]
