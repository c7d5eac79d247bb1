"""Forms of the page on which a draft's pairs are uploaded and decided on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy

from evaluation.models import Pair
from evaluation.services import pair_files, pairs
from projects.formats.limits import readable_size
from projects.formats.records import FormatError
from projects.forms.base import ServiceForm
from projects.models import Study, User


class PairFileForm(ServiceForm):
    """A file that lists pairs."""

    upload = forms.FileField(
        label=gettext_lazy("List of pairs"),
        allow_empty_file=True,
        help_text=gettext_lazy(
            "CSV, TSV, JSON Lines, JSON list or XLSX. Columns item, left and right pair two systems' responses to an "
            "item; left_item and right_item pair items of the two data sets. Columns raters and topic may follow."
        ),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )

    def clean_upload(self) -> UploadedFile[Any]:
        """Refuse a file that is too large before anything reads it."""
        file: UploadedFile[Any] = self.cleaned_data["upload"]
        limit = settings.CONCORD_MAX_UPLOAD_BYTES
        if (file.size or 0) > limit:
            raise ValidationError(FormatError("too_large", limit=readable_size(limit)).message)
        return file

    def save(self, *, study: Study, actor: User) -> bool:
        """Keep the file and have it read; returns whether it could be opened."""
        file = self.cleaned_data["upload"]
        try:
            self.attempt(lambda: pair_files.receive(study, file=file, filename=file.name or "", actor=actor))
        except FormatError as error:
            self.add_error("upload", str(error))
        return self.is_valid()


class PairDecisionForm(ServiceForm):
    """What becomes of the pairs that are ticked."""

    pair = forms.ModelMultipleChoiceField(
        queryset=Pair.objects.none(), error_messages={"required": gettext_lazy("Tick the pairs you decide on.")}
    )
    decision = forms.ChoiceField(choices=Pair.State.choices)

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Take pairs of this very study only."""
        super().__init__(*args, **kwargs)
        field = self.fields["pair"]
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.queryset = pairs.of_study(study)

    def save(self, *, study: Study, actor: User) -> int | None:
        """Decide; returns on how many, None where the service refused."""
        data = self.cleaned_data
        chosen = [row.pk for row in data["pair"]]
        return self.attempt(lambda: pairs.decide(study, chosen, data["decision"], actor=actor))


class PartnerForm(ServiceForm):
    """Another partner for a pair's left side."""

    partner = forms.TypedChoiceField(
        label=gettext_lazy("Another partner"), coerce=int, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a partner.")},
    )  # fmt: skip

    def __init__(self, *args: Any, study: Study, pair: Pair, **kwargs: Any) -> None:
        """Offer the partners that were kept with the pair and are free, and the one it has."""
        super().__init__(*args, **kwargs)
        self.offered = pairs.partners(study, pair)
        field = self.fields["partner"]
        if isinstance(field, forms.TypedChoiceField):
            rows = [(item.pk, f"{item.external_id} · {near:.2f}") for item, near in self.offered]
            field.choices = [*rows, (pair.right_id, pair.right.external_id)]

    def save(self, *, study: Study, pair: Pair, actor: User) -> bool:
        """Swap; returns whether the service agreed."""
        self.attempt(lambda: pairs.swap(study, pair.pk, self.cleaned_data["partner"], actor=actor))
        return self.is_valid()
