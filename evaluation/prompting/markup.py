"""A template as a person types it: messages one after another, each under its role in square brackets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.prompting.render import ROLES, Message

HEAD = re.compile(r"^\[(" + "|".join(ROLES) + r")\][ \t]*$", re.MULTILINE)


class BadLine(ValueError):  # noqa: N818  it says which line and why
    """A line that cannot be read; `number` counts from 1."""

    def __init__(self, number: int, words: str) -> None:
        """Keep the line's number."""
        super().__init__(words)
        self.number = number


def read_messages(text: str) -> list[Message]:
    """Return the messages; a text without any heading is one message of the user."""
    heads = list(HEAD.finditer(text))
    if not heads or text[: heads[0].start()].strip():
        return [{"role": "user", "content": text.strip()}] if text.strip() else []
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return [
        {"role": head.group(1), "content": text[head.end() : end].strip()}
        for head, end in zip(heads, ends, strict=True)
    ]


def write_messages(messages: Sequence[Mapping[str, str]]) -> str:
    """Return the messages as they are typed."""
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in messages)


def read_examples(text: str) -> list[dict[str, Any]]:
    """Return examples, one JSON object a line: {"language": "en", "text": "...", "answer": "..."}."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadLine(number, str(error)) from error
        if not isinstance(row, dict):
            raise BadLine(number, "not an object")
        language, answer = str(row.pop("language", "")), str(row.pop("answer", ""))
        found.append({"language": language, "variables": row, "answer": answer})
    return found


def write_examples(examples: Sequence[Mapping[str, Any]]) -> str:
    """Return examples as they are typed."""
    rows = [{"language": shot["language"], **shot["variables"], "answer": shot["answer"]} for shot in examples]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def plain(texts: Mapping[str, Any], examples: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a version's whole content as lines, for comparing two of them."""
    lines: list[str] = []
    for language in sorted(texts):
        lines += [f"# {language}", *write_messages(texts[language]["messages"]).splitlines()]
        if texts[language].get("example"):
            lines += ["[example]", *texts[language]["example"].splitlines()]
        lines.append("")
    return lines + (["# examples", *write_examples(examples).splitlines()] if examples else [])
