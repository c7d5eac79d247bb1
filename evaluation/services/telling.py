"""Words in responses that may tell who wrote them: found before a blind study opens, and decided on one by one.

Places are counted in the response's original text, followed by a separator and its explanation. A redaction is a new
wording of the response with the words of every redacted place taken out; the original is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation import lexicon
from evaluation.models import LexiconHit, Response, ResponseRevision, StudySystem, SystemVersion, UnitResponse
from projects.models import Item, Study, Turn, User
from projects.services import jobs
from projects.services.audit import record
from projects.services.parts import need_state

BETWEEN = "\x1e"
CHUNK = 500
WORDS = 200
Decision = LexiconHit.Decision


def names_of(versions: Iterable[SystemVersion]) -> list[str]:
    """Return what a study's own systems are called, in every way that their texts could say it."""
    found: set[str] = set()
    for version in versions:
        found |= {version.system.name, version.system.slug, version.model_id, version.model_id.rpartition("/")[2]}
    return sorted(name for name in found if len(name) > 2)


def whole(response: Response) -> str:
    """Return the original text with its explanation, as places are counted in it."""
    return f"{response.text}{BETWEEN}{response.explanation}" if response.explanation else response.text


def scan(study: Study, responses: Sequence[int], versions: Sequence[SystemVersion]) -> int:
    """Look through these responses; returns how many places still wait for a decision.

    What was decided stays decided; a place that another study redacted is redacted here as well. Places in responses
    that are not the study's any more are forgotten.
    """
    names, made = names_of(versions), 0
    LexiconHit.objects.filter(study=study).exclude(response__in=responses).delete()
    for start in range(0, len(responses), CHUNK):
        part = responses[start : start + CHUNK]
        known = set(LexiconHit.objects.filter(study=study, response__in=part).values_list("response_id", "start"))
        gone = set(
            LexiconHit.objects.filter(response__in=part, decision=Decision.REDACTED).values_list("response_id", "start")
        )
        rows = [
            _hit(study, response, hit, taken_out=(response.pk, hit.start) in gone)
            for response in Response.objects.filter(pk__in=part)
            for hit in lexicon.find(whole(response), names=names)
            if (response.pk, hit.start) not in known
        ]
        LexiconHit.objects.bulk_create(rows, ignore_conflicts=True)
        made += len(rows)
    return waiting(study)


def _hit(study: Study, response: Response, hit: lexicon.Hit, *, taken_out: bool) -> LexiconHit:
    return LexiconHit(
        study=study,
        response=response,
        start=hit.start,
        end=hit.end,
        words=hit.text[:WORDS],
        clue=str(hit.clue),
        decision=Decision.REDACTED if taken_out else Decision.OPEN,
        decided_at=timezone.now() if taken_out else None,
    )


def waiting(study: Study) -> int:
    """Return how many places have no decision yet."""
    return LexiconHit.objects.filter(study=study, decision=Decision.OPEN).count()


def responses_of(study: Study) -> list[int]:
    """Return the responses that the study's units show."""
    rows = UnitResponse.objects.filter(unit__study=study, response__isnull=False)
    return sorted(set(rows.values_list("response_id", flat=True)))


def scan_units(study: Study) -> int:
    """Look through everything the study's units show; see `scan`."""
    systems = StudySystem.objects.filter(study=study, system_version__isnull=False)
    versions = SystemVersion.objects.filter(pk__in=systems.values("system_version")).select_related("system")
    return scan(study, responses_of(study), list(versions))


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


def in_dialogues(revisions: Iterable[int], names: Sequence[str]) -> list[str]:
    """Return the ids of whole dialogues with words that may tell where they come from.

    They are texts of a data set, so nothing is taken out of them here: they are corrected there, or their pair goes.
    """
    said: dict[int, list[str]] = {}
    rows = Turn.objects.filter(revision__in=list(revisions)).order_by("revision", "index")
    for revision, text in rows.values_list("revision_id", "text"):
        said.setdefault(revision, []).append(text)
    telling = [pk for pk, turns in said.items() if lexicon.find("\n".join(turns), names=names)]
    items = Item.objects.filter(revisions__in=telling).order_by("dataset", "position")
    return list(items.values_list("external_id", flat=True))


def decide(study: Study, hits: QuerySet[LexiconHit], decision: str, *, actor: User | None) -> int:
    """Decide on some places of a draft; returns how many. Redacted words leave the texts, and come back if undone."""
    decision = Decision(decision)
    with transaction.atomic():
        need_state(study, Study.State.DRAFT)
        chosen = list(hits.filter(study=study).values_list("pk", "response_id"))
        when = None if decision == Decision.OPEN else timezone.now()
        LexiconHit.objects.filter(pk__in=[pk for pk, _response in chosen]).update(
            decision=decision, decided_by=actor, decided_at=when
        )
        for response in Response.objects.filter(pk__in={response for _pk, response in chosen}).select_related(
            "current"
        ):
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
    text, _between, explanation = lexicon.redact(whole(response), hits).partition(BETWEEN)
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


def around(response: Response, start: int, end: int, *, width: int = 60) -> tuple[str, str, str]:
    """Return the words at a place with what stands before and behind them."""
    text = whole(response).replace(BETWEEN, " ")
    return text[max(0, start - width) : start], text[start:end], text[end : end + width]
