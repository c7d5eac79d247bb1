"""What a judge is told: the criteria, the form its answer must have, the schema for servers that hold models to one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.judging.asked import LETTERS, RANKING, TIE, Mode, Question
from evaluation.prompting.render import base_of

# The words around criteria and responses, in the language of the prompt. They are part of what is sent, so they are no
# translations of the interface: a change of them changes a study, and stands in its record by the prompt's hash.
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "client": "Judge as the client would.",
        "counsellor": "Judge as an experienced counsellor would.",
        "low": "Low",
        "high": "High",
        "response": "Response {letter}",
        "explanation": "Its own explanation",
        "json": "Answer with one JSON object and nothing else. First the explanation, then the judgement:",
        "why": "what you see in the response, criterion by criterion",
        "one_of": "one whole number",
        "choice": 'For each criterion write "A", "B" or "tie".',
        "order": "Put the letters of all {count} responses in order, the best first. No ties.",
        "again": "Your answer could not be read ({reason}). Answer once more, with nothing but the JSON object in the "
        "form you were given, complete.",
    },
    "zh": {
        "client": "请站在来访者的角度评判。",
        "counsellor": "请站在有经验的咨询师的角度评判。",
        "low": "低",
        "high": "高",
        "response": "回应 {letter}",
        "explanation": "它自己的说明",
        "json": "只回答一个 JSON 对象，不要写别的内容。先写说明，再写评判：",
        "why": "按评价标准逐条说明你在回应中看到了什么",
        "one_of": "一个整数",
        "choice": "每条评价标准写 “A”、“B” 或 “tie”（相当）。",
        "order": "请把全部 {count} 个回应的字母按从好到差排列，不要并列。",
        "again": "你的回答无法读取（{reason}）。请再回答一次，只写规定格式的完整 JSON 对象。",
    },
}


def words(language: str) -> Mapping[str, str]:
    """Return the words for a language; English where there are none."""
    return WORDS.get(base_of(language), WORDS["en"])


def criteria_text(criteria: Sequence[Mapping[str, Any]], mode: str, language: str) -> str:
    """Return the criteria as text: name, meaning, through whose eyes, and for scores every point with its anchor."""
    said, parts = words(language), []
    for row in criteria:
        lines = [f"- {row['key']} ({row['name']}): {row.get('text', '')}".rstrip(": ")]
        if row.get("eyes") in ("client", "counsellor"):
            lines.append(f"  {said[row['eyes']]}")
        if mode == Mode.SCORES:
            lines += [f"  {point['value']}: {point['anchor']}" for point in row["points"] if point.get("anchor")]
        lines += [f"  {said[end]}: {row[f'{end}_example']}" for end in ("low", "high") if row.get(f"{end}_example")]
        parts.append("\n".join(lines))
    return "\n".join(parts)


def responses_text(shown: Sequence[tuple[str, str]], mode: str, language: str) -> str:
    """Return the responses (text, own explanation or nothing) as a judge reads them: one bare, more under letters."""
    said = words(language)
    texts = [f"{text}\n\n{said['explanation']}: {why}" if why else text for text, why in shown]
    if mode == Mode.SCORES:
        return texts[0]
    heads = [said["response"].format(letter=letter) for letter in LETTERS[: len(texts)]]
    return "\n\n".join(f"[{head}]\n{text}" for head, text in zip(heads, texts, strict=True))


def form_text(question: Question, language: str) -> str:
    """Return how the answer must look."""
    said = words(language)
    lines = [said["json"], _example(question, said)]
    if question.mode is Mode.PAIRS:
        lines.append(said["choice"])
    elif question.mode is Mode.LISTS:
        lines.append(said["order"].format(count=len(question.letters)))
    return "\n".join(lines)


def again_text(reason: str, language: str) -> str:
    """Return what is said to a judge whose answer could not be read."""
    return words(language)["again"].format(reason=reason.replace("_", " "))


def _example(question: Question, said: Mapping[str, str]) -> str:
    if question.mode is Mode.LISTS:
        given: dict[str, Any] = {RANKING: [f"<{letter}>" for letter in ("1.", "2.", "...")]}
    elif question.mode is Mode.PAIRS:
        given = {"choices": {one.key: f"<A | B | {TIE}>" for one in question.asked}}
    else:
        given = {
            "scores": {one.key: f"<{said['one_of']}, {min(one.values)}-{one.top}>" for one in question.asked},
        }
    return json.dumps({"explanation": f"<{said['why']}>"} | given, ensure_ascii=False)


def schema(question: Question) -> dict[str, Any]:
    """Return the JSON schema of the answer. Scores are lists of values: grammars enforce those, and no minimum."""
    if question.mode is Mode.LISTS:
        letters = list(question.letters)
        name, inner = RANKING, {
            "type": "array", "items": {"type": "string", "enum": letters},
            "minItems": len(letters), "maxItems": len(letters),
        }  # fmt: skip
    else:
        name = "choices" if question.mode is Mode.PAIRS else "scores"
        inner = _object({one.key: _values(question, one.values) for one in question.asked})
    return _object({"explanation": {"type": "string"}, name: inner})


def _values(question: Question, values: Sequence[int]) -> dict[str, Any]:
    if question.mode is Mode.PAIRS:
        return {"type": "string", "enum": [*question.letters, TIE]}
    return {"type": "integer", "enum": list(values)}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
    }  # fmt: skip


def response_format(question: Question, *, schemas: bool, objects: bool, beside: bool = False) -> dict[str, Any] | None:
    """Return what a server is asked to hold the model to: a schema, any object, or nothing, as far as it is able to.

    `beside`: it takes its schema in a dialect of its own, as a member of the format for objects.
    """
    if schemas:
        return {
            "type": "json_schema",
            "json_schema": {"name": "judgement", "strict": True, "schema": schema(question)},
        }
    if beside:
        return {"type": "json_object", "schema": schema(question)}
    return {"type": "json_object"} if objects else None
