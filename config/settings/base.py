"""Settings shared by every installation. Nothing here is secret, nothing here is only for development."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from . import env

# Lets classes such as ModelAdmin[Project] carry their type at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(env.text("CONCORD_DATA_DIR", str(BASE_DIR / "data"))).resolve()

DEBUG = False
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
SITE_NAME = env.text("CONCORD_SITE_NAME", "Concord")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "projects",
    "annotation",
    "evaluation",
    "campaign",
    "publishing",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "template_partials",
    "csp",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "projects.middleware.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "projects.middleware.PrivatePagesMiddleware",
]

TEMPLATES = [
    {
        # Django's own templates, compiled; the name is what template_partials looks for.
        "BACKEND": "config.rendering.backend.QuickTemplates",
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "projects.context.page",
            ],
        },
    }
]

FORM_RENDERER = "config.rendering.backend.QuickForms"

# --- who may log in, and how -------------------------------------------------------------------
AUTH_USER_MODEL = "projects.User"
AUTHENTICATION_BACKENDS = ["projects.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "projects.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "projects.views.errors.csrf_failure"

# --- languages and time ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
# Django's English dates are American: 11/12 would be December to half of the readers.
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("CONCORD_TIME_ZONE", "UTC")

# --- files -------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("CONCORD_STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static", ("css", BASE_DIR / "reports" / "css")]
MEDIA_ROOT = DATA_DIR / "files"
# An empty migrated database, to be copied wherever a scratch one is needed.
BLANK_DIR = DATA_DIR / "blank"
FILE_UPLOAD_HANDLERS = [
    "projects.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
CONCORD_MAX_UPLOAD_BYTES = env.number("CONCORD_MAX_UPLOAD_MB", 250) * 1024 * 1024

# --- databases, cache, jobs ----------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {}
REDIS_URL = env.text("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
# Sessions in a per-process cache would let a logged-out session live on in another process.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db" if REDIS_URL else "projects.sessions"

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 3600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "projects.tasks.sweep_jobs", "schedule": 5.0, "options": {"expires": 10}},
    "sweep-runs": {"task": "evaluation.tasks.sweep_runs", "schedule": 5.0, "options": {"expires": 10}},
    "look-stopping": {"task": "evaluation.tasks.look_stopping", "schedule": 600.0, "options": {"expires": 300}},
    "watch-studies": {"task": "campaign.tasks.watch_studies", "schedule": 900.0, "options": {"expires": 600}},
    "send-messages": {"task": "campaign.tasks.send_messages", "schedule": 3600.0, "options": {"expires": 3000}},
    "sweep-leases": {"task": "projects.tasks.sweep_leases", "schedule": 30.0, "options": {"expires": 30}},
}
# Calls to language models last for hours and must not keep imports and reports waiting: they have a queue of their own.
CELERY_TASK_ROUTES = {"evaluation.tasks.drain": {"queue": "runs"}}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# --- safety --------------------------------------------------------------------------------------
from csp.constants import NONCE, NONE, SELF  # noqa: E402  the policy reads best beside the rest of safety

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
# Whose word about the visitor's address and scheme is taken (addresses or networks, as 172.16.0.0/12).
CONCORD_TRUSTED_PROXIES = env.items("CONCORD_TRUSTED_PROXIES")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- API -----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "projects.api.auth.TokenAuth",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "projects.api.pagination.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "projects.api.errors.handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Concord",
    "DESCRIPTION": "Projects, data sets, studies and results of a Concord installation.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "StudyState": "projects.models.Study.State",
        "PartState": "projects.models.StudyRole.State",
        "AssignmentState": "projects.models.Assignment.State",
    },
}

# --- what this product exists for ------------------------------------------------------------------
STUDY_KINDS = [
    "annotation.kinds.label_review.LabelReview",
    "annotation.kinds.dialogue.Dialogue",
    "annotation.kinds.screening.Screening",
    "evaluation.kinds.ranking.Ranking",
    "evaluation.kinds.comparison.Comparison",
    "evaluation.kinds.rating.Rating",
]
# What a worker does for each kind of job: (job, progress) -> closing message.
CONCORD_JOBS = {
    "check_import": "projects.services.importing.check",
    "import": "projects.services.importing.run",
    "open_study": "projects.opening.run",
    "report": "projects.reporting.run",
    "appendix": "campaign.appendix.making.run",
    "settle_again": "annotation.services.leaving.settle_again",
    "estimate_run": "evaluation.services.preparing.estimate",
    "plan_blind_study": "evaluation.drafts.run",
    "settle_units": "projects.settling.run",
    "preview_design": "campaign.services.design_preview.run",
    "send_invitations": "campaign.services.inviting.run",
    "check_blind_study": "evaluation.blindness.job.run",
    "match_pairs": "evaluation.pairing.propose",
    "read_pairs": "evaluation.services.pair_files.run",
    "look_stopping": "evaluation.stopping.run",
    "prepare_run": "evaluation.services.preparing.prepare",
    "check_responses": "evaluation.services.response_import.check",
    "import_responses": "evaluation.services.response_import.run",
    "benchmark": "evaluation.benchmarking.run",
    "judges_report": "evaluation.judge_reporting.run",
    "read_run": "evaluation.services.readings.run",
    "watch_study": "campaign.services.watching.run",
    "test_endpoint": "evaluation.services.endpoints.test",
    "study_report": "publishing.computing.run",
    "study_report_bundle": "publishing.services.bundles.run",
}
# What people agreed on for dialogues, for files of them: see projects.services.dialogue_read.Curated.
CONCORD_DIALOGUE_VALUES = "annotation.dialogue_values.curated"
# The browser that takes pictures of pages for appendices; empty: whichever Chromium is found.
CONCORD_CHROMIUM = env.text("CONCORD_CHROMIUM", "")
# Chapters of every study's report from the apps above projects: callables (study) -> list of reports' sections.
CONCORD_REPORT_CHAPTERS: list[str] = ["campaign.summary.flow.chapters"]
# What may wait for somebody on the first page: callables (user) -> list of projects.home_hooks.Panel.
CONCORD_HOME_PANELS: list[str] = ["projects.home_flags.panels", "annotation.home.panels", "campaign.home.panels"]
# What raters do before work: see projects.gates.Gate.
CONCORD_GATE = "campaign.services.gate"
# Pages under every study, of apps above projects: tuples of projects.study_pages.StudyPage.
CONCORD_STUDY_PAGES: list[str] = ["campaign.pages.PAGES"]
# What the apps above projects write into the audit log, in words: see projects.audit_hooks.AuditWords.
CONCORD_AUDIT_WORDS: list[str] = [
    "annotation.audit.WORDS",
    "evaluation.audit.WORDS",
    "campaign.audit.WORDS",
    "publishing.audit.WORDS",
    "campaign.audit_watch.WORDS",
]
# Keys of language models' servers: every CONCORD_KEY_* variable, and no other.
CONCORD_ENDPOINT_KEYS = env.beginning("CONCORD_KEY_")
# Whether endpoints may lie on this machine or in its network (a model server beside Concord).
CONCORD_PRIVATE_ENDPOINTS = env.flag("CONCORD_PRIVATE_ENDPOINTS")
# Calls one worker process has in flight at one endpoint, at most.
CONCORD_RUN_SLOTS = env.number("CONCORD_RUN_SLOTS", 32)
# A model of the optional package sentence-transformers, by name or path: for pairs that are alike by their sentences.
CONCORD_EMBEDDING_MODEL = env.text("CONCORD_EMBEDDING_MODEL")
# What the demonstration has besides the raters' work, in the order in which it is made.
CONCORD_DEMO_PARTS: list[str] = [
    "evaluation.management.demo.PART",
    "evaluation.management.demo.blind.PART",
    "evaluation.management.demo.conversations.PART",
    "evaluation.management.demo.judges.PART",
    "annotation.management.demo.sessions.PART",
    "annotation.management.demo.screenings.PART",
    "campaign.management.demo.PART",
    "publishing.management.demo.PART",
    "campaign.management.demo.LOOKS",
]
# How long an unfinished unit stays with a rater who shows no sign of life.
CONCORD_LEASE_SECONDS = env.number("CONCORD_LEASE_MINUTES", 30) * 60
# Longer pauses between two signs of activity do not count as time on task.
CONCORD_IDLE_SECONDS = 60
# No single answer counts for more than this.
CONCORD_MAX_ACTIVE_MS = 60 * 60 * 1000
CONCORD_INVITATION_DAYS = 14

EMAIL_BACKEND = "django.core.mail.backends." + ("smtp" if env.text("EMAIL_HOST") else "console") + ".EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
# What this installation is called in mails that no request has asked for.
CONCORD_SITE_URL = env.text("CONCORD_SITE_URL", "http://localhost:8000")
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "concord@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("CONCORD_LOG_LEVEL", "WARNING")},
    # On DEBUG these write down whole requests: the texts, and what travels with them.
    "loggers": {name: {"level": "WARNING"} for name in ("openai", "httpx", "httpcore")},
}
