"""How a stored reason of a skip reads."""

import pytest
from django.utils.translation import override

from projects.templatetags.skips import skip_words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("hard", "the text is hard for me to bear"),
        ("known: she is a friend: of mine", "I know who wrote it or whom it is about: she is a friend: of mine"),
        ("I know this person.", "I know this person."),
        ("Too long: twelve pages", "Too long: twelve pages"),
    ],
)
def test_skip_words_replace_only_a_known_reason(told, words):
    with override("en"):
        assert skip_words(told) == words
