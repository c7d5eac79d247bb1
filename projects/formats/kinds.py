"""Names that people and files give to the kinds of items."""

import unicodedata

from projects.formats.records import Kind

NAMES: dict[Kind, str] = {
    "true_false": (
        "true_false truefalse true/false t/f tf judgement judgment boolean binary yes_no polarity "
        "判断 判断题 是非 是非题"
    ),
    "single_choice": "single_choice singlechoice single choice mcq radio 单选 单选题 单项选择 单项选择题 选择题",
    "multiple_choice": (
        "multiple_choice multiplechoice multi_choice multiple multi multi_label checkbox "
        "多选 多选题 多项选择 多项选择题 不定项 不定项选择题"
    ),
    "question": "question qa q&a open open_ended short_answer essay 问答 问答题 简答 简答题 主观题 开放题",
}
BY_NAME: dict[str, Kind] = {name: kind for kind, names in NAMES.items() for name in names.split()}


def kind_named(name: str) -> Kind | None:
    """The kind meant by a name in English or Chinese, or None."""
    plain = unicodedata.normalize("NFKC", name).strip().casefold().replace(" ", "_").replace("-", "_")
    return BY_NAME.get(plain)
