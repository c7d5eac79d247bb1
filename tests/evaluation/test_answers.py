"""The strict reader of answers: what counts as one, and that everything else is left unread with its reason."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.answers import Unread, choices, read

LABELS = choices(
    [
        {
            "key": "positive",
            "text": "Positive",
            "names": {"zh": "积极"},
            "aliases": ["true", "yes", "1", "是", "对"],
        },
        {
            "key": "negative",
            "text": "Negative",
            "names": {"zh": "消极"},
            "aliases": ["false", "no", "0", "否", "错"],
        },
    ]
)
OPTIONS = choices(
    [
        {"key": "A", "text": "Wait, and see"},
        {"key": "B", "text": "Ask her how she is"},
        {"key": "C", "text": "Call (now)!"},
        {"key": "D", "text": "Do A and B"},
    ]
)
CHINESE = choices(
    [{"key": key, "text": text} for key, text in zip("ABCD", ["倾听", "质问", "共情", "转介"], strict=True)]
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Positive", "positive"),
        ("  positive.\n", "positive"),
        ("POSITIVE!", "positive"),
        ("“Positive”", "positive"),
        ("**Negative**", "negative"),
        ("`negative`", "negative"),
        ("ｎｅｇａｔｉｖｅ", "negative"),
        ("Ｎｅｇａｔｉｖｅ．", "negative"),
        ("积极", "positive"),
        ("积极。", "positive"),
        ("【消极】", "negative"),
        ("答案：消极", "negative"),
        ("答案是：消极。", "negative"),
        ("正确答案为积极", "positive"),
        ("情感倾向：积极", "positive"),
        ("Answer: Negative", "negative"),
        ("The answer is positive.", "positive"),
        ("The emotional tendency is positive.", "positive"),
        ("Positive (积极)", "positive"),
        ('{"answer": "negative"}', "negative"),
        ("<think>It sounds sad, but it ends well.</think>\n\nPositive", "positive"),
        ("True", "positive"),
        ("错", "negative"),
        ("0", "negative"),
        ("\ufeffpositive\u200b", "positive"),
    ],
)
def test_read_takes_a_label_in_every_dress(text: str, key: str) -> None:
    assert read(text, LABELS).values == (key,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Unread.EMPTY),
        (" \n\t。", Unread.EMPTY),
        ("<think>positive</think>", Unread.EMPTY),
        ("<think>It sounds positive", Unread.THINKING),
        ("positive<think>or not", Unread.THINKING),
        ("positive or negative", Unread.MORE),
        ("positive/negative", Unread.SEVERAL),
        ("Positive and negative", Unread.SEVERAL),
        ("积极、消极", Unread.SEVERAL),
        ("not positive", Unread.MORE),
        ("不积极", Unread.MORE),
        ("答案不是积极", Unread.MORE),
        ("The answer is not negative.", Unread.MORE),
        ("Positive?", Unread.MORE),
        ("I think it is positive", Unread.MORE),
        ("Positive, because she smiles.", Unread.MORE),
        ("Positivee", Unread.NOTHING),
        ("unpositive", Unread.NOTHING),
        ("neutral", Unread.NOTHING),
        ("I am sorry, I cannot help with that.", Unread.NOTHING),
        ("中性", Unread.NOTHING),
        ("2", Unread.NOTHING),
        ("positive " * 2000, Unread.MORE),
    ],
)
def test_read_leaves_everything_else_with_its_reason(text: str, reason: Unread) -> None:
    assert read(text, LABELS) == read(text, LABELS, several=False)
    assert (read(text, LABELS).values, read(text, LABELS).reason) == ((), reason)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("B", "B"),
        ("b.", "B"),
        ("Ｂ", "B"),
        ("（B）", "B"),
        ("B）", "B"),
        ("(b)", "B"),
        ("[B]", "B"),
        ("选B", "B"),
        ("选项B", "B"),
        ("B项", "B"),
        ("应该选择Ｂ。", "B"),
        ("所以，答案是B", "B"),
        ("我的答案：B", "B"),
        ("Option B", "B"),
        ("The correct answer is B.", "B"),
        ("I would choose B", "B"),
        ("\\boxed{B}", "B"),
        ("$\\boxed{B}$", "B"),
        ("B. Ask her how she is", "B"),
        ("B: ask her how she is.", "B"),
        ("B Ask her how she is", "B"),
        ("Ask her how she is", "B"),
        ("Wait, and see", "A"),
        ("A. Wait, and see.", "A"),
        ("Do A and B", "D"),
        ("D) Do A and B", "D"),
        ("C. Call (now)!", "C"),
        ("Answer:\n\nC", "C"),
        ("A A", "A"),
    ],
)
def test_read_takes_one_option(text: str, key: str) -> None:
    assert read(text, OPTIONS).values == (key,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("AC", Unread.SEVERAL),
        ("A, C", Unread.SEVERAL),
        ("A和C", Unread.SEVERAL),
        ("A\nB", Unread.SEVERAL),
        ("E", Unread.UNKNOWN),
        ("答案：F", Unread.UNKNOWN),
        ("A or B", Unread.MORE),
        ("A lot of people would wait", Unread.MORE),
        ("不选A", Unread.MORE),
        ("答案：A。解析：因为她很难过", Unread.MORE),
        ("B. Ask her", Unread.MORE),
        ("B. Wait, and see", Unread.CONTRADICTION),
        ("D: Call now", Unread.CONTRADICTION),
        ("all of them", Unread.NOTHING),
        ("以上都是", Unread.NOTHING),
    ],
)
def test_read_refuses_what_names_no_one_option(text: str, reason: Unread) -> None:
    assert (read(text, OPTIONS).values, read(text, OPTIONS).reason) == ((), reason)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ACD", "ACD"),
        ("ＡＣＤ", "ACD"),
        ("dca", "ACD"),
        ("A、C、D", "ACD"),
        ("A，C，D。", "ACD"),
        ("A, C and D", "ACD"),
        ("A,C,D", "ACD"),
        ("A C D", "ACD"),
        ("A；C；D", "ACD"),
        ("A\nC\nD", "ACD"),
        ("A和C", "AC"),
        ("A以及C", "AC"),
        ("A + C", "AC"),
        ('["A", "C"]', "AC"),
        ("答案：AC", "AC"),
        ("A. 倾听\nC. 共情", "AC"),
        ("A. 倾听；C. 共情", "AC"),
        ("倾听、共情", "AC"),
        ("A. 倾听 C. 共情", "AC"),
        ("C", "C"),
    ],
)
def test_read_takes_several_options_where_several_may_be_right(text: str, keys: str) -> None:
    assert read(text, CHINESE, several=True).values == tuple(keys)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ACE", Unread.UNKNOWN),
        ("A, C, E", Unread.UNKNOWN),
        ("A. 倾听 B. 共情", Unread.MORE),
        ("A. 共情", Unread.CONTRADICTION),
        ("A、共情", Unread.CONTRADICTION),
        ("A；共情", Unread.MORE),
        ("除了B都选", Unread.MORE),
        ("A、C，不选D", Unread.MORE),
        ("AAC", Unread.MORE),
    ],
)
def test_read_refuses_a_list_with_anything_else_in_it(text: str, reason: Unread) -> None:
    found = read(text, CHINESE, several=True)
    assert (found.values, found.reason) == ((), reason)


def test_read_refuses_what_was_cut_off_or_filtered() -> None:
    assert read("A", OPTIONS, finish="length").reason == Unread.CUT
    assert read("A", OPTIONS, finish="content_filter").reason == Unread.FILTERED


def test_read_takes_no_name_that_two_options_share() -> None:
    twins = choices([{"key": "A", "text": "Listen"}, {"key": "B", "text": "listen."}, {"key": "C", "text": "Ask"}])
    assert read("Listen", twins).reason == Unread.NOTHING
    assert read("A. Listen", twins).reason == Unread.MORE
    assert read("ask", twins).values == ("C",)


LEADS = st.sampled_from(["", "Answer: ", "The answer is ", "答案：", "答案是", "选项", "final answer: ", "我选"])
WRAPS = st.sampled_from([("", ""), ("(", ")"), ("**", "**"), ("“", "”"), ("【", "】"), ("`", "`"), (" ", "\n")])
ENDS = st.sampled_from(["", ".", "。", "!", "！", " ", "\n"])
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@given(st.sampled_from("ABCD"), LEADS, WRAPS, ENDS, st.booleans(), st.booleans())
def test_read_gives_back_the_key_that_was_dressed(
    key: str, lead: str, wrap: tuple[str, str], end: str, wide: bool, lower: bool
) -> None:
    shown = key.lower() if lower else key
    shown = shown.translate(WIDE) if wide else shown
    assert read(lead + wrap[0] + shown + wrap[1] + end, OPTIONS).values == (key,)


@given(
    st.sets(st.sampled_from("ABCD"), min_size=1), st.sampled_from(["", ",", "、", ", ", "，", " ", "；", "\n"]), LEADS
)
def test_read_gives_back_the_set_that_was_listed(keys: set[str], mark: str, lead: str) -> None:
    assert read(lead + mark.join(sorted(keys)), CHINESE, several=True).values == tuple(sorted(keys))


@given(st.text(), st.booleans())
def test_read_never_fails_and_names_only_what_was_offered(text: str, several: bool) -> None:
    found = read(text, OPTIONS, several=several)
    assert found.read == bool(found.values)
    assert set(found.values) <= set("ABCD")
    assert several or len(found.values) <= 1


LEADING = {"the", "boxed", "hence", "thus"}
WORDS = st.from_regex(r"[b-hj-z]{3,9}", fullmatch=True).filter(lambda word: word not in LEADING)


@given(st.sampled_from("ABCD"), WORDS, st.booleans())
def test_read_refuses_an_answer_with_a_word_of_prose(key: str, word: str, before: bool) -> None:
    text = f"{word} {key}" if before else f"{key}. {word}"
    found = read(text, OPTIONS)
    assert not found.read


def test_read_is_quick_on_a_long_output() -> None:
    begin = time.perf_counter()
    for text in ("a," * 3999, "a " * 3999, "答案" * 3999, "(" * 7999 + "a", "a\n" * 3999, "the " * 1999):
        read(text, CHINESE, several=True)
    assert time.perf_counter() - begin < 2
