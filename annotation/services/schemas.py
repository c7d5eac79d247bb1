"""Changing what a study asks: freely while it is a draft, as a new version once people work."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotation.schema import Schema
from projects.models import Study, User
from projects.services import studies


def change(study: Study, schema: Schema, *, based_on: int, actor: User) -> bool:
    """Put a schema in force; returns whether it differs from the one there was.

    `based_on` is the number of the version that was edited: raises ValidationError where there is a newer one, or
    the study is closed. Answers keep the version they were given under.
    """
    with transaction.atomic():
        row = Study.objects.select_for_update(of=("self",)).select_related("version", "project").get(pk=study.pk)
        if row.in_force.number != based_on:
            raise ValidationError(_("Somebody has changed the settings meanwhile. What you typed is still here."))
        settings = {**row.settings, "schema": schema.to_json()}
        if settings == row.settings:
            return False
        if row.state == Study.State.DRAFT:
            studies.change_settings(row, settings=settings, actor=actor)
        else:
            studies.revise_settings(row, settings=settings, actor=actor)
    study.version = row.version
    return True
