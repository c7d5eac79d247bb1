"""Text metrics against the command lines of sacrebleu and rouge-score on the same files."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from stats import text, text_scores
from stats.overlap import characters, different, numbered, shared
from stats.result import Reason
from stats.tokens import bleu_tokenizer, bleu_tokens, tokens

OURS = [
    "It sounds as if the evenings are the hardest part, and that you have carried this alone for a long time.",
    "Try to sleep more. You should also eat well, and don't worry about it!",
    "Who could you call tonight, before it gets dark?",
    "I hear that.",
    "Start with one person, not with everybody; ask her for a short walk on Sunday.",
]
THEIRS = [
    "It sounds like the evenings are the hardest, and you have been carrying this on your own for a long time.",
    "Sleep is worth protecting: go to bed at the same time, and don't worry about a bad night.",
    "Who would you call tonight if it gets worse?",
    "I hear how tired you are of this, and it makes sense.",
    "Begin with one person: ask her to take a short walk with you on Sunday.",
]
OURS_ZH = ["听起来晚上最难熬，你一个人撑了很久。", "试着早点睡，别担心。", "今晚你可以给谁打个电话？我们一起想想。"]
THEIRS_ZH = [
    "听上去夜里最难熬，这么久都是你一个人在撑。",
    "试着每天同一时间睡觉，一晚没睡好也别太担心。",
    "如果更难受，今晚你会打电话给谁？",
]


def files(folder: Path, ours: list[str], theirs: list[str]) -> tuple[str, str]:
    """Write two files, a text a line; return their paths."""
    (folder / "ours.txt").write_text("".join(f"{line}\n" for line in ours), encoding="utf-8")
    (folder / "theirs.txt").write_text("".join(f"{line}\n" for line in theirs), encoding="utf-8")
    return str(folder / "ours.txt"), str(folder / "theirs.txt")


def sacrebleu(folder: Path, ours: list[str], theirs: list[str], *options: str) -> dict[str, object]:
    """What sacrebleu's own command line prints for these files."""
    mine, reference = files(folder, ours, theirs)
    command = [sys.executable, "-m", "sacrebleu", reference, "-i", mine, "--width", "10", "--force", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("language", "ours", "theirs"), [("en", OURS, THEIRS), ("zh-Hans", OURS_ZH, THEIRS_ZH)])
def test_bleu_and_chrf_equal_the_command_line(
    tmp_path: Path, language: str, ours: list[str], theirs: list[str]
) -> None:
    figures = text.text_summary(ours, theirs, language=language, bootstrap=20)
    found = sacrebleu(tmp_path, ours, theirs, "-m", "bleu", "-tok", bleu_tokenizer(language))
    assert figures["bleu_4"].value == pytest.approx(float(str(found["score"])), abs=1e-8)
    # The lower orders follow from what the command line prints beside the score: precisions and brevity penalty.
    words = str(found["verbose_score"])
    precisions = [float(share) for share in words.split(" ")[0].split("/")]
    penalty = float(words.split("BP = ")[1].split(" ")[0])
    for order in (1, 2, 3):
        product = 1.0
        for share in precisions[:order]:
            product *= share
        assert figures[f"bleu_{order}"].value == pytest.approx(penalty * product ** (1 / order), abs=0.15)
    chrf = sacrebleu(tmp_path, ours, theirs, "-m", "chrf")
    assert figures["chrf"].value == pytest.approx(float(str(chrf["score"])), abs=1e-8)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_bleu_of_each_order_equals_the_library(order: int) -> None:
    from sacrebleu.metrics import BLEU

    expected = BLEU(max_ngram_order=order).corpus_score(OURS, [THEIRS]).score
    found = text_scores.bleu_matches(bleu_tokens(OURS, "en"), bleu_tokens(THEIRS, "en"))
    assert found.bleu(order) == pytest.approx(expected, abs=1e-12)


def test_bleu_by_words_equals_the_command_line_on_the_cut_files(tmp_path: Path) -> None:
    import rjieba

    cut = [[" ".join(rjieba.cut(line)) for line in lines] for lines in (OURS_ZH, THEIRS_ZH)]
    found = sacrebleu(tmp_path, cut[0], cut[1], "-m", "bleu", "-tok", "none")
    figures = text.text_summary(OURS_ZH, THEIRS_ZH, language="zh", words=True, bootstrap=20)
    assert figures["bleu_4"].value == pytest.approx(float(str(found["score"])), abs=1e-8)


def test_rouge_equals_the_command_line(tmp_path: Path) -> None:
    ours, theirs = files(tmp_path, OURS, THEIRS)
    command = [
        sys.executable, "-m", "rouge_score.rouge", f"--target_filepattern={theirs}",
        f"--prediction_filepattern={ours}", f"--output_filename={tmp_path / 'scores.csv'}",
        "--rouge_types=rouge1,rouge2,rougeL", "--noaggregate",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with (tmp_path / "scores.csv").open(newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == len(OURS)
    for row, ours_text, theirs_text in zip(rows, OURS, THEIRS, strict=True):
        mine, reference = tokens(ours_text), tokens(theirs_text)
        # The command line prints six decimals.
        expected = [float(row[name]) for name in ("rouge1-F", "rouge2-F", "rougeL-F")]
        assert text_scores.rouge([mine], [reference])[0].tolist() == pytest.approx(expected, abs=1e-6)


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d2", "it", "'s"]), max_size=8)


PAIRS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=3)


@settings(deadline=None)
@given(PAIRS)
def test_rouge_equals_the_library_for_any_words(pairs: list[tuple[list[str], list[str]]]) -> None:
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    ours, theirs = ([" ".join(pair[side]) for pair in pairs] for side in (0, 1))
    found = text_scores.rouge([tokens(one) for one in ours], [tokens(one) for one in theirs])
    for row, mine, reference in zip(found.tolist(), ours, theirs, strict=True):
        expected = scorer.score(reference, mine)
        assert row == pytest.approx([expected[name].fmeasure for name in ("rouge1", "rouge2", "rougeL")])


SENTENCES = st.lists(st.tuples(st.text("ab c我们.\n", max_size=10), st.text("ab c我们.\n", min_size=1, max_size=10)),
                     min_size=1, max_size=3)  # fmt: skip


@settings(deadline=None)
@given(SENTENCES, st.sampled_from(["en", "zh"]), st.sampled_from([1, 2, 3, 4]))
def test_bleu_and_chrf_equal_the_library_for_any_texts(pairs: list[tuple[str, str]], language: str, order: int) -> None:
    from sacrebleu.metrics import BLEU, CHRF

    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    chrf = text_scores.chrf_matches(characters(ours), characters(theirs)).chrf()
    assert chrf == pytest.approx(CHRF().corpus_score(ours, [theirs]).score, abs=1e-9)
    found = text_scores.bleu_matches(bleu_tokens(ours, language), bleu_tokens(theirs, language)).bleu(order)
    library = BLEU(tokenize=bleu_tokenizer(language), max_ngram_order=order)
    assert found == pytest.approx(library.corpus_score(ours, [theirs]).score, abs=1e-9)


@settings(deadline=None)
@given(PAIRS, st.sampled_from([2**62, 40, 1]), st.sampled_from([2_000_000, 9, 1]))
def test_shared_ngrams_are_counted_alike_however_they_are_numbered(
    pairs: list[tuple[list[str], list[str]]], largest: int, at_once: int
) -> None:
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stats.overlap.LARGEST", largest)
        patch.setattr("stats.overlap.AT_ONCE", at_once)
        found = shared(*numbered(ours, theirs), 3)
        counts = different(numbered(ours)[0], 2)
    expected = [[(ngrams(a, n) & ngrams(b, n)).total() for n in (1, 2, 3)] for a, b in pairs]
    assert found.tolist() == expected
    together = [sum((ngrams(one, n) for one in ours), Counter()) for n in (1, 2)]
    assert counts == [(len(one), one.total()) for one in together]


def ngrams(found: list[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(found[at : at + order]) for at in range(len(found) - order + 1))


def test_shared_ngrams_need_a_reference_for_each_text() -> None:
    with pytest.raises(ValueError, match="1 texts for 2 references"):
        shared(*numbered([["a"]], [["a"], ["b"]]), 2)


def test_rouge_of_chinese_equals_the_library_with_characters_as_tokens() -> None:
    class Characters:
        def tokenize(self, words: str) -> list[str]:
            return tokens(words, "zh")

    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=Characters())
    figures = text.text_summary(OURS_ZH, THEIRS_ZH, language="zh-Hans", bootstrap=20)
    for ours, name in (("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_l", "rougeL")):
        scores = [scorer.score(b, a)[name].fmeasure for a, b in zip(OURS_ZH, THEIRS_ZH, strict=True)]
        assert figures[ours].value == pytest.approx(sum(scores) / len(scores))


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [
        ("Don't panic, 2nd try!", "en", ["don", "t", "panic", "2nd", "try"]),
        ("我用GPT的app，3天了。", "zh", ["我", "用", "gpt", "的", "app", "3", "天", "了"]),
        ("Über Ängste_reden", "de", ["über", "ängste", "reden"]),
        ("……！", "zh", []),
    ],
)
def test_tokens(words: str, language: str, expected: list[str]) -> None:
    assert tokens(words, language) == expected


def test_tokens_of_chinese_by_words() -> None:
    assert tokens("我们一起想想办法。", "zh-Hans", words=True) == ["我们", "一起", "想想", "办法"]


def test_distinct_counts_different_ngrams_of_all_texts_together() -> None:
    figures = text.distincts([["a", "b", "a"], ["a", "b"]])
    assert figures["distinct_1"].value == pytest.approx(2 / 5)
    assert figures["distinct_2"].value == pytest.approx(2 / 3)
    assert text.distincts([["a"]])["distinct_2"].reason == Reason.TOO_FEW_ITEMS


def test_intervals_hold_the_value_and_are_the_same_again() -> None:
    first = text.text_summary(OURS, THEIRS, bootstrap=200, seed=4)
    assert first == text.text_summary(OURS, THEIRS, bootstrap=200, seed=4)
    for name in ("rouge_1", "rouge_l", "bleu_1", "chrf", "length"):
        ci = first[name].ci
        assert ci is not None
        assert ci.low < (first[name].value or 0) < ci.high


def test_what_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "meteor_ready", lambda: False)
    monkeypatch.setattr(text, "bertscore_ready", lambda: False)
    meteor = text.text_summary(OURS, THEIRS, bootstrap=20)["meteor"]
    assert (meteor.value, meteor.reason, meteor.extra["install"]) == (
        None, Reason.NOT_INSTALLED, "pip install nltk && python -m nltk.downloader wordnet",
    )  # fmt: skip
    bert = text.bertscore_summary(OURS, THEIRS)
    assert {name: figure.reason for name, figure in bert.items()} == dict.fromkeys(
        ("bertscore_p", "bertscore_r", "bertscore_f1"), Reason.NOT_INSTALLED
    )
    assert bert["bertscore_f1"].extra["install"] == "pip install bert-score"
    assert text.text_summary(OURS_ZH, THEIRS_ZH, language="zh", bootstrap=20)["meteor"].reason == Reason.NOT_APPLICABLE


def test_meteor_is_nltks_where_its_data_is_there() -> None:
    if not text.meteor_ready():
        assert text.text_summary(OURS, THEIRS, bootstrap=20)["meteor"].reason == Reason.NOT_INSTALLED
        return
    from nltk.translate.meteor_score import single_meteor_score

    scores = [single_meteor_score(tokens(b), tokens(a)) for a, b in zip(OURS, THEIRS, strict=True)]
    assert text.text_summary(OURS, THEIRS, bootstrap=20)["meteor"].value == pytest.approx(sum(scores) / len(scores))


def test_texts_without_references_are_refused_and_none_are_undefined() -> None:
    with pytest.raises(ValueError, match="1 texts for 0 references"):
        text.text_summary(["a"], [])
    assert {figure.reason for figure in text.text_summary([], []).values()} == {Reason.TOO_FEW_ITEMS}
