"""The demonstration's texts are what a visitor reads first: whole, balanced, and free of slips."""

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

Record = dict[str, Any]

FOLDER = Path(__file__).parents[2] / "projects" / "demo"
LANGUAGES = {"en": "en", "zh-Hans": "zh"}
DIFFICULTIES = {"clear", "subtle", "contested"}
REASON_CODES = {"undecidable", "depends_on_values", "privacy", "faulty", "other"}
ASCII_PUNCTUATION = re.compile(r"[,;:!?'\"]")
COMMON_FIELDS = {"external_id", "text", "topic", "subtopic", "language", "metadata"}
LABEL_FIELDS = {"prelabel", "prelabel_score", "prelabel_source", "answer", "difficulty"}
CHINESE_FIELDS = {"topic_zh", "subtopic_zh"}


def _load(name: str) -> list[Record]:
    records: list[Record] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return records


TRUE_FALSE = _load("items_true_false.json")
CHOICE = _load("items_choice.json")
QUESTIONS = _load("qa_items.json")
DISCUSSIONS = _load("discussion.json")
TAXONOMY = _load("taxonomy.json")
LABELLED = TRUE_FALSE + CHOICE
EVERYTHING = LABELLED + QUESTIONS
BY_ID = {item["external_id"]: item for item in EVERYTHING}


def _name(item: Record) -> str:
    return str(item["external_id"])


def _situation(item: Record) -> str:
    return str(item["text"]).split("\n\n")[0]


def _length(text: str, language: str) -> int:
    return len(text.split()) if language == "en" else len(text)


def _wrong_share(items: list[Record]) -> float:
    answered = [item for item in items if item["answer"] is not None]
    return sum(bool(item["prelabel"] != item["answer"]) for item in answered) / len(answered)


def _options(item: Record) -> list[str]:
    return [option["text"] for option in item.get("options", [])]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.name)
def test_demo_json_is_indented_utf8_with_readable_characters(path: Path) -> None:
    raw = path.read_text(encoding="utf-8")
    assert raw == json.dumps(json.loads(raw), ensure_ascii=False, indent=2) + "\n"


def test_true_false_items_are_enough_in_each_language() -> None:
    assert Counter(item["language"] for item in TRUE_FALSE) == {"en": 36, "zh-Hans": 36}


def test_choice_items_are_enough_of_each_kind_and_language() -> None:
    assert Counter((item["language"], item["kind"]) for item in CHOICE) == {
        ("en", "single"): 13,
        ("en", "multiple"): 5,
        ("zh-Hans", "single"): 13,
        ("zh-Hans", "multiple"): 5,
    }


def test_questions_cover_each_topic_once_per_language() -> None:
    places = Counter((item["topic"], item["language"]) for item in QUESTIONS)
    assert places == {(entry["topic"], language): 1 for entry in TAXONOMY for language in LANGUAGES}


@pytest.mark.parametrize("items", [TRUE_FALSE, CHOICE], ids=["true_false", "choice"])
def test_labelled_items_cover_every_topic_in_both_languages(items: list[Record]) -> None:
    covered = {(item["topic"], item["language"]) for item in items}
    assert covered == {(entry["topic"], language) for entry in TAXONOMY for language in LANGUAGES}


def test_external_ids_are_numbered_without_gaps_or_repeats() -> None:
    kinds = [("tf", TRUE_FALSE), ("ch", CHOICE), ("qa", QUESTIONS)]
    expected = [
        f"{prefix}-{kind}-{number:03d}"
        for kind, items in kinds
        for language, prefix in LANGUAGES.items()
        for number in range(1, sum(item["language"] == language for item in items) + 1)
    ]
    assert [_name(item) for item in EVERYTHING] == expected


@pytest.mark.parametrize("item", EVERYTHING, ids=_name)
def test_item_has_exactly_the_documented_fields(item: Record) -> None:
    expected = COMMON_FIELDS | (CHINESE_FIELDS if item["language"] == "zh-Hans" else set())
    if item not in QUESTIONS:
        expected = expected | LABEL_FIELDS
    if item in CHOICE:
        expected = expected | {"kind", "options"}
    assert set(item) == expected


@pytest.mark.parametrize("item", EVERYTHING, ids=_name)
def test_item_topic_and_subtopic_are_in_the_taxonomy(item: Record) -> None:
    entry = next(entry for entry in TAXONOMY if entry["topic"] == item["topic"])
    subtopics = {sub["subtopic"]: sub["subtopic_zh"] for sub in entry["subtopics"]}
    chinese = (entry["topic_zh"], subtopics[item["subtopic"]])
    assert (item.get("topic_zh", chinese[0]), item.get("subtopic_zh", chinese[1])) == chinese


@pytest.mark.parametrize("item", LABELLED, ids=_name)
def test_labelled_item_has_a_difficulty_and_a_score_in_range(item: Record) -> None:
    assert item["difficulty"] in DIFFICULTIES
    assert 0.5 <= item["prelabel_score"] <= 0.99
    assert {"life_stage", "setting"} <= set(item["metadata"])


@pytest.mark.parametrize("item", TRUE_FALSE, ids=_name)
def test_true_false_labels_are_positive_or_negative(item: Record) -> None:
    assert item["prelabel"] in {"positive", "negative"}
    assert item["answer"] in {"positive", "negative", None}


@pytest.mark.parametrize("item", CHOICE, ids=_name)
def test_choice_labels_are_option_keys_that_fit_the_kind(item: Record) -> None:
    keys = [option["key"] for option in item["options"]]
    assert keys == list("ABCDE")[: len(keys)]
    assert 3 <= len(keys) <= 5
    assert len(set(_options(item))) == len(keys)
    for label in [item["prelabel"], item["answer"] or item["prelabel"]]:
        assert label == sorted(set(label) & set(keys))
        assert (len(label) > 1) == (item["kind"] == "multiple")


def test_right_options_are_spread_over_the_keys() -> None:
    counts = Counter(item["answer"][0] for item in CHOICE if item["kind"] == "single" and item["answer"])
    assert set(counts) == set("ABCD")
    assert max(counts.values()) < counts.total() / 2


def test_right_option_is_not_given_away_by_its_length() -> None:
    answered = [item for item in CHOICE if item["answer"]]
    longest = [max(item["options"], key=lambda option: len(option["text"]))["key"] for item in answered]
    given_away = sum(key in item["answer"] for key, item in zip(longest, answered, strict=True))
    assert given_away / len(answered) < 0.6


@pytest.mark.parametrize("items", [TRUE_FALSE, CHOICE], ids=["true_false", "choice"])
def test_wrong_prelabels_are_some_but_not_many(items: list[Record]) -> None:
    assert 0.10 <= _wrong_share(items) <= 0.22


@pytest.mark.parametrize("language", LANGUAGES)
def test_wrong_prelabels_occur_in_each_language(language: str) -> None:
    assert 0.10 <= _wrong_share([item for item in LABELLED if item["language"] == language]) <= 0.22


def test_wrong_prelabels_gather_where_the_text_is_subtle() -> None:
    clear = _wrong_share([item for item in LABELLED if item["difficulty"] == "clear"])
    subtle = _wrong_share([item for item in LABELLED if item["difficulty"] == "subtle"])
    assert 0 < clear < 0.1 < subtle


@pytest.mark.parametrize("language", LANGUAGES)
def test_true_false_answers_are_balanced(language: str) -> None:
    counts = Counter(item["answer"] for item in TRUE_FALSE if item["language"] == language)
    assert abs(counts["positive"] - counts["negative"]) <= 5


@pytest.mark.parametrize("item", EVERYTHING, ids=_name)
def test_text_has_a_readable_length(item: Record) -> None:
    bounds = {"en": (20, 70), "zh-Hans": (30, 120)}
    if item in CHOICE:
        bounds = {"en": (10, 70), "zh-Hans": (15, 120)}
    elif item in QUESTIONS:
        bounds = {"en": (40, 120), "zh-Hans": (80, 200)}
    low, high = bounds[item["language"]]
    assert low <= _length(_situation(item), item["language"]) <= high


@pytest.mark.parametrize("item", EVERYTHING, ids=_name)
def test_text_is_written_in_its_language(item: Record) -> None:
    text = item["text"] + "".join(_options(item))
    foreign = r"[\u4e00-\u9fff]" if item["language"] == "en" else r"[A-Za-z,;:!?'\"]"
    assert re.findall(foreign, text) == []


@pytest.mark.parametrize("item", EVERYTHING, ids=_name)
def test_text_is_clean_and_names_no_address(item: Record) -> None:
    for text in [item["text"], *_options(item)]:
        assert text == text.strip()
        assert re.findall(r" {2}|[!\uff01'\"@]|https?:|\d{4,}", text) == []


def test_no_two_items_share_a_passage() -> None:
    def shingles(item: Record) -> set[str]:
        size = 30 if item["language"] == "en" else 12
        text = _situation(item)
        return {text[start : start + size] for start in range(len(text) - size + 1)}

    pieces = {_name(item): shingles(item) for item in EVERYTHING}
    assert [pair for pair in combinations(pieces, 2) if pieces[pair[0]] & pieces[pair[1]]] == []


def test_contested_items_each_have_one_discussion() -> None:
    contested = [_name(item) for item in LABELLED if item["difficulty"] == "contested"]
    assert Counter(entry["external_id"] for entry in DISCUSSIONS) == Counter(contested)
    assert len(contested) >= 8


def test_discussions_remove_two_items_that_depend_on_values() -> None:
    codes = Counter(entry["decision"]["reason_code"] for entry in DISCUSSIONS)
    assert codes == {None: 6, "depends_on_values": 2, "undecidable": 1, "faulty": 1}


@pytest.mark.parametrize("entry", DISCUSSIONS, ids=_name)
def test_discussion_is_a_dispute_between_two_raters(entry: Record) -> None:
    assert set(entry) == {"external_id", "language", "votes", "changed_votes", "posts", "decision"}
    assert list(entry["votes"]) == ["R1", "R2"]
    assert entry["votes"]["R1"] != entry["votes"]["R2"]
    assert 2 <= len(entry["posts"]) <= 4
    assert {post["author"] for post in entry["posts"]} == {"R1", "R2"}
    assert [rater for rater, vote in entry["changed_votes"].items() if vote == entry["votes"][rater]] == []


@pytest.mark.parametrize("entry", DISCUSSIONS, ids=_name)
def test_discussion_votes_are_labels_of_the_item(entry: Record) -> None:
    item = BY_ID[entry["external_id"]]
    votes = [*entry["votes"].values(), *entry["changed_votes"].values()]
    if item in TRUE_FALSE:
        assert set(votes) == {"positive", "negative"}
    else:
        keys = {option["key"] for option in item["options"]}
        assert [vote for vote in votes if not set(vote) <= keys] == []


@pytest.mark.parametrize("entry", DISCUSSIONS, ids=_name)
def test_decision_agrees_with_the_items_answer(entry: Record) -> None:
    decision, item = entry["decision"], BY_ID[entry["external_id"]]
    removed = decision["outcome"] == "remove"
    assert decision["outcome"] in {"label", "remove"}
    assert decision["label"] == item["answer"]
    assert removed == (item["answer"] is None)
    assert decision["reason_code"] in (REASON_CODES if removed else {None})


@pytest.mark.parametrize("entry", DISCUSSIONS, ids=_name)
def test_discussion_is_held_in_the_items_language(entry: Record) -> None:
    assert entry["language"] == BY_ID[entry["external_id"]]["language"]
    words = [post["text"] for post in entry["posts"]] + [entry["decision"]["reason"]]
    is_chinese = entry["language"] == "zh-Hans"
    assert [bool(re.search(r"[\u4e00-\u9fff]", text)) for text in words] == [is_chinese] * len(words)
    slips = ASCII_PUNCTUATION if is_chinese else re.compile(r"['\"]")
    assert slips.findall("".join(words)) == []


def test_only_discussed_items_are_without_an_answer() -> None:
    removed = [entry["external_id"] for entry in DISCUSSIONS if entry["decision"]["outcome"] == "remove"]
    assert sorted(removed) == sorted(_name(item) for item in LABELLED if item["answer"] is None)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("guideline_en.md", 300, 750),
        ("guideline_zh.md", 700, 1600),
        ("content_notice_en.md", 40, 90),
        ("content_notice_zh.md", 60, 160),
        ("help_lines_en.md", 40, 110),
        ("help_lines_zh.md", 80, 220),
    ],
)
def test_prose_is_short_and_in_its_language(name: str, low: int, high: int) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    english = name.endswith("_en.md")
    assert low <= _length(text, "en" if english else "zh-Hans") <= high
    assert bool(re.search(r"[\u4e00-\u9fff]", text)) != english
    assert ASCII_PUNCTUATION.findall("" if english else text) == []


@pytest.mark.parametrize("name", ["help_lines_en.md", "help_lines_zh.md"])
def test_help_lines_name_no_number_and_ask_the_project_for_its_own(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert re.findall(r"\d", text) == []
    assert len(re.findall(r"^\*[^*]+\*$", text, flags=re.MULTILINE)) == 1


def test_readme_names_every_file() -> None:
    files = {path.name for path in FOLDER.iterdir() if path.suffix in {".json", ".md"}} - {"README.md"}
    named = set(re.findall(r"`(\w+\.(?:json|md))`", (FOLDER / "README.md").read_text(encoding="utf-8")))
    assert named == files
