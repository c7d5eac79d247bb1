"""Prompt templates in versions: what has been sent is never changed, a change is a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from evaluation.models import PromptTemplate, PromptVersion, Purpose
from evaluation.prompting import render
from evaluation.prompting.render import ANSWER, ROLES, VARIABLES, hash_of, unknown_variables
from evaluation.services.naming import free_slug, next_number
from projects.models import Project, User
from projects.services.audit import record

MOST_MESSAGES = 20
MOST_EXAMPLES = 50
MOST_LETTERS = 50_000
# One of these must be sent, or every item would be asked the same.
CARRIERS = ("{text}", "{dialogue}", "{turns}", "{responses}")


def create(
    *,
    project: Project,
    name: str,
    purpose: str,
    texts: Mapping[str, Any],
    actor: User | None,
    fallback: str = "en",
    examples: Sequence[Mapping[str, Any]] = (),
    output: str = PromptVersion.Output.PLAIN,
    description: str = "",
    slug: str = "",
) -> PromptTemplate:
    """Make a template with its first version. Raises ValidationError."""
    content = clean(texts=texts, fallback=fallback, examples=examples, output=output)
    with transaction.atomic():
        template = PromptTemplate.objects.create(
            project=project,
            name=name,
            slug=slug or free_slug(project.prompts.all(), name, "prompt"),
            purpose=Purpose(purpose),
            description=description,
        )
        template.version = _new_version(template, content, actor)
        template.save(update_fields=["version"])
        record("prompt.created", actor=actor, project=project, target=template)
    return template


def revise(
    template: PromptTemplate,
    *,
    texts: Mapping[str, Any],
    actor: User | None,
    fallback: str,
    examples: Sequence[Mapping[str, Any]],
    output: str,
    name: str = "",
    description: str | None = None,
) -> PromptVersion:
    """Change what a template says; returns its newest version: the same one, changed, while nothing used it."""
    content = clean(texts=texts, fallback=fallback, examples=examples, output=output)
    with transaction.atomic():
        PromptTemplate.objects.select_for_update().get(pk=template.pk)
        template.name = name or template.name
        template.description = template.description if description is None else description
        template.version = _revised(template, content, actor)
        template.save(update_fields=["name", "description", "version"])
        record(
            "prompt.revised", actor=actor, project=template.project, target=template, version=template.version.number
        )
    return template.version


def clean(
    *, texts: Mapping[str, Any], fallback: str, examples: Sequence[Mapping[str, Any]], output: str
) -> dict[str, Any]:
    """Return a version's content in its stored shape; raises ValidationError with a sentence for each fault."""
    faults: list[str] = []
    if not texts:
        faults.append(_("Write the messages in at least one language."))
    elif fallback not in texts:
        faults.append(_("The fallback language must be one that has messages."))
    cleaned = {language: _clean_text(language, text, faults) for language, text in texts.items()}
    shots = [_clean_example(number, shot, cleaned, faults) for number, shot in enumerate(examples, start=1)]
    if len(shots) > MOST_EXAMPLES:
        faults.append(_("At most %(number)s examples.") % {"number": MOST_EXAMPLES})
    if faults:
        raise ValidationError(faults)
    content = {"texts": cleaned, "fallback": fallback, "examples": shots, "output": PromptVersion.Output(output).value}
    return content | {"hash": hash_of(content)}


def is_used(version: PromptVersion) -> bool:
    """Return whether a version must stay as it is: something was sent with it, or a frozen system names it."""
    return version.used_at is not None or version.system_versions.filter(frozen_at__isnull=False).exists()


def _revised(template: PromptTemplate, content: Mapping[str, Any], actor: User | None) -> PromptVersion:
    current = template.version
    if current is None:
        return _new_version(template, content, actor)
    if current.hash == content["hash"]:
        return current
    free = PromptVersion.objects.filter(pk=current.pk, used_at__isnull=True)
    if not is_used(current) and free.update(**content):
        current.refresh_from_db()
        return current
    return _new_version(template, content, actor)


def _new_version(template: PromptTemplate, content: Mapping[str, Any], actor: User | None) -> PromptVersion:
    return PromptVersion.objects.create(
        template=template, number=next_number(template.versions.all()), created_by=actor, **content
    )


def _clean_text(language: str, text: Any, faults: list[str]) -> dict[str, Any]:
    given = text.get("messages") if isinstance(text, Mapping) else None
    messages = [
        {"role": str(message.get("role", "")), "content": str(message.get("content", ""))}
        for message in given or []
        if isinstance(message, Mapping)
    ]
    words = {"language": language}
    example = str(text.get("example", "")) if isinstance(text, Mapping) else ""
    if not messages or messages[-1]["role"] != "user":
        faults.append(_("%(language)s: the last message must be one of the user.") % words)
    if len(messages) > MOST_MESSAGES or sum(len(message["content"]) for message in messages) > MOST_LETTERS:
        faults.append(_("%(language)s: the messages are too long.") % words)
    if any(message["role"] not in ROLES or not message["content"].strip() for message in messages):
        faults.append(_("%(language)s: every message needs a role and a text.") % words)
    if not any(carrier in message["content"] for message in messages for carrier in CARRIERS):
        faults.append(
            _("%(language)s: no message holds the item; write {text}, {dialogue} or {turns} where it belongs.") % words
        )
    _check_variables(language, messages, example, faults)
    return {"messages": messages, "example": example}


def _check_variables(language: str, messages: Sequence[Mapping[str, str]], example: str, faults: list[str]) -> None:
    unknown = {name for message in messages for name in unknown_variables(message["content"])}
    unknown |= set(unknown_variables(example, (*VARIABLES, ANSWER)))
    if unknown:
        names = ", ".join("{" + name + "}" for name in sorted(unknown))
        faults.append(
            _("%(language)s: %(names)s means nothing here. Known are %(known)s.")
            % {"language": language, "names": names, "known": ", ".join("{" + name + "}" for name in VARIABLES)}
        )
    if not example.strip() and any("{examples}" in message["content"] for message in messages):
        faults.append(_("%(language)s: {examples} needs the text of one example.") % {"language": language})


def _clean_example(number: int, shot: Any, texts: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    variables = shot.get("variables") if isinstance(shot, Mapping) else None
    if not isinstance(variables, Mapping) or not str(shot.get(ANSWER, "")).strip():
        faults.append(_("Example %(number)s needs the variables and an answer.") % {"number": number})
        return {}
    language = str(shot.get("language", ""))
    if render.base_of(language) not in {render.base_of(name) for name in texts}:
        faults.append(_("Example %(number)s is in a language without messages.") % {"number": number})
    unknown = set(variables) - (set(VARIABLES) - {"examples"})
    if unknown:
        faults.append(
            _("Example %(number)s: %(names)s means nothing here.")
            % {"number": number, "names": ", ".join(sorted(map(str, unknown)))}
        )
    return {
        "language": language,
        "variables": {str(key): str(value) for key, value in variables.items()},
        "answer": str(shot[ANSWER]),
    }
