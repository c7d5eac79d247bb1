"""Texts against a reference: BLEU, ROUGE, chrF, METEOR, BERTScore; and what needs no reference: Distinct-n, length.

BLEU and chrF equal sacrebleu's, ROUGE equals the package rouge-score for English; METEOR is NLTK's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.bootstrap import draw, interval
from stats.overlap import Rows, characters, different, numbered
from stats.result import Figure, Reason
from stats.text_scores import Characters, Matches, bleu_matches, chrf_matches, rouge
from stats.tokens import base_of, bleu_tokens, tokens

FloatArray = npt.NDArray[np.float64]
REPLICATES = 1000
ORDERS = (1, 2, 3, 4)
NAMES = (
    "bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_1", "rouge_2", "rouge_l", "chrf", "meteor", "distinct_1",
    "distinct_2", "length",
)  # fmt: skip
# What to install for the two that do not come along, in words for a terminal.
INSTALL = {
    "meteor": "pip install nltk && python -m nltk.downloader wordnet",
    "bertscore": "pip install bert-score",
}


# --- What is installed only where somebody wants it


@cache
def meteor_ready() -> bool:
    """Whether NLTK and its WordNet are installed. NLTK takes seconds to load: first a look whether there are data."""
    if find_spec("nltk") is None or not any(folder.is_dir() for folder in _nltk_folders()):
        return False
    try:
        from nltk.corpus import wordnet

        wordnet.ensure_loaded()
    except (ImportError, LookupError):
        return False
    return True


def _nltk_folders() -> Iterator[Path]:
    """Where NLTK looks for its data."""
    yield from (Path(part) for part in os.environ.get("NLTK_DATA", "").split(os.pathsep) if part)
    yield Path.home() / "nltk_data"
    for root in (Path(sys.prefix), Path("/usr"), Path("/usr/local")):
        yield from (root / "nltk_data", root / "share" / "nltk_data", root / "lib" / "nltk_data")


def meteor_score(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """METEOR of two English token lists, as NLTK computes it."""
    from nltk.translate.meteor_score import single_meteor_score

    return float(single_meteor_score(list(theirs), list(ours)))


def bertscore_ready() -> bool:
    """Whether the package bert-score is installed."""
    return find_spec("bert_score") is not None


def bertscore(texts: Sequence[str], references: Sequence[str], language: str) -> FloatArray:
    """Precision, recall and F1 of each text, shape (texts, 3). Needs bert-score and its model for the language."""
    from bert_score import score

    found = score(list(texts), list(references), lang=base_of(language) or "en", verbose=False)
    return np.stack([np.asarray(part, dtype=np.float64) for part in found], axis=1)


# --- Figures


@dataclass(frozen=True)
class Side:
    """Some texts in one language, split for every metric: references are split once for all systems."""

    texts: tuple[str, ...]
    language: str
    tokens: list[list[str]]
    bleu: list[list[str]]
    characters: Rows

    @classmethod
    def of(cls, texts: Sequence[str], language: str = "en", *, words: bool = False) -> Side:
        """Split texts; with `words` Chinese by jieba's words."""
        split = [tokens(text, language, words=words) for text in texts]
        return cls(tuple(texts), language, split, bleu_tokens(texts, language, words=words), characters(texts))


def text_summary(
    texts: Sequence[str],
    references: Sequence[str],
    *,
    language: str = "en",
    words: bool = False,
    bootstrap: int = REPLICATES,
    seed: int = 1,
    level: float = 0.95,
) -> dict[str, Figure]:
    """Every metric in NAMES for one system's texts in one language, each text with its reference.

    BLEU and chrF are of the whole corpus, 0 to 100; ROUGE and METEOR means over texts, 0 to 1; `length` is in tokens.
    Intervals are percentile bootstraps over texts. Raises ValueError for lists of unequal length.
    """
    sides = (Side.of(found, language, words=words) for found in (texts, references))
    return sides_summary(*sides, bootstrap=bootstrap, seed=seed, level=level)


def sides_summary(
    ours: Side, theirs: Side, *, bootstrap: int = REPLICATES, seed: int = 1, level: float = 0.95
) -> dict[str, Figure]:
    """What `text_summary` returns, of texts and references that are split already."""
    n = len(ours.texts)
    if n != len(theirs.texts):
        raise ValueError(f"{n} texts for {len(theirs.texts)} references")
    if not n:
        return {name: Figure(None, Reason.TOO_FEW_ITEMS, n_items=0) for name in NAMES}
    drawn = _Drawn(draw(np.ones(n, dtype=np.int64), bootstrap, np.random.default_rng(seed)), seed, level)
    overlap = rouge(ours.tokens, theirs.tokens)
    return {
        **_bleus(bleu_matches(ours.bleu, theirs.bleu), drawn),
        "rouge_1": drawn.mean(overlap[:, 0], "ROUGE-1, F measure"),
        "rouge_2": drawn.mean(overlap[:, 1], "ROUGE-2, F measure"),
        "rouge_l": drawn.mean(overlap[:, 2], "ROUGE-L, F measure"),
        "chrf": _chrf(chrf_matches(ours.characters, theirs.characters), drawn),
        "meteor": _meteor(zip(ours.tokens, theirs.tokens, strict=True), ours.language, drawn),
        **distincts(ours.tokens),
        "length": drawn.mean([float(len(one)) for one in ours.tokens], "tokens a text"),
    }


@dataclass(frozen=True)
class _Drawn:
    """The texts drawn for each replicate; every metric of a system is resampled alike."""

    weights: FloatArray
    seed: int
    level: float

    def figure(self, point: float, of: Callable[[FloatArray], FloatArray], method: str) -> Figure:
        """A figure with its interval; `of` turns the weights into replicates."""
        n = self.weights.shape[1]
        if n < 2 or len(self.weights) < 2:
            return Figure(point, n_items=n, method=method, extra={"ci_reason": Reason.TOO_FEW_ITEMS})
        ci, notes = interval(of(self.weights), point, level=self.level)
        return Figure(point, ci=ci, n_items=n, method=method, seed=self.seed, extra=notes)

    def mean(self, values: npt.ArrayLike, method: str) -> Figure:
        """The mean of one value a text."""
        column = np.asarray(values, dtype=np.float64)
        return self.figure(float(column.mean()), lambda weights: weights @ column / column.size, method)


def _bleus(found: Matches, drawn: _Drawn) -> dict[str, Figure]:
    def replicates(order: int) -> Callable[[FloatArray], FloatArray]:
        return lambda weights: found.replicates(order, weights)

    return {f"bleu_{n}": drawn.figure(found.bleu(n), replicates(n), f"corpus BLEU-{n}") for n in ORDERS}


def _chrf(found: Characters, drawn: _Drawn) -> Figure:
    return drawn.figure(found.chrf(), found.replicates, "corpus chrF2")


def _meteor(pairs: Iterable[tuple[list[str], list[str]]], language: str, drawn: _Drawn) -> Figure:
    n = drawn.weights.shape[1]
    if base_of(language) not in ("", "en"):
        return Figure(None, Reason.NOT_APPLICABLE, n_items=n, method="METEOR")
    if not meteor_ready():
        return Figure(None, Reason.NOT_INSTALLED, n_items=n, method="METEOR", extra={"install": INSTALL["meteor"]})
    return drawn.mean([meteor_score(a, b) for a, b in pairs], "METEOR")


def distincts(found: Sequence[Sequence[str]]) -> dict[str, Figure]:
    """Distinct-1 and -2 (Li and others 2016): different n-grams among all n-grams of a system's texts.

    They fall as texts are added, so only equally many texts are compared; a resample repeats texts and would lie, so
    there is no interval.
    """
    figures = {}
    (rows,) = numbered(found)
    for order, (kinds, total) in enumerate(different(rows, 2), start=1):
        method, extra = f"Distinct-{order}", {"ci_reason": "not_computed"}
        figures[f"distinct_{order}"] = (
            Figure(kinds / total, n_items=len(found), method=method, extra=extra)
            if total
            else Figure(None, Reason.TOO_FEW_ITEMS, n_items=len(found), method=method)
        )
    return figures


def bertscore_summary(
    texts: Sequence[str], references: Sequence[str], *, language: str = "en", seed: int = 1
) -> dict[str, Figure]:
    """BERTScore precision, recall and F1, means over texts; undefined with what to install where it is missing."""
    names = ("bertscore_p", "bertscore_r", "bertscore_f1")
    if not texts:
        return {name: Figure(None, Reason.TOO_FEW_ITEMS, n_items=0) for name in names}
    if not bertscore_ready():
        extra: dict[str, Any] = {"install": INSTALL["bertscore"]}
        return {name: Figure(None, Reason.NOT_INSTALLED, n_items=len(texts), extra=extra) for name in names}
    weights = draw(np.ones(len(texts), dtype=np.int64), REPLICATES, np.random.default_rng(seed))
    found, drawn = bertscore(texts, references, language), _Drawn(weights, seed, 0.95)
    return {name: drawn.mean(found[:, at], "BERTScore") for at, name in enumerate(names)}
