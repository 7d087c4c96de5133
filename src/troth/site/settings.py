"""How is Django set up for Troth? One file; what differs by machine comes from the environment.

The command line fills the environment from the workspace before Django starts (`troth.cli`):
TROTH_DATABASE_URL   the application role's database; it owns nothing
TROTH_OWNER_URL      the owner role's, for `troth upgrade`; the same as above where it is not set
TROTH_SECRET_KEY     signs sessions; made once per workspace
TROTH_WORKSPACE      the folder with troth.toml
TROTH_OIDC_SECRET    what the identity provider knows Troth by, where troth.toml names one
TROTH_PROXIES        how many proxies of yours stand in front and add to X-Forwarded-For
"""

from __future__ import annotations

import os
from pathlib import Path

from troth.connectors.identity_provider import provider_settings, read_identity_provider
from troth.store.connecting import database_settings

_NO_DATABASE = "postgresql://troth_app@127.0.0.1:1/troth"
_PACKAGE = Path(__file__).resolve().parent.parent


_APP_URL = os.environ.get("TROTH_DATABASE_URL") or _NO_DATABASE
DATABASES = {
    "default": database_settings(_APP_URL),
    "owner": database_settings(os.environ.get("TROTH_OWNER_URL") or _APP_URL),
}

SECRET_KEY = os.environ.get("TROTH_SECRET_KEY") or "only-for-checks-that-sign-nothing"
DEBUG = os.environ.get("TROTH_DEBUG") == "1"
WORKSPACE = Path(os.environ.get("TROTH_WORKSPACE") or ".").resolve()
ALLOWED_HOSTS = os.environ.get("TROTH_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("TROTH_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "procrastinate.contrib.django",
    "troth.store",
    "troth.console",
]
MIDDLEWARE = [
    "troth.site.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "troth.site.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "troth.site.middleware.SessionKeeper",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "troth.site.urls"
WSGI_APPLICATION = "troth.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_PACKAGE / "console" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "troth.console.parts.frame.frame",
            ],
            "builtins": ["troth.console.parts.tags"],
        },
    }
]

AUTH_USER_MODEL = "store.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in"

SESSION_ENGINE = "troth.store.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12  # the longest, whatever is done in it
SESSION_IDLE_SECONDS = 60 * 60 * 2
_IS_HTTPS = os.environ.get("TROTH_HTTPS") == "1"
SESSION_COOKIE_SECURE = _IS_HTTPS
CSRF_COOKIE_SECURE = _IS_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Several processes count attempts together. docs/decisions/0009 says why there.
CACHES = {"default": {"BACKEND": "troth.store.cache.PostgresCache"}}
# Accounts are made by an administrator, by SCIM, or by the identity provider; there is no e-mail
# address, so nothing is verified or reset by mail.
ACCOUNT_ADAPTER = "troth.console.parts.doors.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = True  # the lifetime is SESSION_COOKIE_AGE, for everybody
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TROTH_PROXIES", "0"))
MFA_ADAPTER = "troth.console.parts.doors.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "troth.console.parts.doors.CodeForm",
    "reauthenticate": "troth.console.parts.doors.ConfirmingCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Troth"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s, as RFC 6238 section 5.2 advises
MFA_RECOVERY_CODE_DIGITS = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
SOCIALACCOUNT_ADAPTER = "troth.console.parts.doors.ProviderAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
IDENTITY_PROVIDER = read_identity_provider(WORKSPACE, os.environ)
SOCIALACCOUNT_PROVIDERS = provider_settings(IDENTITY_PROVIDER)

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [_PACKAGE / "console" / "locale"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [_PACKAGE / "console" / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
LOGGING_CONFIG = None  # structlog sets logging up, in troth.site.logs
# Imported when a worker starts, so that no other command pays for it.
PROCRASTINATE_IMPORT_PATHS = ["troth.jobs.tasks"]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
