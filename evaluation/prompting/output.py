"""Taking an answer apart that was asked to explain itself: an explanation, then the response, under headings."""

from __future__ import annotations

import re

EXPLANATION = ("explanation", "reason", "reasoning", "解释", "说明", "理由")
RESPONSE = ("response", "reply", "answer", "回复", "回应", "回答")
HEADING = re.compile(
    r"^[ \t]*(?:[#*_]+[ \t]*)?("
    + "|".join(EXPLANATION + RESPONSE)
    + r")[ \t]*(?:[*_]+)?[ \t]*[:：][ \t]*(?:[*_]+)?[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)


def split_explained(text: str) -> tuple[str, str]:
    """Return the response and its explanation; where the two headings are not both there once, all is the response."""
    found = list(HEADING.finditer(text))
    names = ["explanation" if match.group(1).lower() in EXPLANATION else "response" for match in found]
    if sorted(names) != ["explanation", "response"] or text[: found[0].start()].strip():
        return text, ""
    ends = [found[1].start(), len(text)]
    parts = {name: text[match.end() : end].strip() for name, match, end in zip(names, found, ends, strict=True)}
    return (parts["response"], parts["explanation"]) if parts["response"] else (text, "")
