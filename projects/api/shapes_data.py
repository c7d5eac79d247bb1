"""What projects, data sets, items and imports look like on the wire."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from projects.api.keys import KEY
from projects.formats.dialogues.settings import FORMATS
from projects.formats.records import KINDS
from projects.models import Dataset, ImportBatch, Item, Project, Role
from projects.services.import_records import MOST

KEYS = "Keys of the item's options, or of its data set's labels."


class ProjectShape(serializers.ModelSerializer[Project]):
    """A project, and what the person who asks is in it."""

    roles = serializers.SerializerMethodField(help_text="Your own roles here.")

    class Meta:
        model = Project
        fields = ["slug", "name", "description", "content_notice", "help_text", "created_at", "roles"]
        ref_name = "Project"

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Role.choices)))
    def get_roles(self, project: Project) -> list[str]:
        """Return the asker's roles, which the view has looked up for the whole page."""
        found: list[str] = self.context["roles"].get(project.pk, [])
        return found


class NewProject(serializers.Serializer[Any]):
    """A project to be made."""

    client_key = serializers.CharField(max_length=40, default="", allow_blank=True, help_text=KEY)
    name = serializers.CharField(max_length=200)
    slug = serializers.SlugField(max_length=60, required=False, help_text="Made from the name where it is left out.")
    description = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    content_notice = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    help_text = serializers.CharField(required=False, allow_blank=True, max_length=20_000)  # type: ignore[assignment]  # the metaclass takes the field out of the class


class ProjectChange(serializers.Serializer[Any]):
    """What changes of a project; what is left out stays."""

    name = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    content_notice = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    # The metaclass takes the field out of the class, so nothing of the base class is lost.
    help_text = serializers.CharField(required=False, allow_blank=True, max_length=20_000)  # type: ignore[assignment]


class LabelShape(serializers.Serializer[Any]):
    """One of the two labels of true/false items."""

    key = serializers.CharField(max_length=40)
    text = serializers.CharField(max_length=100, required=False, allow_blank=True)
    names = serializers.DictField(
        child=serializers.CharField(max_length=100), required=False, help_text="By language code."
    )
    aliases = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, help_text="Other spellings in files."
    )


class DatasetShape(serializers.ModelSerializer[Dataset]):
    """A data set."""

    labels = LabelShape(many=True, read_only=True)

    class Meta:
        model = Dataset
        fields = ["slug", "name", "description", "labels", "item_count", "created_at"]
        ref_name = "Dataset"


class DatasetChange(serializers.Serializer[Any]):
    """A data set to be made or changed; what is left out stays, or is made for you."""

    name = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    labels = LabelShape(many=True, required=False)


class NewDataset(DatasetChange):
    """A data set to be made."""

    client_key = serializers.CharField(max_length=40, default="", allow_blank=True, help_text=KEY)
    name = serializers.CharField(max_length=200)
    slug = serializers.SlugField(max_length=50, required=False, help_text="A wish; a free one like it is taken.")


class OptionShape(serializers.Serializer[Any]):
    """One possible answer."""

    key = serializers.CharField()
    text = serializers.CharField()


class ProposalShape(serializers.Serializer[Any]):
    """A pre-label."""

    values = serializers.ListField(child=serializers.CharField(), help_text=KEYS)
    # The metaclass takes the field out of the class, so nothing of the base class is lost.
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    score = serializers.FloatField(allow_null=True)


class BareItemShape(serializers.ModelSerializer[Item]):
    """An item as its newest revision has it, without any answer."""

    text = serializers.CharField(source="current.text", read_only=True)
    options = OptionShape(source="current.options", many=True, read_only=True)
    topic = serializers.CharField(source="current.topic", read_only=True)
    subtopic = serializers.CharField(source="current.subtopic", read_only=True)
    language = serializers.CharField(source="current.language", read_only=True)
    revision = serializers.IntegerField(source="current.number", read_only=True)

    class Meta:
        model = Item
        fields = ["external_id", "kind", "text", "options", "topic", "subtopic", "language", "revision", "removed"]
        ref_name = "BareItem"


class ItemShape(BareItemShape):
    """An item with what is known of it."""

    reference = serializers.CharField(source="current.reference", read_only=True)
    metadata = serializers.DictField(source="current.metadata", read_only=True)
    prelabels = ProposalShape(source="current.labels", many=True, read_only=True)
    final = serializers.ListField(child=serializers.CharField(), allow_null=True, read_only=True, help_text=KEYS)

    class Meta:
        model = Item
        fields = [
            *BareItemShape.Meta.fields, "reference", "metadata", "prelabels", "final", "final_how", "removal_reason",
        ]  # fmt: skip
        ref_name = "Item"


ONE_OR_MORE = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
OPTION = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"key": {"type": "string"}, "text": {"type": "string"}},
            "additionalProperties": False,
        },
    ]
}


@extend_schema_field(ONE_OR_MORE)
class Labels(serializers.Field[Any, Any, Any, Any]):
    """One label as text, or several as a list."""

    default_error_messages = {"invalid": "A label or a list of labels."}

    def to_internal_value(self, data: Any) -> Any:
        """Return it as it came: what it names is checked with the item."""
        several = data if isinstance(data, list) else [data]
        if not all(isinstance(entry, str) for entry in several):
            self.fail("invalid")
        return data


@extend_schema_field(OPTION)
class OptionText(serializers.Field[Any, Any, Any, Any]):
    """An option with its key, or its text alone."""

    default_error_messages = {"invalid": "A text, or an object with key and text."}

    def to_internal_value(self, data: Any) -> Any:
        """Return it as it came."""
        pair = data if isinstance(data, dict) else {"key": "", "text": data}
        if set(pair) - {"key", "text"} or not all(isinstance(entry, str) for entry in pair.values()):
            self.fail("invalid")
        return data


class NewItem(serializers.Serializer[Any]):
    """An item to be added, by the names that a file's columns are mapped to."""

    external_id = serializers.CharField(
        max_length=200, required=False, help_text="Made from the content where it is left out."
    )
    text = serializers.CharField(max_length=50_000, trim_whitespace=False)
    kind = serializers.ChoiceField(KINDS, required=False, help_text="Told by options and labels where left out.")
    options = serializers.ListField(child=OptionText(), required=False, max_length=26)
    prelabel = Labels(required=False)
    prelabel_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    prelabel_source = serializers.CharField(required=False, max_length=120)
    answer = Labels(required=False)
    topic = serializers.CharField(required=False, max_length=200)
    subtopic = serializers.CharField(required=False, max_length=200)
    language = serializers.CharField(required=False, max_length=20)
    reference = serializers.CharField(required=False, max_length=50_000)
    metadata = serializers.DictField(required=False)


class NewItems(serializers.Serializer[Any]):
    """Items to be added."""

    items = serializers.ListField(child=NewItem(), allow_empty=False, max_length=MOST)
    keep_good = serializers.BooleanField(
        default=False, help_text="Add the good ones where some cannot be added; else one bad item stops all."
    )


class ProblemShape(serializers.Serializer[Any]):
    """Why an item was not added."""

    row = serializers.IntegerField(help_text="Its place among those sent, from 1.")
    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class AddedShape(serializers.Serializer[Any]):
    """What became of the items."""

    added = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="Known already, with the same content.")
    problems = ProblemShape(many=True)


class ImportShape(serializers.ModelSerializer[ImportBatch]):
    """An import and how far it is."""

    stage = serializers.CharField(read_only=True, help_text="mapping, checking, checked, importing, done, failed ...")
    done = serializers.IntegerField(read_only=True, allow_null=True, help_text="Rows read so far.")
    total = serializers.IntegerField(read_only=True, allow_null=True)
    message = serializers.CharField(read_only=True)
    report = serializers.DictField(read_only=True, help_text="Counts, and the first rows that cannot be imported.")
    mapping = serializers.DictField(read_only=True)

    class Meta:
        model = ImportBatch
        fields = [
            "id", "filename", "encoding", "mapping", "keep_good", "created_at", "published_at", "stage", "done",
            "total", "message", "report",
        ]  # fmt: skip
        ref_name = "Import"


class NewImport(serializers.Serializer[Any]):
    """A file to be imported: CSV, TSV, JSONL, a JSON list or XLSX."""

    file = serializers.FileField(allow_empty_file=True)
    encoding = serializers.CharField(required=False, max_length=40, help_text="Found where it is left out.")
    mapping = serializers.ListField(
        child=serializers.CharField(max_length=1000), required=False, max_length=40,
        help_text="field=column, once for each field; a leading colon makes it a constant (language=:en). "
        "Guessed from the columns where it is left out. For dialogues what is not as usual: text=content, "
        "role.Coach=therapist, turn.emotion=mood.",
    )  # fmt: skip
    dialogues = serializers.ChoiceField(
        choices=["auto", *FORMATS], required=False,
        help_text="The file holds dialogues in this format; auto tells it by the content.",
    )  # fmt: skip


class ImportStart(serializers.Serializer[Any]):
    """The decision on a checked import."""

    keep_good = serializers.BooleanField(
        default=False, help_text="Import the good rows where some cannot be imported; else one bad row stops all."
    )
