"""Blind rating: responses scored on criteria, without knowing who wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from evaluation.forms.blind_answers import Handle, RatingForm, wants_why
from evaluation.forms.rating_settings import RatingSettings
from evaluation.kinds.rubric import RubricKind
from evaluation.models import Score, StudySystem
from evaluation.services import designs, judging
from evaluation.services.designs import Planned
from projects.kinds import Preset, WatchedAnswer, WorkForm
from projects.models import Assignment, Project, Report, Study, Submission
from reports.summary import Summary


class Rating(RubricKind):
    """Rate responses on criteria with scales."""

    key: ClassVar[str] = "rating"
    name = _("Blind rating")
    text = _("Raters score responses on criteria with scales, without knowing who wrote them.")
    template = "evaluation/kinds/rating.html"
    scripts = ("js/judging.js",)
    style = "css/ranking.css"
    form_class = RatingForm
    presets = (
        Preset(
            "quality", _("Answers to questions"), _("One score from 0 to 4."),
            {"rubric": "preset:answer_quality:en"},
        ),
        Preset(
            "four", _("Four criteria"), _("1 to 5 each, with a mark for ethical risk."),
            {"rubric": "preset:four_criteria:en"},
        ),
        Preset("seven", _("Seven counselling metrics"), _("1 to 10 each."), {"rubric": "preset:seven_metrics:en"}),
        Preset(
            "dialogue", _("Quality of a dialogue"), _("Empathy, supportiveness, guidance, safety."),
            {"rubric": "preset:dialogue_quality:en"},
        ),
    )  # fmt: skip
    shortcuts = (
        ("0 … 9", _("Score the criterion in focus (0 is 10 where the scale has it); then the next one is in focus")),
        ("j k", _("Go to the next or the previous criterion")),
        ("c", _("Write a comment")),
        ("Ctrl Enter", _("Send and go on")),
    )

    def settings_form(self, project: Project, data: QueryDict | None, initial: Mapping[str, Any]) -> forms.Form:
        """Return the settings form."""
        return RatingSettings(data, project=project, initial=initial)

    def planned(self, study: Study, systems: Mapping[int, StudySystem]) -> Iterable[Planned]:
        """Yield a unit for each item, or for each response."""
        pool, versions = designs.pool_of(study)
        keys = [version.pk for version in versions]
        groups = [("", keys)] if study.settings.get("together") else [("", [key]) for key in keys]
        return designs.plan(study, pool, designs.teams_of(groups, systems))

    def watched(self, study: Study) -> Iterator[WatchedAnswer]:
        """Yield the scores in every independent answer."""
        from evaluation.results import watched

        return watched.ratings(study)

    def given(self, submission: Submission, shown: Sequence[Handle]) -> dict[str, Any]:
        """Return earlier scores."""
        token = {one.member: one.token for one in shown}
        rows = Score.objects.filter(submission=submission)
        return {f"score-{token[row.member_id]}--{row.criterion}": str(row.value) for row in rows}

    def work_context(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Add to each response its criteria with the scores so far."""
        found = super().work_context(assignment, form)
        settings = self.form_settings(assignment.study)
        asked = settings.get("justify", "no") != "no"
        found["rated"] = [
            {
                "card": card,
                "criteria": [self._row(card.token, one, form, settings) for one in settings["criteria"]],
                "why": form[f"why-{card.token}"].value() or "" if asked else "",
            }
            for card in found["cards"]
        ]
        limits = {name: settings.get(name) for name in ("justify_low", "justify_high")}
        return found | {"justify": settings.get("justify", "no"), **limits}

    def _row(
        self, token: str, criterion: Mapping[str, Any], form: WorkForm, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        field = f"score-{token}--{criterion['key']}"
        points = [{**point, "why": wants_why(settings, criterion, point["value"])} for point in criterion["points"]]
        return {**criterion, "points": points, "field": field, "chosen": str(form[field].value() or "")}

    def store(self, form: Any, submission: Submission) -> None:
        """Store a score for each response and criterion."""
        judging.store_scores(submission, form.scores)

    def in_words(self, ids: Sequence[int], letters: Mapping[tuple[int, int], str]) -> Mapping[int, str]:
        """Return scores by response."""
        rows = Score.objects.filter(submission__assignment__in=ids, submission__current=True).order_by("pk")
        found: dict[int, dict[str, list[str]]] = {}
        for assignment, member, value in rows.values_list("submission__assignment_id", "member_id", "value"):
            found.setdefault(assignment, {}).setdefault(letters[assignment, member], []).append(str(value))
        return {
            key: "; ".join(
                f"{name} {' '.join(values)}" if len(row) > 1 else " ".join(values)
                for name, values in sorted(row.items())
            )
            for key, row in found.items()
        }

    def summarise(self, report: Report, tell: Callable[[int, int], None]) -> Summary:
        """Compute the rating's figures."""
        # Loads the statistics, which no web process should pay for.
        from evaluation.summary.ratings import summarise

        return summarise(report, tell)
