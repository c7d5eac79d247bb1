"""Making a draft of a study: names become keys, then the page's own forms decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from projects import kinds
from projects.access import Access
from projects.api.forms import as_sent, checked, refusals
from projects.forms.studies import NewStudyForm
from projects.kinds import Kind
from projects.models import Study, User


def make(access: Access, data: Mapping[str, Any]) -> Study:
    """Create the draft. Raises ValidationError by field."""
    kind = kind_of(data)
    project = access.project
    settings = checked(
        lambda sent: kind.settings_form(project, sent, {}), settings_of(access, kind, data), "settings"
    ).cleaned_data
    form = NewStudyForm(about(access, data), project=project, kind=kind.key)
    made = form.save(project=project, kind=kind.key, settings=settings, actor=access.user) if form.is_valid() else None
    if made is None:
        raise ValidationError(refusals(form))
    return made


def kind_of(data: Mapping[str, Any]) -> Kind:
    """Return the kind that is asked for."""
    kind = kinds.registry().get(data["kind"])
    if kind is None:
        known = ", ".join(kinds.registry())
        raise ValidationError({"kind": [_("There is no such kind. There are: %(known)s.") % {"known": known}]})
    return kind


def settings_of(access: Access, kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings: what is given, over the preset's, over the form's own defaults."""
    preset = next((one for one in kind.presets if one.key == data.get("preset")), None)
    if data.get("preset") and preset is None:
        raise ValidationError({"preset": [_("There is no such preset.")]})
    initial = dict(preset.initial) if preset else {}
    blank = kind.settings_form(access.project, None, initial)
    return {name: blank.get_initial_for_field(field, name) for name, field in blank.fields.items()} | dict(
        data.get("settings", {})
    )


def about(access: Access, data: Mapping[str, Any]) -> Any:
    """Return what the page's form asks for, with keys in place of names. Raises ValidationError for unknown names."""
    project = access.project
    members = User.objects.filter(memberships__project=project).distinct()
    keys: dict[str, list[int]] = {}
    errors: dict[str, list[str]] = {}
    for name, rows, field in (
        ("dataset", project.datasets.all(), "slug"),
        ("source", project.studies.all(), "slug"),
        ("raters", project.raters.all(), "code"),
        ("adjudicators", members, "email"),
    ):
        keys[name], missing = looked_up(rows, field, data.get(name) or [])
        if missing:
            errors[name] = [_("There is no %(name)s here.") % {"name": one} for one in missing]
    if errors:
        raise ValidationError(errors)
    values = {"name": data["name"], "guideline": data.get("guideline", "")}
    return as_sent({f"{NewStudyForm.prefix}-{name}": value for name, value in {**keys, **values}.items()})


def looked_up(rows: QuerySet[Any], field: str, names: str | list[str]) -> tuple[list[int], list[str]]:
    """Return the keys of the rows with these names, and the names that no row has."""
    wanted = [names] if isinstance(names, str) else names
    found: dict[str, Model] = {getattr(row, field): row for row in rows.filter(**{f"{field}__in": wanted})}
    return [row.pk for row in found.values()], [name for name in wanted if name not in found]
