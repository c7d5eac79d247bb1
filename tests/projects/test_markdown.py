"""Markdown in more than one language: each reader gets a part."""

from __future__ import annotations

import pytest

from projects.markdown import parts_of, to_html

BOTH = "::: en\n# Read\n\nTwice.\n\n::: zh\n# 阅读\n\n两遍。\n"
ENGLISH = '<div lang="en"><h2>Read</h2>\n<p>Twice.</p>\n</div>'
CHINESE = '<div lang="zh"><h2>阅读</h2>\n<p>两遍。</p>\n</div>'


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ENGLISH),
        ("en-gb", ENGLISH),
        ("zh-hans", CHINESE),
        ("zh", CHINESE),
        ("fr", ENGLISH),
        ("", ENGLISH + CHINESE),
    ],
)
def test_reader_gets_the_part_in_their_language_else_the_first(language, expected):
    assert to_html(BOTH, language) == expected


def test_text_without_marks_is_for_everybody():
    assert {to_html("Twice.", language) for language in ("", "en", "zh-hans")} == {"<p>Twice.</p>\n"}


def test_what_stands_above_the_first_mark_is_for_all_others():
    text = "For all.\n\n::: zh-Hans\n给大家。"
    assert [to_html(text, language) for language in ("en", "zh-hans")] == [
        "<p>For all.</p>\n",
        '<div lang="zh-Hans"><p>给大家。</p>\n</div>',
    ]


@pytest.mark.parametrize("text", ["a ::: zh", "::: not a language", ":::", '::: zh" onclick="x'])
def test_what_only_looks_like_a_mark_stays_text(text):
    assert parts_of(text) == [("", text)]


def test_marks_survive_the_line_ends_of_a_browser():
    assert parts_of(BOTH.replace("\n", "\r\n"))[1][0] == "zh"


def test_html_in_a_part_is_shown_as_text():
    assert to_html("::: en\n<b onclick=x>now</b>", "en") == (
        '<div lang="en"><p>&lt;b onclick=x&gt;now&lt;/b&gt;</p>\n</div>'
    )
