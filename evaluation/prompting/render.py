"""Filling a template: variables in braces, examples as turns or as text, one language with a fallback."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, str]
ROLES = ("system", "user", "assistant")
VARIABLES = (
    "text",
    "options",
    "labels",
    "topic",
    "subtopic",
    "dialogue",
    "turns",
    "responses",
    "criteria",
    "form",
    "examples",
)
# What an example's own text may name besides.
ANSWER = "answer"
PLACE = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}")


@dataclass(frozen=True)
class Prompt:
    """A prompt version's content."""

    texts: Mapping[str, Any]
    fallback: str
    examples: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def language_for(self, language: str) -> str:
        """Return the language whose messages serve an item: its own, one with the same base, else the fallback."""
        if language in self.texts:
            return language
        base = base_of(language)
        same = sorted(other for other in self.texts if base and base_of(other) == base)
        return same[0] if same else self.fallback

    def messages(self, variables: Mapping[str, str], language: str) -> list[Message]:
        """Return the messages for one item."""
        chosen = self.language_for(language)
        text = self.texts[chosen]
        shots = [shot for shot in self.examples if self.language_for(str(shot.get("language", ""))) == chosen]
        filled = dict.fromkeys(VARIABLES, "") | dict(variables)
        filled["examples"] = "\n\n".join(fill(text.get("example", ""), in_text(shot)) for shot in shots)
        inline = any("{examples}" in message["content"] for message in text["messages"])
        out: list[Message] = []
        last = len(text["messages"]) - 1
        for index, message in enumerate(text["messages"]):
            if index == last and not inline:
                for shot in shots:
                    out += [
                        {"role": message["role"], "content": fill(message["content"], in_text(shot))},
                        {"role": "assistant", "content": str(shot[ANSWER])},
                    ]
            out.append({"role": message["role"], "content": fill(message["content"], filled)})
        return out


def base_of(language: str) -> str:
    """Return the language without script and region: zh of zh-Hans."""
    return language.lower().partition("-")[0]


def in_text(shot: Mapping[str, Any]) -> dict[str, str]:
    """Return what an example puts in place of the variables."""
    given = {str(key): str(value) for key, value in (shot.get("variables") or {}).items()}
    return dict.fromkeys(VARIABLES, "") | given | {ANSWER: str(shot.get(ANSWER, ""))}


def fill(template: str, variables: Mapping[str, str]) -> str:
    """Put the variables in their places; {{ and }} stand for braces. What an item says is never read as a template."""

    def value(match: re.Match[str]) -> str:
        if match.group(0) in {"{{", "}}"}:
            return match.group(0)[0]
        return variables.get(match.group(1), match.group(0))

    return PLACE.sub(value, template)


def unknown_variables(template: str, known: Iterable[str] = VARIABLES) -> list[str]:
    """Return the names in braces that mean nothing."""
    names = {match.group(1) for match in PLACE.finditer(template) if match.group(1)}
    return sorted(names - set(known))


def merge_system(messages: Sequence[Message]) -> list[Message]:
    """Return the messages for a server that knows no system role: its words open the first message of the user."""
    system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    rest = [dict(message) for message in messages if message["role"] != "system"]
    if system and rest:
        rest[0]["content"] = f"{system}\n\n{rest[0]['content']}"
    return rest or [{"role": "user", "content": system}]


def hash_of(content: Any) -> str:
    """Return a hash of anything JSON can hold, the same for equal contents."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
