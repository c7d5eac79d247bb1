"""Splitting texts into tokens, as each metric counts them.

Chinese has no spaces between words: its tokens are characters or, where asked for, the words that jieba finds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def bleu_tokenizer(language: str, *, words: bool = False) -> str:
    """The name of sacrebleu's tokenizer for a language; "none" where the text comes in words already."""
    if base_of(language) == "zh":
        return "none" if words else "zh"
    return "char" if unspaced(language) else "13a"


def bleu_tokens(texts: Sequence[str], language: str, *, words: bool = False) -> list[list[str]]:
    """Split texts as sacrebleu does before it counts."""
    from sacrebleu.metrics.bleu import BLEU

    if base_of(language) == "zh" and words:
        texts = [" ".join(segmented(text)) for text in texts]
    # Made anew each time: it remembers what it has split for as long as it lives.
    split = BLEU(tokenize=bleu_tokenizer(language, words=words)).tokenizer
    return [split(text.rstrip()).split() for text in texts]
