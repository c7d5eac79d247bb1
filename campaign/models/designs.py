"""What a draft's design comes to, worked out before it opens."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from projects.models import Study


class DesignPreview(models.Model):
    """Who would judge how much under a draft's design; `basis` tells what it was worked out from."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="design_preview")
    basis = models.CharField(max_length=64)
    figures = models.JSONField(default=dict)
    computed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.study_id}"
