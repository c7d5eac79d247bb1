"""Flags: whoever reads a text can say that something in it needs a person's attention, at once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .data import Item, ItemRevision
from .people import Project, Rater, User
from .study import Study
from .work import Unit


class Flag(models.Model):
    """One concern about an item, a turn of it, or a part of a unit, until somebody has looked into it."""

    class Concern(models.TextChoices):
        SELF_HARM = "self_harm", _("self-harm or suicide")
        HARM = "harm_to_others", _("harm to others")
        ABUSE = "abuse", _("abuse")
        PRIVACY = "privacy", _("privacy: a name, a place, a contact")
        ADVICE = "harmful_advice", _("harmful advice")
        CRISIS = "missed_crisis", _("a crisis was missed")
        AUTHOR = "reveals_author", _("the text reveals who wrote it")
        OTHER = "other", _("something else")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        HANDLED = "handled", _("handled")

    project = models.ForeignKey(Project, models.CASCADE, related_name="flags", db_index=False)
    study = models.ForeignKey(Study, models.CASCADE, null=True, blank=True, related_name="flags")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="flags")
    item = models.ForeignKey(Item, models.CASCADE, null=True, blank=True, related_name="flags")
    # What was read when the flag was raised; the item may say something else by now.
    revision = models.ForeignKey(ItemRevision, models.SET_NULL, null=True, blank=True, related_name="+")
    # The turn's place in the dialogue, which every revision of it keeps.
    turn = models.PositiveIntegerField(null=True, blank=True)
    # A kind's own name for a part of its unit that is no turn ("response:B").
    part = models.CharField(max_length=60, blank=True)
    concern = models.CharField(_("concern"), max_length=20, choices=Concern.choices)
    note = models.TextField(_("note"), blank=True)
    rater = models.ForeignKey(Rater, models.SET_NULL, null=True, blank=True, related_name="flags")
    raised_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    client_key = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    handled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)
    handling_note = models.TextField(blank=True)

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "raised_by", "client_key"], name="flag_replay_once"),
            models.CheckConstraint(
                condition=Q(item__isnull=False) | Q(unit__isnull=False), name="flag_is_about_something"
            ),
            models.CheckConstraint(
                condition=Q(state="open", handled_at__isnull=True) | Q(state="handled", handled_at__isnull=False),
                name="flag_handled_has_time",
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "-created_at"], name="flag_list")]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.concern}"
