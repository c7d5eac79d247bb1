"""The form of a benchmark: which systems over which items, and where the scores of open answers come from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.models import Benchmark, System
from evaluation.services import benchmarks as service
from projects.forms.base import ServiceForm
from projects.models import Dataset, Project, User

PAIRS = 3


class BenchmarkForm(ServiceForm):
    """What a benchmark compares."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    datasets = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Data sets"), queryset=Dataset.objects.none(), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Labelled items need a right answer; open questions need scores or a reference."),
    )  # fmt: skip
    systems = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Systems"), queryset=System.objects.none(), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Of each system, the newest version that answered an item counts."),
    )  # fmt: skip
    scores = forms.ChoiceField(
        label=gettext_lazy("Scores of open answers"), required=False,
        help_text=gettext_lazy(
            "From a rating study that is closed and whose key is open, or from the files that responses came in."
        ),
    )  # fmt: skip
    section = forms.ChoiceField(
        label=gettext_lazy("Column that names the section"), required=False,
        help_text=gettext_lazy("A further column of the items: ethics, theory, case analysis."),
    )  # fmt: skip
    families = forms.BooleanField(
        label=gettext_lazy("Compare each group's base model with its fine-tuned variants"), required=False, initial=True
    )
    texts = forms.BooleanField(
        label=gettext_lazy("Compare open answers with a reference text"), required=False, initial=True,
        help_text=gettext_lazy("BLEU, ROUGE, chrF, METEOR, Distinct and length."),
    )  # fmt: skip
    reference = forms.ModelChoiceField(
        label=gettext_lazy("Where an item has no reference, take the response of"), queryset=System.objects.none(),
        required=False, empty_label=gettext_lazy("nobody"),
    )  # fmt: skip
    segmentation = forms.ChoiceField(
        label=gettext_lazy("Chinese texts are counted by"), required=False, initial=service.CHARACTERS,
        choices=[(service.CHARACTERS, gettext_lazy("characters")), (service.WORDS, gettext_lazy("words (jieba)"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    bertscore = forms.BooleanField(
        label=gettext_lazy("BERTScore too"), required=False,
        help_text=gettext_lazy("Needs a package and a model where the workers run; the report says which."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, project: Project, benchmark: Benchmark | None = None) -> None:
        """Offer what the project has."""
        self.project, self.benchmark = project, benchmark
        super().__init__(data, initial=self._stored())
        systems = service.answering(project)
        for name in ("systems", "reference"):
            self._offer_rows(name, systems)
        self._offer_rows("datasets", project.datasets.order_by("name"))
        self._offer("scores", [("", _("none")), *service.sources(project)])
        columns = service.section_columns(project)
        stored = str(self.initial.get("section") or "")
        self._offer("section", [("", _("none")), *((one, one) for one in dict.fromkeys([*columns, stored]) if one)])
        for number in range(PAIRS):
            for end, label in (("before", _("Before")), ("after", _("After"))):
                self.fields[f"{end}_{number}"] = forms.ModelChoiceField(
                    label=label, queryset=systems, required=False, empty_label=_("nothing")
                )

    def _stored(self) -> dict[str, Any]:
        row = self.benchmark
        if row is None:
            return {}
        found: dict[str, Any] = {**service.DEFAULTS, **row.settings}
        found["scores"] = json.dumps(found["scores"], ensure_ascii=False) if found["scores"] else ""
        for number, (before, after) in enumerate(found.pop("pairs")[:PAIRS]):
            found |= {f"before_{number}": before, f"after_{number}": after}
        chosen = {"datasets": row.datasets.all(), "systems": row.systems.all()}
        return {**found, **chosen, "name": row.name}

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _offer_rows(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = rows

    def pairs(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """Yield the fields of each pair, for the page."""
        for number in range(PAIRS):
            yield self[f"before_{number}"], self[f"after_{number}"]

    def clean(self) -> dict[str, Any]:
        """Refuse half a pair, and a system beside itself."""
        given: dict[str, Any] = super().clean() or {}
        chosen = set(given.get("systems") or ())
        for number in range(PAIRS):
            before, after = given.get(f"before_{number}"), given.get(f"after_{number}")
            if bool(before) != bool(after) or (before and before == after):
                self.add_error(f"after_{number}", _("A pair takes two different systems."))
            elif before and {before, after} - chosen:
                self.add_error(f"after_{number}", _("Mark both systems of the pair above."))
        return given

    def keep(self, actor: User) -> Benchmark | None:
        """Make or change the benchmark; None where the service refuses, with its reasons in the form."""
        given = self.cleaned_data
        what: dict[str, Any] = {
            "name": given["name"], "datasets": list(given["datasets"]), "systems": list(given["systems"]),
            "settings": self._settings(given), "actor": actor,
        }  # fmt: skip
        row = self.benchmark
        if row is None:
            return self.attempt(lambda: service.create(project=self.project, **what))
        return self.attempt(lambda: service.change(row, **what))

    def _settings(self, given: dict[str, Any]) -> dict[str, Any]:
        pairs = [(given[f"before_{number}"], given[f"after_{number}"]) for number in range(PAIRS)]
        return {
            "scores": json.loads(given["scores"]) if given["scores"] else [],
            "section": given["section"],
            "families": given["families"],
            "texts": given["texts"],
            "reference": given["reference"].pk if given["reference"] else None,
            "segmentation": given["segmentation"] or service.CHARACTERS,
            "bertscore": given["bertscore"],
            "pairs": [[before.pk, after.pk] for before, after in pairs if before],
        }
