"""How a study's work is given out, as a manager chooses it."""

from __future__ import annotations

import csv
import io
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from projects import kinds
from projects.forms.base import ServiceForm
from projects.models import Item, Study, User
from projects.services import allotment, studies
from projects.services.plans import Design, How, design_of

MOST_GROUPS = 8
MOST_LINES = 200_000
SHOWN_ERRORS = 20
TEXTS = {
    How.FREE: gettext_lazy("Each unit goes to as many raters as you say, to whoever is ready for it."),
    How.ALL: gettext_lazy("Every rater judges every unit of their languages."),
    How.BALANCED: gettext_lazy("Each unit goes to some raters; every two raters share about the same number of units."),
    How.CORE: gettext_lazy("A share of the items goes to everybody, the rest to some raters each, in balanced pairs."),
    How.LISTS: gettext_lazy("A file says which rater judges which item."),
}


class DesignForm(ServiceForm):
    """The design of a draft."""

    how = forms.ChoiceField(label=gettext_lazy("Who judges what"), choices=How.choices, widget=forms.RadioSelect)
    each = forms.IntegerField(
        label=gettext_lazy("Raters per unit"),
        min_value=1,
        max_value=50,
        required=False,
        help_text=gettext_lazy("Where not everybody judges it. With numbers by group below, their sum."),
    )
    group_field = forms.CharField(
        label=gettext_lazy("Field that names a unit's group"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "A field of the items' own data, say group: where it says expert, only raters of the group expert get the "
            "unit. Items without it go to everybody."
        ),
    )
    core = forms.IntegerField(
        label=gettext_lazy("Core, in percent of the items"), min_value=1, max_value=99, required=False
    )
    lists = forms.FileField(
        label=gettext_lazy("Fixed lists, as CSV"),
        required=False,
        help_text=gettext_lazy("A line for each rater and item, with the columns rater and item: R1,item-7."),
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Begin with what the study has; offer a number for each group of its raters."""
        self.study, self.design = study, design_of(study.settings)
        self.setting = kinds.of(study).raters_setting
        initial = {"how": self.design.how, "each": study.settings.get(self.setting), "core": self.design.core or 20}
        initial["group_field"] = self.design.group_field
        super().__init__(*args, **{**kwargs, "initial": initial})
        groups = {rater.group for rater in allotment.raters_of(study)} | set(self.design.quotas or {})
        self.groups = sorted(groups - {""})[:MOST_GROUPS]
        for n, group in enumerate(self.groups):
            words = _("Of the group %(group)s, per unit") % {"group": group}
            self.fields[f"group_{n}"] = forms.IntegerField(
                label=words, min_value=0, max_value=50, required=False, initial=(self.design.quotas or {}).get(group)
            )
        self.pairs: list[tuple[int, int]] | None = None

    @property
    def group_fields(self) -> list[forms.BoundField]:
        """The numbers by group."""
        return [self[f"group_{n}"] for n in range(len(self.groups))]

    @property
    def quotas(self) -> dict[str, int]:
        """How many raters of each group a unit wants; empty where no group is named."""
        given = {group: self.cleaned_data.get(f"group_{n}") or 0 for n, group in enumerate(self.groups)}
        return {group: count for group, count in given.items() if count}

    def clean(self) -> dict[str, Any]:
        """Hold the parts of the form against each other."""
        data = self.cleaned_data
        how = data.get("how")
        if self.errors:
            return data
        if how == How.CORE and not data.get("core"):
            self.add_error("core", _("Say how large the core is."))
        if how in (How.FREE, How.BALANCED, How.CORE) and not data.get("each") and not self.quotas:
            self.add_error("each", _("Say how many raters each unit goes to."))
        if how in (How.ALL, How.LISTS) and self.quotas:
            raise ValidationError(_("Numbers by group fit only designs in which each unit goes to some raters."))
        if data.get("group_field") and self.quotas:
            self.add_error("group_field", _("Choose numbers by group, or a field that names each unit's group."))
        if how == How.LISTS:
            self._read_lists(data.get("lists"))
        return data

    def _read_lists(self, upload: Any) -> None:
        if upload is None:
            if not self.study.listed.exists():
                self.add_error("lists", _("Choose the file with the lists."))
            return
        try:
            self.pairs = read_lists(self.study, upload.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            self.add_error("lists", _("This file is not UTF-8 text. Save it as CSV in UTF-8."))
        except ValidationError as error:
            self.add_error("lists", error)

    def save(self, *, actor: User) -> bool:
        """Keep the design in the draft's settings."""
        self.attempt(lambda: self._keep(actor))
        return self.is_valid()

    def _keep(self, actor: User) -> None:
        data, quotas = self.cleaned_data, self.quotas
        core = data.get("core") or 0 if data["how"] == How.CORE else 0
        design = Design(data["how"], core, quotas or None, data.get("group_field") or "")
        told = (
            {"how": design.how}
            | ({"core": design.core} if design.core else {})
            | ({"quotas": quotas} if quotas else {})
            | ({"group_field": design.group_field} if design.group_field else {})
        )
        each = sum(quotas.values()) or data.get("each") or self.study.settings.get(self.setting)
        plain = design.how == How.FREE and not quotas and not design.group_field
        settings = {**self.study.settings, self.setting: each, "design": {} if plain else told}
        studies.change_settings(self.study, settings=settings, actor=actor)
        if self.pairs is not None:
            allotment.keep_lists(self.study, self.pairs, actor=actor)


def read_lists(study: Study, text: str) -> list[tuple[int, int]]:
    """Return the lines of fixed lists as (rater, item); ValidationError names the lines that are wrong."""
    reader = csv.DictReader(io.StringIO(text))
    if not {"rater", "item"} <= set(reader.fieldnames or ()):
        raise ValidationError(_("The first line must name the columns rater and item."))
    raters = {rater.code: rater.pk for rater in allotment.raters_of(study)}
    items = dict(Item.objects.filter(dataset=study.dataset).values_list("external_id", "pk"))
    pairs, errors = [], []
    for number, row in enumerate(reader, 2):
        rater, item = (row["rater"] or "").strip(), (row["item"] or "").strip()
        if rater not in raters:
            errors.append(_("Line %(n)s: %(code)s is no rater of this study.") % {"n": number, "code": rater or "—"})
        elif item not in items:
            errors.append(_("Line %(n)s: there is no item %(item)s.") % {"n": number, "item": item or "—"})
        else:
            pairs.append((raters[rater], items[item]))
        if number > MOST_LINES:
            raise ValidationError(_("These are more than %(n)s lines.") % {"n": MOST_LINES})
    if errors:
        more = len(errors) - SHOWN_ERRORS
        rest = [ngettext("%(n)s more line is wrong.", "%(n)s more lines are wrong.", more) % {"n": more}]
        raise ValidationError(errors[:SHOWN_ERRORS] + (rest if more > 0 else []))
    if not pairs:
        raise ValidationError(_("The file has no lines."))
    return pairs
