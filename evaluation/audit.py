"""What systems, prompts, runs and blind studies leave in the audit log, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from evaluation.models import (
    Benchmark,
    Endpoint,
    Jury,
    LexiconHit,
    Pair,
    PromptTemplate,
    ResponseImport,
    Rubric,
    Run,
    System,
)
from evaluation.words import FAULTS
from projects.audit_hooks import AuditWords

WORDS = AuditWords(
    verbs={
        "benchmark.changed": _("benchmark changed"),
        "benchmark.created": _("benchmark created"),
        "benchmark.deleted": _("benchmark deleted"),
        "benchmark.exported": _("figures of a benchmark exported"),
        "endpoint.changed": _("endpoint changed"),
        "endpoint.circuit_closed": _("calls to an endpoint let through again"),
        "endpoint.circuit_opened": _("calls to an endpoint stopped"),
        "endpoint.created": _("endpoint created"),
        "endpoint.deleted": _("endpoint deleted"),
        "endpoint.granted": _("endpoint given to projects"),
        "jury.changed": _("judges' report changed"),
        "jury.created": _("judges' report set up"),
        "jury.deleted": _("judges' report removed"),
        "jury.exported": _("figures of judges exported"),
        "prompt.created": _("prompt created"),
        "prompt.revised": _("prompt revised"),
        "responses.import_cancelled": _("import of responses stopped"),
        "responses.import_started": _("import of responses started"),
        "responses.imported": _("responses imported"),
        "rubric.kept": _("rubric saved"),
        "run.cancelled": _("run ended early"),
        "run.created": _("run created"),
        "run.deleted": _("run deleted"),
        "run.filled": _("run filled up"),
        "run.paused": _("run paused"),
        "run.read": _("texts of a run read"),
        "run.resumed": _("run resumed"),
        "run.retried": _("failed calls of a run tried again"),
        "run.asked_anew": _("verdicts of a run that could not be read asked for anew"),
        "run.started": _("run started"),
        "run.system_left_out": _("system left out of a run"),
        "study.pair_swapped": _("partner of a pair changed"),
        "study.pairs_copied": _("pairs copied from another study"),
        "study.pairs_decided": _("pairs decided on"),
        "study.pairs_proposed": _("pairs proposed"),
        "study.pairs_taken": _("list of pairs taken"),
        "study.unblinded": _("key of a blind study opened"),
        "study.words_decided": _("words that tell decided on"),
        "system.changed": _("system changed"),
        "system.created": _("system created"),
        "system.put_away": _("system put away"),
        "system.taken_up": _("system taken up again"),
    },
    kinds={
        "benchmark": _("benchmark"),
        "endpoint": _("endpoint"),
        "jury": _("judges' report"),
        "prompttemplate": _("prompt"),
        "responseimport": _("import of responses"),
        "rubric": _("rubric"),
        "run": _("run"),
        "system": _("system"),
    },
    codes={
        "decision": dict(LexiconHit.Decision.choices) | dict(Pair.State.choices),
        "reason": {str(fault): words.name for fault, words in FAULTS.items()},
    },
    models=(Benchmark, Endpoint, Jury, PromptTemplate, ResponseImport, Rubric, Run, System),
)
