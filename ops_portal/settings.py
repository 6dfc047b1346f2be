"""Settings. Everything that differs between houses comes from the environment; development needs none of it."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
PRODUCTION = os.environ.get("PORTAL_ENV", "development") == "production"
DEBUG = False


def from_environment(name: str, development: str) -> str:
    """Return the variable ``name``; outside production, ``development`` stands in for it."""
    value = os.environ.get(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"Set {name}: production starts with no default for it.")
    return development


def database(url: str) -> dict[str, object]:
    """Return Django's database settings of a ``postgresql://`` address."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "portal",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": os.environ.get("PORTAL_TEST_DATABASE") or None},
    }


# Outside production, secrets are those of a throw-away house on a loopback address.
SECRET_KEY = from_environment("SECRET_KEY", "development-" + "0" * 50)
# Base64 of 32 bytes each: what seals personal data, and what makes it findable without opening it.
SEALING_KEY = from_environment("SEALING_KEY", "ZGV2ZWxvcG1lbnQtc2VhbGluZy1rZXktMzItYnl0ZXM=")
BLIND_INDEX_KEY = from_environment("BLIND_INDEX_KEY", "ZGV2ZWxvcG1lbnQtYmxpbmQta2V5LTMyLWJ5dGVzISE=")
# Keys that sealed before the current one: what they sealed can still be opened.
SEALING_KEYS_OLD = [key for key in os.environ.get("SEALING_KEYS_OLD", "").split(",") if key]
ALLOWED_HOSTS = from_environment("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

DATABASES = {"default": database(os.environ.get("DATABASE_URL", "postgresql:///portal"))}
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = Path(
    os.environ.get("PORTAL_MEDIA", "")
    or Path(os.environ.get("PORTAL_HOME", "") or BASE_DIR / ".local") / "media"
)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "django_celery_beat",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_migration_linter",
    "pgtrigger",
    "rest_framework",
    "ops_portal.lib",
    "ops_portal.embedded",
    "consignment",  # before accounts: its create_api_key knows partners too
    "ops_portal.accounts",
    "ops_portal.desk",
    "ops_portal.intake",
    "ops_portal.outbox",
    "catalog",
    "orders",
    "aftersales",
    "feedback",
    "analytics",
    "ops_portal.demo",
]

MIDDLEWARE = [
    "ops_portal.lib.doors.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "ops_portal.lib.doors.middleware.StaticFiles",
    "ops_portal.lib.doors.middleware.PolicyByPath",
    "ops_portal.lib.doors.middleware.RefuseNul",
    "ops_portal.lib.doors.middleware.NoSuchPage",
    "ops_portal.lib.doors.middleware.OutOfRange",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "ops_portal.lib.doors.middleware.RefuseNulInForms",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ops_portal.urls"
WSGI_APPLICATION = "ops_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Login: a name is locked at the address from which its password was guessed five times. Only sign-in by
# password passes these backends; the API's keys and sessions never do.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "ops_portal.accounts.backends.RoleBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_USERNAME_CALLABLE = "ops_portal.accounts.sign_in.attempted_username"
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
# Or else whoever keeps guessing keeps the owner of the name out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = False
# End of login

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = "ops_portal.formats"

# Files hold personal data: nobody else on the machine reads them.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not PRODUCTION

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A queue for each urgency: what others wait for, what runs by itself, what takes long.
CELERY_TASK_DEFAULT_QUEUE = "normal"
CELERY_TASK_ROUTES = {
    "outbox.*": {"queue": "urgent"},
    "orders.*": {"queue": "urgent"},
    "intake.run_import": {"queue": "bulk"},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 0.5,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {}

# API
PORTAL_PRINCIPAL_OF = "ops_portal.accounts.principals.principal_of"
# Requests a minute; 0 is no limit.
PORTAL_RATE_LIMITS = {
    "user": int(os.environ.get("RATE_LIMIT_USER", "60000")),
    "anonymous": int(os.environ.get("RATE_LIMIT_ANONYMOUS", "120")),
}
REDIS_CACHE_URL = os.environ.get("REDIS_CACHE_URL", "") or urlsplit(REDIS_URL)._replace(path="/1").geturl()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_CACHE_URL,
        "KEY_PREFIX": "portal",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 0.5},
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "ops_portal.accounts.api.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "ops_portal.lib.doors.permissions.HoldsPermission",
        "ops_portal.accounts.api.permissions.HasScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["ops_portal.lib.doors.throttling.RateLimit"],
    "DEFAULT_PARSER_CLASSES": ["ops_portal.lib.doors.parsing.PortalJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "ops_portal.lib.doors.schema.PortalSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "ops_portal.lib.doors.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": int(os.environ.get("NUM_PROXIES", "0")),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Ops Portal",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CaseStatusEnum": "aftersales.choices.CaseStatus",
        "CaseRefundEnum": "aftersales.choices.CaseRefund",
        "CaseTypeEnum": "aftersales.choices.CaseKind",
        "CaseReasonEnum": "aftersales.choices.Reason",
        "LiableEnum": "aftersales.choices.Liable",
        "ContractStatusEnum": "consignment.choices.ContractStatus",
        "StockStateEnum": "catalog.choices.StockState",
        "InboundStatusEnum": "catalog.choices.InboundStatus",
        "InboundSourceEnum": "catalog.choices.InboundSource",
        "PriceChangeStatusEnum": "catalog.choices.PriceChangeStatus",
        "StatementStatusEnum": "consignment.choices.StatementStatus",
        "StatementLineKindEnum": "consignment.choices.LineKind",
        "DisputeStatusEnum": "consignment.choices.DisputeStatus",
        "OrderStatusEnum": "orders.choices.OrderStatus",
        "ItemStatusEnum": "feedback.choices.ItemStatus",
        "RefundStatusEnum": "orders.choices.RefundStatus",
        "DeliveryStatusEnum": "ops_portal.outbox.choices.DeliveryStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "ops_portal.lib.doors.schema.add_problems",
    ],
}
CELERY_BEAT_SCHEDULE["forget-stored-answers"] = {"task": "lib.forget_stored_answers", "schedule": 24 * 3600.0}
CELERY_BEAT_SCHEDULE["analyze-small-tables"] = {"task": "lib.analyze_small_tables", "schedule": 600.0}

# Headers
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "media-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "ops_portal.lib.doors.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = "portal_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION and os.environ.get("SSL_REDIRECT", "1") == "1"
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = int(os.environ.get("HSTS_SECONDS", "31536000")) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
# The header in which the proxy in front says "https", for instance X-Forwarded-Proto. Only set it behind one.
if os.environ.get("PROXY_SSL_HEADER"):
    SECURE_PROXY_SSL_HEADER = (
        "HTTP_" + os.environ["PROXY_SSL_HEADER"].upper().replace("-", "_"),
        "https",
    )

# Admin theme
STATICFILES_DIRS = [BASE_DIR / "ops_portal" / "static"]
UNFOLD = {
    "SITE_TITLE": _("Ops Portal"),
    "SITE_HEADER": _("Ops Portal"),
    "SITE_SYMBOL": "storefront",
    "SITE_URL": None,
    "SHOW_LANGUAGES": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "ops_portal.lib.doors.sidebar.portal_icon"}
    ],
    "STYLES": ["ops_portal.lib.doors.sidebar.portal_stylesheet", "ops_portal.desk.styles.desk_stylesheet"],
    "DASHBOARD_CALLBACK": "ops_portal.desk.start.start_context",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "ops_portal.lib.doors.sidebar.navigation",
    },
}
# The sidebar's groups: (heading, icon, apps). An app that no group names comes last, under its own name.
PORTAL_SIDEBAR = [
    (_("My work"), "inbox", []),
    (_("Orders"), "shopping_cart", ["orders"]),
    (_("After-sales"), "assignment_return", ["aftersales"]),
    (_("Customers' voice"), "reviews", ["feedback"]),
    (_("Goods"), "inventory_2", []),
    (_("Warehouse"), "warehouse", []),
    (
        _("Replenishment"),
        "local_shipping",
        [
            "catalog.StockAlert",
            "catalog.StockLimit",
            "catalog.SupplyTerms",
            "catalog.CampaignPeriod",
            "catalog.DailyDemand",
            "catalog.Replenishment",
        ],
    ),
    (_("Settlement"), "handshake", ["consignment"]),
    (_("Figures"), "monitoring", []),
    (_("Files"), "upload_file", ["intake"]),
    (_("Lists and rules of goods"), "category", ["catalog"]),
    (
        _("Places and books of stock"),
        "shelves",
        [
            "catalog.Warehouse",
            "catalog.Zone",
            "catalog.Bin",
            "catalog.CountPlan",
            "catalog.Batch",
            "catalog.Stock",
            "catalog.BatchStock",
            "catalog.BinStock",
            "catalog.Reservation",
            "catalog.StockDocument",
            "catalog.StockMovement",
            "catalog.BinMovement",
            "catalog.InboundDelivery",
            "catalog.StockRequest",
            "catalog.Stocktake",
        ],
    ),
    (_("Messages out"), "outbox", ["outbox"]),
    (_("People and access"), "group", ["accounts", "desk", "auth", "axes"]),
    (_("Machinery"), "settings", ["django_celery_beat", "lib"]),
]
# Pages of our own in the sidebar: (heading, title, view, permission).
PORTAL_PAGES = [
    # The warehouse
    (_("Warehouse"), _("Warehouse floor"), "catalog:floor", "catalog.use_floor"),
    (_("Warehouse"), _("Deliveries in"), "catalog:inbound", "catalog.view_inbounddelivery"),
    (_("Warehouse"), _("Inspection"), "catalog:inspection", "catalog.use_floor"),
    (_("Warehouse"), _("Stock overview"), "catalog:stock-desk", "catalog.view_stock"),
    (_("Warehouse"), _("Stocktakes"), "catalog:stocktakes", "catalog.view_stocktake"),
    (_("Warehouse"), _("Stock requests"), "catalog:stock-requests", "catalog.view_stockrequest"),
    (_("Warehouse"), _("Transfers"), "catalog:transfers", "catalog.view_stockdocument"),
    (_("Warehouse"), _("Dates of batches"), "catalog:expiry", "catalog.view_batchstock"),
    (_("Warehouse"), _("Stock differences"), "catalog:differences", "catalog.view_stocksnapshot"),
    # Replenishment
    (_("Replenishment"), _("Channel stock"), "catalog:channel-stock", "catalog.view_channelstock"),
    (_("Orders"), _("Order desk"), "orders:desk", "orders.use_desk"),
    (_("Orders"), _("Pick list"), "orders:pick", "orders.pick_order"),
    (_("Orders"), _("Shipping station"), "orders:scan", "orders.ship_order"),
    (_("Orders"), _("Shipped by brands"), "orders:brands", "orders.use_desk"),
    (_("After-sales"), _("After-sales cases"), "aftersales:cases", "aftersales.use_case_desk"),
    (_("After-sales"), _("Receive parcels"), "aftersales:parcels", "aftersales.receive_case"),
    (_("My work"), _("Waiting for me"), "desk:inbox", "desk.use_desk"),
    (_("My work"), _("Deadlines"), "desk:cockpit", "desk.use_desk"),
    (_("Goods"), _("Products"), "catalog:goods", "catalog.view_product"),
    (_("Goods"), _("Bundles"), "catalog:bundles", "catalog.view_bundleversion"),
    (_("Goods"), _("Material packs"), "catalog:packs", "catalog.use_packs"),
    (_("Goods"), _("Listings"), "catalog:listings", "catalog.view_listing"),
    (_("Goods"), _("Listings moved by rule"), "catalog:rulings", "catalog.view_listingruling"),
    (_("Goods"), _("Price changes"), "catalog:price-changes", "catalog.view_pricechange"),
    (_("Goods"), _("Periodic check"), "catalog:goods-checks", "catalog.view_goodscheck"),
    (_("Goods"), _("Optimisations"), "analytics:optimisations", "analytics.view_optimisation"),
    (_("Goods"), _("SKU matching"), "catalog:matching", "catalog.match_sku"),
    (_("Replenishment"), _("Stock alerts"), "catalog:alerts", "catalog.view_stockalert"),
    (_("Replenishment"), _("Limits of stock"), "catalog:limits", "catalog.view_stocklimit"),
    (_("Replenishment"), _("What to order"), "catalog:replenishment", "catalog.view_replenishment"),
    (_("Replenishment"), _("What if"), "catalog:what-if", "catalog.view_replenishment"),
    (_("Replenishment"), _("Health of stock"), "catalog:stock-health", "catalog.view_dailydemand"),
    (_("Settlement"), _("Statements"), "consignment:statements", "consignment.view_statement"),
    (_("Figures"), _("Figures"), "analytics:figures", "analytics.view_figures"),
    (_("Files"), _("Import files"), "intake:files", "intake.add_importrun"),
    (_("Customers' voice"), _("Triage"), "feedback:triage", "feedback.view_feedbackitem"),
]

# What the floors above add to the warehouse floor: (label, icon, view, query, permission, how much of it waits).
PORTAL_FLOOR_TILES = [
    (
        _("Pick"),
        "shopping_basket",
        "orders:pick",
        "warehouse={warehouse}",
        "orders.pick_order",
        "orders.queries.picking.count_to_pick",
    ),
]

# What the pages of listings and of orders lead to on the floors above: (label, view, query, permission).
PORTAL_LISTING_LINKS = [
    (_("Work it over"), "analytics:optimisation-new", "listing={number}", "analytics.optimise_listing"),
]
PORTAL_ORDER_LINKS = [
    (_("New case"), "aftersales:new", "order={number}", "aftersales.open_case"),
    (_("Cases"), "aftersales:cases", "queue=all&q={number}", "aftersales.use_case_desk"),
]

# Mail: printed, unless a server is named; PORTAL_ADDRESS is where people find the portal.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "1") == "1"
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "portal@localhost")
PORTAL_ADDRESS = os.environ.get("PORTAL_ADDRESS", "")
PORTAL_MAIL_LANGUAGE = os.environ.get("PORTAL_MAIL_LANGUAGE", "zh-hans")

# Logging
LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO" if PRODUCTION else "WARNING")
LOGGING_CONFIG = "ops_portal.lib.doors.logs.configure"
LOGGING = {"level": LOG_LEVEL, "as_json": PRODUCTION}

# Orders schedule
CELERY_BEAT_SCHEDULE["serve-waiting-orders"] = {"task": "orders.serve_waiting_orders", "schedule": 60.0}

# Desk schedule
CELERY_BEAT_SCHEDULE["resume-background-runs"] = {
    "task": "desk.resume_background_runs",
    "schedule": 60.0,
    "options": {"expires": 60.0},
}

# Catalog schedule
CELERY_BEAT_SCHEDULE["check-goods"] = {
    "task": "catalog.check_goods",
    "schedule": crontab(minute="40", hour="4"),
}
CELERY_BEAT_SCHEDULE["forget-unnamed-media"] = {
    "task": "catalog.forget_unnamed_media",
    "schedule": 24 * 3600.0,
}
CELERY_BEAT_SCHEDULE["roll-up-demand"] = {
    "task": "catalog.roll_up_demand",
    "schedule": crontab(minute="20", hour="0"),
}
CELERY_BEAT_SCHEDULE["suggest-replenishment"] = {
    "task": "catalog.suggest_replenishment",
    "schedule": crontab(minute="0", hour="2"),
}
CELERY_BEAT_SCHEDULE["sweep-stock-alerts"] = {
    "task": "catalog.sweep_alerts",
    "schedule": 600.0,
    "options": {"expires": 600.0},
}
CELERY_BEAT_SCHEDULE["apply-listing-rules"] = {
    "task": "catalog.apply_listing_rules",
    "schedule": 600.0,
    "options": {"expires": 600.0},
}
# After the demand of yesterday was rolled up
CELERY_BEAT_SCHEDULE["compute-stock-limits"] = {
    "task": "catalog.compute_limits",
    "schedule": crontab(minute="30", hour="4"),
}
CELERY_BEAT_SCHEDULE["show-stock"] = {
    "task": "catalog.show_stock",
    "schedule": 3.0,
    "options": {"expires": 3.0},
}
CELERY_BEAT_SCHEDULE["show-all-stock"] = {"task": "catalog.show_all_stock", "schedule": crontab(minute="1")}
CELERY_BEAT_SCHEDULE["end-stock-holds"] = {
    "task": "catalog.end_holds",
    "schedule": 30.0,
    "options": {"expires": 30.0},
}
CELERY_BEAT_SCHEDULE["open-planned-stocktakes"] = {
    "task": "catalog.open_planned_stocktakes",
    "schedule": crontab(minute="0", hour="7"),
}

# Analytics schedule
CELERY_BEAT_SCHEDULE["refresh-stale-days"] = {
    "task": "analytics.refresh_stale_days",
    "schedule": 20.0,
    # Where no worker listens for a while, one sweep does the work of all those that were missed.
    "options": {"expires": 20.0},
}

# Intake schedule
CELERY_BEAT_SCHEDULE["resume-imports"] = {"task": "intake.resume_runs", "schedule": 60.0}
CELERY_BEAT_SCHEDULE["forget-dropped-files"] = {
    "task": "intake.forget_dropped_files",
    "schedule": 24 * 3600.0,
}

# After-sales schedule
CELERY_BEAT_SCHEDULE["open-intercepted"] = {"task": "aftersales.open_intercepted", "schedule": 60.0}

# Outbox
PORTAL_WEBHOOKS_HTTP = not PRODUCTION
# Lets messages go to this machine itself, for trying receivers out; never in production.
PORTAL_WEBHOOKS_TO_PRIVATE = not PRODUCTION and os.environ.get("PORTAL_WEBHOOKS_TO_PRIVATE") == "1"
CELERY_BEAT_SCHEDULE["deliver-messages"] = {
    "task": "outbox.deliver",
    "schedule": 5.0,
    "options": {"expires": 5.0},
}
CELERY_BEAT_SCHEDULE["tidy-outbox"] = {"task": "outbox.tidy", "schedule": 3600.0}

# Consignment schedule: the month that is over is drafted on the 1st; what comes late, until it is issued, by hand
CELERY_BEAT_SCHEDULE["draft-statements"] = {
    "task": "consignment.draft_last_month",
    "schedule": crontab(minute="30", hour="3", day_of_month="1"),
}
