"""What rankings, comparisons and ratings have in common: codes, placements, checks before opening, what raters see."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from evaluation.forms.blind_answers import Handle, JudgementForm, handles, letter
from evaluation.forms.blind_settings import Gaps
from evaluation.models import Mark, Placement, Reason, Response, ResponseSet, StudySystem, SystemVersion
from evaluation.services import (
    blinding,
    candidates,
    checks,
    designs,
    guessing,
    judging,
    placing,
    readying,
    telling,
)
from evaluation.services.designs import Planned
from projects.kinds import Export, Kind, Panel, Problem, UnitSpec, WorkForm
from projects.models import (
    Assignment,
    Exposure,
    Membership,
    Report,
    Role,
    Study,
    StudyRole,
    Submission,
    Unit,
    new_token,
)
from projects.services.work import Answer
from reports.summary import Summary

LISTED = 5
# Who can read what systems wrote, and under which name: they cannot judge it blind.
READERS = (Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST)


@dataclass(frozen=True)
class Card:
    """One response as a rater's page shows it."""

    slot: int
    letter: str
    token: str
    text: str
    explanation: str
    turns: Sequence[Any] = ()
    marks: Sequence[str] = ()
    # The answer so far, where it is one value a response.
    chosen: str = ""


class BlindKind(Kind):
    """A study whose raters must not know who wrote what they judge."""

    deals = True
    form_class: ClassVar[type[JudgementForm]]

    # --- before it opens -------------------------------------------------------------------------

    def problems(self, study: Study) -> list[Problem]:
        """Name what is missing: items, systems, responses, raters, and who knows too much to rate."""
        if study.dataset is None:
            return [Problem(gettext("Choose a data set."))]
        return [*self.own_problems(study), *self._people(study)]

    def own_problems(self, study: Study) -> Iterator[Problem]:
        """Yield what is missing among systems and responses."""
        settings = study.settings
        versions = self.versions(study)
        if len(versions) < len(settings.get("systems") or []):
            yield Problem(gettext("A system of the settings is not in this project any more. Choose again."))
        found = candidates.entries(study, versions)
        if not candidates.whole(found, versions):
            yield Problem(gettext("No item of the data set has a response of every system."))
        yield from self._gaps(study, found, versions)
        yield from self._unmade(found, versions, settings)
        if settings.get("show_explanation") and self._unexplained(study, versions):
            yield Problem(gettext("Some responses have no explanation, but the study shows explanations."))

    def _unmade(
        self, found: Sequence[candidates.Entry], versions: Sequence[SystemVersion], settings: Mapping[str, Any]
    ) -> Iterator[Problem]:
        """Yield the items to practise on and checks of attention that are not there."""
        items = {entry.external_id for entry in candidates.whole(found, versions)}
        slugs = {version.system.slug for version in versions}
        wrong = [
            f"{line.item} | {line.slug}"
            for _role, line in checks.named(settings)
            if line.item not in items or line.slug not in slugs
        ]
        if wrong:
            words = gettext("For practice and checks these items or systems are missing: %(lines)s.")
            yield Problem(words % {"lines": "; ".join(wrong[:LISTED])})

    def _gaps(
        self, study: Study, found: Sequence[candidates.Entry], versions: Sequence[SystemVersion]
    ) -> Iterator[Problem]:
        gaps = candidates.gaps(found, versions)
        if not gaps:
            return
        shown = "; ".join(
            f"{entry.external_id}: {', '.join(version.system.name for version in missing)}"
            for entry, missing in gaps[:LISTED]
        )
        words = ngettext(
            "%(n)s item lacks a response: %(list)s.",
            "%(n)s items lack responses, the first being: %(list)s.",
            len(gaps),
        )
        yield Problem(words % {"n": len(gaps), "list": shown}, blocking=study.settings["missing"] == Gaps.BLOCK)

    def _unexplained(self, study: Study, versions: Sequence[SystemVersion]) -> bool:
        rows = Response.objects.visible().filter(
            system_version__in=versions, revision__item__dataset=study.dataset, round=1
        )
        return rows.filter(explanation="").exists()

    def _people(self, study: Study) -> Iterator[Problem]:
        raters, wanted = designs.everybody(study), study.settings["raters_per_item"]
        if raters < wanted:
            words = ngettext(
                "%(raters)s rater takes part, but each unit wants %(wanted)s.",
                "%(raters)s raters take part, but each unit wants %(wanted)s.",
                raters,
            )
            yield Problem(words % {"raters": raters, "wanted": wanted}, blocking=not raters)
        knowing = who_know(study)
        if knowing:
            words = gettext(
                "These raters can read the project's systems and responses, so they cannot judge blind: %(codes)s."
            )
            yield Problem(words % {"codes": ", ".join(knowing)})

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
        """Whether the rater sees what was held to be right: after an item to practise on."""
        return assignment.unit.role == Unit.Role.PRACTICE

    def feedback(self, assignment: Assignment) -> dict[str, Any] | None:
        """Return what a rater is told about an item to practise on, once it is answered."""
        if assignment.unit.role != Unit.Role.PRACTICE or assignment.state != Assignment.State.SUBMITTED:
            return None
        given = assignment.submissions.filter(current=True).select_related("assignment").first()
        expected = ResponseSet.objects.values_list("expected", flat=True).get(unit=assignment.unit_id)
        if given is None or not expected:
            return None
        rows = [row for row in self.placements(assignment) if row.member.system.code == expected["system"]]
        return {
            "met": checks.met(given), "letter": letter(rows[0].slot) if rows else "", "best": expected["is"] == "best",
            "words": expected["words"], "alone": len(self.placements(assignment)) == 1,
        }  # fmt: skip

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

    def form_settings(self, study: Study) -> Mapping[str, Any]:
        """Return what the form must know of the study."""
        return study.settings

    def _initial(self, assignment: Assignment, shown: Sequence[Handle]) -> dict[str, Any]:
        initial: dict[str, Any] = {"client_key": new_token(), "based_on": 0, "draft_version": 0}
        given = None
        if assignment.state == Assignment.State.SUBMITTED:
            given = assignment.submissions.filter(current=True).first()
        if given:
            initial |= {"based_on": given.number, "comment": given.comment, **self._common(given, shown)}
            initial |= self.given(given, shown)
        draft = getattr(assignment, "draft", None)
        if draft:
            initial |= _sane(draft.payload) | {"draft_version": draft.version}
        return initial

    def _common(self, given: Submission, shown: Sequence[Handle]) -> dict[str, Any]:
        token = {one.member: one.token for one in shown}
        found: dict[str, Any] = {}
        for mark in Mark.objects.filter(submission=given):
            found.setdefault(f"mark-{token[mark.member_id]}", []).append(mark.concern)
        for reason in Reason.objects.filter(submission=given):
            found["reason" if reason.member_id is None else f"why-{token[reason.member_id]}"] = reason.text
        return found

    @abstractmethod
    def given(self, submission: Submission, shown: Sequence[Handle]) -> dict[str, Any]:
        """Return an earlier answer as the form's initial values."""

    def cards(self, assignment: Assignment, form: WorkForm) -> list[Card]:
        """Return the responses as the page shows them."""
        explained = bool(assignment.study.settings.get("show_explanation"))
        return [self._card(row, form, explained=explained) for row in self.placements(assignment)]

    def _card(self, row: Placement, form: WorkForm, *, explained: bool) -> Card:
        member, response = row.member, row.member.response
        text, explanation = "", ""
        turns: Sequence[Any] = ()
        if response is not None:
            said = row.wording or response
            text, explanation = said.text, said.explanation if explained else ""
        elif member.revision is not None:
            turns = tuple(member.revision.turns.all())
            text = member.revision.text if not turns else ""
        marks = form[f"mark-{row.token}"].value() or []
        return Card(row.slot, letter(row.slot), row.token, text, explanation, turns, marks)

    def work_context(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the question, the responses in this rater's order, and the answer so far."""
        settings = assignment.study.settings
        return {
            "revision": assignment.unit.revision,
            "practice": assignment.unit.role == Unit.Role.PRACTICE,
            "feedback": self.feedback(assignment),
            "show_topic": settings.get("show_topic"),
            "cards": self.cards(assignment, form),
            "concerns": form.concerns() if isinstance(form, JudgementForm) else [],
            "reason_asked": settings.get("reason", "no") != "no",
            "reason_required": settings.get("reason") == "required",
        }

    def plain(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return the question, the responses and the answer so far, for programs."""
        revision = assignment.unit.revision
        topical = assignment.study.settings.get("show_topic")
        fields = [name for name in form.fields if name not in WorkForm.base_fields]
        return {
            "text": revision.text if revision else "",
            "language": revision.language if revision else "",
            "topic": revision.topic if revision and topical else "",
            "responses": [self._plain_card(card) for card in self.cards(assignment, form)],
            "answer": {name: form[name].value() for name in fields if form[name].value() not in (None, "", [])},
        }

    def _plain_card(self, card: Card) -> dict[str, Any]:
        found: dict[str, Any] = {"token": card.token, "letter": card.letter, "text": card.text}
        if card.explanation:
            found["explanation"] = card.explanation
        if card.turns:
            found["turns"] = [{"speaker": turn.speaker, "text": turn.text} for turn in card.turns]
        return found

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

    # --- results ---------------------------------------------------------------------------------

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
    Panel("design", _("Design"), "study_design", roles=(Role.MANAGER,), in_draft=True),
    Panel("words", _("Words that tell"), "study_words", count=telling.waiting, roles=(Role.MANAGER,), in_draft=True),
    Panel("blinding", _("Blinding"), "study_blinding", roles=READERS, in_draft=True),
    Panel("reasons", _("Reasons"), "study_reasons", roles=(Role.MANAGER, Role.ANALYST)),
)


def who_know(study: Study) -> list[str]:
    """Return the codes of the study's raters who can read the project's systems and responses."""
    parts = study.roles.filter(part=StudyRole.Part.RATER, state=StudyRole.State.ACTIVE).select_related("rater")
    readers = Membership.objects.filter(project=study.project, role__in=READERS).values("user")
    return sorted(row.coded.code for row in parts.filter(Q(user__in=readers) | Q(user__is_superuser=True)))


def _sane(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a draft what a form's field can hold."""
    return {
        name: value
        for name, value in payload.items()
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
    }
