"""What quality, time, pay and messages leave in the audit log, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from projects.audit_hooks import AuditWords

WORDS = AuditWords(
    verbs={
        "pay.rate_dropped": _("rate of pay taken away"),
        "pay.rate_set": _("rate of pay set"),
        "study.dates_set": _("dates of a study set"),
        "study.watch_rules_set": _("bounds of unusual work set"),
        "timesheets.exported": _("time sheets exported"),
        "timesheets.granted": _("time sheets given to somebody"),
        "timesheets.revoked": _("time sheets taken away from somebody"),
    },
    kinds={},
)
