"""Labels that people give, the disputes they lead to, and how those end; what an answer to a dialogue has besides."""

from .curation import CuratedValue, Curation, TurnComment
from .dialogue import Evidence, Remark, SuggestionDecision, TurnDraft
from .review import Dispute, DisputePost, Label, Meeting, RemovalReason, Resolution

__all__ = [
    "CuratedValue",
    "Curation",
    "Dispute",
    "DisputePost",
    "Evidence",
    "Label",
    "Meeting",
    "Remark",
    "RemovalReason",
    "Resolution",
    "SuggestionDecision",
    "TurnComment",
    "TurnDraft",
]
