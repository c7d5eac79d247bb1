"""Words in texts that may tell who wrote them: found before a blind study opens, and decided on one by one.

Places are counted in the response's original text and its explanation, or through the turns of a whole dialogue, with
one character between two of them. A redaction is a new wording of the response with the words of every redacted place
taken out; of a dialogue it holds for the study (`conversations`). The original is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation import lexicon
from evaluation.models import LexiconHit, Response, ResponseRevision, StudySystem, SystemVersion, UnitResponse
from evaluation.services import conversations
from projects.models import Dataset, Study, User
from projects.prepared import Prepared
from projects.services import jobs
from projects.services.audit import record
from projects.services.parts import need_state

# One character, as places are counted with one between two texts.
BETWEEN = " "
CHUNK = 500
WORDS = 200
Decision = LexiconHit.Decision


def names_of(versions: Iterable[SystemVersion], datasets: Iterable[Dataset] = ()) -> list[str]:
    """Return what a study's own sources are called, in every way that their texts could say it."""
    found = {name for one in datasets for name in (one.name, one.slug)}
    for version in versions:
        found |= {version.system.name, version.system.slug, version.model_id, version.model_id.rpartition("/")[2]}
    return sorted(name for name in found if len(name) > 2)


def parts_of(response: Response) -> list[str]:
    """Return the original text with its explanation, as places are counted in them."""
    return [response.text, response.explanation] if response.explanation else [response.text]


def scan(study: Study, responses: Sequence[int], names: Sequence[str], dialogues: Sequence[int] = ()) -> int:
    """Look through these responses and whole dialogues; returns how many places still wait for a decision.

    What was decided stays decided; a place that another study redacted is redacted here as well. Places in texts
    that are not the study's any more are forgotten.
    """
    kept = Q(response__in=responses) | Q(revision__in=dialogues)
    LexiconHit.objects.filter(study=study).exclude(kept).delete()
    for start in range(0, len(responses), CHUNK):
        rows = Response.objects.filter(pk__in=responses[start : start + CHUNK])
        _look(study, "response_id", {row.pk: parts_of(row) for row in rows}, names)
    for start in range(0, len(dialogues), CHUNK):
        _look(study, "revision_id", conversations.parts(dialogues[start : start + CHUNK]), names)
    return waiting(study)


def _look(study: Study, side: str, texts: Mapping[int, Sequence[str]], names: Sequence[str]) -> None:
    """Write down the places in some texts that are not known yet."""
    here = LexiconHit.objects.filter(**{f"{side}__in": list(texts)})
    known = set(here.filter(study=study).values_list(side, "start"))
    gone = set(here.filter(decision=Decision.REDACTED).values_list(side, "start"))
    rows = [
        _hit(study, hit, {side: key}, taken_out=(key, hit.start) in gone)
        for key, parts in texts.items()
        for hit in lexicon.find_parts(parts, names=names)
        if (key, hit.start) not in known
    ]
    LexiconHit.objects.bulk_create(rows, ignore_conflicts=True)


def _hit(study: Study, hit: lexicon.Hit, text: Mapping[str, int], *, taken_out: bool) -> LexiconHit:
    return LexiconHit(
        study=study,
        start=hit.start,
        end=hit.end,
        words=hit.text[:WORDS],
        clue=str(hit.clue),
        decision=Decision.REDACTED if taken_out else Decision.OPEN,
        decided_at=timezone.now() if taken_out else None,
        **text,
    )


WAITING: Prepared[Any] = Prepared(
    lambda study: LexiconHit.objects.filter(study_id=study, decision=Decision.OPEN).values_list("pk"), -1
)


def waiting(study: Study) -> int:
    """Return how many places have no decision yet."""
    return WAITING.count(study.pk)


def scan_units(study: Study) -> int:
    """Look through everything the study's units show; see `scan`."""
    members = UnitResponse.objects.filter(unit__study=study)
    responses = set(members.filter(response__isnull=False).values_list("response_id", flat=True))
    dialogues = set(members.filter(revision__isnull=False).values_list("revision_id", flat=True))
    sources = StudySystem.objects.filter(study=study)
    versions = SystemVersion.objects.filter(pk__in=sources.values("system_version")).select_related("system")
    names = names_of(versions, Dataset.objects.filter(pk__in=sources.values("dataset")))
    return scan(study, sorted(responses), names, sorted(dialogues))


def refuse_undecided(study: Study) -> None:
    """Raise JobFailed while words that may tell who wrote a text wait for a decision."""
    left = scan_units(study)
    if left:
        words = ngettext(
            "%(n)s place in the texts may tell who wrote it. Decide on it under “Words that tell”, then open again.",
            "%(n)s places in the texts may tell who wrote them. Decide on each under “Words that tell”, then open "
            "again.",
            left,
        )
        raise jobs.JobFailed(words % {"n": left})


def decide(study: Study, hits: QuerySet[LexiconHit], decision: str, *, actor: User | None) -> int:
    """Decide on some places of a draft; returns how many. Redacted words leave the texts, and come back if undone."""
    decision = Decision(decision)
    with transaction.atomic():
        need_state(study, Study.State.DRAFT)
        chosen = list(hits.filter(study=study).values_list("pk", "response_id"))
        responses = {response for _pk, response in chosen if response}
        when = None if decision == Decision.OPEN else timezone.now()
        LexiconHit.objects.filter(pk__in=[pk for pk, _response in chosen]).update(
            decision=decision, decided_by=actor, decided_at=when
        )
        for response in Response.objects.filter(pk__in=responses).select_related("current"):
            _reword(response, actor)
        record(
            "study.words_decided", actor=actor, project=study.project, target=study, count=len(chosen),
            decision=str(decision),
        )  # fmt: skip
    return len(chosen)


def _reword(response: Response, actor: User | None) -> None:
    """Give a response the wording that follows from all decisions on it; nothing where it has that already."""
    places = LexiconHit.objects.filter(response=response, decision=Decision.REDACTED).values_list("start", "end")
    hits = [lexicon.Hit(start, end, "", lexicon.Clue.SYSTEM) for start, end in sorted(set(places))]
    text, explanation = [*lexicon.redact_parts(parts_of(response), hits), ""][:2]
    if (text, explanation) == (response.shown_text, response.shown_explanation):
        return
    if not hits:
        response.current = None
    else:
        newest = response.revisions.order_by("-number").values_list("number", flat=True).first() or 1
        response.current = ResponseRevision.objects.create(
            response=response, number=newest + 1, text=text, explanation=explanation,
            reason=_("Words that may tell who wrote it"), created_by=actor,
        )  # fmt: skip
    response.save(update_fields=["current"])


def around(hits: Sequence[LexiconHit], *, width: int = 60) -> list[tuple[LexiconHit, str, str, str]]:
    """Return the words at each place with what stands before and behind them; hits come with their responses."""
    dialogues = conversations.parts({hit.revision_id for hit in hits if hit.revision_id})
    found = []
    for hit in hits:
        text = BETWEEN.join(parts_of(hit.response) if hit.response else dialogues.get(hit.revision_id or 0, []))
        before, behind = text[max(0, hit.start - width) : hit.start], text[hit.end : hit.end + width]
        found.append((hit, before, text[hit.start : hit.end], behind))
    return found
