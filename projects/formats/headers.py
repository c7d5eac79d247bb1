"""What header names in English and Chinese, with a few rows, say about columns."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from projects.formats.kinds import kind_named

# Better names first. Compared after `plain`: lower case, without blanks, underscores and hyphens.
_NAMES = {
    "text": (
        "text sentence question content statement utterance stem body post prompt instruction input turns "
        "题目 题干 问题 内容 文本 句子 语句 正文 原文"
    ),
    "external_id": "externalid itemid id sid uid uuid qid questionid itemno 编号 题号 序号 条目编号",
    "options": "options choices alternatives candidates 选项 候选答案 备选答案",
    "kind": "kind itemkind itemtype questiontype qtype type 题型 类型 题目类型",
    "prelabel": (
        "prelabel prelabels modellabel originallabel predictedlabel prediction predicted suggestion suggestedlabel "
        "label 预标注 预标签 模型标签 模型标注 预测 标签"
    ),
    "prelabel_score": (
        "prelabelscore modelscore labelscore predictionscore confidence probability score "
        "预标注分数 预标注置信度 置信度 概率 得分 分数"
    ),
    "prelabel_source": ("prelabelsource labelsource modelversion modelname model 预标注来源 标签来源 模型 模型名称"),
    "answer": (
        "answer answers finalanswer finallabel correctanswer correct gold goldlabel goldanswer "
        "答案 正确答案 最终答案 标准答案 最终标签"
    ),
    "topic": "topic topics theme category subject subjectname domain 主题 话题 类别 分类 领域 科目",
    "subtopic": "subtopic subtopics subcategory subtheme 子主题 子话题 子类别 小类 二级主题",
    "language": "language lang locale 语言 语种",
    "reference": "reference referenceanswer referenceresponse output response 参考答案 参考回答 回答 回复",
}
NAMES = {field: names.split() for field, names in _NAMES.items()}
OPTION_PREFIXES = ("", "option", "choice", "opt", "选项")
LETTERS = "abcdefghij"
LONG_TEXT = 10
# The columns that a file of rejected rows has behind those of the file they come from.
REJECTED = (_("row"), _("column"), _("reason"), _("other cells"))


def plain(column: str) -> str:
    """The name without what people vary: case, blanks, hyphens, underscores, brackets."""
    return "".join(c for c in column.casefold() if not c.isspace() and c not in "_-.:：()（）")


def fits(name: str, column: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Do the values allow this column to feed the field? Only kinds and scores can be told by their values."""
    values = [row[column] for row in rows if row.get(column) not in (None, "")]
    if name == "kind":
        return bool(values) and all(isinstance(value, str) and kind_named(value) for value in values)
    if name == "prelabel_score":
        return all(_is_number(value) for value in values)
    return True


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def option_columns(plain_names: Mapping[str, str]) -> tuple[str, ...]:
    """Columns A, B, C … or option_1, option_2 …, if there are two or more from the first on, without a gap."""
    for prefix in OPTION_PREFIXES:
        for marks in (LETTERS, [str(n) for n in range(1, 11)]):
            if not prefix and marks is not LETTERS:
                continue  # bare numbers as headers are more often years or raters
            by_name = {p: column for column, p in plain_names.items()}
            run: list[str] = []
            for mark in marks:
                if prefix + mark not in by_name:
                    break
                run.append(by_name[prefix + mark])
            if len(run) >= 2:
                return tuple(run)
    return ()


def longest(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """The column with the longest texts on average, if any is long enough to be more than a label."""
    lengths = {c: sum(len(v) for row in rows if isinstance(v := row.get(c), str)) for c in columns}
    best = max(lengths, key=lambda column: lengths[column], default="")
    return best if best and lengths[best] >= LONG_TEXT * max(len(rows), 1) else ""


def rejection_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns at the end that say why rows were rejected, in whatever language; once for each time they were."""
    found: tuple[str, ...] = ()
    rest = list(columns)
    while len(rest) > len(REJECTED) and _says_why(rest[-len(REJECTED) :]):
        found = (*rest[-len(REJECTED) :], *found)
        del rest[-len(REJECTED) :]
    return found


def _says_why(columns: Sequence[str]) -> bool:
    # A name that was taken has a number behind it.
    bare = [re.sub(r" \(\d+\)$", "", column) for column in columns]
    for language, _name in settings.LANGUAGES:
        with override(language):
            if bare == [str(name) for name in REJECTED]:
                return True
    return False
