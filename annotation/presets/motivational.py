"""Motivational interviewing: what the therapist does, with sub-labels, and how the client talks about change."""

from __future__ import annotations

from typing import Any


def _label(
    key: str, english: str, chinese: str, about: tuple[str, str], *also: str, parent: str = "", colour: str = ""
) -> dict[str, Any]:
    return {
        "key": key,
        "name": (english, chinese),
        "description": about,
        "also": list(also),
        "parent": parent,
        "colour": colour,
    }


THERAPIST = [
    _label(
        "reflection",
        "Reflection",
        "反映",
        ("Gives back what the client has said.", "把来访者说的反映回去。"),
        colour="plum",
    ),
    _label(
        "reflection/simple",
        "simple",
        "简单",
        ("Adds nothing to what was said.", "没有增加新的含义。"),
        parent="reflection",
    ),
    _label(
        "reflection/complex",
        "complex",
        "复杂",
        ("Adds meaning, feeling or direction.", "增加了含义、感受或方向。"),
        parent="reflection",
    ),
    _label("question", "Question", "提问", ("Asks the client something.", "向来访者提问。"), colour="blue"),
    _label("question/open", "open", "开放", ("Leaves room for any answer.", "可以自由回答。"), parent="question"),
    _label(
        "question/closed",
        "closed",
        "封闭",
        ("Can be answered with yes, no or one fact.", "可以用是、否或一个事实来回答。"),
        parent="question",
    ),
    _label(
        "input",
        "Therapist input",
        "咨询师输入",
        ("Brings in something of the therapist's own.", "加入咨询师自己的内容。"),
        "therapist_input",
        colour="olive",
    ),
    _label("input/information", "information", "信息", ("Tells a fact.", "说明事实。"), parent="input"),
    _label(
        "input/advice", "advice", "建议", ("Says what the client could do.", "说明来访者可以怎么做。"), parent="input"
    ),
    _label(
        "input/options",
        "options",
        "选项",
        ("Lays out several ways to choose from.", "给出几种可供选择的办法。"),
        parent="input",
    ),
    _label(
        "input/negotiation",
        "negotiation",
        "协商",
        ("Works out aims or steps together.", "一起商定目标或步骤。"),
        parent="input",
    ),
    _label("other", "Other", "其他", ("Greetings, small words, arrangements.", "问候、应答、安排事务。")),
]
CLIENT = [
    _label("change", "Change talk", "改变语句", ("Speaks for change.", "倾向改变。"), "change", colour="green"),
    _label(
        "change/wish",
        "wish or reason",
        "愿望或理由",
        ("Wants it, or says why.", "想要改变，或说出理由。"),
        parent="change",
    ),
    _label("change/ability", "ability", "能力", ("Believes it can be done.", "相信自己做得到。"), parent="change"),
    _label(
        "change/commitment",
        "commitment or step",
        "承诺或行动",
        ("Has decided, or has begun.", "已经决定，或已经开始。"),
        parent="change",
    ),
    _label(
        "sustain",
        "Sustain talk",
        "维持语句",
        ("Speaks for leaving things as they are.", "倾向维持现状。"),
        "sustain",
        colour="brown",
    ),
    _label(
        "sustain/wish",
        "wish or reason",
        "愿望或理由",
        ("Wants to keep it, or says why.", "想维持现状，或说出理由。"),
        parent="sustain",
    ),
    _label(
        "sustain/inability",
        "inability",
        "做不到",
        ("Does not believe it can be done.", "不相信自己做得到。"),
        parent="sustain",
    ),
    _label(
        "neutral",
        "Neutral",
        "中性",
        ("Speaks neither for nor against change.", "既不支持也不反对改变。"),
        "follow/neutral",
    ),
]

FIELDS: list[dict[str, Any]] = [
    {
        "key": "therapist-behaviour",
        "also": ["main_therapist_behaviour"],
        "name": ("Therapist's behaviour", "咨询师行为"),
        "kind": "single",
        "roles": ["therapist"],
        "labels": THERAPIST,
        "required": True,
        "leaves_only": True,
        "evidence": True,
        "help": ("The main thing the therapist does in this turn.", "咨询师在这一轮的主要行为。"),
    },
    {
        "key": "client-talk",
        "also": ["client_talk_type"],
        "name": ("Client's talk", "来访者语句"),
        "kind": "single",
        "roles": ["client"],
        "labels": CLIENT,
        "required": True,
        "leaves_only": True,
        "evidence": True,
        "help": ("Whether the client speaks for or against change.", "来访者的话支持还是反对改变。"),
    },
    {
        "key": "behaviour-at-issue",
        "name": ("Change that is talked about", "谈到的改变"),
        "level": "session",
        "kind": "text",
        "required": True,
        "unknown": True,
        "help": ("Such as drinking less, or taking a medicine.", "例如少喝酒，或按时服药。"),
    },
    {
        "key": "quality",
        "name": ("Quality of the interviewing", "访谈质量"),
        "level": "session",
        "kind": "scale",
        "low": 1,
        "high": 5,
        "low_words": ("against its spirit", "违背其精神"),
        "high_words": ("fully in its spirit", "完全符合其精神"),
        "unknown": True,
    },
]
