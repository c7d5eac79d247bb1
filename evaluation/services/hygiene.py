"""What in responses may tell who wrote them, counted: for the page of an import, and for that of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation import lexicon

EXAMPLES = 20
AROUND = 60


@dataclass
class Found:
    """How many texts were read, how many may tell, by which sort of words, with the first examples."""

    texts: int = 0
    telling: int = 0
    clues: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, text: str, *, about: Sequence[str | int], names: Sequence[str] = ()) -> None:
        """Read one text. `names` are the systems' own; `about` is kept beside an example."""
        hits = lexicon.find(text, names=names)
        self.texts += 1
        self.telling += bool(hits)
        self.clues.update(hit.clue.value for hit in hits)
        if hits and len(self.examples) < EXAMPLES:
            first = hits[0]
            self.examples.append(
                {
                    "about": list(about),
                    "before": text[max(0, first.start - AROUND) : first.start],
                    "words": first.text,
                    "after": text[first.end : first.end + AROUND],
                    "clue": first.clue.value,
                }
            )

    def to_json(self) -> dict[str, Any]:
        """Plain data, to be kept."""
        return {"texts": self.texts, "telling": self.telling, "clues": dict(self.clues), "examples": self.examples}
