"""Texts against a reference: BLEU, ROUGE, chrF, METEOR, BERTScore; and what needs no reference: Distinct-n, length.

BLEU and chrF are sacrebleu's, METEOR is NLTK's; ROUGE is computed here and equals the package rouge-score for English.
Chinese has no spaces between words: its tokens are characters or, where asked for, the words that jieba finds.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.bootstrap import draw, interval
from stats.result import Figure, Reason

FloatArray = npt.NDArray[np.float64]
REPLICATES = 1000
ORDERS = (1, 2, 3, 4)
NAMES = (
    "bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_1", "rouge_2", "rouge_l", "chrf", "meteor", "distinct_1",
    "distinct_2", "length",
)  # fmt: skip
# What to install for the two that do not come along, in words for a terminal.
INSTALL = {
    "meteor": "pip install nltk && python -m nltk.downloader wordnet omw-1.4",
    "bertscore": "pip install bert-score",
}
# Scripts without spaces, by the language's first part.
UNSPACED = ("zh", "ja", "th", "lo", "km", "my", "yue")
NOT_LATIN = re.compile(r"[^a-z0-9]+")
# A character of a script without spaces, or a run of letters and digits of any other.
WIDE = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\U00020000-\U0003ffff"
PIECES = re.compile(rf"[{WIDE}]|(?:(?![{WIDE}])[^\W_])+")
RUNS = re.compile(r"[^\W_]+")


def base_of(language: str) -> str:
    """The language without script and region: zh of zh-Hans."""
    return language.lower().replace("_", "-").partition("-")[0]


def unspaced(language: str) -> bool:
    """Whether a language is written without spaces between words."""
    return base_of(language) in UNSPACED


def tokens(text: str, language: str = "en", *, words: bool = False) -> list[str]:
    """Split a text as ROUGE, METEOR, Distinct-n and length count it: lower case, without punctuation.

    English as rouge-score does (what is neither a-z nor 0-9 separates), Chinese by characters or with `words` by
    jieba's words, other languages by runs of letters and digits.
    """
    low = text.lower()
    base = base_of(language)
    if base in ("", "en"):
        return [piece for piece in NOT_LATIN.split(low) if piece]
    if base == "zh" and words:
        return [word for word in segmented(low) if RUNS.search(word)]
    return (PIECES if unspaced(language) else RUNS).findall(low)


def segmented(text: str) -> list[str]:
    """The words jieba finds in a Chinese text, spaces left out."""
    import rjieba

    return [word for word in rjieba.cut(text) if not word.isspace()]


# --- BLEU and chrF, by sacrebleu


def bleu_tokenizer(language: str, *, words: bool = False) -> str:
    """The name of sacrebleu's tokenizer for a language; "none" where the text comes in words already."""
    if base_of(language) == "zh":
        return "none" if words else "zh"
    return "char" if unspaced(language) else "13a"


@dataclass(frozen=True)
class Matches:
    """What corpus BLEU is made of, a row a text: `correct` and `total` n-grams by order, lengths of both sides."""

    correct: FloatArray
    total: FloatArray
    lengths: FloatArray

    def bleu(self, order: int) -> float:
        """Corpus BLEU up to an order, 0 to 100."""
        return float(self.replicates(order, np.ones((1, len(self.lengths))))[0])

    def replicates(self, order: int, weights: FloatArray) -> FloatArray:
        """Corpus BLEU of each row of `weights`, which say how often each text is drawn."""
        sums = [weights @ self.correct[:, :order], weights @ self.total[:, :order], weights @ self.lengths]
        correct, total, lengths = sums
        usual = (correct > 0).all(axis=1) & (lengths > 0).all(axis=1)
        found = np.empty(len(weights))
        precision = np.log(correct[usual] / total[usual]).mean(axis=1)
        brevity = np.minimum(0.0, 1.0 - lengths[usual, 1] / lengths[usual, 0])
        found[usual] = 100 * np.exp(precision + brevity)
        rare = [_smoothed(*(part[row] for part in sums)) for row in np.flatnonzero(~usual)]
        found[~usual] = rare
        return found


def _smoothed(correct: FloatArray, total: FloatArray, lengths: FloatArray) -> float:
    """BLEU of counts some of which are 0, smoothed as sacrebleu does by default."""
    from sacrebleu.metrics.bleu import BLEU

    score = BLEU.compute_bleu(
        correct=[int(number) for number in correct],
        total=[int(number) for number in total],
        sys_len=int(lengths[0]),
        ref_len=int(lengths[1]),
        smooth_method="exp",
        max_ngram_order=len(correct),
    )
    return float(score.score)


def matches(texts: Sequence[str], references: Sequence[str], language: str, *, words: bool = False) -> Matches:
    """Count the matching n-grams of each text with its reference."""
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(tokenize=bleu_tokenizer(language, words=words), effective_order=True)
    rows = [metric.sentence_score(*_for_bleu(pair, language, words)) for pair in zip(texts, references, strict=True)]
    return Matches(
        np.array([row.counts for row in rows], dtype=np.float64).reshape(-1, 4),
        np.array([row.totals for row in rows], dtype=np.float64).reshape(-1, 4),
        np.array([(row.sys_len, row.ref_len) for row in rows], dtype=np.float64).reshape(-1, 2),
    )


def _for_bleu(pair: tuple[str, str], language: str, words: bool) -> tuple[str, list[str]]:
    if base_of(language) == "zh" and words:
        return " ".join(segmented(pair[0])), [" ".join(segmented(pair[1]))]
    return pair[0], [pair[1]]


def chrf_score(texts: Sequence[str], references: Sequence[str]) -> float:
    """Corpus chrF2 as sacrebleu computes it, 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF().corpus_score(list(texts), [list(references)]).score)


# --- ROUGE


def rouge_n(ours: Sequence[str], theirs: Sequence[str], order: int) -> float:
    """F measure of the n-grams that two token lists share."""
    mine, reference = ngrams(ours, order), ngrams(theirs, order)
    shared = sum((mine & reference).values())
    return _f_measure(shared, max(mine.total(), 1), max(reference.total(), 1))


def rouge_l(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """F measure of the longest common subsequence of two token lists."""
    if not ours or not theirs:
        return 0.0
    return _f_measure(common_subsequence(ours, theirs), len(ours), len(theirs))


def common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, bit-parallel (Hyyro 2004): one machine word holds many columns."""
    places: dict[str, int] = {}
    for at, token in enumerate(first):
        places[token] = places.get(token, 0) | (1 << at)
    everything = (1 << len(first)) - 1
    row = everything
    for token in second:
        hit = row & places.get(token, 0)
        row = ((row + hit) | (row - hit)) & everything
    return len(first) - row.bit_count()


def ngrams(found: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    """How often each n-gram stands in a token list."""
    return Counter(tuple(found[at : at + order]) for at in range(len(found) - order + 1))


def _f_measure(shared: int, ours: int, theirs: int) -> float:
    if not shared:
        return 0.0
    precision, recall = shared / ours, shared / theirs
    return 2 * precision * recall / (precision + recall)


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
    if len(texts) != len(references):
        raise ValueError(f"{len(texts)} texts for {len(references)} references")
    if not texts:
        return {name: Figure(None, Reason.TOO_FEW_ITEMS, n_items=0) for name in NAMES}
    weights = draw(np.ones(len(texts), dtype=np.int64), bootstrap, np.random.default_rng(seed))
    drawn = _Drawn(weights, seed, level)
    ours = [tokens(text, language, words=words) for text in texts]
    theirs = [tokens(text, language, words=words) for text in references]
    pairs = list(zip(ours, theirs, strict=True))
    return {
        **_bleus(matches(texts, references, language, words=words), drawn),
        "rouge_1": drawn.mean([rouge_n(a, b, 1) for a, b in pairs], "ROUGE-1, F measure"),
        "rouge_2": drawn.mean([rouge_n(a, b, 2) for a, b in pairs], "ROUGE-2, F measure"),
        "rouge_l": drawn.mean([rouge_l(a, b) for a, b in pairs], "ROUGE-L, F measure"),
        "chrf": Figure(
            chrf_score(texts, references), n_items=len(texts), method="chrF2", extra={"ci_reason": "not_computed"}
        ),
        "meteor": _meteor(pairs, language, drawn),
        "distinct_1": distinct(ours, 1),
        "distinct_2": distinct(ours, 2),
        "length": drawn.mean([float(len(one)) for one in ours], "tokens a text"),
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

    def mean(self, values: Sequence[float], method: str) -> Figure:
        """The mean of one value a text."""
        column = np.asarray(values, dtype=np.float64)
        return self.figure(float(column.mean()), lambda weights: weights @ column / column.size, method)


def _bleus(found: Matches, drawn: _Drawn) -> dict[str, Figure]:
    def replicates(order: int) -> Callable[[FloatArray], FloatArray]:
        return lambda weights: found.replicates(order, weights)

    return {f"bleu_{n}": drawn.figure(found.bleu(n), replicates(n), f"corpus BLEU-{n}") for n in ORDERS}


def _meteor(pairs: Iterable[tuple[list[str], list[str]]], language: str, drawn: _Drawn) -> Figure:
    n = drawn.weights.shape[1]
    if base_of(language) not in ("", "en"):
        return Figure(None, Reason.NOT_APPLICABLE, n_items=n, method="METEOR")
    if not meteor_ready():
        return Figure(None, Reason.NOT_INSTALLED, n_items=n, method="METEOR", extra={"install": INSTALL["meteor"]})
    return drawn.mean([meteor_score(a, b) for a, b in pairs], "METEOR")


def distinct(found: Iterable[Sequence[str]], order: int) -> Figure:
    """Distinct-n (Li and others 2016): different n-grams among all n-grams of a system's texts.

    It falls as texts are added, so only equally many texts are compared; a resample repeats texts and would lie, so
    there is no interval.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    texts = 0
    for one in found:
        counts.update(ngrams(one, order))
        texts += 1
    method, extra = f"Distinct-{order}", {"ci_reason": "not_computed"}
    if not counts:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=texts, method=method)
    return Figure(len(counts) / counts.total(), n_items=texts, method=method, extra=extra)


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
    return {name: drawn.mean(list(found[:, at]), "BERTScore") for at, name in enumerate(names)}
