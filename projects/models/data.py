"""What is judged: data sets of items, their immutable revisions and turns, proposals, and import batches."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .fields import OrderedJSONField
from .people import Project, Rater, User


class Dataset(models.Model):
    """A set of items under one project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="datasets")
    slug = models.SlugField(_("short name"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    # [{"key": "positive", "text": "Positive", "names": {"zh-Hans": "正面"}, "aliases": ["true"]}]
    labels = models.JSONField(_("labels of true/false items"), default=list, blank=True)
    item_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("data set")
        verbose_name_plural = _("data sets")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "slug"], name="dataset_slug_once")]

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    """One import. Its items stay invisible until `published`, so an import is whole or absent."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="batches")
    filename = models.CharField(max_length=255, blank=True)
    file = models.FileField(upload_to="imports", blank=True)
    file_hash = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(max_length=40, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    keep_good = models.BooleanField(default=False)
    report = models.JSONField(default=dict, blank=True)
    rejected = models.FileField(upload_to="imports", blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename or f"#{self.pk}"


class ItemQuerySet(models.QuerySet["Item"]):
    """Queries over items."""

    def visible(self) -> ItemQuerySet:
        """Keep the items whose import is complete."""
        return self.filter(batch__published=True)

    def kept(self) -> ItemQuerySet:
        """Keep the items that have not been removed from their data set."""
        return self.filter(removed=False)


class Case(models.Model):
    """One client's course of counselling: its sessions are items that follow each other."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="cases")
    external_id = models.CharField(_("id"), max_length=200)
    title = models.CharField(_("title"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(fields=["dataset", "external_id"], name="case_external_id_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="case_external_id_given"),
        ]

    def __str__(self) -> str:
        return self.title or self.external_id


class Item(models.Model):
    """Something to judge. What it says stands in its revisions; `current` is the newest."""

    class Kind(models.TextChoices):
        TRUE_FALSE = "true_false", _("true/false")
        SINGLE_CHOICE = "single_choice", _("single choice")
        MULTIPLE_CHOICE = "multiple_choice", _("multiple choice")
        QUESTION = "question", _("question")
        DIALOGUE = "dialogue", _("dialogue")

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="items")
    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="items")
    external_id = models.CharField(_("id"), max_length=200)
    position = models.PositiveIntegerField()
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    current = models.ForeignKey("projects.ItemRevision", models.SET_NULL, null=True, related_name="+", editable=False)
    # The agreed or imported answer, a list of option keys; null while there is none.
    final = models.JSONField(_("final answer"), null=True, blank=True)
    final_how = models.CharField(max_length=20, blank=True)
    removed = models.BooleanField(_("removed"), default=False)
    removal_reason = models.CharField(max_length=40, blank=True)
    # The course of counselling a session belongs to, and its place in it, from 1.
    case = models.ForeignKey(Case, models.RESTRICT, null=True, blank=True, related_name="sessions")
    case_order = models.PositiveIntegerField(null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        constraints = [
            models.UniqueConstraint(fields=["dataset", "external_id"], name="item_external_id_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="item_external_id_given"),
            models.CheckConstraint(condition=Q(removed=False) | ~Q(removal_reason=""), name="item_removal_has_reason"),
            models.UniqueConstraint(
                fields=["case", "case_order"], condition=Q(case__isnull=False), name="item_case_order_once"
            ),
            models.CheckConstraint(
                condition=Q(case__isnull=True, case_order__isnull=True)
                | Q(case__isnull=False, case_order__isnull=False),
                name="item_case_and_order",
            ),
        ]
        indexes = [
            models.Index(fields=["dataset", "position"]),
            # Whether a large data set holds any dialogue is asked whenever somebody opens it.
            models.Index(fields=["dataset"], condition=Q(kind="dialogue"), name="item_dialogues"),
        ]

    def __str__(self) -> str:
        return self.external_id


class ItemRevision(models.Model):
    """What an item says, once and for ever. A correction is a new revision; judgements pin what they saw."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(_("text"))
    options = models.JSONField(_("options"), default=list, blank=True)  # [{"key": "A", "text": "..."}]
    topic = models.CharField(_("topic"), max_length=200, blank=True)
    subtopic = models.CharField(_("subtopic"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    reference = models.TextField(_("reference answer"), blank=True)
    metadata = OrderedJSONField(default=dict, blank=True)
    # How many turns a dialogue's revision has, so that no list has to count them.
    turn_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=200, blank=True)
    # Made to take private words out: what stood before it is for the manager alone.
    redaction = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("item revision")
        verbose_name_plural = _("item revisions")
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="revision_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="revision_number_positive"),
        ]
        indexes = [models.Index(fields=["content_hash"])]

    def __str__(self) -> str:
        return f"{self.item_id}.{self.number}"


class Turn(models.Model):
    """One utterance of a dialogue's revision: who says it as the file writes it, and which part that person has."""

    class Role(models.TextChoices):
        THERAPIST = "therapist", _("therapist")
        CLIENT = "client", _("client")
        OTHER = "other", _("other")

    revision = models.ForeignKey(ItemRevision, models.CASCADE, related_name="turns")
    index = models.PositiveIntegerField()
    speaker = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OTHER)
    text = models.TextField()
    # What the file says of the turn, in its order; null stands where the text was.
    metadata = OrderedJSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ["index"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "index"], name="turn_index_once"),
            models.CheckConstraint(condition=~Q(speaker="") & ~Q(text=""), name="turn_has_speaker_and_text"),
            models.CheckConstraint(condition=Q(role__in=["therapist", "client", "other"]), name="turn_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}:{self.index}"


class Suggestion(models.Model):
    """A proposal for a field (a pre-label is one), kept beside what people answered."""

    revision = models.ForeignKey(ItemRevision, models.CASCADE, related_name="suggestions")
    turn = models.ForeignKey(Turn, models.CASCADE, null=True, blank=True, related_name="suggestions")
    field = models.CharField(max_length=60, default="label")
    values = models.JSONField(default=list)  # option keys, or one text
    source = models.CharField(max_length=120, blank=True)
    score = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "field", "source"],
                condition=Q(turn__isnull=True),
                name="suggestion_item_once",
            ),
            models.UniqueConstraint(
                fields=["turn", "field", "source"],
                condition=Q(turn__isnull=False),
                name="suggestion_turn_once",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=1), name="suggestion_score_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}:{self.field}"


class ImportedAnswer(models.Model):
    """What an external rater said in the file an item came from: the values of one field, of a turn or the whole."""

    rater = models.ForeignKey(Rater, models.PROTECT, related_name="imported_answers", db_index=False)
    revision = models.ForeignKey(ItemRevision, models.CASCADE, related_name="imported_answers")
    turn = models.ForeignKey(Turn, models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    field = models.CharField(max_length=60)
    values = models.JSONField(default=list)  # as the file writes them; empty where the rater chose none

    class Meta:
        verbose_name = _("imported answer")
        verbose_name_plural = _("imported answers")
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "rater", "field"], condition=Q(turn__isnull=True), name="imported_item_once"
            ),
            models.UniqueConstraint(
                fields=["turn", "rater", "field"], condition=Q(turn__isnull=False), name="imported_turn_once"
            ),
            models.CheckConstraint(condition=~Q(field=""), name="imported_field_given"),
        ]

    def __str__(self) -> str:
        return f"{self.rater_id}:{self.field}"


class Sighting(models.Model):
    """Somebody has read this item outside their own rating (in a dispute, while adjudicating)."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="sightings")
    user = models.ForeignKey(User, models.CASCADE, related_name="sightings")
    first_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="sighting_once")]

    def __str__(self) -> str:
        return f"{self.item_id}:{self.user_id}"
