"""Column mappings: guessed from headers, written on a command line, stored as JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.formats.kinds import kind_named
from projects.formats.languages import language_code
from projects.formats.mapping import Mapping, Source, guess_mapping, parse_map_arguments
from projects.formats.records import FormatError


def test_mapping_guess_of_english_headers() -> None:
    columns = [
        "Item ID",
        "Sentence",
        "Model_Label",
        "confidence",
        "Model",
        "Final Answer",
        "Topic",
        "Sub-topic",
        "lang",
        "note",
    ]
    assert guess_mapping(columns) == Mapping(
        text="Sentence",
        external_id="Item ID",
        prelabel="Model_Label",
        prelabel_score="confidence",
        prelabel_source=Source(column="Model"),
        answer="Final Answer",
        topic=Source(column="Topic"),
        subtopic=Source(column="Sub-topic"),
        language=Source(column="lang"),
    )


def test_mapping_guess_of_chinese_headers() -> None:
    columns = ["编号", "题目", "选项", "题型", "预标注", "置信度", "答案", "主题", "子主题", "语言", "参考答案"]
    rows = [{"题型": "单选题", "置信度": "0.9"}, {"题型": "多选", "置信度": ""}]
    assert guess_mapping(columns, rows) == Mapping(
        text="题目",
        external_id="编号",
        options=("选项",),
        kind=Source(column="题型"),
        prelabel="预标注",
        prelabel_score="置信度",
        answer="答案",
        topic=Source(column="主题"),
        subtopic=Source(column="子主题"),
        language=Source(column="语言"),
        reference="参考答案",
    )


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        (["question", "A", "B", "C", "answer"], ("A", "B", "C")),
        (["question", "option_2", "option_1", "option_3"], ("option_1", "option_2", "option_3")),
        (["question", "选项A", "选项B", "选项C", "选项D"], ("选项A", "选项B", "选项C", "选项D")),
        (["question", "A", "C"], ()),
        (["question", "1", "2", "3"], ()),
    ],
)
def test_mapping_guess_of_option_columns(columns: list[str], options: tuple[str, ...]) -> None:
    assert guess_mapping(columns).options == options


def test_mapping_guess_asks_the_rows_where_names_mislead() -> None:
    columns = ["question", "kind", "type", "label", "score"]
    rows = [{"question": "?", "kind": "knowledge", "type": "multi", "label": "A", "score": "high"}]
    guessed = guess_mapping(columns, rows)
    assert (guessed.kind, guessed.prelabel, guessed.prelabel_score) == (Source(column="type"), "label", "")


def test_mapping_guess_falls_back_to_the_longest_text() -> None:
    rows = [{"id": "1", "c1": "ok", "c2": "I cannot sleep before exams."}]
    assert guess_mapping(["id", "c1", "c2"], rows).text == "c2"
    assert guess_mapping(["id", "c1"], [{"id": "1", "c1": "ok"}]).text == ""


WHY = ["row", "column", "reason", "other cells"]


@pytest.mark.parametrize(
    ("columns", "ignored"),
    [
        (["text", "label", *WHY], WHY),
        (["text", "label", "行", "列", "原因", "其他单元格"], ["行", "列", "原因", "其他单元格"]),
        (["text", "row", "row (2)", *WHY[1:]], ["row (2)", *WHY[1:]]),
        (["text", *WHY, *(f"{name} (2)" for name in WHY)], [*WHY, *(f"{name} (2)" for name in WHY)]),
        (["text", "reason", "row"], []),
        (["text", *WHY, "label"], []),
    ],
)
def test_mapping_guess_leaves_out_why_rows_were_rejected(columns: list[str], ignored: list[str]) -> None:
    assert list(guess_mapping(columns).ignored) == ignored


def test_mapping_guess_never_takes_a_reason_for_the_text() -> None:
    row = {"id": "1", "a": "ja", **dict.fromkeys(WHY, ""), "reason": "The text is empty. Write it, or remove the row."}
    guessed = guess_mapping(["id", "a", *WHY], [row])
    assert (guessed.text, guessed.ignored) == ("", tuple(WHY))


def test_mapping_arguments_are_read() -> None:
    arguments = ["text=sentence", "prelabel=original_label", 'options=A,"B, or C",D', "language=:en", "topic=::odd"]
    arguments += [
        "kind=:single_choice",
        "external_id=sID",
        "ignore=name,mail",
        "options_separator=|",
        "prelabel_source=:m=1",
    ]
    assert parse_map_arguments(arguments) == Mapping(
        text="sentence",
        external_id="sID",
        kind=Source(constant="single_choice"),
        options=("A", "B, or C", "D"),
        options_separator="|",
        prelabel="original_label",
        prelabel_source=Source(constant="m=1"),
        language=Source(constant="en"),
        topic=Source(column=":odd"),
        ignored=("name", "mail"),
    )


def test_mapping_arguments_take_constant_options_and_auto() -> None:
    mapping = parse_map_arguments(["text=t", 'options=:Work,"Health, or Pain"', "kind=auto"])
    assert mapping == Mapping(text="t", option_list=("Work", "Health, or Pain"))


@pytest.mark.parametrize(
    ("argument", "code"),
    [
        ("text", "mapping_argument"),
        ("=x", "mapping_argument"),
        ("text=", "mapping_argument"),
        ("colour=x", "mapping_field"),
        ("option_list=x", "mapping_field"),
        ("text=:x", "mapping_constant"),
        ("answer=:x", "mapping_constant"),
    ],
)
def test_mapping_arguments_that_make_no_sense_are_refused(argument: str, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_map_arguments([argument])
    assert caught.value.code == code


def test_mapping_arguments_given_twice_are_refused() -> None:
    with pytest.raises(FormatError) as caught:
        parse_map_arguments(["text=a", "text=b"])
    assert str(caught.value) == "The field “text” is given twice. Give it once."


def test_mapping_is_checked_against_the_columns() -> None:
    mapping = Mapping(text="body", answer="gold", options=("A", "B"), language=Source(column="lang"))
    errors = mapping.check(["body", "A"])
    assert [(error.code, error.column, error.params["field"]) for error in errors] == [
        ("mapping_column", "B", "options"),
        ("mapping_column", "gold", "answer"),
        ("mapping_column", "lang", "language"),
    ]
    assert [error.code for error in Mapping().check(["a"])] == ["mapping_no_text"]


names = st.text(min_size=1, max_size=8)
sources = st.one_of(st.just(Source()), st.builds(Source, column=names), st.builds(Source, constant=names))
mappings = st.builds(
    Mapping,
    text=names,
    external_id=st.one_of(st.just(""), names),
    kind=sources,
    options=st.lists(names, max_size=4).map(tuple),
    option_list=st.lists(names, max_size=4).map(tuple),
    prelabel=names,
    language=sources,
    ignored=st.lists(names, max_size=2).map(tuple),
)


@given(mappings)
def test_mapping_survives_json(mapping: Mapping) -> None:
    assert Mapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize("data", [{"text": 1}, {"colour": "x"}, {"kind": "x"}, {"options": [1]}, {"options": None}])
def test_mapping_from_other_json_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(FormatError) as caught:
        Mapping.from_json(data)
    assert caught.value.code == "mapping_invalid"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Single Choice", "single_choice"),
        ("multi", "multiple_choice"),
        ("多选题", "multiple_choice"),
        ("ＴＦ", "true_false"),
        ("判断题", "true_false"),
        ("Q&A", "question"),
        ("knowledge", None),
    ],
)
def test_kind_names(name: str, kind: str | None) -> None:
    assert kind_named(name) == kind


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("English", "en"),
        ("zh_CN", "zh"),
        ("中文", "zh"),
        ("zh-Hant", "zh-hant"),
        ("de", "de"),
        ("", ""),
        ("a nice one", None),
    ],
)
def test_language_codes(name: str, code: str | None) -> None:
    assert language_code(name) == code
