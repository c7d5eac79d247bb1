"""What the work on labels leaves in the audit log, in words, beside what every project has."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from projects.audit_hooks import AuditWords

WORDS = AuditWords(
    verbs={
        "curation.decided": _("final values of a dialogue decided"),
        "dispute.prelabel_shown": _("pre-label shown to an adjudicator"),
        "dispute.settled": _("dispute settled"),
        "meeting.ended": _("meeting ended"),
        "meeting.started": _("meeting started"),
    },
    kinds={"meeting": _("meeting")},
)
