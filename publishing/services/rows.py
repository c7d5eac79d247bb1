"""The long tables of a report while they are being filled."""

from __future__ import annotations

from dataclasses import dataclass, field

from publishing.services.codes import Codes, Key
from stats.paper import material as paper


@dataclass(frozen=True)
class Meant:
    """What a handle stands for, until lengths are known: whose it is, to what item, in which round."""

    item: str
    system: Key
    round: int = 1


@dataclass
class Rows:
    """Rows so far, and the codes they are written in."""

    codes: Codes
    studies: list[paper.Study] = field(default_factory=list)
    # The names of studies, under their keys.
    titles: dict[str, str] = field(default_factory=dict)
    criteria: dict[tuple[str, str], paper.Criterion] = field(default_factory=dict)
    judges: dict[str, paper.Judge] = field(default_factory=dict)
    judgements: list[paper.Judgement] = field(default_factory=list)
    verdicts: list[paper.Verdict] = field(default_factory=list)
    answers: list[paper.Answer] = field(default_factory=list)
    missing: list[paper.Missing] = field(default_factory=list)
    # handle -> what it stands for; ("response" | "revision", pk, study or 0) -> handle stands in the codes.
    meant: dict[str, Meant] = field(default_factory=dict)
    flagged: set[str] = field(default_factory=set)
    responses: list[paper.Response] = field(default_factory=list)
    # Of benchmarks, whose items have been read already.
    items: dict[int | str, paper.Item] = field(default_factory=dict)

    def key(self, kind: str) -> str:
        """Return the key of the next study of a kind: ranking-1, ranking-2, judging-1."""
        return f"{kind}-{sum(study.kind == kind for study in self.studies) + 1}"

    def begin(self, study: paper.Study, title: str) -> None:
        """Add a study; its title stands apart, for it may name a system."""
        self.studies.append(study)
        self.titles[study.key] = title
