"""The audit log's verbs and kinds of things in words. What has no words is shown as it is stored.

An app adds its own by naming its `AuditWords` in settings.CONCORD_AUDIT_WORDS.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects import audit_hooks

Words = Mapping[str, str | Promise]
VERBS: Words = {
    "account.created": _("account created"),
    "account.email_changed": _("e-mail address changed"),
    "account.erased": _("account erased"),
    "account.logged_in": _("logged in"),
    "account.logged_out": _("logged out"),
    "account.login_failed": _("log-in failed"),
    "account.password_changed": _("password changed"),
    "account.renamed": _("name changed"),
    "account.second_step_removed": _("two-step log-in turned off"),
    "account.second_step_set": _("two-step log-in turned on"),
    "account.token_made": _("token made"),
    "account.token_revoked": _("token revoked"),
    "dataset.changed": _("data set changed"),
    "dataset.created": _("data set created"),
    "dataset.exported": _("data of a data set exported"),
    "exclusion.lifted": _("exclusion lifted"),
    "exclusion.made": _("left out of results"),
    "flag.handled": _("flag handled"),
    "flag.raised": _("flag raised"),
    "flag.reopened": _("flag opened again"),
    "import.cancelled": _("import stopped"),
    "import.published": _("items imported"),
    "import.started": _("import started"),
    "item.corrected": _("item corrected"),
    "item.redacted": _("private words replaced"),
    "invitation.created": _("invitation created"),
    "invitation.renewed": _("invitation given a new link"),
    "invitation.revoked": _("invitation revoked"),
    "invitation.studies_named": _("studies of invitations chosen"),
    "invitation.study_refused": _("invited rater could not join the study"),
    "invitation.used": _("invitation used"),
    "membership.added": _("role given"),
    "membership.removed": _("role taken"),
    "project.changed": _("project changed"),
    "project.created": _("project created"),
    "rater.changed": _("rater changed"),
    "rater.created": _("rater created"),
    "rater.linked": _("rater given to an account"),
    "rater.rested": _("rater set at rest"),
    "rater.woken": _("rater active again"),
    "study.appendix_asked": _("appendix for a paper asked for"),
    "study.closed": _("study closed"),
    "study.created": _("study created"),
    "study.exported": _("data of a study exported"),
    "study.guideline_changed": _("guideline changed"),
    "study.lists_kept": _("fixed lists of a study kept"),
    "study.opened": _("study opened"),
    "study.opening": _("study being prepared"),
    "study.opening_stopped": _("preparation of a study stopped"),
    "study.part_given": _("part in a study given"),
    "study.part_left": _("part in a study left"),
    "study.part_paused": _("rater's work paused"),
    "study.part_resumed": _("rater works again"),
    "study.paused": _("study paused"),
    "study.renamed": _("study renamed"),
    "study.resumed": _("study resumed"),
    "study.settings_changed": _("settings of a study changed"),
}
KINDS: Words = {
    "assignment": _("answer"),
    "dataset": _("data set"),
    "exclusion": _("exclusion"),
    "flag": _("flag"),
    "invitation": _("invitation"),
    "importbatch": _("import"),
    "item": _("item"),
    "membership": _("membership"),
    "project": _("project"),
    "rater": _("rater"),
    "study": _("study"),
    "studyrole": _("part in a study"),
    "unit": _("unit"),
    "user": _("account"),
}


def verb(name: str) -> str:
    """Return a verb in words."""
    words = VERBS.get(name)
    if words is None:
        words = audit_hooks.verbs().get(name)
    return name.replace(".", " ").replace("_", " ") if words is None else str(words)


def kind(name: str) -> str:
    """Return what kind of thing a target is, in words."""
    words = KINDS.get(name)
    return str(audit_hooks.kinds().get(name, name) if words is None else words)
