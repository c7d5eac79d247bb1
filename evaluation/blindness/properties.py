"""The properties of blindness that a program can have, each decided from replays of two twins."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluation import order
from evaluation.blindness import transcript
from evaluation.blindness.replay import TYPED, Replay, Seen
from evaluation.models import BlindStudy, Placement, ResponseSet, UnitResponse
from projects.models import Assignment, Unit

NAMES = {
    "B1": "Non-interference", "B2": "Canaries", "B3": "Handles", "B4": "Order", "B5": "Independence",
    "B6": "No default answer", "B7": "Uniform delivery", "B9": "Gold secrecy", "B10": "Separate roles",
}  # fmt: skip
TRIALS, RARE = 1200, 0.001
WHOLE_NUMBER = re.compile(r"(?:^|[/=])\d+(?=$|[/?&#])")
# An answer's own fields: a list of the page around it (languages, say) has words as values, and no such name.
PRESET = re.compile(r"<input\b[^>]*\sname=[^>]*\schecked\b[^>]*>|<option value=\"\d+\"[^>]*\sselected\b[^>]*>")
BITS_128 = 22
KEPT_NOWHERE = ("page", "again", "unit-api")
# The turns of a dialogue, once their words are taken out: how many there are, and whose, is what the text says.
TURNS = re.compile(
    r'(?:<li class="turn [a-z]+"><span class="speaker">[^<]*</span><div class="reading as-typed"><said></div></li>)+'
)
SHOWN_COUNT = re.compile(r'(<progress[^>]*?value=")\d+|(id="done-count">)\d+|(draft_version" value=")\d+')


@dataclass(frozen=True)
class Verdict:
    """Whether a property held, and what was looked at or found."""

    key: str
    name: str
    held: bool
    words: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def verdict(key: str, faults: Sequence[str], looked: str) -> Verdict:
    """Return a property's verdict: held where no fault was found."""
    return Verdict(key, NAMES[key], not faults, "; ".join(faults[:3]) if faults else looked)


def of_one(replay: Replay) -> list[Verdict]:
    """Decide everything that one replay shows."""
    return [decide(replay) for decide in (canaries, handles, orders, independence, defaults, delivery, gold)]


# --- B1 ---------------------------------------------------------------------------------------------


def non_interference(first: dict[str, str], second: dict[str, str]) -> Verdict:
    """Compare the normalised transcripts of twins, rater by rater."""
    faults = [
        f"{rater}: {transcript.first_difference(one, second.get(rater, ''))}"
        for rater, one in first.items()
        if one != second.get(rater)
    ]
    size = sum(len(one.encode()) for one in first.values())
    return verdict("B1", faults, f"{len(first)} raters, {size} bytes, equal byte for byte in both twins")


# --- B2 ---------------------------------------------------------------------------------------------


def canaries(replay: Replay) -> Verdict:
    """Look for every canary in every byte."""
    faults = [
        f"{rater} heard {word}"
        for rater, one in replay.transcripts.items()
        for word in transcript.heard(one.wire, replay.clone.canaries)
    ]
    asked = sum(len(one.exchanges) for one in replay.transcripts.values())
    return verdict("B2", faults, f"{len(replay.clone.canaries)} canaries, none in {asked} responses")


# --- B3 ---------------------------------------------------------------------------------------------


def handles(replay: Replay) -> Verdict:
    """Handles are long, used once, and nothing that a rater's page names is a whole number."""
    faults = [f"a handle of {len(token)} characters" for token in replay.tokens if len(token) < BITS_128]
    faults += [f"the handle {token} is used twice" for token, n in Counter(replay.tokens).items() if n > 1]
    for seen in each(replay):
        for address in transcript.addresses(seen.page.text):
            if WHOLE_NUMBER.search(address.partition("?")[0]) and "/static/" not in address:
                faults.append(f"a whole number in {address}")
    faults += list(unlike_replies(replay))
    return verdict(
        "B3", faults, f"{len(replay.tokens)} handles, each used once; one 404 for all that are not one's own"
    )


def unlike_replies(replay: Replay) -> Iterator[str]:
    """Yield where a lost handle gets another reply than the others, or loses what was typed."""
    for tries in replay.lost.values():
        bodies = set()
        for name, one in tries.items():
            if one.status != 404:
                yield f"{name}: {one.status} instead of 404"
            if TYPED not in one.text:
                yield f"{name}: what was typed is lost"
            # A page may name the address that was asked for.
            bodies.add(transcript.normalised(one.text.replace(one.url, "<address>"), replay.handles))
        if len(bodies) > 1:
            yield "an unknown, a foreign and a stale handle get different pages"


# --- B4 ---------------------------------------------------------------------------------------------


def orders(replay: Replay) -> Verdict:
    """What was shown is what the record makes again; it stays; over many allocations every place is as likely."""
    study = replay.clone.study
    key = bytes.fromhex(BlindStudy.objects.get(study=study).key)
    faults = [f"the order of unit {seen.unit} changed" for seen in each(replay) if seen.order != seen.order_again]
    for rater, rows in replay.seen.items():
        claims: Counter[int] = Counter()
        for seen in rows:
            variant = Unit.objects.values_list("variant", flat=True).get(pk=seen.unit)
            codes = sorted(seen.order)
            made = order.arrange(
                study.settings["order_design"], key=key, rater="\x1f".join([rater, *codes]),
                unit=ResponseSet.objects.values_list("key", flat=True).get(unit=seen.unit),
                ordinal=claims[variant], codes=codes,
            )  # fmt: skip
            claims[variant] += 1
            if list(made) != seen.order:
                faults.append(f"unit {seen.unit} is not in the order that the record gives")
    faults += list(uneven(study.settings["order_design"], key, max((seen.order for seen in each(replay)), key=len)))
    return verdict("B4", faults, f"orders made again from the record; {TRIALS} allocations even")


def uneven(design: str, key: bytes, codes: Sequence[str]) -> Iterator[str]:
    """Yield where a code stands in some place more often than chance would have it."""
    from scipy.stats import chisquare

    codes, k = sorted(codes), len(codes)
    if k < 2:
        return
    counts = {code: [0] * k for code in codes}
    for n in range(TRIALS):
        shown = order.arrange(design, key=key, rater=f"trial {n % 7}", unit=f"unit {n}", ordinal=n // 7, codes=codes)
        for place, code in enumerate(shown):
            counts[code][place] += 1
    for code, row in counts.items():
        if float(chisquare(row).pvalue) < RARE:
            yield f"{code} does not stand in each place equally often"


# --- B5, B6, B7 -------------------------------------------------------------------------------------


def independence(replay: Replay) -> Verdict:
    """Nothing with aggregates, keys or other people's answers opens to a rater."""
    faults = [f"{one.url} answers {one.status}" for one in replay.closed_doors if one.status not in (403, 404)]
    return verdict("B5", faults, f"{len(replay.closed_doors)} other pages, all closed to raters")


def defaults(replay: Replay) -> Verdict:
    """A form sent untouched is refused, and nothing is chosen on a fresh page."""
    rows = list(each(replay))
    faults = [f"a form sent untouched answers {seen.empty.status}" for seen in rows if seen.empty.status != 422]
    if replay.submitted_empty:
        faults.append("a form sent untouched became an answer")
    for seen in rows:
        faults += [f"chosen from the start: {tag[:80]}" for tag in PRESET.findall(work(seen))]
        # A list whose first row is not empty chooses by itself.
        faults += [
            f"a list begins with a choice: {first[:60]}"
            for first in re.findall(r"<select name=\"rank-[^>]*>\s*(<option[^>]*>)", seen.page.text)
            if 'value=""' not in first
        ]
    return verdict("B6", faults, f"{len(rows)} untouched forms refused, nothing chosen from the start")


def work(seen: Seen) -> str:
    """Return the part of a page that shows the unit and takes the answer."""
    return seen.page.text.partition('id="reading"')[2]


def delivery(replay: Replay) -> Verdict:
    """One page holds all texts, nothing is fetched for one of them, and nothing is kept by the browser."""
    faults = [fault for seen in each(replay) for fault in delivered(replay, seen)]
    faults += [
        f"{exchange.url} may be cached"
        for one in replay.transcripts.values()
        for exchange in one.exchanges
        if exchange.label in KEPT_NOWHERE and "no-store" not in dict(exchange.headers).get("cache-control", "")
    ]
    return verdict("B7", faults, "all texts of a unit in one page, no address for one of them, no-store")


def delivered(replay: Replay, seen: Seen) -> Iterator[str]:
    """Yield how a unit's texts come otherwise than all at once."""
    said = html.unescape(seen.page.text).replace("\r\n", "\n")
    for text in replay.clone.texts[seen.unit]:
        if text.replace("\r\n", "\n").strip() not in said:
            yield "a text is not in the page"
    for address in transcript.addresses(seen.page.text):
        if any(token in address for token in replay.tokens):
            yield f"an address for one response: {address}"


# --- B9 ---------------------------------------------------------------------------------------------


def gold(replay: Replay) -> Verdict:
    """A check of attention looks like any other unit on the wire, in the page and in the API."""
    faults: list[str] = []
    for rows in replay.seen.values():
        checks = [seen for seen in rows if seen.unit == replay.clone.gold]
        others = [seen for seen in rows if seen.unit != replay.clone.gold]
        for check in checks:
            like = [seen for seen in others if len(seen.order) == len(check.order)]
            faults += list(told_apart(replay, check, like))
    looked = "a planted check of attention looks like an ordinary unit"
    return verdict("B9", faults, looked)


def told_apart(replay: Replay, check: Seen, others: Sequence[Seen]) -> Iterator[str]:
    """Yield how a check of attention differs from the ordinary units beside it."""
    if not others:
        return
    mine, theirs = skeleton(replay, check), [skeleton(replay, one) for one in others]
    if mine not in theirs:
        yield f"its page differs: {transcript.first_difference(theirs[0], mine)}"
    keys, others_keys = shape(json.loads(check.api.text)), [shape(json.loads(one.api.text)) for one in others]
    if keys not in others_keys:
        yield "its data in the API have other names"
    if dict(check.page.headers).keys() != dict(others[0].page.headers).keys():
        yield "its page has other headers"


def skeleton(replay: Replay, seen: Seen) -> str:
    """Return a page without what its unit says: texts, topics, handles and counts taken out."""
    page = html.unescape(seen.page.text)
    unit = Unit.objects.select_related("revision").get(pk=seen.unit)
    said = [*replay.clone.texts[seen.unit]]
    members = UnitResponse.objects.filter(unit=unit).select_related("response")
    said += [row.response.explanation for row in members if row.response and row.response.explanation]
    if unit.revision:
        said += [unit.revision.text, unit.revision.topic, unit.revision.subtopic]
    for text in sorted(filter(None, said), key=len, reverse=True):
        page = page.replace(text, "<said>")
    page = TURNS.sub("<turns>", SHOWN_COUNT.sub("<count>", page))
    own = Assignment.objects.values_list("token", flat=True).get(pk=seen.assignment)
    placed = Placement.objects.filter(assignment=seen.assignment).order_by("slot").values_list("token", flat=True)
    return transcript.normalised(page, [own, *placed, replay.clone.study.token])


def shape(value: Any) -> Any:
    """Return the names and kinds of some data without what they say; lists by their first entry."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def each(replay: Replay) -> Iterator[Seen]:
    """Yield everything that every rater saw."""
    for rows in replay.seen.values():
        yield from rows


Property = Callable[[Replay], Verdict]
