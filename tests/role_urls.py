"""Every address of the product: found in its resolver, filled in from a project of the world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import role_blind
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from role_world import Side, World

# Addresses without a name of their own, by route.
NAMELESS = "route:"
# Addresses of a dialogue annotation.
TALKS = {
    "study_schema", "rate_turn", "rate_session", "rate_accept_all", "rate_newer", "rate_earlier", "rate_comments",
    "curation", "curation_session", "curation_take_over", "curation_say",
}  # fmt: skip
# Formats of files, where JSON is not one of them.
SUFFIXES = {"appendix_file": "docx", "export": "jsonl", "study_datasheet": "heds"}
# A key that no row has.
NO_ROW = 999_999


@dataclass(frozen=True)
class Address:
    """One URL pattern: its name (or route) and the names of what it takes."""

    name: str
    route: str
    takes: tuple[str, ...]

    def url(self, values: dict[str, Any]) -> str:
        """Return the address filled in."""
        if self.name.startswith(NAMELESS):
            return "/" + self.route.replace("<path:object_id>", str(NO_ROW)).replace("^", "").replace(
                "(?P<url>.*)$", "nothing"
            )
        return reverse(self.name, kwargs={name: values[name] for name in self.takes})


def addresses() -> list[Address]:
    """Return every address, each name once."""
    found = {address.name: address for address in _walk(get_resolver())}
    return list(found.values())


def _walk(resolver: URLResolver, spaces: tuple[str, ...] = (), before: str = "", taken: Any = ()) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        route, takes = before + str(entry.pattern), (*taken, *entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, spaces + ((entry.namespace,) if entry.namespace else ()), route, takes)
        elif isinstance(entry, URLPattern):
            yield Address(":".join((*spaces, entry.name)) if entry.name else NAMELESS + route, route, takes)


def is_own(address: Address) -> bool:
    """Whether an address is under a rater's own handles."""
    return address.route.startswith(("rate/", "api/v1/rating/"))


def values_of(side: Side, address: Address) -> dict[str, Any]:
    """Return what fills an address in, from one project."""
    talks = address.name in TALKS
    held = side.talk if talks else side.disputed if address.name == "rate_dispute" else side.held
    study = side.talk.study if talks else side.ranked if address.name in role_blind.PAGES else side.study
    if address.name in role_blind.PAIR_PAGES:
        study = side.pairing.study
    token = side.link if address.name == "join" else held.token
    return {
        "project": side.project.slug,
        "study": study.token if is_own(address) else study.slug,
        "user": side.member.pk,
        "rater": side.raters[1].pk,
        "invitation": side.invitation.pk,
        "token": token,
        "part": side.part.pk,
        "unit": side.talk.study.units.get(curation__isnull=False).pk if talks else side.unit.pk,
        "exclusion": side.exclusion.pk,
        "report": side.report.pk,
        "suffix": SUFFIXES.get(address.name, "json"),
        "appendix": side.appendix.pk,
        "key": "nothing" if address.route.startswith("accounts/") else "final",
        "dispute": side.dispute.pk,
        "flag": side.flag.pk,
        "meeting": side.meeting.pk,
        "dataset": side.dataset.slug,
        "batch": side.batch.pk,
        "item": side.item.pk,
        "endpoint": side.run.items.all()[0].endpoint_id,
        "system": side.run.systems.all()[0].system.slug,
        "prompt": side.run.systems.all()[0].prompt.template.slug,
        "run": (side.judging if address.name == "run_verdicts" else side.run).pk,
        "call": side.run.items.all()[0].pk,
        "answers": side.answers.pk,
        "pair": side.pairing.pk,
        "rubric": side.project.rubrics.order_by("pk").last().slug,
        "benchmark": side.benchmark.benchmark_id,
        "computed": side.benchmark.pk,
        "paper": side.paper.report_id,
        "edition": side.paper.pk,
        "bundle": side.paper.bundles.get().pk,
        "jury": side.jury.jury_id,
        "judged": side.jury.pk,
        "turn": 0,
        "question": side.study.questions.get().pk,
        "picture": side.project.pictures.get().token,
        "trained": side.study.training_items.get().pk,
        "order": 1,
        "rest": "nothing/here/",
        "uidb36": "1",
        "pk": 1,
        "id": side.member.pk,
        "object_id": NO_ROW,
        "content_type_id": 1,
        "app_label": "projects",
        "url": "nothing",
        "provider_id": "nothing",
    }


# What belongs to one project, and what a second project has a like of.
FOREIGN = {
    "study", "pair", "rubric", "user", "rater", "invitation", "token", "part", "unit", "exclusion", "report", "dispute",
    "meeting", "appendix",
    "flag", "dataset", "batch", "item", "system", "prompt", "run", "call", "answers", "benchmark",
    "computed", "jury", "judged", "paper", "edition", "bundle", "trained", "question",
}  # fmt: skip


def foreign(world: World, address: Address) -> Iterator[tuple[str, str]]:
    """Yield what is foreign, and the address with that one thing of the other project in it."""
    here, there = values_of(world.here, address), values_of(world.there, address)
    for name in address.takes:
        if name in FOREIGN and address.name != "join":
            yield name, address.url({**here, name: there[name]})
