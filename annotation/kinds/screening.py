"""Screening: certified counsellors read each dialogue and keep or drop it, with a reason; the majority decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from annotation.kinds.dialogue_page import read_only
from annotation.kinds.dialogue_setup import COLUMNS, in_cases, sessions
from annotation.screening import ScreeningForm, ScreeningSettings, Verdict, Why
from annotation.services import screening
from annotation.services.screening import Vote
from projects.kinds import Export, Kind, Preset, Problem, UnitSpec, WatchedAnswer, WorkForm
from projects.models import Assignment, Exposure, Project, Rater, Report, Study, Submission, Unit, new_token
from projects.services.work import Answer
from reports.summary import Summary

WORDS = dict(Verdict.choices)
REASONS = dict(Why.choices)


class Screening(Kind):
    """Whole dialogues, kept or dropped before anybody annotates them."""

    key: ClassVar[str] = "screening"
    raters_setting: ClassVar[str] = "raters_per_dialogue"
    name = _("Screening of dialogues")
    text = _("Counsellors read whole dialogues and keep or drop each, with a reason; two of three decide.")
    template = "annotation/kinds/screening.html"
    style = "css/dialogue.css"
    scripts = ("js/screening.js",)
    shortcuts = (
        ("1 2", _("Keep or drop")),
        ("c", _("Write a comment")),
        ("Enter", _("Send and go on")),
    )
    presets = (Preset("three", _("Two of three decide"), _("Each dialogue goes to three counsellors.")),)

    def settings_form(self, project: Project, data: QueryDict | None, initial: Mapping[str, Any]) -> forms.Form:
        """Return the settings form."""
        return ScreeningSettings(data, initial=dict(initial))

    def problems(self, study: Study) -> list[Problem]:
        """Name what is missing: dialogues, enough raters; and raters of whom nobody has said what they are."""
        if study.dataset is None:
            return [Problem(gettext("Choose a data set."))]
        if not sessions(study).exists():
            return [Problem(gettext("The data set has no dialogues yet."))]
        roles = study.roles.filter(part="rater", state="active")
        raters, wanted = roles.count(), study.settings["raters_per_dialogue"]
        found = []
        if raters < wanted:
            words = ngettext(
                "%(raters)s rater takes part, but each dialogue wants %(wanted)s.",
                "%(raters)s raters take part, but each dialogue wants %(wanted)s.",
                raters,
            )
            found.append(Problem(words % {"raters": raters, "wanted": wanted}, blocking=False))
        unnamed = list(Rater.objects.filter(study_roles__in=roles, qualification="").values_list("code", flat=True))
        if unnamed:
            words = gettext("Screening is for certified counsellors, but no qualification is given for %(codes)s.")
            found.append(Problem(words % {"codes": ", ".join(sorted(unnamed))}, blocking=False))
        return found

    def build_units(self, study: Study) -> Iterable[UnitSpec]:
        """Yield a unit for each dialogue; those of one case follow each other."""
        rows = list(sessions(study).order_by("position", "pk").values_list(*COLUMNS))
        for pk, revision, external_id, language, topic, *_rest in in_cases(rows, study):
            yield UnitSpec(
                item_id=pk,
                revision_id=revision,
                key=external_id,
                language=language,
                stratum=topic,
                wanted=study.settings["raters_per_dialogue"],
            )

    def shown(self, study: Study, rater_code: str, unit_id: int) -> Exposure:
        """Show the dialogue alone."""
        return Exposure.NOTHING

    def form(self, assignment: Assignment, data: QueryDict | None = None) -> WorkForm:
        """Return the form with the draft, else the verdict in force, else empty."""
        return ScreeningForm(data, initial=None if data is not None else _initial(assignment))

    def work_context(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the conversation and the two verdicts."""
        revision = assignment.unit.revision
        return {
            "revision": revision,
            "rows": read_only(list(revision.turns.all())) if revision else [],
            "verdicts": [
                {"key": key, "words": words, "number": n, "checked": form["values"].value() == key}
                for n, (key, words) in enumerate(Verdict.choices, 1)
            ],
        }

    def plain(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the turns and the verdict so far."""
        revision = assignment.unit.revision
        return {
            "language": revision.language if revision else "",
            "topic": revision.topic if revision else "",
            "turns": [{"speaker": turn.speaker, "text": turn.text} for turn in revision.turns.all()]
            if revision
            else [],
            "options": [{"key": key, "text": str(words)} for key, words in Verdict.choices],
            "reasons": [{"key": key, "text": str(words)} for key, words in Why.choices],
            "answer": {name: form[name].value() or "" for name in ("values", "reason", "comment")},
        }

    def answer(self, form: WorkForm) -> Answer:
        """Return the shared part of the answer."""
        data = form.cleaned_data
        return Answer(
            client_key=data["client_key"],
            based_on=data.get("based_on") or 0,
            comment=data.get("comment", "").strip(),
            active_ms=data.get("active_ms") or 0,
        )

    def save(self, form: WorkForm, submission: Submission) -> None:
        """Store the verdict and its reason."""
        screening.store(submission, form.cleaned_data["values"], form.cleaned_data["reason"])

    def settle(self, unit: Unit) -> None:
        """Let the majority decide."""
        screening.settle(unit)

    def answers(self, unit: Unit) -> Mapping[int, str]:
        """Return the verdicts in words, by assignment id."""
        return {vote.assignment: in_words(vote) for vote in screening.of_unit(unit)}

    def own_answers(self, assignments: Sequence[Assignment]) -> Mapping[int, str]:
        """Return one rater's verdicts in words, by assignment id."""
        return {key: in_words(vote) for key, vote in screening.votes([row.pk for row in assignments]).items()}

    def watched(self, study: Study) -> Iterator[WatchedAnswer]:
        """Yield the verdict on each dialogue."""
        from annotation.results import watched

        return watched.labels(study)

    def inputs_hash(self, study: Study) -> str:
        """Return a hash over verdicts, conclusions and exclusions."""
        from annotation import results

        return results.inputs_hash(study)

    def summarise(self, report: Report, tell: Callable[[int, int], None]) -> Summary:
        """Compute the screening's figures."""
        # Loads the statistics, which no web process should pay for.
        from annotation import screening_summary

        return screening_summary.summarise(report, tell)

    def exports(self) -> tuple[Export, ...]:
        """Offer what became of each dialogue, and every verdict."""
        from annotation import exports_screening

        return exports_screening.EXPORTS


def _initial(assignment: Assignment) -> dict[str, Any]:
    initial: dict[str, Any] = {"client_key": new_token(), "based_on": 0, "draft_version": 0}
    if assignment.state == Assignment.State.SUBMITTED:
        given = assignment.submissions.filter(current=True).first()
        vote = screening.votes([assignment.pk]).get(assignment.pk)
        if given and vote:
            initial |= {
                "based_on": given.number,
                "values": vote.verdict,
                "reason": vote.reason,
                "comment": vote.comment,
            }
    draft = getattr(assignment, "draft", None)
    if draft:
        initial |= {**draft.payload, "draft_version": draft.version}
    return initial


def in_words(vote: Vote) -> str:
    """Return a verdict with its reason."""
    words = str(WORDS.get(vote.verdict, vote.verdict))
    return f"{words}: {REASONS.get(vote.reason, vote.reason)}" if vote.reason else words
