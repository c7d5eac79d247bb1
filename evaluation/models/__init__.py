"""Systems that write responses, what they are asked with, and the record of every call."""

from .benchmarks import Benchmark, BenchmarkReport, ResponseScore, RunFindings
from .blind import (
    BlindStudy,
    Guess,
    LexiconHit,
    Placement,
    ResponseSet,
    StudySystem,
    Unblinding,
    UnitResponse,
)
from .judgements import Mark, Preference, Rank, Reason, Score
from .prompts import PromptTemplate, PromptVersion, Purpose
from .responses import Response, ResponseImport, ResponseRevision
from .rubrics import Rubric, RubricVersion
from .runs import Attempt, Run, RunItem, RunSystem
from .systems import Capability, Endpoint, EndpointGrant, EndpointMeter, System, SystemVersion

__all__ = [
    "Attempt",
    "Benchmark",
    "BenchmarkReport",
    "BlindStudy",
    "Capability",
    "Endpoint",
    "EndpointGrant",
    "EndpointMeter",
    "Guess",
    "LexiconHit",
    "Mark",
    "Placement",
    "Preference",
    "PromptTemplate",
    "PromptVersion",
    "Purpose",
    "Rank",
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
    "StudySystem",
    "System",
    "SystemVersion",
    "Unblinding",
    "UnitResponse",
]
