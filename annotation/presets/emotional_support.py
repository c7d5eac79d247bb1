"""Eight strategies of somebody who gives emotional support, and how strongly the person in need feels."""

from __future__ import annotations

from typing import Any

STRATEGIES: list[dict[str, Any]] = [
    {
        "key": "question",
        "name": ("Question", "提问"),
        "description": (
            "Asks for something not yet told, openly or with a choice of answers, so that the person can say more.",
            "询问对方还没有说到的内容，可以是开放的，也可以给出几种可能，帮助对方说得更多。",
        ),
        "colour": "blue",
        "also": ["Questions"],
    },
    {
        "key": "restatement",
        "name": ("Restatement or Paraphrasing", "复述或改述"),
        "description": (
            "Says again, shorter and in other words, what the person has told.",
            "用更简短、不同的话，把对方讲过的内容再说一遍。",
        ),
        "colour": "navy",
        "also": ["Restatement", "Paraphrasing"],
    },
    {
        "key": "reflection",
        "name": ("Reflection of feelings", "情感反映"),
        "description": (
            "Puts into words what the person seems to feel.",
            "把对方可能有的感受用语言说出来。",
        ),
        "colour": "plum",
        "also": ["Reflection"],
    },
    {
        "key": "self-disclosure",
        "name": ("Self-disclosure", "自我表露"),
        "description": (
            "Tells of an experience or feeling of one's own that is like the person's.",
            "讲述自己相似的经历或感受。",
        ),
        "colour": "brown",
        "also": [],
    },
    {
        "key": "affirmation",
        "name": ("Affirmation and Reassurance", "肯定与安慰"),
        "description": (
            "Names strengths, effort or reasons for hope; says that the feeling is understandable.",
            "指出对方的长处、努力或值得期待的地方；说明这样的感受可以理解。",
        ),
        "colour": "green",
        "also": ["Affirmation", "Reassurance"],
    },
    {
        "key": "suggestions",
        "name": ("Providing Suggestions", "提供建议"),
        "description": (
            "Proposes something the person could do or try, and leaves the choice to them.",
            "提出对方可以尝试的做法，并把选择留给对方。",
        ),
        "colour": "olive",
        "also": ["Suggestions", "Suggestion"],
    },
    {
        "key": "information",
        "name": ("Information", "提供信息"),
        "description": (
            "Gives facts, figures or resources, without telling the person what to do.",
            "给出事实、数据或资源，但不告诉对方该怎么做。",
        ),
        "colour": "amber",
        "also": ["Providing Information"],
    },
    {
        "key": "others",
        "name": ("Others", "其他"),
        "description": (
            "A greeting, thanks, or any other help that the seven above do not cover.",
            "问候、感谢，或以上七种之外的其他帮助。",
        ),
        "also": ["Other"],
    },
]

FIELDS: list[dict[str, Any]] = [
    {
        "key": "strategy",
        "name": ("Strategy", "策略"),
        "kind": "several",
        "roles": ["therapist"],
        "labels": STRATEGIES,
        "required": True,
        "evidence": True,
        "help": (
            "What the supporter does in this turn. Several where a turn does several things.",
            "支持者在这一轮做了什么。一轮里做了几件事，就选几项。",
        ),
    },
    {
        "key": "distress",
        "name": ("Distress", "痛苦程度"),
        "kind": "scale",
        "roles": ["client"],
        "low": 1,
        "high": 5,
        "low_words": ("calm", "平静"),
        "high_words": ("in great distress", "非常痛苦"),
        "unknown": True,
        "help": ("How distressed the person sounds in this turn.", "从这一轮听起来，对方有多痛苦。"),
    },
    {
        "key": "stage",
        "name": ("Stage", "阶段"),
        "level": "session",
        "kind": "several",
        "labels": [
            {"key": "exploration", "name": ("Exploration", "探索"), "also": []},
            {"key": "comforting", "name": ("Comforting", "安慰"), "also": []},
            {"key": "action", "name": ("Action", "行动"), "also": []},
        ],
        "help": ("The stages that the conversation reaches.", "对话进行到的阶段。"),
    },
    {
        "key": "summary",
        "name": ("Summary", "概要"),
        "level": "session",
        "kind": "text",
        "unknown": True,
        "help": (
            "Two or three sentences: the trouble, what helped, how it ended.",
            "两三句话：困扰是什么，什么有帮助，怎样结束。",
        ),
    },
]
