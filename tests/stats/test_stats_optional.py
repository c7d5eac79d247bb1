"""Metrics that need more than comes along: METEOR with a WordNet of a few words, and what is said without it.

Each runs in a process of its own: NLTK looks for its data once, when it is loaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

# One set of words with the same meaning a line, by part of speech.
MEANINGS = {"noun": [["help", "aid"], ["night", "dusk"]], "verb": [["rest", "repose"]], "adj": [["kind"]], "adv": []}
LETTERS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
VERSION = "  1 WordNet 3.0 Copyright by nobody: words for a test\n"
PROGRAM = """
import json, sys
from stats import text
ours, theirs, language = json.loads(sys.argv[1])
figures = text.text_summary(ours, theirs, language=language, bootstrap=200)
bert = text.bertscore_summary(ours, theirs, language=language)
found = {**figures, **bert}
print(json.dumps({name: [found[name].value, found[name].reason, found[name].extra.get("install"),
    found[name].ci is not None] for name in ("meteor", "bertscore_f1")}))
"""


def wordnet(folder: Path) -> None:
    """Write a dictionary in the form of Princeton's, as NLTK reads it."""
    place = folder / "corpora" / "wordnet"
    place.mkdir(parents=True)
    senses = []
    for part, meanings in MEANINGS.items():
        data, index = VERSION, VERSION
        for words in meanings:
            at = f"{len(data.encode()):08d}"
            named = " ".join(f"{word} 0" for word in words)
            frames = " 00" if part == "verb" else ""
            data += f"{at} 00 {LETTERS[part]} {len(words):02x} {named} 000{frames} | a meaning  \n"
            index += "".join(f"{word} {LETTERS[part]} 1 0 1 0 {at}\n" for word in words)
            senses += [f"{word}%{'nvar'.index(LETTERS[part]) + 1}:00:00:: {at} 1 0\n" for word in words]
        (place / f"data.{part}").write_text(data)
        (place / f"index.{part}").write_text(index)
        (place / f"{part}.exc").write_text("")
    (place / "lexnames").write_text("00\tall\t0\n")
    (place / "index.sense").write_text("".join(senses))
    (place / "cntlist.rev").write_text("")


def figures(folder: Path, ours: list[str], theirs: list[str], language: str = "en") -> dict[str, list[object]]:
    """What a process finds whose home and NLTK data are in `folder`."""
    command = [sys.executable, "-c", PROGRAM, json.dumps([ours, theirs, language])]
    own = {**os.environ, "HOME": str(folder), "NLTK_DATA": str(folder), "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=own)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[object]] = json.loads(done.stdout)
    return found


def meteor(matches: int, ours: int, theirs: int, chunks: int) -> float:
    """METEOR of Banerjee and Lavie (2005) with NLTK's weights: recall counts nine times as much as precision."""
    precision, recall = matches / ours, matches / theirs
    mean = precision * recall / (0.9 * precision + 0.1 * recall)
    return mean * (1 - 0.5 * (chunks / matches) ** 3)


def test_meteor_counts_words_stems_and_words_of_the_same_meaning(tmp_path: Path) -> None:
    pytest.importorskip("nltk")
    wordnet(tmp_path)
    ours = ["Aid comes soon.", "She rests in the night", "Try again"]
    theirs = ["Help comes soon.", "In the dusk she was resting", "Nothing of it"]
    # Aid is help, the rest is the same: one chunk of three. Of five, she, rests and "in the night" are a chunk each.
    expected = [meteor(3, 3, 3, 1), meteor(5, 5, 6, 3), 0.0]
    value, reason, install, has_interval = figures(tmp_path, ours, theirs)["meteor"]
    assert value == pytest.approx(sum(expected) / 3, abs=1e-9)
    assert (reason, install, has_interval) == (None, None, True)


def test_meteor_is_not_for_other_languages(tmp_path: Path) -> None:
    wordnet(tmp_path)
    assert figures(tmp_path, ["你好", "谢谢"], ["你好", "再见"], "zh")["meteor"][:3] == [None, "not_applicable", None]


def test_without_its_data_meteor_says_what_to_install(tmp_path: Path) -> None:
    found = figures(tmp_path, ["Aid comes.", "Soon."], ["Help comes.", "Soon."])
    command = "pip install nltk && python -m nltk.downloader wordnet"
    assert found["meteor"] == [None, "not_installed", command, False]


def test_with_an_empty_folder_of_data_meteor_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "corpora").mkdir()
    found = figures(tmp_path, ["Aid comes.", "Soon."], ["Help comes.", "Soon."])
    assert found["meteor"][1] == "not_installed"


def test_without_its_package_bertscore_says_what_to_install(tmp_path: Path) -> None:
    found = figures(tmp_path, ["Aid comes.", "Soon."], ["Help comes.", "Soon."])
    assert found["bertscore_f1"] == [None, "not_installed", "pip install bert-score", False]


def test_bertscore_is_what_its_package_says(tmp_path: Path) -> None:
    """A package with the one function we call, in the place of the real one, which needs a model of 1.4 GB."""
    (tmp_path / "bert_score").mkdir()
    (tmp_path / "bert_score" / "__init__.py").write_text(
        "def score(cands, refs, lang, verbose):\n"
        "    assert lang == 'zh' and verbose is False and len(cands) == len(refs)\n"
        "    return [[0.5, 0.25]], [[0.5, 0.5]], [[0.5, 1.0]]\n".replace("[[", "[").replace("]]", "]")
    )
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from stats import text; "
        "f = text.bertscore_summary(['a', 'b'], ['a', 'c'], language='zh-Hans'); "
        "print({name: (one.value, one.n_items, one.ci is not None) for name, one in f.items()})"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == str(
        {"bertscore_p": (0.375, 2, True), "bertscore_r": (0.5, 2, False), "bertscore_f1": (0.75, 2, True)}
    ), done.stderr
