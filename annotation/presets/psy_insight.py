"""What happens in a counselling session and why: strategy and reasoning, emotion and observation, and the session."""

from __future__ import annotations

from typing import Any


def _label(key: str, english: str, chinese: str, *also: str, about: tuple[str, str] = ("", "")) -> dict[str, Any]:
    return {"key": key, "name": (english, chinese), "description": about, "also": list(also)}


STRATEGIES = [
    _label(
        "question",
        "Question",
        "提问",
        "Questions",
        about=("Asks, to learn more or to set the client thinking.", "提出问题，以了解更多，或引发来访者思考。"),
    ),
    _label(
        "reflection",
        "Reflection",
        "反映",
        "Reflection of feelings",
        about=("Gives back the client's meaning or feeling.", "把来访者的意思或感受反映回去。"),
    ),
    _label(
        "restatement",
        "Restatement",
        "重述",
        "Paraphrasing",
        "Restatement or Paraphrasing",
        about=("Says the content again in other words.", "换一种说法重复内容。"),
    ),
    _label("clarification", "Clarification", "澄清", about=("Checks what the client means.", "核对来访者的意思。")),
    _label(
        "interpretation",
        "Interpretation",
        "解释",
        about=("Offers a link or a meaning the client has not named.", "提出来访者尚未说出的联系或含义。"),
    ),
    _label(
        "confrontation",
        "Confrontation",
        "面质",
        about=("Points out gently what does not fit together.", "温和地指出不一致之处。"),
    ),
    _label(
        "affirmation",
        "Affirmation",
        "肯定",
        "Affirmation and Reassurance",
        "Reassurance",
        about=("Values what the client does or is.", "肯定来访者的努力或为人。"),
    ),
    _label(
        "information",
        "Information",
        "提供信息",
        "Providing Information",
        about=("Explains a fact, a method or what comes next.", "说明事实、方法或接下来的安排。"),
    ),
    _label(
        "guidance",
        "Guidance",
        "指导",
        "Suggestion",
        "Suggestions",
        "Providing Suggestions",
        about=("Proposes an exercise or a step.", "建议一项练习或一个步骤。"),
    ),
    _label(
        "self-disclosure",
        "Self-disclosure",
        "自我表露",
        about=("Tells something of oneself for the client's sake.", "为来访者着想而谈到自己。"),
    ),
    _label(
        "summary", "Summary", "总结", "Summarization", about=("Draws together what was said.", "把谈过的内容归纳起来。")
    ),
    _label(
        "role-play",
        "Role-play",
        "角色扮演",
        about=("Lets the client act or imagine a scene.", "请来访者扮演或想象一个场景。"),
    ),
    _label("others", "Others", "其他", "Other", about=("None of the above.", "以上都不是。")),
]
EMOTIONS = [
    _label("anxiety", "Anxiety", "焦虑"),
    _label("fear", "Fear", "恐惧"),
    _label("sadness", "Sadness", "悲伤"),
    _label("depression", "Depression", "抑郁"),
    _label("anger", "Anger", "愤怒"),
    _label("guilt", "Guilt", "内疚", "Guilty"),
    _label("shame", "Shame", "羞耻"),
    _label("frustration", "Frustration", "挫败"),
    _label("confusion", "Confusion", "困惑"),
    _label("loneliness", "Loneliness", "孤独"),
    _label("relief", "Relief", "释然"),
    _label("hope", "Hope", "希望"),
    _label("joy", "Joy", "喜悦", "Happiness"),
    _label("neutral", "Neutral", "平静", "中性"),
    _label("others", "Others", "其他", "Other"),
]
THERAPIES = [
    _label("cbt", "Cognitive behavioural therapy", "认知行为疗法", "CBT", "Cognitive Behavioral Therapy"),
    _label(
        "rebt", "Rational emotive behaviour therapy", "理性情绪行为疗法", "REBT", "Rational Emotive Behavior Therapy"
    ),
    _label("sfbt", "Solution-focused brief therapy", "焦点解决短期疗法", "SFBT"),
    _label("adlerian", "Adlerian therapy", "阿德勒疗法", "Adlerian"),
    _label("client-centred", "Client-centred therapy", "来访者中心疗法", "Client-centered", "Client-centered therapy"),
    _label("family", "Family therapy", "家庭治疗", "Family"),
    _label("gestalt", "Gestalt therapy", "格式塔疗法", "Gestalt"),
    _label("multicultural", "Multicultural therapy", "多元文化疗法", "Multicultural"),
    _label("postmodern", "Postmodern therapy", "后现代疗法", "Postmodern"),
    _label("psychoanalytic", "Psychoanalytic therapy", "精神分析", "Psychoanalytic"),
    _label("psychodynamic", "Psychodynamic therapy", "心理动力学疗法", "Psychodynamic"),
    _label("reality", "Reality therapy", "现实疗法", "Reality"),
]

FIELDS: list[dict[str, Any]] = [
    {
        "key": "strategy",
        "name": ("Strategy", "策略"),
        "kind": "several",
        "roles": ["therapist"],
        "labels": STRATEGIES,
        "required": True,
        "unknown": True,
        "evidence": True,
        "help": ("What the therapist does in this turn.", "咨询师在这一轮做了什么。"),
    },
    {
        "key": "reasoning",
        "name": ("Reasoning", "推理"),
        "kind": "text",
        "roles": ["therapist"],
        "required": True,
        "unknown": True,
        "help": (
            "Why the therapist says this here, in one to three sentences.",
            "咨询师为什么在这里这样说，一到三句话。",
        ),
    },
    {
        "key": "emotion",
        "name": ("Emotion", "情绪"),
        "kind": "several",
        "roles": ["client"],
        "labels": EMOTIONS,
        "required": True,
        "unknown": True,
        "evidence": True,
        "help": ("What the client feels in this turn, as far as it shows.", "来访者在这一轮表现出的感受。"),
    },
    {
        "key": "observation",
        "name": ("Observation", "观察"),
        "kind": "text",
        "roles": ["client"],
        "required": True,
        "unknown": True,
        "help": (
            "What a counsellor can notice here: thoughts, needs, resources, risks.",
            "咨询师在这里能注意到什么：想法、需要、资源、风险。",
        ),
    },
    {
        "key": "topic",
        "name": ("Topic", "主题"),
        "level": "session",
        "kind": "text",
        "required": True,
        "unknown": True,
        "help": ("A few words.", "几个词即可。"),
    },
    {
        "key": "stage",
        "name": ("Stage", "阶段"),
        "level": "session",
        "kind": "text",
        "unknown": True,
        "help": (
            "Where in the course of counselling, such as “fourth session”.",
            "处于咨询过程的哪里，例如“第四次会谈”。",
        ),
    },
    {
        "key": "psychotherapy",
        "name": ("Psychotherapy", "疗法"),
        "level": "session",
        "kind": "single",
        "labels": THERAPIES,
        "required": True,
        "unknown": True,
    },
    {
        "key": "background",
        "name": ("Background", "背景"),
        "level": "session",
        "kind": "text",
        "unknown": True,
        "help": ("Who comes, and with what.", "谁来咨询，带着什么问题。"),
    },
    {
        "key": "guide",
        "name": ("Guide", "指引"),
        "level": "session",
        "kind": "text",
        "unknown": True,
        "help": ("What the counsellor should do in this session.", "咨询师在这次会谈里应当做什么。"),
    },
    {"key": "summary", "name": ("Summary", "概要"), "level": "session", "kind": "text", "unknown": True},
    {"key": "theme", "name": ("Theme", "主旨"), "level": "session", "kind": "text", "unknown": True},
]
