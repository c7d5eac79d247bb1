"""What a manager does next in a study, in one sentence and one button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.models import Study
from projects.views.study_tabs import Tab

State = Study.State


def next_step(study: Study, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return `next_text`, and where it leads somewhere `next_url` and `next_action`."""
    args = [study.project.slug, study.slug]
    if study.state == State.DRAFT:
        blocked = any(problem.blocking for problem in context["problems"])
        text = _("Something is missing before this study can open.") if blocked else _("This study can be opened.")
        return {"next_text": text, "blocked": blocked}
    if study.state == State.PAUSED:
        return {"next_text": _("The study is paused: nobody gets work, and no answers are taken.")}
    if study.state == State.CLOSED:
        text = _("The study is closed. What was answered stays as it is.")
        return {"next_text": text, "next_url": reverse("results", args=args), "next_action": _("See the results")}
    return working(study, context)


def working(study: Study, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the next step of a study that is open or being prepared."""
    if study.state == State.OPENING:
        return {"next_text": ""}
    panels: list[Tab] = [tab for tab in context["tabs"] if tab.count]
    if panels:
        waits = panels[0]
        text = ngettext("%(name)s: %(count)s waits.", "%(name)s: %(count)s wait.", waits.count or 0)
        words = {"name": waits.name, "count": waits.count}
        return {"next_text": text % words, "next_url": waits.url, "next_action": _("Look at them")}
    if context["done"] >= study.place_count:
        return {"next_text": _("Every answer is in. You can close the study.")}
    if not context["active"]:
        url = reverse("study_people", args=[study.project.slug, study.slug])
        return {"next_text": _("Nobody takes part yet."), "next_url": url, "next_action": _("Add raters")}
    return {"next_text": _("Work goes on; there is nothing to do for you.")}
