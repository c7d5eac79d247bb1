"""What publishing leaves in the audit log, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from projects.audit_hooks import AuditWords
from publishing.models import StudyReport

WORDS = AuditWords(
    verbs={
        "study.datasheet_exported": _("datasheet of a study exported"),
        "study_report.bundled": _("reproduction bundle of a study report taken"),
        "study_report.changed": _("study report changed"),
        "study_report.created": _("study report created"),
        "study_report.deleted": _("study report deleted"),
        "study_report.exported": _("figures of a study report exported"),
        "study_report.key_taken": _("key to the codes of a study report taken"),
    },
    codes={"texts": {"with": _("with the texts of responses"), "without": _("without the texts of responses")}},
    kinds={"studyreport": _("study report")},
    models=(StudyReport,),
)
