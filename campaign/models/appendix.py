"""Appendices for papers that a worker has made, kept to be downloaded again."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from projects.models import Job, Study, User


class Appendix(models.Model):
    """One appendix, as the study stood when it was made; both files or none."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="appendices")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="appendix")
    language = models.CharField(max_length=20, blank=True)
    # Ids of the items shown as examples, in the manager's order.
    examples = models.JSONField(default=list, blank=True)
    docx = models.FileField(upload_to="appendix", blank=True)
    latex = models.FileField(upload_to="appendix", blank=True)
    pictures = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.study_id} #{self.pk}"
