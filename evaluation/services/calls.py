"""From a claimed row to a call: the endpoint with its key, the messages in the item's language, every parameter."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import prefetch_related_objects

from evaluation.judging.telling import response_format
from evaluation.models import Capability, Endpoint, PromptVersion, Purpose, Run, SystemVersion
from evaluation.prompting.render import Message, Prompt, base_of, hash_of, merge_system
from evaluation.providers import keys
from evaluation.providers.addresses import BadAddress, NameUnknown, check_target
from evaluation.providers.client import Target
from evaluation.providers.outcomes import Fault, Outcome
from evaluation.services.judge_tasks import Sheet, asked_again, language_of, load_sheets, once_more
from evaluation.services.queue import Claim
from projects.models import Item, ItemRevision

Row = TypeVar("Row")
# Sent as they are; `top_k` is no part of the protocol and travels beside it.
PLAIN = ("temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop")
TOP_LOGPROBS = 5
REMEMBERED = 4000
SPEAKERS = {"en": {"client": "Client", "therapist": "Therapist"}, "zh": {"client": "来访者", "therapist": "咨询师"}}


@dataclass(frozen=True)
class Call:
    """What is sent for one claim; `fault` where nothing can be sent."""

    claim: Claim
    target: Target | None
    payload: Mapping[str, Any]
    prompt_hash: str
    explained: bool
    fault: Outcome | None = None
    # What a judge is shown; None where a system answers the item itself.
    sheet: Sheet | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The payload without the messages: they follow from the prompt version and the item."""
        return {key: value for key, value in self.payload.items() if key != "messages"}


class Desk:
    """Prepares calls, and remembers what cannot change while it does: frozen versions, revisions, prompts."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._versions: OrderedDict[int, SystemVersion] = OrderedDict()
        self._revisions: OrderedDict[int, ItemRevision] = OrderedDict()
        self._runs: OrderedDict[int, Run] = OrderedDict()
        self._sheets: OrderedDict[int, Sheet] = OrderedDict()
        self._targets: dict[int, Target | Outcome] = {}

    def forget_endpoints(self) -> None:
        """Read addresses, keys and limits anew: the site admin may have changed them."""
        self._targets.clear()
        self._versions.clear()

    def prepare(self, claims: Sequence[Claim]) -> list[Call]:
        """Return the calls for these claims, in their order; a few queries for all of them."""
        versions = self._load(self._versions, [c.version_id for c in claims], load_versions)
        revisions = self._load(self._revisions, [c.revision_id for c in claims], load_revisions)
        runs = self._load(self._runs, [c.run_id for c in claims], load_runs)
        sheets = self._load(self._sheets, [c.task_id for c in claims if c.task_id is not None], load_sheets)
        again = {c.row_id: sheets[c.task_id] for c in claims if c.asked_again and c.task_id is not None}
        first = asked_again(again) if again else {}
        return [
            self._call(
                claim, runs[claim.run_id], versions[claim.version_id], revisions[claim.revision_id],
                None if claim.task_id is None else sheets[claim.task_id], first.get(claim.row_id),
            )
            for claim in claims
        ]  # fmt: skip

    def _call(
        self,
        claim: Claim,
        run: Run,
        version: SystemVersion,
        revision: ItemRevision,
        sheet: Sheet | None,
        first: tuple[str, str] | None,
    ) -> Call:
        prompt, endpoint = version.prompt, version.endpoint
        if prompt is None or endpoint is None:
            return _broken(claim, Fault.BAD_PROMPT, "The system has no prompt or no endpoint.")
        try:
            messages = messages_for(prompt, revision, endpoint, sheet)
            if first is not None:
                messages = once_more(messages, first, language_of(prompt, revision))
        except (KeyError, TypeError, IndexError) as error:
            return _broken(claim, Fault.BAD_PROMPT, f"{type(error).__name__}: {error}")
        target = self._target(endpoint)
        payload = payload_for(version, endpoint, messages, run.purpose, claim.round)
        payload |= form_for(endpoint, sheet)
        explained = prompt.output == PromptVersion.Output.EXPLAINED
        if isinstance(target, Outcome):
            return Call(claim, None, payload, hash_of(messages), explained, target, sheet)
        return Call(claim, target, payload, hash_of(messages), explained, None, sheet)

    def _target(self, endpoint: Endpoint) -> Target | Outcome:
        if endpoint.pk not in self._targets:
            self._targets[endpoint.pk] = target_of(endpoint)
        return self._targets[endpoint.pk]

    def _load(
        self, known: OrderedDict[int, Row], ids: Iterable[int], load: Callable[[set[int]], Mapping[int, Row]]
    ) -> Mapping[int, Row]:
        wanted = set(ids)
        if missing := wanted - known.keys():
            known.update(load(missing))
        found = {key: known[key] for key in wanted}
        while len(known) > REMEMBERED:
            known.popitem(last=False)
        return found


def load_versions(ids: set[int]) -> Mapping[int, SystemVersion]:
    """Return system versions with their endpoint and prompt."""
    return SystemVersion.objects.select_related("endpoint", "prompt").in_bulk(ids)


def load_revisions(ids: set[int]) -> Mapping[int, ItemRevision]:
    """Return revisions with what a prompt may name of their item and data set."""
    found = ItemRevision.objects.select_related("item__dataset").in_bulk(ids)
    talks = [revision for revision in found.values() if revision.item.kind == Item.Kind.DIALOGUE]
    prefetch_related_objects(talks, "turns")
    return found


def load_runs(ids: set[int]) -> Mapping[int, Run]:
    """Return runs."""
    return Run.objects.in_bulk(ids)


def target_of(endpoint: Endpoint) -> Target | Outcome:
    """Return where to call, or why that is impossible; asks the name server, so only workers may use it."""
    try:
        check_target(endpoint.base_url, allow_private=settings.CONCORD_PRIVATE_ENDPOINTS)
        return Target(endpoint.base_url, key_of(endpoint), float(endpoint.timeout_seconds))
    except keys.KeyMissing as error:
        return Outcome(fault=Fault.NO_KEY, words=str(error))
    except BadAddress as error:
        return Outcome(fault=Fault.BAD_ADDRESS, words=str(error))
    except NameUnknown as error:
        return Outcome(fault=Fault.CONNECTION, words=str(error))


def key_of(endpoint: Endpoint) -> str:
    """Return the endpoint's key, nothing where it has none; raises KeyMissing."""
    if endpoint.key_env:
        return keys.from_environment(endpoint.key_env)
    return keys.unseal(endpoint.key_sealed) if endpoint.key_sealed else ""


def messages_for(
    prompt: PromptVersion, revision: ItemRevision, endpoint: Endpoint | None, sheet: Sheet | None = None
) -> list[Message]:
    """Return the messages for an item, or for a judge's task about it, as this endpoint takes them."""
    content = Prompt(prompt.texts, prompt.fallback, prompt.examples)
    variables = variables_of(revision, content)
    if sheet is not None:
        variables |= sheet.variables(content.language_for(revision.language))
    messages = content.messages(variables, revision.language)
    if endpoint is not None and not endpoint.can(Capability.SYSTEM_ROLE):
        return merge_system(messages)
    return messages


def variables_of(revision: ItemRevision, content: Prompt) -> dict[str, str]:
    """Return what a template may name of an item."""
    language = base_of(content.language_for(revision.language))
    options = choices_of(revision, revision.language or content.fallback)
    return {
        "text": revision.text,
        "options": "\n".join(f"{key}. {text}" if key != text else key for key, text in options),
        "labels": " / ".join(text for _, text in options),
        "topic": revision.topic,
        "subtopic": revision.subtopic,
        "dialogue": dialogue_of(revision, language) if revision.item.kind == Item.Kind.DIALOGUE else "",
        "turns": dialogue_of(revision, language, numbered=True) if revision.item.kind == Item.Kind.DIALOGUE else "",
    }


def choices_of(revision: ItemRevision, language: str) -> list[tuple[str, str]]:
    """Return what may be answered: an item's options as key and text, or its data set's labels by name."""
    if revision.item.kind != Item.Kind.TRUE_FALSE:
        return [(str(option["key"]), str(option.get("text") or option["key"])) for option in revision.options]
    return [(name, name) for name in (label_name(label, language) for label in revision.item.dataset.labels)]


def label_name(label: Mapping[str, Any], language: str) -> str:
    """Return a label's name in a language: its own, one with the same base, else its plain text."""
    names = label.get("names") or {}
    same = [name for other, name in sorted(names.items()) if base_of(other) == base_of(language)]
    return str(names.get(language) or (same[0] if same else "") or label.get("text") or label["key"])


def dialogue_of(revision: ItemRevision, language: str, *, numbered: bool = False) -> str:
    """Return a dialogue's turns, one a line, each with who speaks; with its number from 1, where an answer names it."""
    names = SPEAKERS.get(language, SPEAKERS["en"])
    mark = "：" if language == "zh" else ": "
    lines = [f"{names.get(turn.role, turn.speaker)}{mark}{turn.text}" for turn in revision.turns.all()]
    return (
        "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1)) if numbered else "\n".join(lines)
    )


def payload_for(
    version: SystemVersion, endpoint: Endpoint, messages: list[Message], purpose: str, number: int
) -> dict[str, Any]:
    """Return the body of a call: every parameter the version names, and nothing it does not.

    Later rounds of a seeded system add their number to the seed: with the same one they would all say the same.
    """
    given = version.parameters
    payload: dict[str, Any] = {"model": version.model_id, "messages": messages}
    payload |= {name: given[name] for name in PLAIN if given.get(name) not in (None, "", [])}
    if "seed" in payload:
        payload["seed"] += number - 1
    if given.get("top_k") is not None:
        payload["extra_body"] = {"top_k": given["top_k"]}
    if purpose in (Purpose.PRELABEL, Purpose.TEST) and endpoint.can(Capability.LOGPROBS):
        payload |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
    return payload


def form_for(endpoint: Endpoint, sheet: Sheet | None) -> dict[str, Any]:
    """Return the part of a judge's call that holds its answer to a form, as far as the endpoint knows how to."""
    if sheet is None:
        return {}
    form = response_format(
        sheet.question, schemas=endpoint.can(Capability.JSON_SCHEMA), objects=endpoint.can(Capability.JSON_OBJECT),
        beside=endpoint.can(Capability.OBJECT_SCHEMA),
    )  # fmt: skip
    return {"response_format": form} if form else {}


def _broken(claim: Claim, fault: Fault, words: str) -> Call:
    return Call(claim, None, {}, "", False, Outcome(fault=fault, words=words))
