"""Who gets what at every address: the one table that the role matrix is held against.

An entry gives the outcomes of GET and of POST (an empty body), each by persona. Outcomes are statuses; LOGIN is a
redirect to a log-in page. A status for those let in says what an empty request comes to there: 200 a page, 302 done
and on, 4xx a form that is not complete. An address without an entry fails the matrix.
"""

from __future__ import annotations

from projects.models import Role

LOGIN = "log in"
M, ADJ, AN, R = Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST, Role.RATER
# Roles in the project in the address; `stranger` has every role in another one, `idle` rates in no study.
ROLES: dict[str, set[Role]] = {
    "anonymous": set(),
    "nobody": set(),
    "stranger": set(),
    "rater": {R},
    "idle": {R},
    "analyst": {AN},
    "adjudicator": {ADJ},
    "manager": {M},
    "admin": {M, ADJ, AN},
}
Outcomes = dict[str, int | str]


def everybody(status: int | str) -> Outcomes:
    """Whoever asks."""
    return dict.fromkeys(ROLES, status)


def known(status: int | str, *, otherwise: int | str = LOGIN, **but: int | str) -> Outcomes:
    """Whoever is logged in; `but` names those for whom it is otherwise."""
    return everybody(status) | {"anonymous": otherwise} | but


def inside(status: int, *roles: Role, otherwise: int | str = LOGIN) -> Outcomes:
    """Members with one of `roles`; other members are refused, and for everybody else there is nothing there."""
    found: Outcomes = {who: status if had & set(roles) else 403 if had else 404 for who, had in ROLES.items()}
    return found | {"anonymous": otherwise}


def own(status: int, *, otherwise: int | str = LOGIN) -> Outcomes:
    """The rater of the study alone: for everybody else, of whatever role, there is nothing there."""
    return everybody(404) | {"anonymous": otherwise, "rater": status}


def staff(status: int | str) -> Outcomes:
    """The site admin alone."""
    return everybody(LOGIN) | {"admin": status}


NO = everybody(405)
ANY, READERS = (M, ADJ, AN, R), (M, ADJ, AN)
Entry = tuple[Outcomes, Outcomes]


def page(*roles: Role) -> Entry:
    """A page to read."""
    return inside(200, *roles), NO


def form(*roles: Role, sent: int = 422) -> Entry:
    """A page with a form."""
    return inside(200, *roles), inside(sent, *roles)


def button(*roles: Role) -> Entry:
    """A button."""
    return NO, inside(302, *roles)


def api(*roles: Role, got: int = 200, sent: int = 405, writers: tuple[Role, ...] = (M,)) -> Entry:
    """Something of a project in the API, read by `roles` and written by `writers`."""
    return inside(got, *roles, otherwise=401), inside(sent, *writers, otherwise=401)


def api_own(got: int, sent: int) -> Entry:
    """Something of a rater's own in the API."""
    return own(got, otherwise=401), own(sent, otherwise=401)


GENERAL: dict[str, Entry] = {
    "home": (known(200), NO),
    "preferences": (NO, everybody(302)),
    "health": (everybody(200), NO),
    "components": (everybody(200), NO),
    "set_language": (NO, everybody(302)),
    "join": (everybody(200), known(302, otherwise=422)),
    "account": (known(200), known(422)),
    "tokens": (known(200), known(302)),
    "token_revoke": (known(405), known(302)),
    "project_new": (
        known(403, stranger=200, manager=200, admin=200),
        known(403, stranger=422, manager=422, admin=422),
    ),
}
PROJECT: dict[str, Entry] = {
    "project": page(*ANY),
    "project_edit": form(M),
    "people": page(*READERS),
    "member": form(M),
    "member_remove": button(M),
    "rater_new": form(M),
    "rater": form(M),
    "invitation_new": form(M),
    "invitation_revoke": button(M),
    "audit": page(M),
}
DATA: dict[str, Entry] = {
    "datasets": page(*READERS),
    "dataset_new": form(M),
    "dataset": page(*READERS),
    "dataset_edit": form(M),
    "dataset_export": page(M, AN),
    "item": page(*READERS),
    "item_correct": form(M),
    "import_new": form(M),
    "import": form(M, sent=302),
    "import_mapping": (inside(302, M), inside(302, M)),
    "import_cancel": button(M),
    # This import has none.
    "import_rejected": (inside(404, M), NO),
}
FLAGS: dict[str, Entry] = {
    "flags": page(M),
    "flag": form(M),
    "flag_reopen": button(M),
    "item_flag": form(*READERS),
    "item_alias": form(M),
    "rate_flag": (own(200), own(422)),
}
STUDY: dict[str, Entry] = {
    "studies": page(*READERS),
    "study_new": form(M, sent=200),
    "study": page(*READERS),
    "study_open": button(M),
    "study_stop": button(M),
    "study_pause": form(M, sent=302),
    "study_resume": button(M),
    "study_close": button(M),
    "study_clone": form(M),
    "study_settings": (inside(200, *READERS), inside(422, M)),
    "study_guideline": (inside(200, *READERS), inside(302, M)),
    "study_people": form(M),
    "study_assignment": form(M),
    "roster": page(M),
    "roster_rater": form(M),
    "roster_export": page(M),
    "roster_import": form(M),
    "invitations": form(M, sent=302),
    "part_leave": button(M),
    "part_return": button(M),
    "part_pause": (inside(200, M), inside(302, M)),
    "part_resume": button(M),
    "part_replace": form(M),
    "study_units": page(M),
    "study_unit": form(M),
    "study_skips": page(M),
    "study_training": (inside(200, M, AN), inside(422, M)),
    "study_trainee": (inside(200, M, AN), inside(302, M)),
    "training_item_remove": button(M),
    "project_pictures": form(M),
    "picture": (known(404, rater=200, idle=200, analyst=200, adjudicator=200, manager=200, admin=200), NO),
    "study_questions": page(M),
    "study_question": form(M),
    "study_recall": form(M),
    "study_consent": (inside(200, M, AN), inside(422, M)),
    "study_exclusions": form(M),
    "study_flow": page(*READERS),
    "study_appendix": (inside(200, M), inside(302, M)),
    "appendix_file": (inside(200, M), NO),
    "exclusion_lift": button(M),
    "results": page(*READERS),
    "results_compute": button(*READERS),
    "results_version": page(*READERS),
    "results_export": page(*READERS),
    "export": page(*READERS),
}
REVIEW: dict[str, Entry] = {
    "disputes": (inside(200, M, ADJ), inside(405, M, ADJ)),
    "dispute_agenda": (inside(405, M, ADJ), inside(302, M, ADJ)),
    "dispute": form(M, ADJ),
    "dispute_say": (inside(405, M, ADJ), inside(422, M, ADJ)),
    "curation": (inside(200, M, ADJ), inside(405, M, ADJ)),
    "curation_session": form(M, ADJ, sent=302),
    "curation_take_over": (inside(405, M, ADJ), inside(302, M, ADJ)),
    "curation_say": (inside(405, M, ADJ), inside(422, M, ADJ)),
    "meetings": form(M, ADJ, sent=302),
    "meeting": (inside(302, M, ADJ), inside(405, M, ADJ)),
    "meeting_end": (inside(405, M, ADJ), inside(302, M, ADJ)),
}
BLIND: dict[str, Entry] = {
    "study_design": form(M, sent=302),
    "study_words": form(M),
    "study_blinding": page(*READERS),
    "study_reasons": page(M, AN),
    "study_key_holder": (NO, inside(422, M)),
    # None of them holds the key.
    "study_key_open": (NO, inside(422, *READERS)),
    "study_check": button(M),
    "study_stopping": button(M),
    "study_pairs": form(M),
    "study_pair": form(M),
    "study_pairs_propose": button(M),
    "study_pairs_file": (NO, inside(422, M)),
    "study_pairs_take": button(M),
    # This study asks for neither, so both lead back to the work.
    "rate_ready": (own(404), own(404)),
    "rate_guess": (own(404), own(404)),
}
RATING: dict[str, Entry] = {
    "rate": (own(200), own(405)),
    # Nothing is asked before the work, so these lead on to it.
    "rate_held": (own(302), own(405)),
    "rate_notice": (own(302), own(302)),
    "rate_acknowledge": (own(302), own(302)),
    "rate_training": (own(302), own(302)),
    "rate_again": (own(302), own(405)),
    "rate_questions": (own(200), own(422)),
    "rate_ask": (own(200), own(422)),
    "rate_record": (own(200), own(405)),
    "rate_consent": (own(200), own(200)),
    "rate_withdraw": (own(200), own(422)),
    "rate_begin": (own(405), own(302)),
    "rate_auto": (own(405), own(204)),
    "rate_pause": (own(200), own(302)),
    "rate_resume": (own(405), own(302)),
    "rate_mine": (own(200), own(405)),
    # Nothing is kept in these browsers.
    "rate_kept": (own(302), own(302)),
    "rate_unit": (own(200), own(422)),
    "rate_draft": (own(405), own(400)),
    "rate_skip": (own(200), own(422)),
    "rate_disputes": (own(200), own(405)),
    "rate_dispute": (own(200), own(422)),
    "rate_comments": (own(200), own(422)),
    "study_schema": (inside(200, *READERS), inside(200, M)),
    "rate_turn": (own(200), own(302)),
    "rate_newer": (own(200), own(405)),
    "rate_session": (own(405), own(302)),
    "rate_accept_all": (own(405), own(302)),
    "rate_earlier": (own(200), own(405)),
}
WATCH: dict[str, Entry] = {
    "study_quality": page(M, ADJ),
    "study_quality_ask": button(M, ADJ),
    "study_quality_rules": form(M),
    "study_quality_rater": page(M, ADJ),
    "dashboard": page(M),
    # Nobody but the managers has been given them here.
    "time_sheets": page(M),
    "time_sheets_csv": page(M),
    "time_count": button(M),
    "time_readers": form(M),
    "study_pay": form(M),
    "study_dates": form(M),
    "rate_work": (own(200), NO),
    "message_choices": (known(200), known(302)),
    # The link is signed; this one is made up.
    "messages_off": (everybody(404), everybody(404)),
}
SITE_PAGE: Entry = (known(403, admin=200), NO)
SITE_BUTTON: Entry = (NO, known(403, admin=302))
MODELS: dict[str, Entry] = {
    "endpoints": SITE_PAGE,
    "endpoint_new": (known(403, admin=200), known(403, admin=422)),
    "endpoint": SITE_PAGE,
    "endpoint_edit": (known(403, admin=200), known(403, admin=422)),
    "endpoint_test": SITE_BUTTON,
    "endpoint_close": SITE_BUTTON,
    "endpoint_delete": SITE_BUTTON,
    "systems": page(M, AN),
    "system_new": form(M),
    "system": page(M, AN),
    "system_edit": form(M),
    "system_away": button(M),
    "rubrics": page(M, AN),
    "rubric_new": form(M),
    "rubric": form(M),
    "prompts": page(M, AN),
    "prompt_new": form(M),
    "prompt": page(M, AN),
    "prompt_edit": form(M),
    "prompt_compare": page(M, AN),
    "runs": page(M, AN),
    "run_new": form(M),
    "judge_new": form(M),
    "run": page(M, AN),
    "run_act": button(M),
    "run_calls": page(M, AN),
    "run_call": page(M, AN),
    "run_verdicts": page(M, AN),
    "run_findings": (inside(200, M, AN), inside(302, M)),
    "responses": page(M, AN),
    "responses_new": form(M),
    "responses_take": button(M),
    "response_import": form(M),
    "response_import_cancel": button(M),
    "juries": page(M, AN),
    "jury_new": form(M),
    "jury": page(M, AN),
    "jury_edit": form(M),
    "jury_compute": button(M, AN),
    "jury_delete": button(M),
    "jury_version": page(M, AN),
    "jury_gaps": page(M, AN),
    "jury_export": page(M, AN),
    "benchmarks": page(M, AN),
    "benchmark_new": form(M),
    "benchmark": page(M, AN),
    "benchmark_edit": form(M),
    "benchmark_compute": button(M, AN),
    "benchmark_delete": button(M),
    "benchmark_version": page(M, AN),
    "benchmark_export": page(M, AN),
    "study_reports": page(M, AN),
    "study_report_new": form(M),
    "study_report": page(M, AN),
    "study_report_edit": form(M),
    "study_report_compute": button(M, AN),
    "study_report_delete": button(M),
    "study_report_edition": page(M, AN),
    "study_report_bundle": form(M, AN, sent=302),
    "study_report_bundle_file": page(M, AN),
    "study_report_export": page(M, AN),
    "study_report_key": page(M),
    "study_datasheet": page(M, AN),
}
API: dict[str, Entry] = {
    "api_schema": (known(200, otherwise=401), known(405, otherwise=401)),
    "api_token": (NO, everybody(400)),
    "api_nowhere": (known(404, otherwise=401), known(404, otherwise=401)),
    "api_projects": (
        known(200, otherwise=401),
        known(403, otherwise=401, stranger=400, manager=400, admin=400),
    ),
    "api_project": api(*ANY),
    "api_datasets": api(*READERS, sent=400),
    "api_dataset": api(*READERS),
    "api_items": api(*READERS, sent=400),
    "api_imports": api(M, sent=415),
    "api_import": api(M),
    "api_import_start": api(M, got=405, sent=202),
    "api_studies": api(*READERS, sent=400),
    "api_study": api(*READERS),
    "api_study_open": api(*READERS, got=405, sent=409),
    "api_study_pause": api(*READERS, got=405, sent=200),
    "api_study_resume": api(*READERS, got=405, sent=409),
    "api_study_close": api(*READERS, got=405, sent=200),
    "api_progress": api(*READERS),
    "api_raters": api(*READERS, sent=400),
    "api_results": api(*READERS, sent=202, writers=READERS),
    "api_exports": api(*READERS),
    "api_export": api(*READERS),
    "api_own_studies": (known(200, otherwise=401), known(405, otherwise=401)),
    "api_own_study": api_own(200, 405),
    "api_own_begin": api_own(405, 204),
    "api_own_next": api_own(405, 200),
    "api_own_units": api_own(200, 405),
    "api_own_unit": api_own(200, 405),
    "api_own_answer": api_own(405, 400),
    "api_own_skip": api_own(405, 409),
}
ACCOUNTS: dict[str, Entry] = {
    "account_login": (known(302, otherwise=200), known(302, otherwise=200)),
    "account_logout": (known(200, otherwise=302), everybody(302)),
    "account_inactive": (everybody(200), NO),
    # Closed: the page says how one gets in.
    "account_signup": (known(302, otherwise=200), known(302, otherwise=200)),
    "account_reauthenticate": (known(200), known(200)),
    "account_email": (known(200), known(302)),
    "account_email_verification_sent": (everybody(200), NO),
    "account_change_password": (known(200), known(200)),
    "account_set_password": (known(302), known(302)),
    "account_reset_password": (everybody(200), everybody(200)),
    "account_confirm_login_code": (known(302), known(302)),
    "account_confirm_email": (everybody(200), everybody(404)),
    "account_reset_password_from_key": (everybody(200), everybody(200)),
    "account_reset_password_from_key_done": (everybody(200), NO),
    "account_reset_password_done": (everybody(200), NO),
    "mfa_index": (known(200), known(405)),
    "mfa_authenticate": (known(302), known(302)),
    "mfa_reauthenticate": (known(302), known(302)),
    "mfa_activate_totp": (known(302), known(302)),
    "mfa_deactivate_totp": (known(404), known(404)),
    "mfa_view_recovery_codes": (known(404), known(405)),
    "mfa_generate_recovery_codes": (known(302), known(302)),
    "mfa_download_recovery_codes": (known(404), known(404)),
    "mfa_list_webauthn": (known(200), known(405)),
    "mfa_add_webauthn": (known(302), known(302)),
    "mfa_reauthenticate_webauthn": (known(302), known(302)),
    "mfa_remove_webauthn": (known(302), known(302)),
    "mfa_edit_webauthn": (known(302), known(302)),
    "mfa_login_webauthn": (known(302), known(302)),
    "socialaccount_login_cancelled": (everybody(200), NO),
    "socialaccount_login_error": (everybody(401), NO),
    "socialaccount_signup": (everybody(LOGIN), everybody(LOGIN)),
    "socialaccount_connections": (known(200), known(200)),
    "openid_connect_login": (everybody(404), everybody(404)),
    "openid_connect_callback": (everybody(404), everybody(404)),
    # Old addresses of the same pages.
    "route:accounts/social/login/cancelled/": (everybody(301), everybody(301)),
    "route:accounts/social/login/error/": (everybody(301), everybody(301)),
    "route:accounts/social/signup/": (everybody(301), everybody(301)),
    "route:accounts/social/connections/": (everybody(301), everybody(301)),
}
ADMIN: dict[str, Entry] = {
    "admin:index": (staff(200), staff(200)),
    "admin:app_list": (staff(200), staff(200)),
    "admin:login": (known(403, admin=302), known(403, admin=200)),
    "admin:logout": (everybody(302) | {"admin": 405}, everybody(302) | {"admin": 200}),
    "admin:password_change": (staff(200), staff(200)),
    "admin:password_change_done": (staff(200), staff(405)),
    "admin:autocomplete": (staff(403), staff(405)),
    "admin:jsi18n": (staff(200), staff(405)),
    "admin:view_on_site": (staff(404), staff(404)),
    "admin:auth_user_password_change": (staff(200), staff(200)),
    r"route:admin/(?P<url>.*)$": (staff(404), staff(404)),
}
# Models in the administration. The matrix asks for a row that is not there, which leads back to the first page.
ADMINISTERED = (
    "auth_group", "projects_user", "projects_project", "projects_membership", "projects_auditentry",
    "account_emailaddress", "mfa_authenticator", "socialaccount_socialapp", "socialaccount_socialtoken",
    "socialaccount_socialaccount",
)  # fmt: skip
READ_ONLY = {"projects_auditentry"}


def administration() -> dict[str, Entry]:
    """Return the entries of every model in the administration."""
    found = dict(ADMIN)
    for model in ADMINISTERED:
        new, change = (403, 403) if model in READ_ONLY else (200, 302)
        found[f"admin:{model}_changelist"] = (staff(200), staff(200))
        found[f"admin:{model}_add"] = (staff(new), staff(new))
        found[f"admin:{model}_history"] = (staff(302), staff(302))
        found[f"admin:{model}_change"] = (staff(302), staff(change))
        found[f"admin:{model}_delete"] = (staff(change), staff(change))
        found[f"route:admin/{model.replace('_', '/', 1)}/<path:object_id>/"] = (staff(302), staff(302))
    return found


TABLE: dict[str, Entry] = {
    **GENERAL, **PROJECT, **DATA, **FLAGS, **STUDY, **REVIEW, **BLIND, **WATCH,
    **RATING, **MODELS, **API, **ACCOUNTS, **administration(),
}  # fmt: skip
# Where somebody who is not logged in may get a page.
PUBLIC = {
    "health", "components", "join", "account_login", "account_inactive", "account_signup",
    "account_email_verification_sent", "account_reset_password", "account_confirm_email",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "account_reset_password_done",
    "socialaccount_login_cancelled",
}  # fmt: skip
