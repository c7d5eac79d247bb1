"""What a kind of study is, and which there are. The work loop, pages and commands know only this base class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from projects.direct import Statement
from projects.models import Assignment, Exposure, Project, Report, Study, StudyRole, Submission, Unit, User
from projects.outlines import Outline
from projects.services.work import Answer
from reports.summary import Summary

Text = str | Promise


@dataclass(frozen=True)
class UnitSpec:
    """One unit to be made when a study opens. `key` decides its place in a shuffled order."""

    item_id: int
    revision_id: int
    key: str
    language: str = ""
    group: str = ""
    stratum: str = ""
    role: str = Unit.Role.MAIN
    repeat: int = 0
    variant: int = 0
    wanted: int = 1
    # Comes before all others, whatever their order.
    first: bool = False


@dataclass(frozen=True)
class Preset:
    """A ready-made set of settings, offered when a study is created."""

    key: str
    name: Text
    text: Text
    initial: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Something that stands in the way of opening (`blocking`) or that the manager should know."""

    text: Text
    blocking: bool = True


@dataclass(frozen=True)
class Export:
    """A file a study offers: rows as plain mappings, streamed in the order of `columns`."""

    key: str
    name: Text
    columns: Callable[[Study], list[str]]
    rows: Callable[[Study], Iterator[Mapping[str, Any]]]


@dataclass(frozen=True)
class Panel:
    """A page of the kind's own under a study (disputes, say), linked from the study's tabs.

    `counts` takes ids of studies and returns what waits in each: one query, however many studies a list shows.
    """

    key: str
    name: Text
    url_name: str
    count: Callable[[Study], int] | None = None
    roles: tuple[str, ...] = ("manager", "adjudicator")
    counts: Callable[[Collection[int]], Mapping[int, int]] | None = None
    # Whether it is there before the study has opened.
    in_draft: bool = False
    # Among which of the study's pages it stands: one of projects.views.study_tabs.GROUPS.
    group: str = "work"


@dataclass(frozen=True, slots=True)
class WatchedAnswer:
    """One independent answer as those see it who watch over the work: nothing in it says whose response is meant.

    `values` holds what can be compared with other raters' answers, by (criterion, what it is said of): words, or whole
    numbers on an ordered scale. `pattern` is the answer as the hand gave it, to find one that is given again and again.
    `first` tells whether what stood first was preferred among `places`; None where nothing was, or nothing is placed.
    `level` tells whether all criteria got the same score; `passed` whether a check was met; None where there is none.
    """

    submission: int
    values: Mapping[tuple[str, str], str | int]
    pattern: str
    first: bool | None = None
    places: int = 0
    level: bool | None = None
    passed: bool | None = None


class WorkForm(forms.Form):
    """What every answer form has: the press's name, the answer it builds on, the time spent, the draft's version."""

    client_key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    based_on = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    active_ms = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    draft_version = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)


class Kind(ABC):
    """One kind of study: its settings, its units, its form, how answers are kept and summed up."""

    key: ClassVar[str]
    name: ClassVar[Text]
    text: ClassVar[Text]
    # The fragment that shows one unit; it gets what `work_context` returns.
    template: ClassVar[str]
    # The whole page around it.
    page: ClassVar[str] = "projects/rate/page.html"
    # How many units beyond the one in work a rater's browser holds ready.
    lookahead: ClassVar[int] = 0
    # Whether a claim deals something out (see `deal`), in the claim's transaction.
    deals: ClassVar[bool] = False
    # Scripts and style sheet of the kind's own work page, as static paths; and its keys, with what they do.
    scripts: ClassVar[tuple[str, ...]] = ()
    style: ClassVar[str] = ""
    shortcuts: ClassVar[tuple[tuple[str, Text], ...]] = ()
    presets: ClassVar[tuple[Preset, ...]] = ()
    # Whether results use units that lack answers of some raters.
    counts_incomplete: ClassVar[bool] = False
    # The setting that says how many raters each unit goes to.
    raters_setting: ClassVar[str] = "raters_per_item"
    # Whether reports count what external raters say, whose labels came with the data.
    reads_external: ClassVar[bool] = False

    @abstractmethod
    def settings_form(self, project: Project, data: QueryDict | None, initial: Mapping[str, Any]) -> forms.Form:
        """Return the form a manager fills in; its cleaned data, JSON-safe, become the study's settings."""

    @abstractmethod
    def problems(self, study: Study) -> list[Problem]:
        """Return what keeps the study from opening, and what the manager should know before."""

    @abstractmethod
    def build_units(self, study: Study) -> Iterable[UnitSpec]:
        """Yield what is to be judged, in the order of the data set."""

    def furnish(self, study: Study) -> None:
        """Add to the units that have just been made what the kind keeps beside them; the study opens after it."""
        return

    def copied(self, study: Study, copy: Study, actor: User) -> None:
        """Give the new draft `copy` what a manager decided for `study` beside its settings."""
        return

    def detour(self, part: StudyRole, *, done: bool = False) -> str:
        """Return the address of a page of the kind's own that a rater sees before the work, or when it is `done`."""
        return ""

    def deal(self, part: StudyRole, held: Sequence[Assignment]) -> None:
        """Fix what each of these units shows this rater, and where, unless it is fixed already."""
        return

    @abstractmethod
    def shown(self, study: Study, rater_code: str, unit_id: int) -> Exposure:
        """Return what this rater is shown from the start in this unit, by design."""

    def shown_always(self, study: Study) -> Exposure | None:
        """Return what every rater is shown from the start in every unit; None where that differs or is not known.

        Where it is known, and nothing is dealt, a claim need not be looked at before it is written.
        """
        return None

    @abstractmethod
    def form(self, assignment: Assignment, data: QueryDict | None = None) -> WorkForm:
        """Return the answer form; without data it holds the draft, else the rater's current answer, else nothing."""

    @abstractmethod
    def work_context(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return what the fragment shows. Nothing in it may say more than this rater may know."""

    def outline(self, assignment: Assignment) -> Outline | None:
        """Return what `template` shows of an untouched unit as an outline, or None: then it is rendered each time."""
        return None

    def plain(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Return as JSON-safe data what `template` shows of `work_context`, for programs; never more than that."""
        return {}

    @abstractmethod
    def answer(self, form: WorkForm) -> Answer:
        """Return what the valid form says in the terms that every kind shares."""

    @abstractmethod
    def save(self, form: WorkForm, submission: Submission) -> Sequence[Statement] | None:
        """Store the valid form's answer as the submission's own rows, or return the statements that do."""

    def second_look(self, assignment: Assignment, submission: Submission) -> bool:
        """Whether the rater should see this unit once more, with something new beside it, before going on."""
        return False

    @abstractmethod
    def settle(self, unit: Unit) -> None:
        """Do what follows once a unit has all its answers; called again at every later change of mind."""

    def answers(self, unit: Unit) -> Mapping[int, str]:
        """Return the answers in force to a unit in words, by assignment id, for people who may read them."""
        return {}

    def shows_item(self, study: Study) -> bool:
        """Whether raters read the items that the study's units name; where not, no page of theirs may show one."""
        return True

    def own_answers(self, assignments: Sequence[Assignment]) -> Mapping[int, str]:
        """Return one rater's own answers in force in words, by assignment id; one query for all of them."""
        return {}

    def watched(self, study: Study) -> Iterator[WatchedAnswer]:
        """Yield the study's independent answers for its quality page; in a worker, a few queries for all of them."""
        return iter(())

    def reading_lengths(self, study: Study) -> Mapping[int, int]:
        """Return by unit how many characters a rater reads there, where that is not the length of the item's text."""
        return {}

    def said(self, submission: Submission) -> Mapping[str, Any]:
        """Return an answer as values to be compared, by field: a sorted list of keys, or a number."""
        return {}

    def named(self, assignment: Assignment, said: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return such values in words, as this rater knows them: (field, value) each, in their order."""
        return [(field, ", ".join(value) if isinstance(value, list) else str(value)) for field, value in said.items()]

    def met(self, submission: Submission) -> bool | None:
        """Whether an answer is what the kind's own check in this unit expects; None where it has none."""
        return None

    def expected(self, unit: Unit, typed: str) -> Mapping[str, Any]:
        """Return as such values what a manager typed as a unit's right answer; ValidationError where it is none."""
        raise ValidationError(gettext("For this kind of study the right answers are an expert's, given in the study."))

    @abstractmethod
    def inputs_hash(self, study: Study) -> str:
        """Return a hash over everything a report is computed from."""

    @abstractmethod
    def summarise(self, report: Report, tell: Callable[[int, int], None]) -> Summary:
        """Compute the study's results; `tell(done, total)` reports progress."""

    @abstractmethod
    def exports(self) -> tuple[Export, ...]:
        """Return the files the study offers."""

    def panels(self) -> tuple[Panel, ...]:
        """Return the kind's own pages."""
        return ()


@cache
def registry() -> dict[str, Kind]:
    """Return every kind this installation knows, by key."""
    kinds: list[Kind] = [import_string(path)() for path in settings.STUDY_KINDS]
    return {kind.key: kind for kind in kinds}


def of(study: Study) -> Kind:
    """Return the kind of a study."""
    return registry()[study.kind]
