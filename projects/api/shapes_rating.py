"""What a rater's own work looks like on the wire: random handles, and nothing that the page would not show."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from projects import loop
from projects.models import Assignment, StudyRole


class OwnStudyShape(serializers.ModelSerializer[StudyRole]):
    """A study in which one rates."""

    study = serializers.CharField(source="study.token", read_only=True, help_text="The handle of the study.")
    name = serializers.CharField(source="study.name", read_only=True)
    project = serializers.CharField(source="study.project.name", read_only=True)
    state = serializers.CharField(source="study.state", read_only=True)
    message = serializers.CharField(source="study.pause_message", read_only=True, help_text="Why it is paused.")
    code = serializers.CharField(source="rater.code", read_only=True)
    active = serializers.SerializerMethodField(help_text="False for somebody who has left the study.")
    needs_notice = serializers.SerializerMethodField(help_text="The content notice has to be read before.")

    class Meta:
        model = StudyRole
        fields = ["study", "name", "project", "state", "message", "code", "active", "needs_notice", "submitted"]
        ref_name = "OwnStudy"

    def get_active(self, part: StudyRole) -> bool:
        """Whether the person takes part now."""
        return part.state == StudyRole.State.ACTIVE

    def get_needs_notice(self, part: StudyRole) -> bool:
        """Whether the notice is still unread."""
        return bool(part.study.project.content_notice) and part.notice_at is None


class OwnStudyDetail(OwnStudyShape):
    """A study in which one rates, with all there is to read before."""

    guideline = serializers.SerializerMethodField(help_text="Markdown.")
    content_notice = serializers.CharField(source="study.project.content_notice", read_only=True)
    help_lines = serializers.CharField(source="study.project.help_text", read_only=True)

    class Meta:
        model = StudyRole
        fields = [*OwnStudyShape.Meta.fields, "guideline", "content_notice", "help_lines"]
        ref_name = "OwnStudyDetail"

    def get_guideline(self, part: StudyRole) -> str:
        """Return the guideline in force, to whoever may work now: the page shows it beside the texts alone."""
        if loop.standstill(part) or part.study.guideline is None:
            return ""
        return part.study.guideline.text


class OwnAnswerShape(serializers.ModelSerializer[Assignment]):
    """A unit of one's own, in a list."""

    words = serializers.SerializerMethodField(help_text="One's own answer in words.")

    class Meta:
        model = Assignment
        fields = ["token", "state", "submitted_at", "words"]
        ref_name = "OwnAnswer"

    @extend_schema_field(serializers.CharField())
    def get_words(self, assignment: Assignment) -> str:
        """Return the answer in force, which the view has looked up for the whole page."""
        words: str = self.context["words"].get(assignment.pk, "")
        return words


class UnitShape(serializers.Serializer[Any]):
    """A unit of one's own, as the work page shows it."""

    token = serializers.CharField(help_text="The handle of the unit, for this rater alone.")
    state = serializers.ChoiceField(Assignment.State.choices)
    based_on = serializers.IntegerField(help_text="The number of the answer shown; 0 before the first.")
    content = serializers.DictField(help_text="What the study's kind shows: text, options, the answer so far ...")


class NextShape(serializers.Serializer[Any]):
    """The next unit; none where nothing is left for this rater."""

    unit = UnitShape(allow_null=True)


class NewAnswer(serializers.Serializer[Any]):
    """An answer."""

    client_key = serializers.CharField(
        max_length=40, help_text="A random name of this answer, made by you: sent twice, it counts once."
    )
    based_on = serializers.IntegerField(min_value=0, max_value=32_767, default=0)
    active_ms = serializers.IntegerField(min_value=0, default=0, help_text="Active time since the last answer.")
    answer = serializers.DictField(help_text="The fields of the kind's form: values, unsure, comment ...")


class OutcomeShape(serializers.Serializer[Any]):
    """What became of an answer."""

    number = serializers.IntegerField(help_text="Of the answer: the first is 1, a change of mind the next.")
    replayed = serializers.BooleanField(help_text="It had been sent before.")
    again = UnitShape(allow_null=True, help_text="The unit once more, where something new is shown beside it.")


class Skip(serializers.Serializer[Any]):
    """Why a unit is skipped."""

    reason = serializers.ChoiceField(loop.SkipReason.choices, required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=250)
