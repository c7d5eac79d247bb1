"""What running a campaign leaves in the audit log, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from projects.audit_hooks import AuditWords

WORDS = AuditWords(
    verbs={
        "rater.availability_changed": _("availability of a rater changed"),
        "roster.exported": _("roster exported"),
        "roster.imported": _("roster imported"),
        "study.calibration_failed": _("calibration failed"),
        "study.calibration_passed": _("calibration passed"),
        "study.calibration_waived": _("let work without passing the calibration"),
        "study.consent_changed": _("consent text changed"),
        "study.consent_answers_given_back": _("withdrawn answers given back"),
        "study.consent_withdrawn": _("consent withdrawn"),
        "study.content_changed": _("content notice of a study changed"),
        "study.rater_held": _("rater paused in a study"),
        "study.rater_let_on": _("paused rater let on"),
        "study.recalled": _("answers asked for again"),
        "study.question_answered": _("question answered"),
        "study.training_changed": _("training changed"),
        "project.picture_added": _("picture added"),
    },
    kinds={"question": _("question"), "picture": _("picture")},
)
