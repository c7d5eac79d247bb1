"""How one unit of a label review looks: what its template gets, with its words or with blanks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format

from annotation.services import labels
from annotation.services.labels import Option
from projects.models import Assignment, Suggestion, new_token
from projects.outlines import Outline

# Options over this number, or longer than this, stand under one another.
MOST_BESIDE, LONGEST_BESIDE = 3, 24
# A pre-label up to this length is said in words beside its number; a longer text is not said twice.
LONGEST_SAID = 40


@dataclass(frozen=True)
class Proposal:
    """The pre-label as it is shown: in words, with its score and source where it has them."""

    words: str
    score: str = ""
    source: str = ""


@dataclass(frozen=True)
class Face:
    """What a unit shows and how, without the answer."""

    options: Sequence[Option]
    several: bool
    show_topic: bool
    language: str
    proposal: Proposal | None = None

    @property
    def as_list(self) -> bool:
        """Whether the options stand under one another in the text, not side by side in the dock."""
        return len(self.options) > MOST_BESIDE or any(len(option.text) > LONGEST_BESIDE for option in self.options)

    def context(self) -> dict[str, Any]:
        """Return the template's context but for text, topic and answer."""
        return {
            "options": self.options,
            "several": self.several,
            "as_list": self.as_list,
            "show_topic": self.show_topic,
            "proposal": self.proposal,
        }


def face(assignment: Assignment, suggestion: Suggestion | None) -> Face:
    """Return a unit's face, with the pre-label where there is one to be shown."""
    unit = assignment.unit
    plain = Face(
        labels.options(unit),
        labels.takes_several(unit),
        bool(assignment.study.settings["show_topic"]),
        unit.revision.language if unit.revision else "",
    )
    if suggestion is None:
        return plain
    words = {option.key: named(option) if plain.as_list else option.text for option in plain.options}
    proposal = Proposal(
        ", ".join(words.get(value, value) for value in suggestion.values),
        "" if suggestion.score is None else number_format(suggestion.score, 2, use_l10n=True),
        suggestion.source,
    )
    return Face(plain.options, plain.several, plain.show_topic, plain.language, proposal)


def named(option: Option) -> str:
    """Return how a pre-label names an option of a list: by its number, and in words where they are few."""
    return f"{option.number} {option.text}" if len(option.text) <= LONGEST_SAID else str(option.number)


def outline(assignment: Assignment, shown: Face, *, allow: tuple[bool, bool]) -> Outline:
    """Return the outline of an untouched unit; `allow` says whether unsure and a comment may be given."""
    revision, proposal = assignment.unit.revision, shown.proposal
    if revision is None:
        raise ValueError("A unit of a label review has an item.")
    topical = shown.show_topic
    words = {
        "token": assignment.token,
        "key": new_token(),
        "text": revision.text,
        "topic": revision.topic if topical else "",
        "subtopic": revision.subtopic if topical else "",
        "words": proposal.words if proposal else "",
        "score": proposal.score if proposal else "",
        "source": proposal.source if proposal else "",
    }
    numbers = [option.number for option in shown.options]
    for option in shown.options:
        words |= {f"key{option.number}": option.key, f"text{option.number}": option.text}
    present = tuple(name for name, text in words.items() if text)
    look = (len(shown.options), shown.several, shown.as_list, topical, revision.language, allow, proposal is not None)

    def context(said: Mapping[str, str]) -> dict[str, Any]:
        return {
            **shown.context(),
            "options": [Option(said[f"key{n}"], said.get(f"text{n}", ""), n) for n in numbers],
            "proposal": proposal and Proposal(said["words"], said.get("score", ""), said.get("source", "")),
            "revision": {
                "text": said.get("text", ""),
                "topic": said.get("topic", ""),
                "subtopic": said.get("subtopic", ""),
                "language": revision.language,
            },
            "chosen": (),
            "assignment": {"token": said["token"], "state": Assignment.State.LEASED},
            "form": {
                "client_key": {"value": said["key"]},
                "unsure": {"value": False} if allow[0] else None,
                "comment": {"value": ""} if allow[1] else None,
            },
        }

    return Outline((look, present), {name: words[name] for name in present}, context)
