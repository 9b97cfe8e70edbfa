"""Settings of LeadOps. Everything an operator may change comes from the environment (`env.py`)."""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from leadops import env as read
from leadops.env import env
from leadops.paths import BASE_DIR, BUNDLE, HOME, IS_CHECKOUT, MANAGE, STATIC  # noqa: F401 - settings

VERSION: str = (
    tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
    if IS_CHECKOUT
    else version("leadops")
)

DEBUG = read.boolean("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="insecure-debug-key" if DEBUG else "")
if not SECRET_KEY:
    read.stop("SECRET_KEY", "is missing: set a long random value (make run does it for you)")
FIELD_KEYS = read.field_keys("FIELD_KEYS", SECRET_KEY)
FIELD_KEYS_DERIVED = not env.str("FIELD_KEYS", default="").strip()

# --- Where we are ---------------------------------------------------------------------------
PUBLIC_URL = read.web_address("PUBLIC_URL", default="http://127.0.0.1:8000")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_public.hostname, "127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
SECURE_SSL_REDIRECT = HTTPS
# The load balancer asks /healthz/ over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # A browser takes cookies of this name from this host alone: no neighbour below the same
    # domain, and nobody who answers it over http, can set one.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SESSION_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "leadops.programs.Said"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURITY_CONTACT = read.contacts("SECURITY_CONTACT")

# --- The application ------------------------------------------------------------------------
INSTALLED_APPS = [
    "leadops.apps.LeadOpsAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "leadops.apps.LeadOpsConfig",
    "leads",
    "zoho",
    "notifications",
    "leadops.accounts.apps.AccountsConfig",
]
MIDDLEWARE = [
    "leadops.observe.request_ids.request_id",
    "leadops.middleware.probes",
    "leadops.middleware.posts_stay_posts",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "leadops.middleware.protection",
    "leadops.middleware.database_away",
    "leadops.middleware.only_utf8",
    "leadops.programs.Sessions",
    "django.middleware.common.CommonMiddleware",
    "leadops.accounts.login.backend.too_soon",
    "django.middleware.csrf.CsrfViewMiddleware",
    "leadops.programs.Users",
    "allauth.account.middleware.AccountMiddleware",
    "leadops.accounts.security_log.refusals",
    "leadops.accounts.gate.second_factor",
    # Around the messages: what they say lazily is said when the page is done.
    "leadops.preferences.languages.page_language",
    "leadops.programs.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "leadops.preferences.time_zones.desk_time_zone",
]
ROOT_URLCONF = "leadops.urls"
WSGI_APPLICATION = "leadops.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BUNDLE / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "leadops.rendering.templates.Loader",
                        "leadops.rendering.templates.AppLoader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
BREACHED_PASSWORDS = read.file("BREACHED_PASSWORDS")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "leadops.accounts.login.passwords.Guessable"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if BREACHED_PASSWORDS:
    AUTH_PASSWORD_VALIDATORS.append({"NAME": "leadops.accounts.login.passwords.Breached"})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
# Each by its own name: whoever looks for it may not read the other.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BUNDLE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = read.time_zone("TIME_ZONE", default="UTC")

STATIC_URL = "/static/"
STATIC_ROOT = STATIC or HOME / "staticfiles"
STATICFILES_DIRS = [BUNDLE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "leadops.rendering.staticfiles.HashedModules"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# --- Logging in -----------------------------------------------------------------------------
LOGIN_URL = "admin:login"
# Where a log-in leads whose `next` is none of ours.
LOGIN_REDIRECT_URL = "admin:index"
# The second judges passwords, the third knows who a session is of and what they may do.
AUTHENTICATION_BACKENDS = [
    # First: it logs nobody in, and its no is final.
    "leadops.accounts.every_site.EverySite",
    "leadops.accounts.login.backend.Counted",
    "django.contrib.auth.backends.ModelBackend",
]
TRUSTED_PROXIES = read.networks("TRUSTED_PROXIES", default="127.0.0.1,::1")
# Wrong passwords by name and address before a lock, and how long it holds.
LOGIN_TRIES = read.whole_number("LOGIN_TRIES", default=5)
LOGIN_LOCK_MINUTES = read.whole_number("LOGIN_LOCK_MINUTES", default=15)
SESSION_IDLE_MINUTES = read.whole_number("SESSION_IDLE_MINUTES", default=180)
SESSION_HOURS = read.whole_number("SESSION_HOURS", default=12)
STAY_SIGNED_IN = read.boolean("STAY_SIGNED_IN", default=False)
REQUIRE_SECOND_FACTOR = read.choice(
    "REQUIRE_SECOND_FACTOR", default="off", choices=("off", "administrators", "everyone")
)
# Guesses are counted in rows of ours; allauth's own limits stand in one process's memory.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_ADAPTER = "leadops.accounts.login.adapters.Accounts"
# Log-in is by user name. An address need not be there, nor be verified, nor be one account's alone.
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
# In seconds: how old the proof may be before what matters most; see accounts.login.proof.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# False: only superusers log in by password or passkey, everybody else by single sign-on.
PASSWORD_LOGIN = read.boolean("PASSWORD_LOGIN", default=True)
# One provider from the environment; the admin may add others. See accounts.sso.
OIDC = {
    "issuer": read.issuer("OIDC_ISSUER"),
    "name": env.str("OIDC_NAME", default="").strip() or "single sign-on",
    "client_id": env.str("OIDC_CLIENT_ID", default="").strip(),
    "client_secret": env.str("OIDC_CLIENT_SECRET", default=""),
    "scopes": env.str("OIDC_SCOPES", default="openid profile email").split(),
    "groups_claim": env.str("OIDC_GROUPS_CLAIM", default="groups").strip(),
    "groups": read.pairs("OIDC_GROUPS"),
    "sign_up": read.boolean("OIDC_SIGN_UP", default=False),
    "link_domains": read.words("OIDC_LINK_DOMAINS"),
    "second_factor": read.words("OIDC_SECOND_FACTOR"),
}
if OIDC["issuer"] and not OIDC["client_id"]:
    read.stop("OIDC_CLIENT_ID", "is missing: OIDC_ISSUER names a provider")
SOCIALACCOUNT_ADAPTER = "leadops.accounts.sso.oidc.SocialAccounts"
MFA_ADAPTER = "leadops.accounts.login.adapters.SecondFactors"
MFA_RATE_LIMITS = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "leadops.accounts.login.forms.CodeForm",
    "reauthenticate": "leadops.accounts.login.forms.ProofForm",
    "activate_totp": "leadops.accounts.login.forms.EnrolForm",
}

# --- The database ---------------------------------------------------------------------------
_SQLITE = {
    # BEGIN IMMEDIATE + WAL + a long busy timeout: 0 of 480 "database is locked" where the
    # defaults gave 151 (8 processes, 60 read-then-write transactions each).
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL: an acknowledged lead survives a power cut, not only a killed process. What is erased is
    # overwritten in the file.
    "init_command": ("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"),
}
_POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # Keepalives say nothing while something sent is not acknowledged: that took 15 minutes.
    "tcp_user_timeout": 30_000,
}


def _database() -> dict[str, Any]:
    default = f"sqlite:///{HOME / 'leadops.sqlite3'}"
    config: dict[str, Any] = read.read(
        "DATABASE_URL",
        lambda: env.db_url("DATABASE_URL", default=default),
        "postgres://user:password@host:5432/name or sqlite:///path",
    )
    options = {
        "django.db.backends.sqlite3": _SQLITE,
        "django.db.backends.postgresql": _POSTGRESQL,
    }.get(config.get("ENGINE", ""))
    if options is None:
        read.stop("DATABASE_URL", "is not valid: expected postgres://… or sqlite:///path")
    config["OPTIONS"] = options | config.get("OPTIONS", {})
    # django-q2 closes old connections at every broker operation: with an age of 0 each of
    # them reconnects, and PostgreSQL drains at 0.14 of the speed.
    config["CONN_MAX_AGE"] = 600
    config["CONN_HEALTH_CHECKS"] = True
    return config


DATABASES = {"default": _database()}

# --- The queue: a wakeup and a pool of workers, never the truth ---------------------------------
WORKERS = read.whole_number("WORKERS", default=4)

# Deadlines nest, each inside the next, in seconds; leadops.checks.timings refuses another order.
SEND_TIMEOUT = read.whole_number("SEND_TIMEOUT", default=30)
DRAIN_TIMEOUT = read.whole_number("DRAIN_TIMEOUT", default=55)
QUEUE_TIMEOUT = read.whole_number("QUEUE_TIMEOUT", default=60)
LEASE_SECONDS = read.whole_number("LEASE_SECONDS", default=75)
QUEUE_RETRY = read.whole_number("QUEUE_RETRY", default=180)
# What was perhaps stored is not sent again before: Zoho may still be working on it.
UNKNOWN_WAIT = read.whole_number("UNKNOWN_WAIT", default=60)
SWEEP_SECONDS = read.whole_number("SWEEP_SECONDS", default=10)
# Leads are due, could leave, and nothing is finished: the workers hang and are started again.
STALL_SECONDS = read.whole_number("STALL_SECONDS", default=60)
# How long a lead that a person retries waits in the queue, so that it can be taken back.
RETRY_HOLD = read.whole_number("RETRY_HOLD", default=5, least=0)

Q_CLUSTER = {
    "name": "delivery",
    "orm": "default",
    "workers": WORKERS,
    "queue_limit": WORKERS,  # as many as workers: little prefetch, so a stop is quick
    "bulk": 1,
    "timeout": QUEUE_TIMEOUT,
    "retry": QUEUE_RETRY,
    "max_attempts": 1,  # leads are driven again by the sweep, not by the queue
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.2,
    "guard_cycle": 0.5,
    "recycle": 500,
    "max_rss": 300_000,
    "label": "Queue",
    # Mail has a cluster of its own: a mail server that hangs cannot occupy delivery.
    "ALT_CLUSTERS": {
        "notices": {
            "workers": 1,
            "queue_limit": 1,
            "timeout": QUEUE_TIMEOUT,
            "retry": QUEUE_RETRY,
            "max_attempts": 1,
            "ack_failures": True,
            "poll": 1,
            "recycle": 500,
        }
    },
}

# --- Intake ---------------------------------------------------------------------------------
INTAKE_QUOTA = read.whole_number("INTAKE_QUOTA", default=600)
FORM_QUOTA = read.whole_number("FORM_QUOTA", default=20, least=0)
# Of one web process; gunicorn.conf.py says how many gunicorn has. A quarter of them may wait.
WEB_THREADS = read.whole_number("WEB_THREADS", default=8)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Of one file of leads that is imported, as it is uploaded.
IMPORT_BYTES = read.whole_number("IMPORT_BYTES", default=50_000_000)
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "leads.intake.errors.answer_error",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LeadOps intake",
    "DESCRIPTION": "Sites post leads here. A lead is stored before it is acknowledged.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Words that several kinds of rows have a field for.
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "leads.models.Lead.Status",
        "NoticeStatus": "notifications.models.Notice.Status",
        "OutcomeStatus": "notifications.models.Message.Status",
        "OutcomeWebhookState": "notifications.models.Endpoint.State",
        "ApiCallKind": "leads.models.ApiCall.Kind",
        "KeyKind": "leads.models.SiteKey.Kind",
        "BulkRetryState": "leads.models.BulkRetry.State",
        "CrmRecordState": "leads.models.CrmRecord.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "leadops.interface.add_plain_views",
    ],
}

# --- Zoho -----------------------------------------------------------------------------------
# What else than Zoho may be connected: `open` is judged at each connection as webhooks are.
ZOHO_OTHER_ADDRESSES = read.choice(
    "ZOHO_OTHER_ADDRESSES", default="off", choices=("off", "open", "any")
)
LEADS_GATEWAY = "zoho.gateway.ZohoGateway"
# Zoho does not say whether its fields count characters or UTF-16, of which an emoji has two units.
ZOHO_EMOJI_COUNTS_TWICE = read.boolean("ZOHO_EMOJI_COUNTS_TWICE", default=False)
ZOHO = {
    "accounts_url": read.web_address("ZOHO_ACCOUNTS_URL", default="https://accounts.zoho.com"),
    "client_id": env.str("ZOHO_CLIENT_ID", default=""),
    "client_secret": env.str("ZOHO_CLIENT_SECRET", default=""),
    "refresh_token": env.str("ZOHO_REFRESH_TOKEN", default=""),
    "reference_field": env.str("ZOHO_REFERENCE_FIELD", default="Lead_Ref"),
}

# --- Mail -----------------------------------------------------------------------------------
_MAIL_FOLDER = HOME / ".local" / "mail"
vars().update(
    read.read(
        "EMAIL_URL",
        lambda: env.email_url("EMAIL_URL", default=f"filemail:///{_MAIL_FOLDER}"),
        "smtp+tls://user:password@host:587 or filemail:///folder",
    )
)
EMAIL_TIMEOUT = read.whole_number("EMAIL_TIMEOUT", default=10)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default=f"LeadOps <leadops@{_public.hostname}>"
)

# --- Webhooks -------------------------------------------------------------------------------
# Off, a person who may add a channel cannot make this machine call its own network.
WEBHOOK_PRIVATE = read.boolean("WEBHOOK_PRIVATE", default=False)
# In all, name and TLS included; several fit into a round of the sender.
WEBHOOK_TIMEOUT = min(10, DRAIN_TIMEOUT / 3)

# --- Backups --------------------------------------------------------------------------------
# Another server than Amazon's for `backup --to s3://…`; credentials are the client's own matter.
S3_ENDPOINT_URL = read.address_or_none("S3_ENDPOINT_URL")

# --- Watching -------------------------------------------------------------------------------
# Seconds after which any lead that waits turns /healthz/delivery into 503; 0 for never.
WAITING_LIMIT = read.whole_number("WAITING_LIMIT", default=0, least=0)
# Percent of the leads that shall be in Zoho within 60 seconds.
SLO_SHARE = read.share("SLO_SHARE", default="99")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Both need `requirements-observe.txt`; see docs/deploy.md.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
TRACES_TO = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
HELP_PAGE_PUBLIC = read.boolean("HELP_PAGE_PUBLIC", default=True)
# `line` for people, `json` for what collects logs.
LOG_FORMAT = read.choice("LOG_FORMAT", default="line", choices=("line", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "leadops.logs.Formatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "leadops.observe.json_lines.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # urllib3 writes addresses, and with them tokens, at DEBUG.
        "urllib3": {"level": "INFO"},
        "django-q": {"level": "WARNING"},
        # It tells where it found credentials.
        "botocore": {"level": "WARNING"},
        # Django's own handler would write everything twice, and its own way.
        "django": {"handlers": [], "level": "INFO"},
        # A refused request is named by its address, which may hold a token or anything else.
        "django.request": {"level": "ERROR"},
    },
}
