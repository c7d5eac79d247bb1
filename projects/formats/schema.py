"""What a data set allows: its two labels, its options, its kinds, and how long a text may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from string import ascii_uppercase

from projects.formats.records import KINDS, FormatError, Kind, Option
from projects.formats.text import CellError, clean_text

MOST_OPTIONS = 10
_YES = "positive pos true t yes y 1 + 正 正面 正向 积极 阳性 是 对 正确 真 √ ✓ ✔"
_NO = "negative neg false f no n 0 - -1 负 負 负面 负向 消极 阴性 否 错 错误 不正确 假 × ✗ ✘ 不是 不对"
YES_WORDS = tuple(_YES.split())
NO_WORDS = tuple(_NO.split())


@dataclass(frozen=True, slots=True)
class Label:
    """One of the two labels of a true/false item: the name that is stored, and other words that mean it."""

    name: str
    aliases: tuple[str, ...] = ()


def labels_named(first: str, second: str) -> tuple[Label, Label]:
    """Two labels by name. If they are a usual pair (true/false, 是/否), all words for yes and no come with them."""
    if first.casefold() in YES_WORDS and second.casefold() in NO_WORDS:
        return Label(first, YES_WORDS), Label(second, NO_WORDS)
    if first.casefold() in NO_WORDS and second.casefold() in YES_WORDS:
        return Label(first, NO_WORDS), Label(second, YES_WORDS)
    return Label(first), Label(second)


@dataclass(frozen=True, slots=True)
class ItemSchema:
    """What the rows of one import must fit. Lengths in characters.

    `options`: the same options for every row, used where the mapping gives none. `default_kind`: what an item
    without options and without anything else to tell by is.
    """

    labels: tuple[Label, Label] = labels_named("positive", "negative")
    options: tuple[Option, ...] = ()
    kinds: tuple[Kind, ...] = KINDS
    default_kind: Kind = "true_false"
    least_options: int = 2
    most_options: int = MOST_OPTIONS
    max_text: int = 50_000
    max_option: int = 2_000
    max_name: int = 200


def lettered(texts: Iterable[str]) -> tuple[Option, ...]:
    """Options with the keys A, B, C … by position; empty ones are left out and keep their letter free.

    Raises FormatError for a text with control characters and for more than 26.
    """
    cleaned = list(texts)
    if len(cleaned) > len(ascii_uppercase):
        raise FormatError("schema", reason=f"{len(cleaned)} options")
    try:
        pairs = [(key, clean_text(text)) for key, text in zip(ascii_uppercase, cleaned, strict=False)]
    except CellError as problem:
        raise FormatError("schema", reason=problem.code) from problem
    return tuple(Option(key, text) for key, text in pairs if text)
