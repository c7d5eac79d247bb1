"""Systems that write responses, what they are asked with, and the record of every call."""

from .benchmarks import Benchmark, BenchmarkReport, ResponseScore, RunFindings
from .blind import (
    BlindCheck,
    BlindStudy,
    Guess,
    LexiconHit,
    Placement,
    Readiness,
    ResponseSet,
    StudyPlan,
    StudySystem,
    Unblinding,
    UnitResponse,
)
from .judgements import Mark, Preference, Rank, Reason, Score
from .judging import JudgePlan, JudgeTask, JudgeTaskMember, Verdict, VerdictValue
from .juries import Jury, JuryReport
from .pairs import Pair, PairFile, StoppingLook
from .prompts import PromptTemplate, PromptVersion, Purpose
from .responses import Response, ResponseImport, ResponseRevision
from .rubrics import Rubric, RubricVersion
from .runs import Attempt, Run, RunItem, RunSystem
from .systems import Capability, Endpoint, EndpointGrant, EndpointMeter, System, SystemVersion

__all__ = [
    "Attempt",
    "Benchmark",
    "BenchmarkReport",
    "BlindCheck",
    "BlindStudy",
    "Capability",
    "Endpoint",
    "EndpointGrant",
    "EndpointMeter",
    "Guess",
    "JudgePlan",
    "JudgeTask",
    "JudgeTaskMember",
    "Jury",
    "JuryReport",
    "LexiconHit",
    "Mark",
    "Pair",
    "PairFile",
    "Placement",
    "Preference",
    "PromptTemplate",
    "PromptVersion",
    "Purpose",
    "Rank",
    "Readiness",
    "Reason",
    "Response",
    "ResponseImport",
    "ResponseRevision",
    "ResponseScore",
    "ResponseSet",
    "Rubric",
    "RubricVersion",
    "Run",
    "RunFindings",
    "RunItem",
    "RunSystem",
    "Score",
    "StoppingLook",
    "StudyPlan",
    "StudySystem",
    "System",
    "SystemVersion",
    "Unblinding",
    "UnitResponse",
    "Verdict",
    "VerdictValue",
]
