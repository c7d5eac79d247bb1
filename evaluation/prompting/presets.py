"""Ready-made prompts for the ways in which systems are usually asked, in English and Chinese."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from evaluation.prompting.judge_presets import JUDGES
from evaluation.prompting.ready_made import PromptPreset, said

SHOTS = (
    {
        "language": "en",
        "variables": {
            "text": "My neighbour noticed that I had not been out for days and brought soup. We talked for an hour.",
            "labels": "positive / negative",
        },
        "answer": "positive",
    },
    {
        "language": "en",
        "variables": {
            "text": "I keep rereading the message in which she said that she is done with me, and I cannot eat.",
            "labels": "positive / negative",
        },
        "answer": "negative",
    },
    {
        "language": "zh-Hans",
        "variables": {"text": "邻居发现我好几天没出门，端了一碗汤过来，我们聊了一个小时。", "labels": "积极 / 消极"},
        "answer": "积极",
    },
    {
        "language": "zh-Hans",
        "variables": {"text": "我一遍遍地看她说再也不想理我的那条消息，饭也吃不下。", "labels": "积极 / 消极"},
        "answer": "消极",
    },
)

PRESETS: tuple[PromptPreset, ...] = (
    PromptPreset(
        "tendency",
        _("Emotional tendency, one word"),
        _("For chat models: no examples, and the label as the only word of the answer."),
        "test",
        {
            "en": said(
                "You read short accounts of people's lives and name their emotional tendency.",
                "Account:\n{text}\n\nWhich of these fits the account as a whole: {labels}?\n"
                "Answer with that one word and nothing else.",
            ),
            "zh-Hans": said(
                "你会读到人们讲述自己生活的短文，请判断其情感倾向。",
                "短文：\n{text}\n\n就整体而言，下面哪一个符合这段短文：{labels}？\n只回答这一个词，不要写别的内容。",
            ),
        },
    ),
    PromptPreset(
        "tendency-shots",
        _("Emotional tendency, two examples"),
        _("For base models that only continue a text: two examples stand before the item."),
        "test",
        {
            "en": said(
                "",
                "Each account is followed by its emotional tendency ({labels}).\n\n{examples}\n\n"
                "Account: {text}\nTendency:",
                "Account: {text}\nTendency: {answer}",
            ),
            "zh-Hans": said(
                "",
                "下面每段短文后面都写着它的情感倾向（{labels}）。\n\n{examples}\n\n短文：{text}\n倾向：",
                "短文：{text}\n倾向：{answer}",
            ),
        },
        SHOTS,
    ),
    PromptPreset(
        "exam-choice",
        _("Exam question with options"),
        _("One right option or several; the answer is letters only."),
        "test",
        {
            "en": said(
                "You are sitting a certification exam for counsellors.",
                "{text}\n\n{options}\n\nAnswer with the letter of the right option. Where several are right, give all "
                "their letters, separated by commas. Write nothing else.",
            ),
            "zh-Hans": said(
                "你正在参加心理咨询师资格考试。",
                "{text}\n\n{options}\n\n请只回答正确选项的字母；如果有多个正确选项，请写出全部字母，用逗号隔开。不要写别的内容。",
            ),
        },
    ),
    PromptPreset(
        "case-analysis",
        _("Case analysis"),
        _("An open exam question on a case, answered in full."),
        "answer",
        {
            "en": said(
                "You are an experienced counsellor answering an examination question.",
                "{text}\n\nAnswer step by step: what the case shows, how you understand it, and what you would do. "
                "Keep to what the case says.",
            ),
            "zh-Hans": said(
                "你是一位有经验的心理咨询师，正在回答一道考题。",
                "{text}\n\n请分步作答：案例中有哪些表现，你如何理解，你会怎样做。只依据案例中的内容。",
            ),
        },
    ),
    PromptPreset(
        "question",
        _("Answer to a question"),
        _("A person asks for help with something in their life; the answer is scored."),
        "answer",
        {
            "en": said(
                "You answer people who ask for emotional support. Take the question seriously, be concrete, and offer "
                "something the person can do. Where somebody may be in danger, say plainly where help can be found.",
                "{text}",
            ),
            "zh-Hans": said(
                "你负责回答寻求情感支持的人。认真对待问题，说得具体，给出对方能做到的办法。如果有人可能处于危险之中，请明确告诉对方可以去哪里求助。",
                "{text}",
            ),
        },
    ),
    PromptPreset(
        "counsellor",
        _("Counselling assistant, one system instruction"),
        _("For comparing models with each other: the same short instruction for all of them."),
        "answer",
        {
            "en": said(
                "You are a counselling assistant: helpful, warm, and attentive to what the person feels. Give an "
                "answer that helps, covers what was asked, and suits this person.",
                "{text}",
            ),
            "zh-Hans": said(
                "你是一名心理咨询助手，愿意帮忙，态度温暖，留意对方的感受。请给出有帮助、完整并且适合对方的回答。",
                "{text}",
            ),
        },
    ),
    PromptPreset(
        "dialogue-fields",
        _("Pre-labels for a dialogue"),
        _(
            "Proposes an emotion for each of the client's turns and a strategy for each of the therapist's. Change the "
            "fields to those of your schema, by their keys."
        ),
        "prelabel",
        {
            "en": said(
                "You annotate counselling dialogues and answer in JSON alone.",
                "The dialogue, its turns numbered:\n{turns}\n\nAnswer with one JSON object and nothing else, in this "
                'form: {{"session": {{"topic": "Exam stress"}}, "turns": [{{"turn": 1, "emotion": ["Anxiety"]}}, '
                '{{"turn": 2, "strategy": ["Question"]}}]}}\nName an emotion only for turns of the client, a strategy '
                "only for turns of the therapist. Leave out what you are not sure of.",
            ),
            "zh-Hans": said(
                "你为心理咨询对话做标注，只用 JSON 回答。",
                "对话如下，每轮前面有编号：\n{turns}\n\n请只回答一个 JSON 对象，不要写别的内容，格式如下："
                '{{"session": {{"topic": "考试压力"}}, "turns": [{{"turn": 1, "emotion": ["焦虑"]}}, '
                '{{"turn": 2, "strategy": ["提问"]}}]}}\n只为来访者的话标注 emotion，只为咨询师的话标注 strategy。'
                "没有把握的请不要写。",
            ),
        },
    ),
    PromptPreset(
        "explained",
        _("Response with its reason"),
        _("The next words of the therapist in a dialogue: first what was noticed and why, then the response."),
        "answer",
        {
            "en": said(
                "You are a counsellor in the middle of a session.",
                "The session so far:\n{dialogue}{text}\n\nWrite two parts under these headings and nothing else.\n"
                "Explanation: what you notice in the client's last words, and why you answer as you do.\n"
                "Response: what you say to the client.",
            ),
            "zh-Hans": said(
                "你是一名心理咨询师，正在进行一次咨询。",
                "到目前为止的对话：\n{dialogue}{text}\n\n请按下面两个标题写两部分，不要写别的内容。\n"
                "解释：你在来访者最后的话里注意到什么，为什么这样回应。\n回复：你对来访者说的话。",
            ),
        },
        output="explained",
    ),
    *JUDGES,
)


def preset(key: str) -> PromptPreset | None:
    """Return a preset by its key."""
    return next((one for one in PRESETS if one.key == key), None)
