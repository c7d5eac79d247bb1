"""Forms of responses that come in files: the files themselves, and what their columns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.models import ResponseImport
from evaluation.responses.columns import Columns
from evaluation.services import response_files as service
from projects.formats.limits import readable_size
from projects.formats.records import FormatError
from projects.forms.base import ServiceForm
from projects.forms.datasets import encoding_choices
from projects.models import Dataset, Project, User

MOST_FILES = 20


class FilesInput(forms.ClearableFileInput):
    """A field of files that takes several at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; each is cleaned as one would be."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the list of files."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given]


class UploadForm(ServiceForm):
    """Files of responses to the items of one data set."""

    dataset = forms.ModelChoiceField(
        label=gettext_lazy("Data set"), queryset=Dataset.objects.none(),
        help_text=gettext_lazy("The responses are to its items; their ids are compared."),
    )  # fmt: skip
    uploads = FilesField(label=gettext_lazy("Files"), allow_empty_file=True)
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"), required=False, choices=encoding_choices,
        help_text=gettext_lazy("Choose one only when a file is refused or shows wrong characters."),
    )  # fmt: skip

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        """Offer the project's data sets; say which files can be read."""
        super().__init__(*args, **kwargs)
        field = self.fields["dataset"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = project.datasets.order_by("name")
        words = _(
            "FastChat answer files (JSON Lines, one for each model), or CSV, TSV, JSON Lines, JSON list or XLSX with "
            "columns for system, item and text; up to %(limit)s each."
        )
        self.fields["uploads"].help_text = words % {"limit": readable_size(settings.CONCORD_MAX_UPLOAD_BYTES)}

    def clean_uploads(self) -> list[UploadedFile[Any]]:
        """Refuse too many files, and one that is too large before anything reads it."""
        files: list[UploadedFile[Any]] = self.cleaned_data["uploads"]
        if len(files) > MOST_FILES:
            raise ValidationError(_("At most %(n)s files at a time.") % {"n": MOST_FILES})
        limit = settings.CONCORD_MAX_UPLOAD_BYTES
        if any((file.size or 0) > limit for file in files):
            raise ValidationError(FormatError("too_large", limit=readable_size(limit)).message)
        return files

    def keep(self, actor: User) -> list[ResponseImport]:
        """Keep the files and have each checked where its columns tell what they are.

        A file that cannot be read leaves its reason in the form, and the others are kept.
        """
        kept = []
        for file in self.cleaned_data["uploads"]:
            try:
                batch = service.receive(
                    dataset=self.cleaned_data["dataset"], file=file, filename=file.name or "", actor=actor,
                    encoding=self.cleaned_data["encoding"],
                )  # fmt: skip
            except FormatError as error:
                self.add_error("uploads", f"{file.name}: {error.message}")
                continue
            if not service.columns_of(batch).missing():
                service.request_check(batch=batch, columns=service.columns_of(batch), actor=actor)
            kept.append(batch)
        return kept


class ColumnsForm(ServiceForm):
    """Which column of a file is what."""

    COLUMNS = ("item", "text", "system", "round", "explanation", "score")

    item = forms.ChoiceField(label=gettext_lazy("Id of the item"))
    text = forms.ChoiceField(label=gettext_lazy("Text of the response"), required=False)
    system = forms.ChoiceField(label=gettext_lazy("System"), required=False)
    system_name = forms.CharField(
        label=gettext_lazy("One system for the whole file"), required=False, max_length=200,
        help_text=gettext_lazy("Used where no column names the system. A name that is not known yet is added."),
    )  # fmt: skip
    round = forms.ChoiceField(label=gettext_lazy("Round"), required=False)
    explanation = forms.ChoiceField(
        label=gettext_lazy("Explanation"), required=False,
        help_text=gettext_lazy("The system's reason for its response, shown where explainability is judged."),
    )  # fmt: skip
    score = forms.ChoiceField(label=gettext_lazy("Score"), required=False)
    scorer = forms.CharField(label=gettext_lazy("Who gave the scores"), required=False, max_length=120)
    criterion = forms.CharField(label=gettext_lazy("Criterion"), required=False, max_length=60)
    low = forms.FloatField(label=gettext_lazy("Lowest score"), required=False)
    high = forms.FloatField(label=gettext_lazy("Highest score"), required=False)

    def __init__(self, data: Any = None, *, batch: ResponseImport, columns: list[str]) -> None:
        """Show what was chosen; offer the columns of the file."""
        self.batch, self.chosen = batch, service.columns_of(batch)
        super().__init__(data, initial=self.chosen.to_json())
        for name in self.COLUMNS:
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("no column")), *((column, column) for column in columns)]
        if self.chosen.fastchat:
            for name in ("text", "system", "round", "explanation", "score", "scorer", "criterion", "low", "high"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Refuse half a choice."""
        given: dict[str, Any] = super().clean() or {}
        fits = given.get("low") is None or given.get("high") is None or given["low"] < given["high"]
        if not fits:
            self.add_error("high", _("The highest score lies above the lowest."))
        words = {
            "text": _("Say which column holds the text."),
            "system_name": _("Name the system, or choose the column that names it."),
            "scorer": _("Say who gave the scores: a person, a panel, or the model that judged."),
        }
        if self.errors:
            return given
        for name in self._columns(given).missing():
            field = "system_name" if name == "system" else name
            if field in words:
                self.add_error(field, words[field])
        return given

    def _columns(self, given: dict[str, Any]) -> Columns:
        kept = {name: value for name, value in given.items() if value is not None and name in self.fields}
        kept["criterion"] = kept.get("criterion") or "overall"
        return Columns.from_json(self.chosen.to_json() | kept)

    def keep(self, actor: User) -> bool:
        """Have the rows checked with this choice."""
        columns = self._columns(self.cleaned_data)
        return self.attempt(lambda: service.request_check(batch=self.batch, columns=columns, actor=actor)) is not None
