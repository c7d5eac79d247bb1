"""Forms with which a manager leaves something out of a study's results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.forms.base import ServiceForm
from projects.forms.rows import HELP, MOST_OFFERED, TypedRows
from projects.models import Exclusion, Rater, Study, User
from projects.services import exclusions


class ExclusionForm(ServiceForm):
    """What is left out of results, and why."""

    what: forms.ChoiceField
    field_order: tuple[str, ...] = ("what", "reason")
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Reports show it. Nothing is deleted; you can lift it again."),
    )

    def __init__(self, *args: Any, targets: Sequence[tuple[str, str, exclusions.Target]], **kwargs: Any) -> None:
        """Offer `targets`: (key, words, what is meant)."""
        super().__init__(*args, **kwargs)
        self.targets = {key: target for key, _words, target in targets}
        self.fields["what"] = forms.ChoiceField(
            label=_("Leave out"),
            widget=forms.RadioSelect,
            choices=[(key, words) for key, words, _target in targets],
        )
        self.order_fields(self.field_order)

    def target(self) -> exclusions.Target:
        """Return what was chosen."""
        return self.targets[self.cleaned_data["what"]]

    def save(self, *, study: Study, actor: User) -> Exclusion | None:
        """Leave it out."""
        target, reason = self.target(), self.cleaned_data["reason"]
        since, until = (self.cleaned_data.get(name) for name in ("since", "until"))
        return self.attempt(
            lambda: exclusions.leave_out(study, target, reason=reason, actor=actor, since=since, until=until)
        )


def moment_field(label: str, help_text: str = "") -> forms.DateTimeField:
    """Return an optional field for a time to the minute, in the site's time zone."""
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
    return forms.DateTimeField(label=label, help_text=help_text, required=False, widget=widget, input_formats=formats)


def targets_of(raters: Iterable[Rater]) -> list[tuple[str, str, exclusions.Target]]:
    """Return raters as targets; those of the study come first."""
    external = Rater.Nature.EXTERNAL
    found: list[tuple[str, str, exclusions.Target]] = []
    for rater in sorted(raters, key=lambda one: one.nature == external):
        words = _("%(code)s (external)") % {"code": rater.code} if rater.nature == external else rater.code
        found.append((str(rater.pk), words, rater))
    return found


class RaterExclusionForm(ExclusionForm):
    """Which rater is left out of results: whole, or what they answered in a period."""

    field_order = ("what", "since", "until", "reason")

    def __init__(self, *args: Any, raters: QuerySet[Rater], **kwargs: Any) -> None:
        """Offer `raters`, typed where they are many; ask for a period too: empty ends mean all of it."""
        few = list(raters[: MOST_OFFERED + 1])
        super().__init__(*args, targets=[] if len(few) > MOST_OFFERED else targets_of(few), **kwargs)
        if len(few) > MOST_OFFERED:
            self.fields["what"] = TypedRows(
                raters, by="code", several=False, label=_("Leave out"), help_text=HELP["code", False]
            )
        zone = timezone.get_current_timezone_name()
        self.fields["since"] = moment_field(
            _("From"), _("Leave both times empty to leave out everything. Times are in %(zone)s.") % {"zone": zone}
        )
        self.fields["until"] = moment_field(_("Until"), _("Answers given at this moment or later count."))
        self.order_fields(self.field_order)

    def target(self) -> exclusions.Target:
        """Return the rater who was ticked, or typed."""
        chosen = self.cleaned_data["what"]
        return chosen if isinstance(chosen, Rater) else self.targets[chosen]
