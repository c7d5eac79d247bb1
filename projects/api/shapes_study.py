"""What studies, their progress and their results look like on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from projects.api.keys import KEY
from projects.models import Report, Study, StudyRole


class StudyShape(serializers.ModelSerializer[Study]):
    """A study with the settings in force."""

    dataset: serializers.Field[Any, Any, Any, Any] = serializers.SlugField(
        source="dataset.slug", read_only=True, allow_null=True, default=None
    )
    # The metaclass takes the field out of the class, so nothing of the base class is lost.
    source = serializers.SlugField(source="source.slug", read_only=True, allow_null=True, default=None)  # type: ignore[assignment]
    settings = serializers.DictField(read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True, help_text="Of the settings.")
    guideline = serializers.CharField(source="guideline.text", read_only=True)

    class Meta:
        model = Study
        fields = [
            "slug", "name", "kind", "state", "dataset", "source", "settings", "version", "guideline", "seed",
            "pause_message", "unit_count", "place_count", "created_at", "opened_at", "closed_at",
        ]  # fmt: skip
        ref_name = "Study"


class NewStudy(serializers.Serializer[Any]):
    """A draft to be made."""

    client_key = serializers.CharField(max_length=40, default="", allow_blank=True, help_text=KEY)
    kind = serializers.CharField(max_length=40, help_text="label_review ...")
    preset = serializers.CharField(required=False, allow_blank=True, max_length=40)
    name = serializers.CharField(max_length=200)
    dataset = serializers.SlugField(required=False, help_text="Short name; not needed where the study has a source.")
    source = serializers.SlugField(required=False, help_text="Short name of the study it draws from.")  # type: ignore[assignment]  # as above
    settings = serializers.DictField(
        required=False, help_text="What differs from the preset, or from the kind's own defaults."
    )
    raters = serializers.ListField(child=serializers.CharField(max_length=40), required=False, help_text="Codes.")
    adjudicators = serializers.ListField(
        child=serializers.EmailField(), required=False, help_text="E-mail addresses of members."
    )
    guideline = serializers.CharField(required=False, allow_blank=True, max_length=200_000, help_text="Markdown.")


class PauseMessage(serializers.Serializer[Any]):
    """What raters read while a study is paused."""

    message = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class NewRaters(serializers.Serializer[Any]):
    """Raters who join a study."""

    raters = serializers.ListField(
        child=serializers.CharField(max_length=40), allow_empty=False, max_length=500, help_text="Codes."
    )


class RaterWorkShape(serializers.ModelSerializer[StudyRole]):
    """A rater of a study, by code, and how much they have done."""

    code = serializers.CharField(source="rater.code", read_only=True)
    in_work = serializers.IntegerField(read_only=True)
    skipped = serializers.IntegerField(read_only=True)
    last_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = StudyRole
        fields = ["code", "state", "submitted", "in_work", "skipped", "active_ms", "joined_at", "last_at"]
        ref_name = "RaterWork"


class JobShape(serializers.Serializer[Any]):
    """A piece of long work."""

    state = serializers.CharField(help_text="queued, running, done, failed or cancelled.")
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()


class StratumShape(serializers.Serializer[Any]):
    """How far the units of one topic are."""

    name = serializers.CharField()
    units = serializers.IntegerField()
    done = serializers.IntegerField()
    places = serializers.IntegerField()


class ProgressShape(serializers.Serializer[Any]):
    """How a study goes: counts only."""

    state = serializers.CharField()
    units = serializers.IntegerField()
    places = serializers.IntegerField()
    done = serializers.IntegerField()
    pace = serializers.IntegerField(help_text="Answers of the last 24 hours.")
    short = serializers.IntegerField(help_text="Units that will not get all their raters, counted up to 1000.")
    left_out = serializers.IntegerField(help_text="Exclusions in force.")
    strata = StratumShape(many=True)
    opening = JobShape(allow_null=True, help_text="The preparation, where there was one.")
    problems = serializers.ListField(
        child=serializers.CharField(), help_text="What keeps a draft from opening, or should be known before."
    )


class ReportShape(serializers.ModelSerializer[Report]):
    """A computed snapshot of a study's results."""

    numbers = serializers.DictField(source="summary", read_only=True, help_text="Every table, figure and sentence.")
    stale = serializers.BooleanField(read_only=True, help_text="Something it was computed from has changed since.")

    class Meta:
        model = Report
        fields = ["id", "computed_at", "seed", "inputs_hash", "versions", "stale", "numbers"]
        ref_name = "Report"


class ResultsShape(serializers.Serializer[Any]):
    """The newest report, if there is one, and the work on the next."""

    report = ReportShape(allow_null=True)
    job = JobShape(allow_null=True)


class ExportShape(serializers.Serializer[Any]):
    """A file that a study offers."""

    key = serializers.CharField()
    name = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
