"""What rankings, comparisons and ratings have in common: codes, placements, checks before opening, what raters see."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.forms.blind_answers import Handle, JudgementForm, handles, letter
from evaluation.kinds import blind_page, blind_problems
from evaluation.kinds.blind_page import Card
from evaluation.kinds.blind_problems import READERS
from evaluation.models import Placement, StudySystem, SystemVersion
from evaluation.services import blinding, checks, designs, guessing, judging, placing, readying, saying, telling
from evaluation.services.designs import Planned
from projects.kinds import Export, Kind, Panel, Problem, UnitSpec, WorkForm
from projects.models import Assignment, Exposure, Report, Role, Study, StudyRole, Submission, Unit, new_token
from projects.services.work import Answer
from reports.summary import Summary


class BlindKind(Kind):
    """A study whose raters must not know who wrote what they judge."""

    deals = True
    counts_incomplete = True
    form_class: ClassVar[type[JudgementForm]]

    # --- before it opens -------------------------------------------------------------------------

    def problems(self, study: Study) -> list[Problem]:
        """Name what is missing: items, systems, responses, raters, and who knows too much to rate."""
        if study.dataset is None:
            return [Problem(gettext("Choose a data set."))]
        return [*self.own_problems(study), *blind_problems.of_people(study)]

    def own_problems(self, study: Study) -> Iterator[Problem]:
        """Yield what is missing among systems and responses."""
        yield from blind_problems.of_responses(study, self.versions(study))

    # --- opening ---------------------------------------------------------------------------------

    def versions(self, study: Study) -> list[SystemVersion]:
        """Return the system versions that the settings name."""
        return blinding.versions_of(study.project, study.settings.get("systems") or [])

    def coded(self, study: Study) -> dict[int, StudySystem]:
        """Return the study's systems under their codes, by system version; drawn at the first call."""
        versions = self.versions(study)
        return blinding.draw_codes(study, versions, blocks=self.blocks(study, versions))

    @abstractmethod
    def planned(self, study: Study, systems: Mapping[int, StudySystem]) -> Iterable[Planned]:
        """Yield the units of the study, the same ones at every call, whatever the systems are called."""

    def build_units(self, study: Study) -> Iterable[UnitSpec]:
        """Yield the planned units."""
        for one in self.planned(study, self.coded(study)):
            yield UnitSpec(
                item_id=one.entry.item_id,
                revision_id=one.entry.revision_id,
                key=one.key,
                language=one.entry.language,
                stratum=one.entry.topic,
                role=one.role,
                repeat=one.repeat,
                variant=one.variant,
                wanted=one.wanted,
                first=one.role == Unit.Role.PRACTICE,
            )

    def furnish(self, study: Study) -> None:
        """Draw the key, and write down which responses each unit shows."""
        blinding.blind(study)
        systems = self.coded(study)
        designs.furnish(study, self.planned(study, systems), systems)
        telling.refuse_undecided(study)

    def blocks(self, study: Study, versions: Sequence[SystemVersion]) -> dict[int, list[str]]:
        """Return the names of the blocks each system stands in."""
        return {}

    # --- at work ---------------------------------------------------------------------------------

    def detour(self, part: StudyRole, *, done: bool = False) -> str:
        """Before the work: consent and the question; at its end: guesses."""
        settings = part.study.settings
        if done:
            waiting = guessing.waiting(part)
            return reverse("rate_guess", args=[part.study.token]) if waiting else ""
        if (settings.get("consent") or settings.get("question")) and not readying.is_ready(part):
            return reverse("rate_ready", args=[part.study.token])
        return ""

    def second_look(self, assignment: Assignment, submission: Submission) -> bool:
        """Whether the rater sees what was held to be right: after an item to practise on, once."""
        return assignment.unit.role == Unit.Role.PRACTICE and submission.number == 1

    def deal(self, part: StudyRole, held: Sequence[Assignment]) -> None:
        """Place the responses of each unit, once and for ever."""
        placing.deal(part, held)

    def shown(self, study: Study, rater_code: str, unit_id: int) -> Exposure:
        """Nothing but the responses is ever shown."""
        return Exposure.NOTHING

    def placements(self, assignment: Assignment) -> list[Placement]:
        """Return what this rater sees, read once for each loaded assignment."""
        found: list[Placement] | None = getattr(assignment, "placed_", None)
        if found is None:
            found = placing.placed(assignment)
            assignment.placed_ = found  # type: ignore[attr-defined]  # kept for the rest of the request
        return found

    def form(self, assignment: Assignment, data: Any = None) -> WorkForm:
        """Return the answer form, empty unless there is a draft or an answer of this rater's own."""
        shown = handles(self.placements(assignment))
        return self.form_class(
            data,
            shown=shown,
            settings=self.form_settings(assignment.study),
            initial=None if data is not None else self._initial(assignment, shown),
        )

    def _initial(self, assignment: Assignment, shown: Sequence[Handle]) -> dict[str, Any]:
        initial: dict[str, Any] = {"client_key": new_token(), "based_on": 0, "draft_version": 0}
        given = None
        if assignment.state == Assignment.State.SUBMITTED:
            given = assignment.submissions.filter(current=True).first()
        if given:
            initial |= {"based_on": given.number, "comment": given.comment, **blind_page.said_beside(given, shown)}
            initial |= self.given(given, shown)
        draft = getattr(assignment, "draft", None)
        if draft:
            initial |= blind_page.sane(draft.payload) | {"draft_version": draft.version}
        return initial

    def form_settings(self, study: Study) -> Mapping[str, Any]:
        """Return what the form must know of the study."""
        return study.settings

    @abstractmethod
    def given(self, submission: Submission, shown: Sequence[Handle]) -> dict[str, Any]:
        """Return an earlier answer as the form's initial values."""

    def cards(self, assignment: Assignment, form: WorkForm) -> list[Card]:
        """Return the responses as the page shows them."""
        return blind_page.cards(assignment, self.placements(assignment), form)

    def work_context(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the question, the responses in this rater's order, and the answer so far."""
        settings, placements = assignment.study.settings, self.placements(assignment)
        return {
            "revision": blind_page.question(assignment, placements),
            "practice": assignment.unit.role == Unit.Role.PRACTICE,
            "feedback": blind_page.feedback(assignment, placements),
            "topic": blind_page.topic(assignment),
            "cards": self.cards(assignment, form),
            "concerns": form.concerns() if isinstance(form, JudgementForm) else [],
            "reason_asked": settings.get("reason", "no") != "no",
            "reason_required": settings.get("reason") == "required",
        }

    def plain(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the question, the responses and the answer so far, for programs."""
        revision = blind_page.question(assignment, self.placements(assignment))
        topic = blind_page.topic(assignment)
        fields = [name for name in form.fields if name not in WorkForm.base_fields]
        return {
            "text": revision.text if revision else "",
            "language": revision.language if revision else "",
            "topic": topic[0] if topic else "",
            "responses": [blind_page.plain(card) for card in self.cards(assignment, form)],
            "answer": {name: form[name].value() for name in fields if form[name].value() not in (None, "", [])},
        }

    def answer(self, form: WorkForm) -> Answer:
        """Return the shared part of the answer."""
        data = form.cleaned_data
        return Answer(
            client_key=data["client_key"],
            based_on=data.get("based_on") or 0,
            comment=data.get("comment", ""),
            active_ms=data.get("active_ms") or 0,
        )

    def save(self, form: WorkForm, submission: Submission) -> None:
        """Store the judgement, its marks and its reasons."""
        if not isinstance(form, JudgementForm):
            raise TypeError("A blind study stores answers of its own form only.")
        self.store(form, submission)
        judging.store_marks(submission, form.marks)
        judging.store_reasons(submission, form.reasons)

    @abstractmethod
    def store(self, form: Any, submission: Submission) -> None:
        """Store the kind's own rows."""

    def settle(self, unit: Unit) -> None:
        """Nothing follows from a unit's last answer: blind judgements are neither compared nor discussed at work."""
        return

    def own_answers(self, assignments: Sequence[Assignment]) -> Mapping[int, str]:
        """Return one rater's own answers in words, by assignment id."""
        ids = [row.pk for row in assignments]
        slots = {
            (row.assignment_id, row.member_id): letter(row.slot) for row in Placement.objects.filter(assignment__in=ids)
        }
        return self.in_words(ids, slots)

    @abstractmethod
    def in_words(self, ids: Sequence[int], letters: Mapping[tuple[int, int], str]) -> Mapping[int, str]:
        """Return the answers in force to these assignments in words; `letters` are by (assignment, member)."""

    def said(self, submission: Submission) -> Mapping[str, Any]:
        """Return the judgement by code."""
        return saying.said(submission)

    def named(self, assignment: Assignment, said: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return it with the letters that this rater saw."""
        letters = {row.slot: letter(row.slot) for row in self.placements(assignment)}
        return saying.named(assignment, said, letters)

    def met(self, submission: Submission) -> bool | None:
        """Whether the study's own check of attention is met."""
        return checks.met(submission)

    # --- results ---------------------------------------------------------------------------------

    def reading_lengths(self, study: Study) -> Mapping[int, int]:
        """Return the length of each unit's item with its responses."""
        from evaluation.results import watched

        return watched.lengths(study)

    def inputs_hash(self, study: Study) -> str:
        """Return a hash over everything a report is computed from."""
        from evaluation.results import fingerprint

        return fingerprint.inputs_hash(study)

    @abstractmethod
    def summarise(self, report: Report, tell: Callable[[int, int], None]) -> Summary:
        """Compute the study's results."""

    def exports(self) -> tuple[Export, ...]:
        """Offer the judgements under codes, and the key to the codes as a file of its own."""
        from evaluation import exports

        return exports.BLIND

    def panels(self) -> tuple[Panel, ...]:
        """Add the pages about the design, the words that tell, and blindness with the key."""
        return PANELS


PANELS = (
    Panel("design", _("Design"), "study_design", roles=(Role.MANAGER,), in_draft=True, group="setup"),
    Panel(
        "words",
        _("Words that tell"),
        "study_words",
        count=telling.waiting,
        roles=(Role.MANAGER,),
        in_draft=True,
        group="setup",
    ),
    Panel("blinding", _("Blinding"), "study_blinding", roles=READERS, in_draft=True, group="setup"),
    Panel("reasons", _("Reasons"), "study_reasons", roles=(Role.MANAGER, Role.ANALYST), group="results"),
)
