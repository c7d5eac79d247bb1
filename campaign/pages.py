"""The campaign's pages under every study."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from projects.models import Role
from projects.study_pages import StudyPage

MANAGER, ADJUDICATOR, ANALYST = Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST
PAGES = (
    StudyPage("training", _("Training"), "study_training", "setup", roles=(MANAGER, ANALYST)),
    StudyPage("consent", _("Consent"), "study_consent", "setup", roles=(MANAGER, ANALYST)),
    StudyPage("assignment", _("Who judges what"), "study_assignment", "people"),
    StudyPage("dates", _("Dates and messages"), "study_dates", "people"),
    StudyPage("pay", _("Pay"), "study_pay", "people"),
    StudyPage("quality", _("Quality"), "study_quality", "work", roles=(MANAGER, ADJUDICATOR), in_draft=False),
    StudyPage("questions", _("Questions"), "study_questions", "work", in_draft=False),
    StudyPage("flow", _("Flow"), "study_flow", "results", roles=(MANAGER, ADJUDICATOR, ANALYST), in_draft=False),
    StudyPage("appendix", _("Appendix"), "study_appendix", "results", in_draft=False),
)
