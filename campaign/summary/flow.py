"""The flow of raters, units and answers as a chapter of the report, and as the page of a running study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_noop as _

from campaign.services.flow import ANSWER_AFTER, ANSWER_BEFORE, UNIT_AFTER, UNIT_BEFORE, Stop, Way, Work
from campaign.services.flow_gates import Gate, gates_of, judged_again, withdrawn
from campaign.services.flow_rows import Ends, People, ends_of, people_of, work_of
from projects.models import Study
from reports.plots import FlowLane, FlowPart, FlowStep
from reports.summary import Flow, Section, phrase

UNIT_WORDS: Mapping[Stop, str] = {
    Stop.PRACTICE: _("for practice or calibration"),
    Stop.GOLD: _("checks of attention, with a known answer"),
    Stop.GUESS: _("guesses at the system"),
    Stop.AGAIN: _("for judging a second time"),
    Stop.WITHDRAWN: _("withdrawn before anybody judged"),
    Stop.UNJUDGED: _("judged by nobody"),
    Stop.INCOMPLETE: _("judged by some of the raters wanted"),
    Stop.UNIT_OUT: _("left out of the results"),
    Stop.NOTHING_COUNTS: _("no answer to it counts"),
}
ANSWER_WORDS: Mapping[Stop, str] = {
    Stop.PRACTICE: _("practice or calibration"),
    Stop.GOLD: _("checks of attention"),
    Stop.GUESS: _("guesses at the system"),
    Stop.AGAIN: _("second judgements of the same unit"),
    Stop.SURPLUS: _("surplus: the place had been given away"),
    Stop.EXPOSED: _("others' answers had been seen before"),
    Stop.INCOMPLETE: _("to units that lack answers"),
    Stop.UNIT_OUT: _("left out with their unit"),
    Stop.RATER_OUT: _("left out with their rater"),
    Stop.PERIOD_OUT: _("left out with a period of their rater"),
    Stop.ANSWER_OUT: _("left out one by one"),
}

NOTE = phrase(_("Each count is what came so far; at the side stands who or what went no further, and why."))


@dataclass(frozen=True)
class Counted:
    """Everything a flow is drawn from. `gates` are steps before the work, in order, as they were passed."""

    people: People
    work: Work
    ends: Ends
    left_out: frozenset[int]
    gates: Sequence[Gate] = ()
    again: int = 0
    withdrawn: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Links:
    """Where the rows behind the counts are listed, for a reader who may open these pages."""

    people: str = ""
    units: str = ""
    exclusions: str = ""
    invitations: str = ""
    consent: str = ""
    training: str = ""


def count(study: Study) -> Counted:
    """Count a study's flow as it stands now."""
    work = work_of(study)
    out = frozenset(
        study.exclusions.filter(lifted_at=None, rater__isnull=False, since=None, until=None).values_list(
            "rater", flat=True
        )
    )
    return Counted(
        people_of(study, work), work, ends_of(study, work), out, gates_of(study), judged_again(study), withdrawn(study)
    )


def links(study: Study) -> Links:
    """Return the addresses of a manager's pages behind the counts."""
    args = [study.project.slug, study.slug]
    return Links(
        people=reverse("study_people", args=args),
        units=reverse("study_units", args=args),
        exclusions=reverse("study_exclusions", args=args),
        invitations=reverse("invitations", args=args[:1]),
        consent=reverse("study_consent", args=args),
        training=reverse("study_training", args=args),
    )


def chapters(study: Study) -> list[Section]:
    """Return the chapter that every study's report has."""
    diagram = plot(count(study))
    return [Section(key="flow", title=phrase(_("Flow of raters, units and answers")), intro=NOTE, blocks=[diagram])]


def plot(counted: Counted, to: Links = Links()) -> Flow:
    """Return the diagram; with `to`, its table leads to the rows."""
    work = work_of_lanes(counted.work, counted.ends, to, again=counted.again)
    return Flow(key="flow", title=phrase(_("From invitation to analysis")), lanes=[_raters(counted, to), *work])


def work_of_lanes(work: Work, ends: Ends, to: Links, *, again: int = 0) -> list[FlowLane]:
    """Return the ways of units and of answers."""
    short = f"{to.units}?show=open" if to.units else ""
    within = _parts(
        [
            (_("lack answers of some raters"), work.incomplete, short),
            (_("taken out of the data set"), ends.removed, ""),
            (_("not decided yet"), ends.undecided, ""),
        ]
    )
    units = [
        FlowStep(
            label=phrase(_("Made")),
            count=work.units.came,
            href=to.units,
            out=_stopped(work.units, UNIT_BEFORE, UNIT_WORDS, {Stop.UNJUDGED: short, Stop.INCOMPLETE: short}),
        ),
        FlowStep(
            label=phrase(_("Judged")),
            count=work.units.after(*UNIT_BEFORE),
            within=within,
            out=_stopped(work.units, UNIT_AFTER, UNIT_WORDS, {Stop.UNIT_OUT: to.exclusions}),
        ),
        FlowStep(label=phrase(_("Analysed")), count=work.units.analysed),
    ]
    behind = dict.fromkeys(ANSWER_AFTER, to.exclusions)
    answers = [
        FlowStep(
            label=phrase(_("Handed in")),
            count=work.answers.came,
            within=_parts(
                [
                    (_("changed by the rater afterwards"), work.changed, ""),
                    (_("judged again under a newer guideline"), again, ""),
                ]
            ),
            out=_stopped(work.answers, ANSWER_BEFORE, ANSWER_WORDS, {}),
        ),
        FlowStep(
            label=phrase(_("For the results")),
            count=work.answers.after(*ANSWER_BEFORE),
            out=_stopped(work.answers, ANSWER_AFTER, ANSWER_WORDS, behind),
        ),
        FlowStep(label=phrase(_("Analysed")), count=work.answers.analysed),
    ]
    return [FlowLane(label=phrase(_("Units")), steps=units), FlowLane(label=phrase(_("Answers")), steps=answers)]


def _raters(counted: Counted, to: Links) -> FlowLane:
    people, work = counted.people, counted.work
    worked = work.worked
    waiting, spent = (f"{to.invitations}?state={state}" if to.invitations else "" for state in ("open", "spent"))
    asked = FlowStep(
        label=phrase(_("Invited to the project, or added to it")), count=people.asked, href=to.invitations,
        out=_parts([
            (_("invitation not answered yet"), people.waiting, waiting),
            (_("invitation ran out"), people.expired, spent),
            (_("invitation withdrawn"), people.withdrawn, spent),
            (_("have no part in this study"), people.elsewhere, ""),
        ]),
    )  # fmt: skip
    return FlowLane(
        label=phrase(_("Raters")), steps=[asked, *_through(counted, worked, to), *_results(counted, worked, to)]
    )


def _through(counted: Counted, worked: frozenset[int], to: Links) -> list[FlowStep]:
    """Return the steps from taking part to the work: whoever is stopped at a gate is behind it no more."""
    here, people = counted.people.parts, counted.people
    label, steps = _("Take or took part in this study"), []
    pages = {"consent": to.consent, "training": to.training}
    within = _parts([(_("came in another's place"), len(here & people.replacing), to.people)])
    for gate in counted.gates:
        stopped = [(words, len(who & here - worked)) for words, who in gate.stopped.items()]
        steps.append(
            FlowStep(
                label=phrase(label),
                count=len(here),
                href=to.people,
                within=within,
                out=_parts([(w, n, pages[gate.page]) for w, n in stopped]),
            )
        )
        within = []
        here = here - frozenset[int]().union(*gate.stopped.values()) | worked
        label = gate.label
    idle = here - worked
    out = [
        (_("left before they began"), len(idle & people.left), to.people),
        (_("have handed in nothing yet"), len(idle - people.left), to.people),
    ]
    return [
        *steps,
        FlowStep(label=phrase(label), count=len(here), href=to.people, out=_parts(out), within=within),
    ]


def _results(counted: Counted, worked: frozenset[int], to: Links) -> list[FlowStep]:
    people, analysed = counted.people, counted.work.analysed & worked
    gone = worked & counted.left_out - analysed
    within = [
        (_("left before the end"), len(worked & people.left - people.replaced), to.people),
        (_("left and were replaced"), len(worked & people.left & people.replaced), to.people),
        (_("withdrew their consent"), len(worked & counted.withdrawn), to.consent),
        (_("pause at present"), len(worked & people.paused), to.people),
    ]
    out = [
        (_("left out of the results"), len(gone), to.exclusions),
        (_("none of their answers counts"), len(worked - analysed - gone), ""),
    ]
    return [
        FlowStep(label=phrase(_("Worked")), count=len(worked), href=to.people, within=_parts(within), out=_parts(out)),
        FlowStep(label=phrase(_("Analysed")), count=len(analysed)),
    ]


def _stopped(way: Way, stops: Iterable[Stop], words: Mapping[Stop, str], behind: Mapping[Stop, str]) -> list[FlowPart]:
    return _parts([(words[stop], way.stopped.get(stop, 0), behind.get(stop, "")) for stop in stops])


def _parts(rows: Iterable[tuple[str, int, str]]) -> list[FlowPart]:
    """Return the parts that are there at all."""
    return [FlowPart(label=phrase(label), count=n, href=href) for label, n, href in rows if n]
