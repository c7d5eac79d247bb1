"""Reading labels as people write them: keys, names, texts, several at once, in half or full width."""

import json
import unicodedata
from collections.abc import Iterable, Sequence

from projects.formats.records import Option
from projects.formats.schema import Label
from projects.formats.text import CellError, as_text

# Tried in this order: a comma may belong to the text of an option, a bar hardly ever does.
STRONG_SEPARATORS = str.maketrans(dict.fromkeys(";；|\n", "\x00"))
WEAK_SEPARATORS = str.maketrans(dict.fromkeys(";；|\n,，、/ \t\u3000", "\x00"))
REMEMBERED = 1000
# A longer cell means an option by its text, and is told the texts that are allowed; a shorter one means keys.
LONGEST_KEYS, LONGEST_TEXT = 3, 40
KEY_MARKS = ".、．:：)） "


def plain(text: str) -> str:
    """The form in which labels are compared: NFKC (full-width letters become ordinary), stripped, case folded."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.strip().casefold()


class Choices:
    """The labels one item allows, and every way to name one of them."""

    __slots__ = ("_by_name", "_others", "cache", "has_texts", "order")

    def __init__(self, names: Sequence[str], others: Sequence[tuple[str, ...]], *, has_texts: bool = False) -> None:
        """The labels, and for each what else it is called: the options' texts, or aliases."""
        self.has_texts = has_texts
        self.order = dict(zip(names, range(len(names)), strict=True))
        self._others = others
        self._by_name: dict[str, str] | None = None
        self.cache: dict[str, tuple[str, ...]] = {}

    @property
    def by_name(self) -> dict[str, str]:
        """Plain form -> label. A label's own name wins; what names two labels names neither.

        Made when first needed: most cells hold nothing but a key, and every row may have options of its own.
        """
        if self._by_name is None:
            found: dict[str, set[str]] = {}
            for name, others in zip(self.order, self._others, strict=True):
                for alias in others:
                    found.setdefault(plain(alias), set()).add(name)
            self._by_name = {alias: names.pop() for alias, names in found.items() if len(names) == 1}
            self._by_name.update({plain(name): name for name in self.order})
        return self._by_name

    @classmethod
    def of_options(cls, options: Sequence[Option]) -> "Choices":
        """Options, named by key or by text."""
        return cls([option[0] for option in options], [option[1:] for option in options], has_texts=True)

    @classmethod
    def of_labels(cls, labels: Sequence[Label]) -> "Choices":
        """The two labels of true/false items."""
        return cls([label.name for label in labels], [label.aliases for label in labels])

    def read(self, value: object) -> tuple[str, ...]:
        """The labels a cell names, each once, in the order of the options; () for an empty cell.

        Understood are "A", "ac", "A,C", "A、C", "Ａ", ["A", "C"], the same as JSON text, an option's text, and
        "B. its text". Raises CellError, naming what is allowed.
        """
        if isinstance(value, str):
            if not value:
                return ()
            if value in self.order:
                return (value,)
            found = self.cache.get(value)
            if found is None:
                found = self._ordered(value if self._is_run(value) else self._read_text(value))
                if len(self.cache) < REMEMBERED:
                    self.cache[value] = found
            return found
        if isinstance(value, list):
            return self._ordered(name for entry in value for name in self._one_or_fail(as_text(entry)))
        return self.read(as_text(value))

    def _is_run(self, value: str) -> bool:
        """Is this plainly a run of keys such as ACD (and no option's text)? The common case, told cheaply."""
        if not all(character in self.order for character in value):
            return False
        return all(value.casefold() != alias.casefold() for others in self._others for alias in others)

    def _ordered(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(set(names), key=self.order.__getitem__))

    def _read_text(self, value: str) -> list[str]:
        text = value.strip()
        if not text:
            return []
        if text.startswith("["):
            listed = _json_list(text)
            if listed is not None:
                return [name for entry in listed for name in self._one_or_fail(as_text(entry))]
        return self._one_or_fail(text)

    def _one_or_fail(self, text: str) -> list[str]:
        folded = plain(text)
        if folded in self.by_name:
            return [self.by_name[folded]]
        names = self._several(folded) or self._key_with_text(folded) or self._letters(folded)
        if not names:
            raise CellError("label_unknown", value=shortened(text), allowed=self.allowed(text))
        return names

    def _several(self, folded: str) -> list[str]:
        """Several keys, or several texts; "d, text of c" is neither, and says nothing clear."""
        for separators in (STRONG_SEPARATORS, WEAK_SEPARATORS):
            parts = [part for piece in folded.translate(separators).split("\x00") if (part := piece.strip())]
            names = [self.by_name.get(part, "") for part in parts]
            by_key = {plain(name) == part for name, part in zip(names, parts, strict=True)}
            if all(names) and len(by_key) == 1:
                return names
        return []

    def _key_with_text(self, folded: str) -> list[str]:
        """ "b. its text": a key and a mark before the text of the same option."""
        for key in self.order:
            start = plain(key)
            rest = folded.removeprefix(start)
            if rest != folded and rest[:1] in KEY_MARKS and self.by_name.get(rest[1:].strip()) == key:
                return [key]
        return []

    def _letters(self, folded: str) -> list[str]:
        """ "acd": nothing but keys of one character, run together."""
        names = [self.by_name.get(character, "") for character in folded]
        return names if all(len(name) == 1 for name in names) else []

    def allowed(self, said: str) -> str:
        """The labels, for a sentence about a cell that names none of them: with their texts if it holds a text."""
        if not self.has_texts or len(said) <= LONGEST_KEYS:
            return ", ".join(self.order)
        named = zip(self.order, self._others, strict=True)
        return "; ".join(f"{key}. {shortened(texts[0], LONGEST_TEXT)}" if texts else key for key, texts in named)


def _json_list(text: str) -> list[object] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def shortened(text: str, most: int = 60) -> str:
    """The text as a sentence can quote it."""
    return text if len(text) <= most else text[: most - 1] + "…"
