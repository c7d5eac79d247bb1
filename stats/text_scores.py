"""What BLEU, chrF and ROUGE are made of, counted a text at a time, so that any resample of the texts is a sum.

The figures equal those of sacrebleu and of rouge-score without stemming, which the tests hold them to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stats.overlap import Rows, numbered, shared

FloatArray = npt.NDArray[np.float64]
Tokens = Sequence[Sequence[str]]
BLEU_ORDERS, CHRF_ORDERS, ROUGE_ORDERS = 4, 6, 2
# chrF2: recall counts this many times as much as precision, squared.
FACTOR = 4.0


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
        correct, total = weights @ self.correct[:, :order], weights @ self.total[:, :order]
        lengths = weights @ self.lengths
        # As sacrebleu by default: the first order without a match counts as half a match, the next as a quarter.
        none = correct == 0
        correct = np.where(none, 0.5 ** np.cumsum(none, axis=1), correct)
        usable = ~none.all(axis=1) & (total > 0).all(axis=1)
        precision = np.log(correct[usable] / total[usable]).mean(axis=1)
        brevity = np.minimum(0.0, 1.0 - lengths[usable, 1] / lengths[usable, 0])
        found = np.zeros(len(weights))
        found[usable] = 100 * np.exp(precision + brevity)
        return found


def bleu_matches(ours: Tokens, theirs: Tokens) -> Matches:
    """Count the matching n-grams of each text with its reference, from sacrebleu's tokens."""
    mine, reference = numbered(ours, theirs)
    lengths = np.stack([mine.lengths, reference.lengths], axis=1).astype(np.float64)
    return Matches(shared(mine, reference, BLEU_ORDERS), mine.totals(BLEU_ORDERS), lengths)


@dataclass(frozen=True)
class Characters:
    """What corpus chrF is made of, a row a text: n-grams of ours, of the reference's, and of both, by order."""

    ours: FloatArray
    theirs: FloatArray
    both: FloatArray

    def chrf(self) -> float:
        """Corpus chrF2, 0 to 100."""
        return float(self.replicates(np.ones((1, len(self.both))))[0])

    def replicates(self, weights: FloatArray) -> FloatArray:
        """Corpus chrF2 of each row of `weights`, which say how often each text is drawn."""
        ours, theirs, both = weights @ self.ours, weights @ self.theirs, weights @ self.both
        counted = (ours > 0) & (theirs > 0)
        orders = np.maximum(counted.sum(axis=1), 1)
        precision = np.divide(both, ours, out=np.zeros_like(both), where=counted).sum(axis=1) / orders
        recall = np.divide(both, theirs, out=np.zeros_like(both), where=counted).sum(axis=1) / orders
        below = FACTOR * precision + recall
        score: FloatArray = np.divide(
            (1 + FACTOR) * precision * recall, below, out=np.zeros_like(below), where=below > 0
        )
        return 100 * score


def chrf_matches(ours: Rows, theirs: Rows) -> Characters:
    """Count the character n-grams that each text shares with its reference."""
    reference = theirs.totals(CHRF_ORDERS)
    # As sacrebleu: an order the reference is too short for does not count against a text.
    mine = np.where(reference > 0, ours.totals(CHRF_ORDERS), 0.0)
    return Characters(mine, reference, shared(ours, theirs, CHRF_ORDERS))


def rouge(ours: Tokens, theirs: Tokens) -> FloatArray:
    """F measures of ROUGE-1, ROUGE-2 and ROUGE-L, shape (texts, 3)."""
    mine, reference = numbered(ours, theirs)
    common = [common_subsequence(a, b) for a, b in zip(ours, theirs, strict=True)]
    both = np.column_stack([shared(mine, reference, ROUGE_ORDERS), np.array(common, dtype=np.float64)])
    most, there = (np.column_stack([side.totals(ROUGE_ORDERS), side.lengths]) for side in (mine, reference))
    # 2PR / (P + R) with P = both / ours and R = both / theirs
    whole = most + there
    score: FloatArray = np.divide(2 * both, whole, out=np.zeros_like(both), where=both > 0)
    return score


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
