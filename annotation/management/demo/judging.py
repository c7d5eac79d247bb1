"""How simulated raters judge: nearly always right where it is clear, often not where it is subtle. Pure and repeatable.

Every draw depends on the rater's code and the item's id alone, so that each first start tells the same story.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from annotation.management.demo.content import DemoItem

# How often each rater finds the answer that careful people agree on, where the text is clear and where it is subtle.
CARE = {"R1": (0.99, 0.85), "R2": (0.96, 0.74), "R3": (0.99, 0.88), "R4": (0.95, 0.76), "R5": (0.98, 0.84)}
# How often somebody who is at a loss takes over a pre-label they see, and how often they reconsider on seeing it after.
PULL, RECONSIDER = 0.35, 0.3
UNSURE = {"clear": 0.01, "subtle": 0.2, "contested": 0.5}
COMMENTED = {"clear": 0.0, "subtle": 0.18, "contested": 0.0}
SECONDS_A_SIGN = {"en": 0.055, "zh-Hans": 0.19}
PONDERING = {"clear": 1.0, "subtle": 1.5, "contested": 2.1}
COMMENTS = {
    "en": (
        "The tone is light, but I am not sure that this person is well.",
        "It depends on how one reads the last sentence.",
        "I went back and forth; the guideline's question decided it for me.",
        "Could be a good day in a hard time, or the other way round.",
    ),
    "zh-Hans": (
        "语气很轻松，但我不敢说这个人过得好。",
        "要看最后一句怎么理解。",
        "来回想了几遍，最后是按指南里那个问题定的。",
        "也许是难熬的日子里的一个好天，也许正相反。",
    ),
}


@dataclass(frozen=True)
class Judgement:
    """An answer as a rater gives it, with the seconds it took; `second` is the answer after seeing the pre-label."""

    values: tuple[str, ...]
    second: tuple[str, ...]
    unsure: bool
    comment: str
    seconds: float


def judge(item: DemoItem, code: str, *, prelabel_shown: bool, practice: float = 0.0) -> Judgement:
    """Return what rater `code` answers. `practice` runs from 0 to 1 over a study: practised people are quicker."""
    # A simulation that repeats; secrecy plays no part.
    rng = random.Random(f"{code}:{item.id}")  # noqa: S311
    said = item.discussion.votes.get(code) if item.discussion else None
    values = said or _opinion(item, code, rng, prelabel_shown=prelabel_shown)
    reconsiders = not said and item.difficulty != "clear" and rng.random() < RECONSIDER
    return Judgement(
        values=values,
        second=item.prelabel if reconsiders else values,
        unsure=rng.random() < UNSURE[item.difficulty],
        comment=rng.choice(COMMENTS[item.language]) if rng.random() < COMMENTED[item.difficulty] else "",
        seconds=_seconds(item, rng) * (1.25 - 0.4 * practice),
    )


def _opinion(item: DemoItem, code: str, rng: random.Random, *, prelabel_shown: bool) -> tuple[str, ...]:
    clear, subtle = CARE[code]
    care = {"clear": clear, "subtle": subtle, "contested": 0.55}[item.difficulty]
    right = rng.random() < care
    pulled = rng.random() < PULL
    if prelabel_shown and pulled and item.difficulty != "clear":
        return item.prelabel
    answer = item.answer or item.prelabel
    return answer if right else _slip(item, answer, rng)


def _slip(item: DemoItem, answer: tuple[str, ...], rng: random.Random) -> tuple[str, ...]:
    """Return an answer beside the right one: another option, or one too many or too few of several."""
    others = [key for key in item.keys if key not in answer]
    if item.kind != "multiple_choice":
        return (rng.choice(others),)
    if not others or (len(answer) > 1 and rng.random() < 0.6):
        left_out = rng.choice(answer)
        return tuple(key for key in answer if key != left_out)
    return tuple(sorted((*answer, rng.choice(others))))


def _seconds(item: DemoItem, rng: random.Random) -> float:
    reading = 3 + len(item.text) * SECONDS_A_SIGN[item.language]
    return reading * PONDERING[item.difficulty] * rng.lognormvariate(0, 0.3)
