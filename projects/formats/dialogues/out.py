"""A session on its way out: what the house knows of it now, and the form it came in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from projects.formats.dialogues import paths
from projects.formats.dialogues.labels import like, values_of
from projects.formats.dialogues.records import Proposal, Role, Said, Values
from projects.formats.dialogues.settings import FormatKey, Layout
from projects.formats.text import CellError

# Places that a format writes anew; what stands anywhere else is kept as it came.
SESSION_PLACES = ("id", "case", "case_title", "case_order", "topic", "language", "turns", "rater", "suggestions")
TURN_PLACES = ("speaker", "role", "text", "index", "rater", "suggestions")


@dataclass(frozen=True, slots=True)
class TurnOut:
    """One turn: `labels` are the values in force, `form` the object it came as, with null where the text was."""

    index: int
    speaker: str
    role: Role
    text: str
    labels: Mapping[str, Values] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    form: Mapping[str, Any] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionOut:
    """One session. `came` is the format and layout of the file it came from, None where it came from none."""

    external_id: str
    turns: tuple[TurnOut, ...]
    case: str = ""
    case_title: str = ""
    case_order: int | None = None
    topic: str = ""
    language: str = ""
    labels: Mapping[str, Values] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    form: Mapping[str, Any] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()
    came: tuple[FormatKey, Layout] | None = None

    def came_as(self, key: FormatKey) -> Layout | None:
        """The layout of the file, if it was of this format."""
        return self.came[1] if self.came is not None and self.came[0] == key else None

    def came_as_object(self) -> Layout | None:
        """The layout of the file, if the session was an object in it."""
        return self.came[1] if self.came is not None and self.came[0] != "turns-csv" else None


@dataclass(frozen=True, slots=True)
class Plan:
    """How a format writes sessions that did not come in it: its places, its speakers, its lists."""

    layout: Layout
    speakers: Mapping[Role, str] = field(default_factory=dict)
    several: Collection[str] = ()
    # Where the speaker stands as the file wrote it, beside the format's own name for the part.
    written: str = ""


def as_it_came(session: SessionOut, layout: Layout, several: Collection[str]) -> dict[str, Any]:
    """The session's own object again, with today's texts, and today's values where they differ from the file's."""
    turns = [
        paths.put(_with_labels(dict(turn.form), layout.turn, turn.labels, several), layout.text, turn.text)
        for turn in session.turns
    ]
    whole = _with_labels(dict(session.form), layout.session, session.labels, several)
    return paths.put(whole, layout.turns, turns)


def _with_labels(
    form: dict[str, Any], fields: Mapping[str, str], labels: Mapping[str, Values], several: Collection[str]
) -> dict[str, Any]:
    for name, values in labels.items():
        path = fields.get(name, name)
        old = paths.get(form, path)
        if _differs(old, values):
            form = paths.put(form, path, like(old, values, several=name in several))
    return form


def _differs(old: object, values: Values) -> bool:
    if old is paths.MISSING or old is None:
        return bool(values)
    try:
        return values_of(old) != values
    except CellError:
        return True


def built(session: SessionOut, number: int, plan: Plan) -> dict[str, Any]:
    """The session as the plan's object; what its own form holds beside the known places stands behind them."""
    layout = plan.layout
    made: dict[str, Any] = {}
    told = {
        layout.id: session.external_id,
        layout.case: session.case,
        layout.case_title: session.case_title,
        layout.case_order: session.case_order,
        layout.topic: session.topic,
        layout.language: session.language,
    }
    for path, value in told.items():
        if path and value not in ("", None):
            made = paths.put(made, path, value)
    came = session.came_as_object()
    made = _with_labels(made, layout.session, session.labels, plan.several)
    # A copy by name: a key of the old form that the plan has filled is not written twice.
    made |= {key: value for key, value in _rest_of_session(session, came).items() if key not in made}
    turns = [_turn(turn, f"{number}-{turn.index}", plan, came) for turn in session.turns]
    return paths.put(made, layout.turns, turns)


def _rest_of_session(session: SessionOut, came: Layout | None) -> dict[str, Any]:
    rest = dict(session.form)
    if came is not None:
        known = (getattr(came, name) for name in SESSION_PLACES)
        for path in filter(None, (*known, *came.session.values())):
            rest = paths.without(rest, path)
    return rest


def _turn(turn: TurnOut, key: str, plan: Plan, came: Layout | None) -> dict[str, Any]:
    layout = plan.layout
    made: dict[str, Any] = {layout.index: key} if layout.index else {}
    made = paths.put(made, layout.speaker, plan.speakers.get(turn.role, turn.speaker))
    for path, value in ((plan.written, turn.speaker), (layout.role, turn.role)):
        made = paths.put(made, path, value) if path else made
    made = paths.put(made, layout.text, turn.text)
    made = _with_labels(made, layout.turn, turn.labels, plan.several)
    rest = dict(turn.form)
    if came is not None:
        for path in filter(None, (*(getattr(came, name) for name in TURN_PLACES), *came.turn.values())):
            rest = paths.without(rest, path)
    return made | {name: value for name, value in rest.items() if name not in made}
