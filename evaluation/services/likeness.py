"""How alike texts are: TF-IDF, or sentence embeddings where they are installed. For workers: loads what is heavy."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from projects.services.jobs import JobFailed

TFIDF, EMBEDDINGS = "tfidf", "embeddings"
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# (left texts, right texts) -> for a left row, its similarity to every right row, from 0 to 1.
Row = Callable[[int], Sequence[float]]


def measure(how: str, left: Sequence[str], right: Sequence[str]) -> Row:
    """Return a function that gives a left text's similarity to every right text."""
    return by_embeddings(left, right) if how == EMBEDDINGS else by_words(left, right)


def tokens(text: str) -> list[str]:
    """Return a text's words; Chinese as characters and pairs of characters, for it has no blanks between words."""
    found = re.findall(r"[^\W\d_]{2,}", HAN.sub(" ", text.lower()))
    run = HAN.findall(text)
    return [*found, *run, *(a + b for a, b in pairwise(run))]


def by_words(left: Sequence[str], right: Sequence[str]) -> Row:
    """Compare by TF-IDF: the cosine of the words' weights over both sides' texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(tokens(text) for text in [*left, *right]):
        return lambda at: [0.0] * len(right)
    weigh = TfidfVectorizer(analyzer=tokens, sublinear_tf=True)
    table = weigh.fit_transform([*left, *right])
    ours, theirs = table[: len(left)], table[len(left) :].T.tocsc()
    return lambda at: _shares((ours[at] @ theirs).toarray()[0])


def by_embeddings(left: Sequence[str], right: Sequence[str]) -> Row:
    """Compare by sentence embeddings. Raises JobFailed, with what to install, where they are not there."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        words = _(
            "Sentence embeddings are not installed where the workers run. Install them with “pip install "
            "sentence-transformers” and name a model in CONCORD_EMBEDDING_MODEL, or compare by words instead."
        )
        raise JobFailed(words) from error
    name = settings.CONCORD_EMBEDDING_MODEL
    if not name:
        raise JobFailed(_("Name a model for sentence embeddings in CONCORD_EMBEDDING_MODEL, then try again."))
    try:
        model = SentenceTransformer(name)
    except (OSError, ValueError) as error:
        words = _("The model “%(name)s” that CONCORD_EMBEDDING_MODEL names cannot be loaded where the workers run.")
        raise JobFailed(words % {"name": name}) from error
    ours = model.encode(list(left), normalize_embeddings=True)
    theirs = model.encode(list(right), normalize_embeddings=True)
    return lambda at: _shares(theirs @ ours[at])


def _shares(values: Any) -> list[float]:
    """Return cosines as plain numbers between 0 and 1."""
    return [min(1.0, max(0.0, float(value))) for value in values]
