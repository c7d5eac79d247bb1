"""Dialogue annotation: people read counselling sessions turn by turn and say what happens, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from annotation.dialogue_forms import DialogueForm, DialogueSettings
from annotation.forms import PrelabelMode
from annotation.kinds import dialogue_page, dialogue_setup
from annotation.schema import FieldKind, load
from annotation.services import curation, labels, turns
from projects.kinds import Export, Kind, Panel, Problem, UnitSpec, WatchedAnswer, WorkForm
from projects.markdown import to_html
from projects.models import (
    Assignment,
    Exposure,
    Project,
    Report,
    Study,
    Submission,
    Suggestion,
    Unit,
    new_token,
)
from projects.services import flags
from projects.services.work import Answer
from reports.summary import Summary


class Dialogue(Kind):
    """Counselling sessions: annotate each turn and the session, curate, export."""

    key: ClassVar[str] = "dialogue"
    raters_setting: ClassVar[str] = "raters_per_session"
    name = _("Dialogue annotation")
    text = _("People read sessions turn by turn and record what happens and why; answers are compared and curated.")
    template = "annotation/kinds/dialogue.html"
    page = "annotation/kinds/dialogue_page.html"
    presets = tuple(dialogue_setup.presets_on_offer())
    reads_external: ClassVar[bool] = True

    def settings_form(self, project: Project, data: QueryDict | None, initial: Mapping[str, Any]) -> forms.Form:
        """Return the settings form; the schema is kept as it is, and has a page of its own."""
        return DialogueSettings(data, initial=initial)

    def problems(self, study: Study) -> list[Problem]:
        """Name what is missing: sessions, somebody whose turns are asked about, enough raters."""
        return dialogue_setup.problems(study)

    def build_units(self, study: Study) -> Iterable[UnitSpec]:
        """Yield a unit for each session; those of one case follow each other, and so does everybody's work."""
        rows = list(dialogue_setup.sessions(study).order_by("position", "pk").values_list(*dialogue_setup.COLUMNS))
        for pk, revision, external_id, language, topic, *_rest in dialogue_setup.in_cases(rows, study):
            yield UnitSpec(
                item_id=pk,
                revision_id=revision,
                key=external_id,
                language=language,
                stratum=topic,
                wanted=study.settings["raters_per_session"],
            )

    def shown(self, study: Study, rater_code: str, unit_id: int) -> Exposure:
        """Show proposals from the start where the study says so."""
        return Exposure.PRELABEL if study.settings["prelabel"] == PrelabelMode.SHOWN else Exposure.NOTHING

    def form(self, assignment: Assignment, data: QueryDict | None = None) -> WorkForm:
        """Return the form over the session as it is saved, turn by turn."""
        work = turns.open_work(assignment, proposals=sees_proposals(assignment))
        initial: dict[str, Any] = {"client_key": new_token(), "based_on": 0, "draft_version": work.version}
        if assignment.state == Assignment.State.SUBMITTED:
            given = assignment.submissions.filter(current=True).first()
            initial["based_on"] = given.number if given else 0
        return DialogueForm(data, work=work, initial=None if data is not None else initial)

    def work_context(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the conversation, the current turn's fields and the session's."""
        work, current, refused = opened(form).work, opened(form).current, opened(form).refused
        part = work.turns[current]
        study, unit = assignment.study, assignment.unit
        settings = study.settings
        return {
            "revision": unit.revision,
            "rows": dialogue_page.rows(work, current, flags.turns_flagged_by(unit, assignment.rater_id)),
            "turn": part.turn,
            "number": current + 1,
            "panel": dialogue_page.panel(part.turn.role if part.turn else "", part, missing=refused),
            "session": dialogue_page.panel("session", work.session, missing=refused),
            "blanks": dialogue_page.blanks(work.schema, work.turns),
            "counts": dialogue_page.counts(work),
            "total": len(work.turns),
            "finished": sum(one.finished for one in work.turns),
            "state": dialogue_page.for_script(work, current),
            "session_given": len(work.session.copy.given),
            "ready": all(one.finished for one in work.turns) and work.session.complete,
            "blank_offer": dialogue_page.Offer("", "", "", usable=True, decision=""),
            "bulk": settings["bulk_accept"] and any(one.proposals for one in work.parts),
            "break_minutes": settings["break_minutes"],
            "earlier": turns.earlier(unit.item) if settings["earlier_sessions"] and unit.item else [],
            "case_order": unit.item.case_order if unit.item else None,
            "guideline": to_html(study.guideline.text if study.guideline else "", get_language() or ""),
            "help": to_html(study.project.help_text, get_language() or ""),
            **addresses(assignment, work, current),
        }

    def plain(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the turns, what is asked, the answers so far and, where this rater may see them, the proposals."""
        work, revision = opened(form).work, assignment.unit.revision
        return {
            "language": revision.language if revision else "",
            "topic": revision.topic if revision else "",
            "schema": work.schema.to_json(),
            "turns": [
                {"speaker": part.turn.speaker, "text": part.turn.text, **dialogue_page.part_data(part)}
                for part in work.turns
                if part.turn
            ],
            "session": dialogue_page.part_data(work.session),
        }

    def answer(self, form: WorkForm) -> Answer:
        """Return the shared part of the answer."""
        data = form.cleaned_data
        return Answer(
            client_key=data["client_key"], based_on=data.get("based_on") or 0, active_ms=data.get("active_ms") or 0
        )

    def save(self, form: WorkForm, submission: Submission) -> None:
        """Store the session's rows; what came along with it is saved turn by turn as well."""
        checked = opened(form)
        for part in checked.sent:
            turns.save(submission.assignment, part.turn, copy=part.copy, version=part.version)
        turns.write(submission, checked.work)

    def second_look(self, assignment: Assignment, submission: Submission) -> bool:
        """Show the proposals after the rater's own first answers, where there are any."""
        if assignment.study.settings["prelabel"] != PrelabelMode.AFTER or submission.number > 1:
            return False
        return Suggestion.objects.filter(revision=assignment.unit.revision_id).exists()

    def settle(self, unit: Unit) -> None:
        """Take over what raters agree on; where they differ, an adjudicator curates."""
        curation.settle(unit)

    def said(self, submission: Submission) -> Mapping[str, Any]:
        """Return the labels by turn and field; words of a rater's own are compared with nobody's."""
        fields = load(submission.assignment.study.settings["schema"]).fields
        return labels.by_place(submission, {one.key for one in fields if one.kind != FieldKind.TEXT})

    def named(self, assignment: Assignment, said: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return them with the turns' numbers."""
        return [(labels.place_in_words(key), ", ".join(value)) for key, value in said.items()]

    def answers(self, unit: Unit) -> Mapping[int, str]:
        """Return how much each answer labels, by assignment id."""
        ids = list(unit.assignments.filter(state=Assignment.State.SUBMITTED).values_list("pk", flat=True))
        return {pk: labelled(n) for pk, n in turns.counts(ids).items()}

    def own_answers(self, assignments: Sequence[Assignment]) -> Mapping[int, str]:
        """Return how much each answer labels, by assignment id."""
        return {pk: labelled(n) for pk, n in turns.counts([row.pk for row in assignments]).items()}

    def watched(self, study: Study) -> Iterator[WatchedAnswer]:
        """Yield what each session's fields say, turn by turn; free text is not compared."""
        from annotation.results import watched

        fields = [one.key for one in load(study.settings["schema"]).fields if one.kind != FieldKind.TEXT]
        return watched.turns(study, fields)

    def inputs_hash(self, study: Study) -> str:
        """Return a hash over answers, exclusions and what was curated."""
        from annotation.results.fingerprint import dialogues_hash

        return dialogues_hash(study)

    def summarise(self, report: Report, tell: Callable[[int, int], None]) -> Summary:
        """Compute the annotation's figures."""
        # Loads the statistics, which no web process should pay for.
        from annotation import dialogue_summary

        return dialogue_summary.summarise(report, tell)

    def exports(self) -> tuple[Export, ...]:
        """Offer every label given, in long form."""
        from annotation import exports_dialogue

        return exports_dialogue.EXPORTS

    def panels(self) -> tuple[Panel, ...]:
        """Add the schema, which can be changed before and while people work, and the curation."""
        readers = ("manager", "adjudicator", "analyst")
        return (
            Panel("schema", _("Schema"), "study_schema", roles=readers, in_draft=True, group="setup"),
            Panel("curation", _("Curation"), "curation", count=curation.waiting, counts=curation.waiting_in),
        )


def opened(form: WorkForm) -> DialogueForm:
    """Return the form as the one this kind makes."""
    if not isinstance(form, DialogueForm):
        raise TypeError("A dialogue annotation takes answers of its own form only.")
    return form


def addresses(assignment: Assignment, work: turns.Work, current: int) -> dict[str, str]:
    """Return where a plain page leads from the current turn, and where its forms are sent."""
    handles = [assignment.study.token, assignment.token]

    def at(place: int) -> str:
        turn = work.turns[place].turn if 0 <= place < len(work.turns) else None
        return reverse("rate_turn", args=[*handles, turn.index]) + f"#t{place + 1}" if turn else ""

    return {
        "turn_url": at(current).partition("#")[0],
        "session_url": reverse("rate_session", args=handles),
        "previous_url": at(current - 1),
        "next_url": at(current + 1),
        "unfinished_url": at(work.first_unfinished()),
    }


def sees_proposals(assignment: Assignment) -> bool:
    """Whether this rater may see proposals in this session now."""
    hidden = assignment.study.settings["prelabel"] == PrelabelMode.HIDDEN
    return not hidden and assignment.exposure >= Exposure.PRELABEL


def labelled(count: int) -> str:
    """Return in words how many turns an answer labels."""
    return ngettext("%(n)s turn annotated", "%(n)s turns annotated", count) % {"n": count}
