"""Forms of data sets: name and labels, which items to list, the file to import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.formats.encoding import ENCODINGS
from projects.formats.limits import readable_size
from projects.formats.records import FormatError
from projects.forms.base import ServiceForm
from projects.models import Dataset, ImportBatch, Item, Project, User
from projects.querysets.items import SHOW_FINAL, SHOW_REMOVED, SHOW_WITHOUT
from projects.services import datasets, import_batches

CHINESE = "zh"
PARTS = ("key", "text", "zh", "aliases")
LABEL_NAMES = (gettext_lazy("First label"), gettext_lazy("Second label"))
AUTO = "auto"
DIALOGUE_NAMES: dict[str, Any] = {
    "psy-insight": gettext_lazy("dialogues: Psy-Insight (JSON list of sessions)"),
    "esconv": gettext_lazy("dialogues: ESConv (JSON list of support conversations)"),
    "jsonl": gettext_lazy("dialogues: JSON Lines or list, under keys of any name"),
    "turns-csv": gettext_lazy("dialogues: a table with one turn in each row"),
}
ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "gb18030": "GB18030 (GBK, GB2312)",
    "big5": "Big5",
    "windows-1252": "Windows-1252",
}


def encoding_choices() -> list[tuple[str, Any]]:
    """The encodings a person can insist on, after the usual case."""
    return [("", gettext_lazy("found automatically")), *((key, ENCODING_NAMES.get(key, key)) for key in ENCODINGS)]


def content_choices() -> list[tuple[str, Any]]:
    """What a file can hold: items, or dialogues in a format that is found or insisted on."""
    return [
        ("", gettext_lazy("items, one in each row")),
        (AUTO, gettext_lazy("dialogues, in a format told by the content")),
        *DIALOGUE_NAMES.items(),
    ]


def label_fields() -> dict[str, forms.Field]:
    """The fields of one label of true/false items."""
    return {
        "key": forms.CharField(
            label=gettext_lazy("Key"),
            max_length=datasets.MAX_KEY,
            help_text=gettext_lazy("What exported files say. It stays once items use it."),
        ),
        "text": forms.CharField(label=gettext_lazy("Name"), required=False, max_length=datasets.MAX_NAME),
        "zh": forms.CharField(label=gettext_lazy("Name in Chinese"), required=False, max_length=datasets.MAX_NAME),
        "aliases": forms.CharField(
            label=gettext_lazy("Also written in files as"),
            required=False,
            max_length=2000,
            help_text=gettext_lazy("Separated by commas."),
        ),
    }


class DatasetForm(ServiceForm):
    """A data set's name and description, and the two labels of its true/false items."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Where the texts come from, under which licence, and what they are for."),
    )

    def __init__(self, data: Any = None, *, dataset: Dataset | None = None) -> None:
        """Show what a data set says, or what a new one would."""
        self.dataset = dataset
        self.stored = dataset.labels if dataset else datasets.DEFAULT_LABELS
        initial = {"name": dataset.name, "description": dataset.description} if dataset else {}
        super().__init__(data, initial=initial | self._label_values())
        for number in range(2):
            self.fields.update({f"{part}_{number}": field for part, field in label_fields().items()})

    def _label_values(self) -> dict[str, str]:
        values: dict[str, str] = {}
        for number, label in enumerate(self.stored):
            values[f"key_{number}"], values[f"text_{number}"] = label["key"], label["text"]
            values[f"zh_{number}"] = label.get("names", {}).get(CHINESE, "")
            values[f"aliases_{number}"] = ", ".join(label.get("aliases", ()))
        return values

    def label_groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields of each label under its heading, for the page."""
        return [(name, [self[f"{part}_{number}"] for part in PARTS]) for number, name in enumerate(LABEL_NAMES)]

    def labels(self) -> list[dict[str, Any]]:
        """The two labels as a service takes them; names in other languages stay as they are."""
        return [self._label(number) for number in range(2)]

    def _label(self, number: int) -> dict[str, Any]:
        given = {part: self.cleaned_data[f"{part}_{number}"] for part in PARTS}
        names = self.stored[number].get("names", {}) if number < len(self.stored) else {}
        aliases = [word.strip() for word in given["aliases"].replace("，", ",").split(",")]
        return {
            "key": given["key"],
            "text": given["text"],
            "names": {**names, CHINESE: given["zh"]},
            "aliases": [word for word in aliases if word],
        }

    def save(self, *, project: Project, actor: User) -> Dataset | None:
        """Make or change the data set; None where the service refuses, with its reasons in the form."""
        given: dict[str, Any] = {"name": self.cleaned_data["name"], "description": self.cleaned_data["description"]}
        given |= {"labels": self.labels(), "actor": actor}
        if self.dataset is None:
            return self.attempt(lambda: datasets.create(project=project, **given))
        dataset = self.dataset
        return self.attempt(lambda: datasets.change(dataset=dataset, **given))


class ItemFilter(forms.Form):
    """Which items of a data set to list. It is sent by GET: a filtered page has an address."""

    id = forms.CharField(label=gettext_lazy("Id contains"), required=False, max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    show = forms.ChoiceField(label=gettext_lazy("State"), required=False)

    def __init__(self, data: Any, *, topics: Iterable[str], languages: Iterable[str]) -> None:
        """Offer the topics and languages that occur; a field without a choice is left out."""
        super().__init__(data)
        self._offer("kind", [("", _("all")), *Item.Kind.choices])
        states = [
            (SHOW_FINAL, _("with a final answer")),
            (SHOW_WITHOUT, _("without one")),
            (SHOW_REMOVED, _("removed")),
        ]
        self._offer("show", [("", _("all")), *states])
        for name, values in (("topic", topics), ("language", languages)):
            if offered := sorted({*values, *filter(None, [self.data.get(name)])}):
                self._offer(name, [("", _("all")), *((value, value) for value in offered)])
            else:
                del self.fields[name]
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(f"{name} offers no choice.")
        field.choices = choices


class UploadForm(ServiceForm):
    """A file of items, and the encoding to read it in."""

    holds = forms.ChoiceField(
        label=gettext_lazy("The file holds"), required=False, choices=content_choices, widget=forms.RadioSelect
    )
    # An empty file is refused by the reader, which says what to do instead.
    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True)
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"),
        required=False,
        choices=encoding_choices,
        help_text=gettext_lazy("Choose one only when the preview shows wrong characters, or the file is refused."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say which files can be read, and how large they may be."""
        super().__init__(*args, **kwargs)
        # One of them is always chosen; who sends none, such as a script, means items.
        self.fields["holds"].required = not self.is_bound
        words = _("CSV, TSV, JSON Lines, JSON list or XLSX, up to %(limit)s. Tables have their columns' names on top.")
        self.fields["file"].help_text = words % {"limit": readable_size(settings.CONCORD_MAX_UPLOAD_BYTES)}

    def clean(self) -> Any:
        """Show the field as at first, should the form come back."""
        self.fields["holds"].required = True
        return super().clean()

    def clean_file(self) -> Any:
        """Refuse a file that is too large before anything reads it."""
        file = self.cleaned_data["file"]
        if file.size > settings.CONCORD_MAX_UPLOAD_BYTES:
            limit = readable_size(settings.CONCORD_MAX_UPLOAD_BYTES)
            raise ValidationError(FormatError("too_large", limit=limit).message)
        return file

    def save(self, *, dataset: Dataset, actor: User) -> ImportBatch | None:
        """Store the file for import; None where it cannot be read, with the reason in the form."""
        file = self.cleaned_data["file"]
        encoding = self.cleaned_data["encoding"]
        try:
            batch, _table = import_batches.receive(
                dataset=dataset,
                file=file,
                filename=file.name,
                actor=actor,
                encoding=encoding,
                dialogues=self.cleaned_data["holds"],
            )
        except FormatError as error:
            self.add_error("file", error.message)
            return None
        return batch
