"""Django's settings, all from `options`."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from zhiji.config import channels, keys, logs, options

OPTIONS = options.load()
HOME: Path = OPTIONS.home
BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = keys.secret_key(HOME, OPTIONS.secret_key)
MASTER_KEY = keys.master_key(HOME, OPTIONS.master_key)
DEBUG: bool = OPTIONS.debug
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *filter(None, OPTIONS.allowed_hosts.split(","))]
PUBLIC_URL: str = OPTIONS.public_url or f"http://127.0.0.1:{OPTIONS.port}"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DEMO: bool = OPTIONS.demo
CURRENCY: str = OPTIONS.currency
ENGINE: str = OPTIONS.engine
DESKS: dict[str, bool] = OPTIONS.desks  # app → whether it is on
LAKE_URL: str = OPTIONS.lake_url or str(HOME / "lake")

INSTALLED_APPS = [
    "zhiji.kernel",
    "zhiji.access",
    "zhiji.work.calendar",
    "zhiji.work.notices",
    "zhiji.work.comments",
    "zhiji.records",
    "zhiji.flow.collect",
    "zhiji.flow.resolve",
    "zhiji.flow.profile",
    "zhiji.flow.segment",
    "zhiji.flow.act",
    "zhiji.flow.deliver",
    *channels.found(),
    "zhiji.flow.measure",
    "zhiji.portal",
    *DESKS,
    "zhiji.shell",
    "zhiji.ops",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "zhiji.ops.web.requests.RequestRecord",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zhiji.shell.security.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "zhiji.shell.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "zhiji.access.web.gate.SignInRequired",
    "zhiji.shell.texts.FitTexts",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "zhiji.config.urls"
ASGI_APPLICATION = "zhiji.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "zhiji.shell.frame.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "zhiji.shell.templatetags.kit",
            ],
        },
    }
]


def database(url: str) -> dict[str, object]:
    """Django's database settings from a postgresql:// address (a socket folder may stand in ?host=)."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    user, password = query.pop("user", ""), query.pop("password", "")
    host, port = query.pop("host", ""), query.pop("port", "")
    pooled = query.pop("pool", "1") != "0"
    settings: dict[str, object] = {**query}
    if pooled:
        settings["pool"] = {"min_size": 1, "max_size": 12, "timeout": 20, "max_idle": 60}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "zhiji",
        "USER": unquote(parts.username or user),
        "PASSWORD": unquote(parts.password or password),
        "HOST": parts.hostname or host,
        "PORT": str(parts.port or port),
        "OPTIONS": settings,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


# The embedded server writes its address beside its data before anything else starts (see ops/postgres.py).
_address = HOME / "postgres.url"
DATABASE_URL: str = OPTIONS.database_url or (
    _address.read_text("utf-8").strip() if _address.is_file() else "postgresql://postgres@127.0.0.1/zhiji"
)
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "zhiji.access.adapter.NoSignUp"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_FORMS = {
    "login": "zhiji.access.web.forms.SignInForm",
    "change_password": "zhiji.access.web.forms.PasswordForm",
    "reauthenticate": "zhiji.access.web.forms.AgainForm",
}
MFA_FORMS = {
    "authenticate": "zhiji.access.web.forms.CodeForm",
    "reauthenticate": "zhiji.access.web.forms.CodeAgainForm",
    "activate_totp": "zhiji.access.web.forms.SecondStepForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Zhiji"
MFA_ADAPTER = "zhiji.access.adapter.SealedSecrets"
MFA_ALLOW_UNVERIFIED_EMAIL = True

SESSION_ENGINE = "django.contrib.sessions.backends.db"  # several processes: a sign-out must hold in all
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
CSRF_COOKIE_HTTPONLY = False  # htmx reads it to send the header
CSRF_FAILURE_VIEW = "zhiji.shell.web.errors.stale"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Shared by all processes, so that attempts at signing in are counted once; nothing else leans on it.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "access_cache"},
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE: str = OPTIONS.time_zone

STATIC_URL = "/static/"
STATIC_ROOT = None  # served from where the apps keep them
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 0 if DEBUG else 365 * 86400  # addresses carry a mark of the content
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "zhiji.shell.assets.MarkedStaticFiles"},
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = logs.configure(OPTIONS.log_level, OPTIONS.log_json)

TEST_RUNNER = "django.test.runner.DiscoverRunner"
