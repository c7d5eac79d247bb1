"""Forms of a set of criteria: what each is called, through whose eyes it is judged, its examples, and its scale."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from evaluation.models import Rubric
from evaluation.services import rubrics
from projects.forms.base import ServiceForm
from projects.models import Project, User

MOST, SPARE, LONGEST_SCALE = 20, 2, 11
OVERALL = "overall"
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
# The scales that are offered, by their ends; "" has none, "own" as many points as there are lines.
SCALES: dict[str, range] = {"0-4": range(5), "1-5": range(1, 6), "1-7": range(1, 8), "1-10": range(1, 11)}


class RubricForm(ServiceForm):
    """The set as a whole."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    risk_flag = forms.BooleanField(
        label=gettext_lazy("With a mark for ethical risk"),
        required=False,
        help_text=gettext_lazy("Raters can then mark each response as an ethical risk, beside the other flags."),
    )


class CriterionForm(forms.Form):
    """One criterion."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    text = forms.CharField(
        label=gettext_lazy("What raters are asked"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    eyes = forms.ChoiceField(
        label=gettext_lazy("Through whose eyes"),
        choices=[("client", gettext_lazy("the client's")), ("counsellor", gettext_lazy("the counsellor's"))],
        initial="client",
    )
    low_example = forms.CharField(
        label=gettext_lazy("A low example"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    high_example = forms.CharField(
        label=gettext_lazy("A high example"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    scale = forms.ChoiceField(
        label=gettext_lazy("Scale"),
        required=False,
        choices=[
            ("", gettext_lazy("none: for comparing only (A, tie, B)")),
            *((key, key) for key in SCALES),
            ("own", gettext_lazy("labelled points, from 1 up")),
        ],
    )
    anchors = forms.CharField(
        label=gettext_lazy("What each point means"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("One point a line, the lowest first; raters see the words beside the number."),
    )

    def clean(self) -> dict[str, Any]:
        """A scale has words for each of its points."""
        data: dict[str, Any] = self.cleaned_data
        lines, scale = self.lines(), data.get("scale") or ""
        if scale in SCALES and len(lines) != len(SCALES[scale]):
            words = ngettext(
                "This scale has %(n)s point; write one line for it.",
                "This scale has %(n)s points; write one line for each.",
                len(SCALES[scale]),
            )
            self.add_error("anchors", words % {"n": len(SCALES[scale])})
        elif scale == "own" and not 2 <= len(lines) <= LONGEST_SCALE:
            self.add_error("anchors", _("Write between 2 and %(most)s points.") % {"most": LONGEST_SCALE})
        elif not scale and lines:
            self.add_error("scale", _("Choose a scale for these points, or leave the points empty."))
        return data

    def lines(self) -> list[str]:
        """Return the words of the points."""
        return [line.strip() for line in (self.cleaned_data.get("anchors") or "").splitlines() if line.strip()]

    def points(self) -> list[dict[str, Any]]:
        """Return the valid form's points."""
        scale, lines = self.cleaned_data["scale"], self.lines()
        values = SCALES[scale] if scale in SCALES else range(1, len(lines) + 1)
        return [{"value": value, "anchor": words} for value, words in zip(values, lines, strict=True)] if scale else []


class _CriteriaSet(BaseFormSet[CriterionForm]):
    """All criteria of a set: one at least, no two of one name."""

    def clean(self) -> None:
        """Refuse a set without criteria, and names that are there twice."""
        if any(self.errors):
            return
        names = [form.cleaned_data["name"].casefold() for form in self.kept()]
        if not names:
            raise ValidationError(_("Write at least one criterion."))
        if len(set(names)) < len(names):
            raise ValidationError(_("Two criteria have the same name."))

    def kept(self) -> list[CriterionForm]:
        """Return the forms that were filled in and not taken away."""
        gone = set(map(id, self.deleted_forms))
        return [form for form in self.forms if (form.has_changed() or form.initial) and id(form) not in gone]

    def criteria(self) -> list[dict[str, Any]]:
        """Return the valid set as a rubric keeps it; a criterion keeps its key as long as it lives."""
        taken = {form.cleaned_data["key"] for form in self.kept() if KEY.match(form.cleaned_data["key"])}
        used: set[str] = set()
        found = []
        for form in self.kept():
            data = form.cleaned_data
            key = (
                data["key"] if KEY.match(data["key"]) and data["key"] not in used else _key(data["name"], taken | used)
            )
            used.add(key)
            fields = {name: data[name] for name in ("name", "text", "eyes", "low_example", "high_example")}
            found.append({"key": key, **fields, "points": form.points()})
        return found


CriteriaSet = formset_factory(
    CriterionForm, formset=_CriteriaSet, extra=SPARE, max_num=MOST, validate_max=True, can_delete=True
)


def _key(name: str, taken: set[str]) -> str:
    """Return a key for a new criterion: fields and reports are named by it."""
    base = slugify(name).replace("-", "_")[:30].strip("_")
    base = base if KEY.match(base) else "criterion"
    taken = taken | {OVERALL}
    return next(key for n in range(1, len(taken) + 2) if (key := base if n == 1 else f"{base}_{n}") not in taken)


def initial_of(criteria: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return criteria as their forms' initial values."""
    return [
        {
            **{name: one[name] for name in ("key", "name", "text", "eyes", "low_example", "high_example")},
            "scale": scale_of(one["points"]),
            "anchors": "\n".join(point["anchor"] for point in one["points"]),
        }
        for one in criteria
    ]


def scale_of(points: Sequence[Mapping[str, Any]]) -> str:
    """Return what a scale is called in the form."""
    values = [point["value"] for point in points]
    return next((key for key, scale in SCALES.items() if list(scale) == values), "own" if values else "")


def keep(form: RubricForm, rows: Any, *, project: Project, rubric: Rubric | None, actor: User) -> Rubric:
    """Store the valid forms: a new set, or a new version of one where it says something else."""
    data = form.cleaned_data
    return rubrics.save(
        project, rubric, name=data["name"], criteria=rows.criteria(), risk_flag=data["risk_flag"], actor=actor
    )
