"""What a campaign keeps beside a study."""

from campaign.models.appendix import Appendix
from campaign.models.consent import Consent, ConsentText, Readiness
from campaign.models.designs import DesignPreview
from campaign.models.guideline import Acknowledgement, Picture, Question, Recall
from campaign.models.messages import MessageChoice, SentMessage, StudyDates
from campaign.models.pay import PayRate, TimeDay, TimeSheetReader
from campaign.models.quality import RaterQuality, StudyQuality, WatchRules
from campaign.models.roster import Availability
from campaign.models.training import Calibration, Check, RaterHold, TrainingItem, TrainingPlan

__all__ = [
    "Acknowledgement",
    "Appendix",
    "Availability",
    "Calibration",
    "Check",
    "Consent",
    "ConsentText",
    "DesignPreview",
    "MessageChoice",
    "PayRate",
    "Picture",
    "Question",
    "RaterHold",
    "RaterQuality",
    "Readiness",
    "Recall",
    "SentMessage",
    "StudyDates",
    "StudyQuality",
    "TimeDay",
    "TimeSheetReader",
    "TrainingItem",
    "TrainingPlan",
    "WatchRules",
]
