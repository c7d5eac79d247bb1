"""Words that tell who wrote a text: found with their places, in English and in Chinese."""

from __future__ import annotations

import pytest

from evaluation.lexicon import Clue, Hit, find, redact


@pytest.mark.parametrize(
    ("text", "words", "clue"),
    [
        ("As an AI language model, I care.", "As an AI language model", Clue.SELF),
        ("I'm just a chatbot, but go on.", "just a chatbot", Clue.SELF),
        ("My training data ends early.", "My training data", Clue.SELF),
        ("I was trained by OpenAI.", "I was trained by", Clue.SELF),
        ("Ask ChatGPT about it.", "ChatGPT", Clue.MODEL),
        ("Ask Chat GPT about it.", "Chat GPT", Clue.MODEL),
        ("written by gpt-4o-mini today", "gpt-4o-mini", Clue.MODEL),
        ("Llama-2-7b wrote this", "Llama-2-7b", Clue.MODEL),
        ("Anthropic says so", "Anthropic", Clue.VENDOR),
        ("作为一个人工智能语言模型,我理解你。", "作为一个人工智能语言模型", Clue.SELF),
        ("作为人工智能助手,我建议您多休息。", "作为人工智能助手", Clue.SELF),
        ("作为一款AI语言模型,我在。", "作为一款AI语言模型", Clue.SELF),
        ("我是一个AI助手。", "我是一个AI助手", Clue.SELF),
        ("我没有情感,但我愿意听。", "我没有情感", Clue.SELF),
        ("通义千问为你服务", "通义千问", Clue.MODEL),
        ("我叫ChatGLM3-6b。", "ChatGLM3-6b", Clue.MODEL),
        ("由百度开发", "百度", Clue.VENDOR),
    ],
)
def test_find_names_the_words_and_the_clue(text: str, words: str, clue: Clue) -> None:
    hit = find(text)[0]
    assert (hit.text, hit.clue) == (words, clue)
    assert text[hit.start : hit.end] == words


@pytest.mark.parametrize(
    "text",
    [
        "That sounds exhausting, and I am glad you told me.",
        "She painted the gptx on the bard's claudette.",
        "As an aid, I suggest a walk. My trainer agrees.",
        "我听到你说最近睡得不好,这一定很累。",
        "作为一个朋友,我很担心你。我是一个母亲。",
        "作为语言老师,我每天说很多话;作为机器厂的工人也是。",
    ],
)
def test_find_leaves_ordinary_words_alone(text: str) -> None:
    assert [hit for hit in find(text) if hit.clue != Clue.MODEL or "bard" not in hit.text] == []


def test_find_gives_every_hit_in_the_order_of_the_text() -> None:
    text = "OpenAI made me. As an AI, I cannot. Claude can."
    assert [(hit.text, hit.clue) for hit in find(text)] == [
        ("OpenAI", Clue.VENDOR),
        ("As an AI", Clue.SELF),
        ("Claude", Clue.MODEL),
    ]


def test_own_systems_names_are_found_whatever_their_case() -> None:
    assert find("The harbour 7b says hello.", names=["Harbour 7B", "x"]) == [Hit(4, 14, "harbour 7b", Clue.SYSTEM)]


def test_of_overlapping_hits_the_longest_counts() -> None:
    assert [hit.text for hit in find("i am a large language model by Meta AI")] == [
        "i am a large language model",
        "Meta AI",
    ]


def test_redact_replaces_the_words_and_nothing_else() -> None:
    text = "As an AI, I listen. ChatGPT too."
    assert redact(text, find(text)) == "[…], I listen. […] too."
