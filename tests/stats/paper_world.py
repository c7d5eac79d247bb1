"""A synthetic project as long tables, with effects that are known because they were planted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from stats.paper.material import (
    Answer,
    Criterion,
    Item,
    Judge,
    Judgement,
    Material,
    Missing,
    Response,
    Study,
    System,
    Verdict,
)

CRITERIA = ("listening", "empathy", "safety")
ROLES = ("base", "synthetic", "interview", "both", "baseline", "baseline", "baseline")
EFFECTS = (0.0, 1.5, -1.5, 0.0, 0.6, -0.4, 0.2)
"""Points on the judges' scale: S2 better than its base S1, S3 worse, S4 as good as it."""
TOPICS = ("Emotion", "Growth")


@dataclass
class Project:
    """Questions, rounds and raters of the project; everything follows from the seed."""

    questions: int = 50
    rounds: int = 5
    raters: int = 4
    judges: int = 2
    seed: int = 7
    codes: tuple[str, ...] = tuple(f"S{n}" for n in range(1, 8))
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        """Draw how good each response is."""
        self.rng = np.random.default_rng(self.seed)
        question = self.rng.normal(0, 0.6, self.questions)
        noise = self.rng.normal(0, 0.5, (self.rounds, self.questions, 7))
        self.worth = question[None, :, None] + np.asarray(EFFECTS)[None, None, :] + noise

    def material(self) -> Material:
        """All tables."""
        return Material(
            studies=(
                Study("judging-1", "judging", way="scores", rubric="r1", rounds=self.rounds),
                Study("pairs-1", "judging", way="pairs", rubric="r1"),
                Study("lists-1", "judging", way="lists", rubric="r1"),
                Study("ranking-1", "ranking", seed=3, raters_per_unit=self.raters, units=self.questions),
                Study("rating-1", "rating", rubric="r1", raters_per_unit=self.raters),
                Study("comparison-1", "comparison", rubric="r1", raters_per_unit=self.raters),
                Study("benchmark-1", "benchmark"),
                Study("labels-1", "label_review", rubric="labels"),
            ),
            criteria=(
                *(Criterion("r1", key, key.capitalize(), 1.0, 10.0) for key in CRITERIA),
                Criterion("labels", "label", categories="no|yes"),
            ),
            systems=tuple(
                System(code, "G1" if role != "baseline" else "", role)
                for code, role in zip(self.codes, ROLES, strict=True)
            ),
            judges=tuple(Judge(f"J{n + 1}", "S5" if n == 0 else "") for n in range(self.judges)),
            items=tuple(Item(f"q{n}", TOPICS[n % 2], language="en") for n in range(self.questions))
            + tuple(Item(f"b{n}", TOPICS[n % 2], language="en", kind="true_false") for n in range(20)),
            responses=tuple(
                Response(self.handle(turn, q, s), f"q{q}", code, turn + 1, 200 + 10 * s + q % 5, 40, q == 0)
                for turn in range(self.rounds)
                for q in range(self.questions)
                for s, code in enumerate(self.codes)
            ),
            judgements=(*self.rankings(), *self.ratings(), *self.votes(), *self.labels()),
            verdicts=(*self.scores(), *self.orders(), *self.lists()),
            answers=tuple(self.answers()),
            missing=(
                Missing("ranking-1", "judgements", self.questions * self.raters + 3, self.questions * self.raters),
            ),
        )

    def handle(self, turn: int, question: int, system: int) -> str:
        """A response's name."""
        return f"A{turn}-{question}-{system}"

    def scores(self) -> Iterator[Verdict]:
        """Judges' scores, a tenth of a call in a hundred unread."""
        for judge in range(self.judges):
            for turn, q, s in np.ndindex(self.rounds, self.questions, 7):
                handle, task = self.handle(turn, q, s), f"t{turn}-{q}-{s}"
                if (q * 7 + s + turn) % 97 == 96:
                    yield Verdict("judging-1", f"J{judge + 1}", task, f"q{q}", response=handle, failed="no_json")
                    continue
                for at, key in enumerate(CRITERIA):
                    value = 5.5 + self.worth[turn, q, s] + 0.3 * at + self.rng.normal(0, 0.4)
                    score = float(np.clip(round(value), 1, 10))
                    yield Verdict("judging-1", f"J{judge + 1}", task, f"q{q}", 1, handle, "", key, score)

    def rankings(self) -> Iterator[Judgement]:
        """Each rater's order of seven responses."""
        for q in range(self.questions):
            for rater in range(self.raters):
                seen = self.worth[0, q] + self.rng.normal(0, 0.5, 7)
                for s, rank in enumerate((-seen).argsort().argsort()):
                    yield Judgement(
                        "ranking-1", f"u{q}", f"q{q}", f"R{rater + 1}", "rank", response=self.handle(0, q, s),
                        block="G1", value=float(rank + 1), place=s + 1,
                    )  # fmt: skip

    def ratings(self) -> Iterator[Judgement]:
        """Scores on the judges' own criteria, one rater a point stricter, one answer left out."""
        for q in range(min(self.questions, 12)):
            for rater in range(self.raters):
                for s in range(7):
                    for key in CRITERIA:
                        value = 5.5 + self.worth[0, q, s] - (rater == 0) + self.rng.normal(0, 0.5)
                        score = float(np.clip(round(value), 1, 10))
                        yield Judgement(
                            "rating-1", f"r{q}-{s}", f"q{q}", f"R{rater + 1}", "score",
                            group="expert" if rater < 2 else "student", response=self.handle(0, q, s), criterion=key,
                            value=score, excluded="by_manager" if (q, rater) == (0, 0) else "",
                        )  # fmt: skip

    def votes(self) -> Iterator[Judgement]:
        """S2 against S1, both sides first in turn."""
        for q in range(min(self.questions, 20)):
            for rater in range(self.raters):
                lean = self.worth[0, q, 1] - self.worth[0, q, 0] + self.rng.normal(0, 0.5)
                first, second = (1, 0) if (q + rater) % 2 else (0, 1)
                value = 0.0 if abs(lean) < 0.3 else float(np.sign(lean)) * (1 if first == 1 else -1)
                yield Judgement(
                    "comparison-1", f"c{q}", f"q{q}", f"R{rater + 1}", "choice", group="expert", criterion="overall",
                    response=self.handle(0, q, first), other=self.handle(0, q, second), value=value,
                )  # fmt: skip

    def labels(self) -> Iterator[Judgement]:
        """Two raters' labels of ten items, who differ on one."""
        for n in range(10):
            for rater in range(2):
                label = "yes" if n % 2 == 0 or (n == 1 and rater) else "no"
                yield Judgement("labels-1", f"l{n}", f"b{n}", f"R{rater + 1}", "label", criterion="label", label=label)

    def orders(self) -> Iterator[Verdict]:
        """A judge that sees S1 and S2 in both orders, and takes the first where they are close."""
        for q in range(min(self.questions, 20)):
            lean = self.worth[0, q, 1] - self.worth[0, q, 0]
            for turned, (a, b) in enumerate(((0, 1), (1, 0))):
                value = (1.0 if abs(lean) < 0.8 else float(-np.sign(lean))) if not turned else (
                    1.0 if abs(lean) < 0.8 else float(np.sign(lean)))  # fmt: skip
                yield Verdict(
                    "pairs-1", "J1", f"p{q}-{turned}", f"q{q}", 1, self.handle(0, q, a), self.handle(0, q, b),
                    "overall", value, 1,
                )  # fmt: skip

    def lists(self) -> Iterator[Verdict]:
        """A judge that puts all seven in order, shown in a rolling order."""
        for q in range(min(self.questions, 14)):
            for s, rank in enumerate((-self.worth[0, q]).argsort().argsort()):
                yield Verdict(
                    "lists-1", "J2", f"o{q}", f"q{q}", 1, self.handle(0, q, s), "", "", float(rank + 1), (s + q) % 7 + 1
                )

    def answers(self) -> Iterator[Answer]:
        """S1 gets half right, S2 three quarters; both answer open questions with known scores."""
        for n in range(20):
            yield Answer("benchmark-1", "S1", f"b{n}", right=float(n % 2 == 0))
            yield Answer(
                "benchmark-1", "S2", f"b{n}", right=float(n % 4 != 3), unread="" if n % 4 != 3 else "no_option"
            )
        for n in range(min(self.questions, 8)):
            yield Answer("benchmark-1", "S1", f"q{n}", score=0.25)
            yield Answer("benchmark-1", "S2", f"q{n}", score=0.75)
