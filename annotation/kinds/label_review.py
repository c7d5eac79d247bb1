"""Label review: people check true/false and choice items that a model has labelled."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from annotation.forms import LabelForm, LabelReviewSettings, PrelabelMode
from annotation.kinds import label_face
from annotation.models import Dispute
from annotation.services import drawing, labels, resolutions
from projects.direct import Statement
from projects.kinds import Export, Kind, Panel, Preset, Problem, UnitSpec, WatchedAnswer, WorkForm
from projects.listing import Among
from projects.models import Assignment, Exposure, Item, Project, Report, Study, Submission, Suggestion, Unit, new_token
from projects.outlines import Outline
from projects.services.work import Answer
from reports.summary import Summary

EFFECTIVENESS: Mapping[str, Any] = {
    "raters_per_item": 3,
    "prelabel": PrelabelMode.HIDDEN,
    "compare_prelabel": False,
    "allow_unsure": False,
    "allow_comment": False,
    "show_topic": False,
    "sample_size": 200,
    "fresh_raters": True,
    "disputes": False,
    "releases": False,
}


def _open(studies: Collection[int]) -> QuerySet[Any, Any]:
    # The study as a value of its own, not as a join: SQLite would begin with every unit of these studies.
    study = Unit.objects.filter(pk=OuterRef("unit")).values("study")
    rows = Dispute.objects.filter(state=Dispute.State.OPEN).annotate(study=Subquery(study)).filter(study__in=studies)
    return rows.values_list("study").annotate(n=Count("pk"))


OPEN_DISPUTES: Among[Any] = Among(_open)


def open_disputes(studies: Collection[int]) -> Mapping[int, int]:
    """Return how many disputes are open in each of some studies; those without any are missing."""
    return dict(OPEN_DISPUTES.tuples(studies))


class LabelReview(Kind):
    """True/false and choice items: label, discuss, settle, release."""

    key: ClassVar[str] = "label_review"
    name = _("Label review")
    text = _("People check the labels of true/false and choice items; disagreements are discussed and settled.")
    template = "annotation/kinds/label_review.html"
    lookahead = 1
    presets = (
        Preset("review", _("Review"), _("Every item to one or more people; disputes are settled.")),
        Preset(
            "effectiveness",
            _("Effectiveness test"),
            _("A random sample of released items, labelled independently by people who have not met them."),
            EFFECTIVENESS,
        ),
    )

    def settings_form(self, project: Project, data: QueryDict | None, initial: Mapping[str, Any]) -> forms.Form:
        """Return the settings form, filled in with a preset's or the study's values."""
        return LabelReviewSettings(data, initial=dict(initial))

    def problems(self, study: Study) -> list[Problem]:
        """Name what is missing: items, labels to choose from, enough raters."""
        found: list[Problem] = []
        if study.dataset is None:
            return [Problem(gettext("Choose a data set."))]
        items = Item.objects.visible().kept().filter(dataset=study.dataset, kind__in=drawing.LABELLED_KINDS)
        if not items.exists():
            found.append(Problem(gettext("The data set has no true/false or choice items yet.")))
        if items.filter(kind=Item.Kind.TRUE_FALSE).exists() and len(study.dataset.labels) < 2:
            found.append(Problem(gettext("The data set names no two labels for its true/false items.")))
        raters, wanted = study.roles.filter(part="rater", state="active").count(), study.settings["raters_per_item"]
        if raters < wanted:
            words = ngettext(
                "%(raters)s rater takes part, but each item wants %(wanted)s.",
                "%(raters)s raters take part, but each item wants %(wanted)s.",
                raters,
            )
            found.append(Problem(words % {"raters": raters, "wanted": wanted}, blocking=False))
        return found

    def build_units(self, study: Study) -> Iterable[UnitSpec]:
        """Yield a unit for each item, or for each of a sample drawn by the study's seed."""
        found: Iterable[drawing.Candidate] = drawing.candidates(study)
        settings = study.settings
        if size := settings.get("sample_size"):
            found = drawing.draw(list(found), size=size, seed=study.seed, stratified=bool(settings.get("stratified")))
        for one in found:
            yield UnitSpec(
                item_id=one.item_id,
                revision_id=one.revision_id,
                key=one.external_id,
                language=one.language,
                stratum=one.topic,
                wanted=settings["raters_per_item"],
            )

    def shown(self, study: Study, rater_code: str, unit_id: int) -> Exposure:
        """Show the pre-label from the start where the study says so; in a keyed random half where it randomises."""
        if (always := self.shown_always(study)) is not None:
            return always
        bits = hmac.digest(str(study.seed).encode(), f"{rater_code}:{unit_id}".encode(), "sha256")
        return Exposure.PRELABEL if bits[0] & 1 else Exposure.NOTHING

    def shown_always(self, study: Study) -> Exposure | None:
        """Return the same for all units, unless the study randomises it."""
        mode = study.settings["prelabel"]
        if mode == PrelabelMode.RANDOMISED:
            return None
        return Exposure.PRELABEL if mode == PrelabelMode.SHOWN else Exposure.NOTHING

    def form(self, assignment: Assignment, data: QueryDict | None = None) -> WorkForm:
        """Return the answer form, empty unless there is a draft or an answer of this rater's own."""
        settings = assignment.study.settings
        several = labels.takes_several(assignment.unit)
        return LabelForm(
            data,
            keys=[option.key for option in labels.options(assignment.unit)],
            several=several,
            allow=(bool(settings["allow_unsure"]), bool(settings["allow_comment"])),
            initial=None if data is not None else self._initial(assignment),
        )

    def _initial(self, assignment: Assignment) -> dict[str, Any]:
        initial: dict[str, Any] = {"client_key": new_token(), "based_on": 0, "draft_version": 0}
        if assignment.state == Assignment.State.SUBMITTED:
            given = assignment.submissions.filter(current=True).first()
            if given:
                initial |= {
                    "based_on": given.number,
                    "values": labels.values_of(given),
                    "unsure": given.unsure,
                    "comment": given.comment,
                }
        draft = getattr(assignment, "draft", None)
        if draft:
            initial |= {**draft.payload, "draft_version": draft.version}
        return initial

    def work_context(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the text, the options and, where this rater may see it, the pre-label."""
        chosen = form["values"].value() or []
        shown = label_face.face(assignment, self._proposal(assignment))
        return {
            **shown.context(),
            "revision": assignment.unit.revision,
            "chosen": [chosen] if isinstance(chosen, str) else chosen,
        }

    def outline(self, assignment: Assignment) -> Outline | None:
        """Return the outline of a unit that this rater has neither answered nor begun."""
        if assignment.state != Assignment.State.LEASED or getattr(assignment, "draft", None):
            return None
        shown, settings = label_face.face(assignment, self._proposal(assignment)), assignment.study.settings
        allow = bool(settings["allow_unsure"]), bool(settings["allow_comment"])
        return label_face.outline(assignment, shown, allow=allow)

    def _proposal(self, assignment: Assignment) -> Suggestion | None:
        """Return the pre-label where this rater may see it."""
        return labels.prelabel(assignment) if self._may_see_prelabel(assignment) else None

    def plain(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the text, the options, the answer so far and, where this rater may see it, the pre-label."""
        shown = self.work_context(assignment, form)
        revision, proposal, topical = shown["revision"], self._proposal(assignment), shown["show_topic"]
        return {
            "text": revision.text,
            "language": revision.language,
            "topic": revision.topic if topical else "",
            "subtopic": revision.subtopic if topical else "",
            "options": [{"key": option.key, "text": option.text} for option in shown["options"]],
            "several": shown["several"],
            "prelabel": proposal and {"values": proposal.values, "source": proposal.source, "score": proposal.score},
            "answer": {"values": list(shown["chosen"])}
            | {name: form[name].value() for name in ("unsure", "comment") if name in form.fields},
        }

    def _may_see_prelabel(self, assignment: Assignment) -> bool:
        return assignment.exposure >= Exposure.PRELABEL and assignment.study.settings["prelabel"] != "hidden"

    def answer(self, form: WorkForm) -> Answer:
        """Return the shared part of the answer."""
        data = form.cleaned_data
        return Answer(
            client_key=data["client_key"],
            based_on=data.get("based_on") or 0,
            unsure=data.get("unsure", False),
            comment=data.get("comment", ""),
            active_ms=data.get("active_ms") or 0,
        )

    def save(self, form: WorkForm, submission: Submission) -> Sequence[Statement]:
        """Return the statements that store one row for each chosen label."""
        if not isinstance(form, LabelForm):
            raise TypeError("A label review stores answers of its own form only.")
        return labels.storing(submission, form.chosen)

    def second_look(self, assignment: Assignment, submission: Submission) -> bool:
        """Show the pre-label after the rater's own first answer, where it says something else."""
        if assignment.study.settings["prelabel"] != PrelabelMode.AFTER or submission.number > 1:
            return False
        proposal = labels.prelabel(assignment)
        return proposal is not None and sorted(proposal.values) != labels.values_of(submission)

    def settle(self, unit: Unit) -> None:
        """Agree, or open a dispute."""
        resolutions.settle(unit)

    def answers(self, unit: Unit) -> Mapping[int, str]:
        """Return the chosen options in words, by assignment id."""
        words = {option.key: option.text for option in labels.options(unit)}
        said = labels.votes(unit)
        return {vote.assignment_id: ", ".join(words.get(value, value) for value in vote.values) for vote in said}

    def own_answers(self, assignments: Sequence[Assignment]) -> Mapping[int, str]:
        """Return the chosen options in words, by assignment id."""
        chosen = labels.current_values([row.pk for row in assignments])
        found: dict[int, str] = {}
        for row in assignments:
            words = {option.key: option.text for option in labels.options(row.unit)}
            found[row.pk] = ", ".join(words.get(value, value) for value in chosen.get(row.pk, ()))
        return found

    def watched(self, study: Study) -> Iterator[WatchedAnswer]:
        """Yield the label or labels of each item."""
        from annotation.results import watched

        return watched.labels(study)

    def said(self, submission: Submission) -> Mapping[str, Any]:
        """Return the chosen options' keys."""
        return {labels.FIELD: labels.values_of(submission)}

    def named(self, assignment: Assignment, said: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the options in words."""
        words = {option.key: option.spoken for option in labels.options(assignment.unit)}
        return [("", ", ".join(words.get(key, key) for key in said.get(labels.FIELD, ())))]

    def expected(self, unit: Unit, typed: str) -> Mapping[str, Any]:
        """Read the options' keys or words, with commas between them."""
        return {labels.FIELD: labels.read(unit, typed)}

    def inputs_hash(self, study: Study) -> str:
        """Return a hash over answers, conclusions and exclusions."""
        from annotation import results

        return results.inputs_hash(study)

    def summarise(self, report: Report, tell: Callable[[int, int], None]) -> Summary:
        """Compute the review's figures."""
        # Loads the statistics, which no web process should pay for.
        from annotation import summary

        return summary.summarise(report, tell)

    def exports(self) -> tuple[Export, ...]:
        """Offer the agreed data set, what was removed, and every answer."""
        from annotation import exports

        return exports.EXPORTS

    def panels(self) -> tuple[Panel, ...]:
        """Add the disputes."""
        return (
            Panel(
                key="disputes",
                name=_("Disputes"),
                url_name="disputes",
                count=lambda study: open_disputes([study.pk]).get(study.pk, 0),
                counts=open_disputes,
            ),
        )
