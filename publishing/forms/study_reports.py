"""The form of a study report: what it puts together, and its sections in their order with their captions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.models import Benchmark, JudgePlan
from projects.forms.base import ServiceForm
from projects.models import Project, Study, User, new_token
from publishing.models import StudyReport
from publishing.services import study_reports as service
from publishing.words import LONGEST_CAPTION, SECTIONS, USUAL

# The buttons that move a section, for a browser without a script: name="move" value="systems:up".
MOVE, UP, DOWN = "move", "up", "down"
FURTHEST = 999


class _Studies(forms.ModelMultipleChoiceField[Study]):
    def label_from_instance(self, obj: Any) -> str:
        """Name the study, and say where nothing is told of systems yet."""
        if obj.state == Study.State.CLOSED:
            return str(obj.name)
        return _("%(study)s (not closed: only counts)") % {"study": obj.name}


class _Judges(forms.ModelMultipleChoiceField[JudgePlan]):
    def label_from_instance(self, obj: Any) -> str:
        """Name the run."""
        return f"{obj.run.name} ({obj.get_mode_display()})"


@dataclass(frozen=True)
class Row:
    """A section's line in the form."""

    key: str
    title: str
    about: str
    chosen: forms.BoundField
    place: forms.BoundField
    caption: forms.BoundField
    first: bool
    last: bool
    # Which of its two buttons was pressed last, "up" or "down": the page begins there again.
    focus: str = ""


class StudyReportForm(ServiceForm):
    """What a study report holds."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    studies = _Studies(
        label=gettext_lazy("Studies"), queryset=Study.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What a study says by system is taken in once it is closed; by name once its key is "
                               "open."),
    )  # fmt: skip
    judges = _Judges(
        label=gettext_lazy("Runs of judges"), queryset=JudgePlan.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    benchmarks = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Benchmarks"), queryset=Benchmark.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    client_key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, data: Any = None, *, project: Project, report: StudyReport | None = None) -> None:
        """Offer what the project has."""
        self.project, self.report = project, report
        super().__init__(moved(data) if data is not None else None, initial=self._stored())
        self._offer("studies", service.studies_of(project))
        self._offer("judges", service.judges_of(project))
        self._offer("benchmarks", service.benchmarks_of(project))
        for key, words in SECTIONS.items():
            self.fields[f"on_{key}"] = forms.BooleanField(label=_(words.title), required=False)
            self.fields[f"place_{key}"] = forms.IntegerField(
                label=_("Place of “%(section)s”") % {"section": _(words.title)}, required=False, min_value=1,
                max_value=FURTHEST, widget=forms.NumberInput(attrs={"class": "input"}),
            )  # fmt: skip
            self.fields[f"caption_{key}"] = forms.CharField(
                label=_("Caption of “%(section)s”") % {"section": _(words.title)}, required=False,
                max_length=LONGEST_CAPTION, widget=forms.Textarea(attrs={"rows": 2, "class": "input"}),
            )  # fmt: skip

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.queryset = rows

    def _stored(self) -> dict[str, Any]:
        row = self.report
        chosen = service.captions(row.sections) if row else dict.fromkeys(USUAL, "")
        found: dict[str, Any] = {"client_key": new_token(), "version": row.version if row else 0}
        order = [*chosen, *(key for key in SECTIONS if key not in chosen)]
        for place, key in enumerate(order, start=1):
            found |= {f"on_{key}": key in chosen, f"place_{key}": place, f"caption_{key}": chosen.get(key, "")}
        if row is not None:
            sources = {"studies": row.studies.all(), "judges": row.judges.all(), "benchmarks": row.benchmarks.all()}
            found |= {"title": row.title, **sources}
        return found

    def _has(self, *names: str) -> bool:
        return any(self.fields[name].queryset.exists() for name in names)  # type: ignore[attr-defined]  # choices of rows

    @property
    def has_sources(self) -> bool:
        """Whether the project has anything that can be reported."""
        return self._has("studies", "judges", "benchmarks")

    @property
    def has_judges(self) -> bool:
        """Whether there is a run of judges to choose."""
        return self._has("judges")

    @property
    def has_benchmarks(self) -> bool:
        """Whether there is a benchmark to choose."""
        return self._has("benchmarks")

    def rows(self) -> Iterator[Row]:
        """Yield the sections in the order in which they stand."""
        order = sorted(SECTIONS, key=self._place)
        pressed, _colon, way = self.data.get(MOVE, "").partition(":")
        for n, key in enumerate(order):
            first, last = n == 0, n == len(order) - 1
            # A button that can do no more hands over to the other.
            focus = "" if key != pressed else DOWN if first else UP if last else way
            yield Row(
                key, _(SECTIONS[key].title), _(SECTIONS[key].about), self[f"on_{key}"], self[f"place_{key}"],
                self[f"caption_{key}"], first, last, focus,
            )  # fmt: skip

    def _place(self, key: str) -> tuple[int, int]:
        return place_of(self[f"place_{key}"].value()), list(SECTIONS).index(key)

    def clean(self) -> dict[str, Any]:
        """Put the sections into their order."""
        given: dict[str, Any] = super().clean() or {}
        order = sorted(SECTIONS, key=lambda key: (given.get(f"place_{key}") or FURTHEST, list(SECTIONS).index(key)))
        self.sections = [
            {"key": key, "caption": (given.get(f"caption_{key}") or "").strip()}
            for key in order
            if given.get(f"on_{key}")
        ]
        return given

    def keep(self, actor: User) -> StudyReport | None:
        """Make or change the report; None where the service refuses, with its reasons in the form."""
        given, row = self.cleaned_data, self.report
        content = service.Content(
            given["title"], list(given["studies"]), list(given["judges"]), list(given["benchmarks"]), self.sections
        )
        key: dict[str, Any] = {"content": content, "client_key": given["client_key"], "actor": actor}
        if row is None:
            return self.attempt(lambda: service.create(project=self.project, **key))
        return self.attempt(lambda: service.change(row, version=given["version"], **key))

    def _refuse(self, error: ValidationError) -> None:
        super()._refuse(error)
        if getattr(error, "code", "") == "stale" and self.report is not None:
            # Sent once more, the form stands in the place of what it was refused for.
            newest = StudyReport.objects.values_list("version", flat=True).get(pk=self.report.pk)
            sent: Any = self.data
            again = sent.copy()
            again["version"] = str(newest)
            self.data = again


def place_of(value: Any) -> int:
    """Return a place as it was typed, or the last where that is no number."""
    try:
        return min(max(int(value), 1), FURTHEST)
    except (TypeError, ValueError):
        return FURTHEST


def moved(data: QueryDict) -> QueryDict:
    """Return what was sent with the sections numbered anew, one of them moved where a button asked for it."""
    key, _colon, way = data.get(MOVE, "").partition(":")
    if key not in SECTIONS:
        return data
    order = sorted(SECTIONS, key=lambda one: (place_of(data.get(f"place_{one}")), list(SECTIONS).index(one)))
    at = order.index(key)
    to = min(max(at + (-1 if way == UP else 1), 0), len(order) - 1)
    order.insert(to, order.pop(at))
    found = data.copy()
    for place, one in enumerate(order, start=1):
        found[f"place_{one}"] = str(place)
    return found


def is_move(data: Mapping[str, str]) -> bool:
    """Whether a form was sent only to move a section."""
    return data.get(MOVE, "").partition(":")[0] in SECTIONS
