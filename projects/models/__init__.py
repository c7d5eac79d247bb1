"""The nouns that every kind of study shares."""

from .data import Case, Dataset, ImportBatch, ImportedAnswer, Item, ItemRevision, Sighting, Suggestion, Turn
from .flags import Flag
from .pauses import Pause
from .people import Invitation, Membership, Project, Rater, Role, User, new_token
from .places import ListedItem, Place
from .record import AuditEntry, Creation, Job, Report, Snapshot
from .study import Guideline, Study, StudyRole, StudyVersion, new_seed
from .work import Assignment, Draft, Exclusion, Exposure, Submission, Unit

__all__ = [
    "Assignment",
    "AuditEntry",
    "Case",
    "Creation",
    "Dataset",
    "Draft",
    "Exclusion",
    "Exposure",
    "Flag",
    "Guideline",
    "ImportBatch",
    "ImportedAnswer",
    "Invitation",
    "Item",
    "ItemRevision",
    "Job",
    "ListedItem",
    "Membership",
    "Pause",
    "Place",
    "Project",
    "Rater",
    "Report",
    "Role",
    "Sighting",
    "Snapshot",
    "Study",
    "StudyRole",
    "StudyVersion",
    "Submission",
    "Suggestion",
    "Turn",
    "Unit",
    "User",
    "new_seed",
    "new_token",
]
