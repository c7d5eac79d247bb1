"""Words in a text that tell who wrote it: names of models and vendors, and how models speak of themselves. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Clue(StrEnum):
    """What kind of words gave it away."""

    MODEL = "model"
    VENDOR = "vendor"
    SELF = "self"
    SYSTEM = "system"


@dataclass(frozen=True)
class Hit:
    """Words found in a text, from `start` up to `end` (in characters)."""

    start: int
    end: int
    text: str
    clue: Clue


# Names that are also common words (Claude, Gemini, Mistral, Falcon, Orca, ...) are hits as well: a person decides.
MODELS = (
    r"chat\s?-?gpt", r"gpt\s?-?\d[\w.\-]*", r"gpt", r"claude", r"gemini", r"bard", r"gemma", r"palm\s?-?2", r"codex",
    r"llama\s?-?\d?[\w.\-]*", r"vicuna", r"alpaca", r"koala", r"guanaco", r"wizardlm", r"mistral", r"mixtral",
    r"zephyr", r"falcon-?\d+b", r"bloomz?", r"dolly", r"stablelm", r"mpt-\d+b", r"phi-\d[\w.\-]*", r"orca-\d",
    r"qwen[\w.\-]*", r"tongyi", r"baichuan[\w.\-]*", r"chatglm[\w.\-]*", r"glm-\d[\w.\-]*", r"internlm[\w.\-]*",
    r"deepseek[\w.\-]*", r"ernie(?:\s?bot)?", r"kimi", r"doubao", r"yi-\d+b", r"minimax", r"grok", r"copilot",
    r"command[\s-]r\+?", r"samantha", r"psychollm", r"psycollm", r"emollm", r"mechat", r"soulchat", r"chatpsychiatrist",
    r"mentallama", r"psych8k",
)  # fmt: skip
MODELS_HAN = (
    "通义千问", "千问", "文心一言", "文心", "百川", "智谱清言", "书生浦语", "深度求索", "豆包", "月之暗面", "讯飞星火",
    "混元", "盘古大模型", "天工", "紫东太初", "羊驼", "灵心",
)  # fmt: skip
VENDORS = (
    r"openai", r"anthropic", r"deepmind", r"google\s?ai", r"meta\s?ai", r"mistral\s?ai", r"microsoft", r"alibaba",
    r"baidu", r"tencent", r"bytedance", r"zhipu(?:\s?ai)?", r"moonshot\s?ai", r"hugging\s?face", r"stability\s?ai",
    r"cohere", r"eleutherai", r"lmsys", r"xai", r"nvidia", r"iflytek", r"sensetime", r"huawei",
)  # fmt: skip
VENDORS_HAN = (
    "阿里巴巴", "阿里云", "百度", "腾讯", "字节跳动", "智谱", "科大讯飞", "商汤", "华为", "谷歌", "微软",
    "开放人工智能",
)  # fmt: skip
SELVES = (
    r"(?:as|i am|i'm|i’m|being|just|only|merely) (?:an? |your |the )?(?:large |virtual |ai[- ]|artificial )*"
    r"(?:ai|a\.i\.|artificial intelligence|language model|chat\s?bot|bot|virtual assistant|ai assistant|machine|"
    r"computer program|digital assistant)",
    r"(?:large )?language models?", r"ai[- ](?:assistant|model|language model|chat\s?bot|therapist|counsell?or)",
    r"my (?:training data|knowledge cut-?off|programming|developers?|creators?|training)",
    r"i (?:was|have been|am) (?:trained|programmed|developed|created|designed|built|fine-?tuned) (?:by|to|on|as)",
    r"i (?:do not|don't|don’t|cannot|can't|can’t) (?:have|feel|experience) (?:feelings|emotions|consciousness|a body)",
    r"human (?:therapist|counsell?or|professional) (?:can|would) [\w ]{0,30}i cannot",
)  # fmt: skip
SELVES_HAN = (
    "作为(?:一[个种款名位]?)?(?:大型|人工智能|AI|ai|语言|智能|虚拟|聊天|机器)+(?:语言)?(?:模型|助手|机器人|程序)",
    "作为一个?(?:大型|人工智能|AI|ai|语言|智能|虚拟|聊天|机器)+(?:语言)?(?:模型|助手|机器人|程序)?",
    "我(?:只|仅仅?)?是一?个?(?:大型|人工智能|AI|ai|语言|智能|虚拟|聊天|机器)+(?:语言)?(?:模型|助手|机器人|程序)?",
    "(?:大语言模型|语言模型|大模型|人工智能助手|聊天机器人|AI助手|智能助手|AI心理咨询师)",
    "我的(?:训练数据|知识截止|开发者|训练)", "我(?:被|是由).{0,12}(?:训练|开发|创建|设计|研发)",
    "我没有(?:真实的?)?(?:情感|感情|感受|意识|身体)",
)  # fmt: skip


def find(text: str, *, names: Iterable[str] = ()) -> list[Hit]:
    """Return what in `text` may tell who wrote it, in the order of the text; `names` are the study's own systems'.

    Of overlapping hits the longest counts; an own system's name wins over the same words of the general list.
    """
    found: list[Hit] = []
    for clue, pattern in _patterns(tuple(sorted({name.strip() for name in names if len(name.strip()) > 1}))):
        found += [Hit(m.start(), m.end(), m.group(), clue) for m in pattern.finditer(text)]
    kept: list[Hit] = []
    for hit in sorted(found, key=lambda hit: (hit.start - hit.end, hit.start)):
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def redact(text: str, hits: Iterable[Hit], *, by: str = "[…]") -> str:
    """Return the text with the hits' words replaced by `by`."""
    for hit in sorted(hits, key=lambda hit: -hit.start):
        text = text[: hit.start] + by + text[hit.end :]
    return text


def find_parts(parts: Sequence[str], *, names: Iterable[str] = ()) -> list[Hit]:
    """Return the hits in several texts of one thing; places are counted through all of them, with one between two."""
    found: list[Hit] = []
    at, known = 0, tuple(names)
    for part in parts:
        found += [Hit(at + hit.start, at + hit.end, hit.text, hit.clue) for hit in find(part, names=known)]
        at += len(part) + 1
    return found


def redact_parts(parts: Sequence[str], hits: Iterable[Hit], *, by: str = "[…]") -> list[str]:
    """Return the texts without the hits' words; places are counted as `find_parts` does."""
    found: list[str] = []
    at, known = 0, list(hits)
    for part in parts:
        own = [hit for hit in known if at <= hit.start and hit.end <= at + len(part)]
        found.append(redact(part, [Hit(hit.start - at, hit.end - at, hit.text, hit.clue) for hit in own], by=by))
        at += len(part) + 1
    return found


@lru_cache(maxsize=64)
def _patterns(names: Sequence[str]) -> tuple[tuple[Clue, re.Pattern[str]], ...]:
    general = (
        (Clue.MODEL, _words(MODELS, MODELS_HAN)),
        (Clue.VENDOR, _words(VENDORS, VENDORS_HAN)),
        (Clue.SELF, _words(SELVES, SELVES_HAN)),
    )
    own = [re.escape(name) for name in sorted(names, key=len, reverse=True)]
    return ((Clue.SYSTEM, _words(own, ())), *general) if own else general


def _words(spaced: Iterable[str], unspaced: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of whole words; Chinese has no spaces to tell words apart, so there any place counts.

    A Latin name inside a Chinese sentence has letters of that script beside it, which are no part of it.
    """
    parts = [f"(?<![A-Za-z0-9_])(?:{'|'.join(spaced)})(?![A-Za-z0-9_])", *unspaced]
    return re.compile("|".join(parts), re.IGNORECASE)
