"""The names by which the review knows the core of a service.

A review of another project changes this file: its session types, its client, its guards.
"""

DATABASE = "app.core.db.session"
OWNED = "app.accounts.owned"
ERRORS = "app.core.errors"

ASYNC_SESSION = "sqlalchemy.ext.asyncio.AsyncSession"
READ_SESSION = "app.core.db.reading.ReadOnlySession"
OWNER_SESSION = f"{OWNED}.OwnerSession"
OWNED_MODEL = f"{OWNED}.Owned"

SESSIONS = frozenset({ASYNC_SESSION, "sqlalchemy.orm.Session", OWNER_SESSION, READ_SESSION})
"""The classes of sessions; classes that inherit from them are sessions too."""

FACTORIES = frozenset({f"{DATABASE}.AsyncSessionLocal", f"{DATABASE}.ReadSessionLocal"})
"""The session factories, by the name of the variable."""

READ_ALIASES = frozenset({f"{DATABASE}.ReadSession", f"{OWNED}.OwnReadSession"})
PAGINATE = "app.core.api.pagination.paginate"
READ_IN_BATCHES = "app.core.db.batches.read_in_batches"
RELEASE = f"{DATABASE}.release_connection"

FILE_NAME = "app.core.api.schemas.FileName"
HTTP_CLIENT = "app.core.http.client.HttpClient"
HTTP_REQUESTS = (f"{HTTP_CLIENT}.request", f"{HTTP_CLIENT}.stream")

JOB = "app.core.jobs.registry.job"
ENQUEUE = "app.core.jobs.registry.Job.enqueue"

IDEMPOTENT = "app.core.guards.idempotency.Idempotent"
RATE_LIMITS = ("app.core.guards.rate_limit.RateLimit", "app.core.guards.rate_limit.NoRateLimit")
LOCK = "app.core.guards.locks.lock"

REQUEST_MODEL = "app.core.api.schemas.RequestModel"
ROUTERS = ("fastapi.APIRouter", "fastapi.FastAPI")

HTTP_ERRORS = (
    "fastapi.HTTPException",
    "starlette.exceptions.HTTPException",
    "fastapi.exceptions.HTTPException",
)
"""Errors of the framework; a client gets their text."""

APP_ERROR = f"{ERRORS}.AppError"
CONFLICT = f"{ERRORS}.Conflict"
UNAUTHORIZED = f"{ERRORS}.Unauthorized"

EFFECTS = {
    "calls-out": HTTP_REQUESTS,
    "caches": ("app.core.cache.Cache.{get,invalidate}",),
    "enqueues": (ENQUEUE, "app.core.email.delivery.enqueue_email"),
    "enqueues-mail": (
        "app.core.email.delivery.enqueue_email",
        "app.accounts.emails.enqueue_account_email",
    ),
    "hashes": ("app.accounts.passwords.PasswordHasher.{hash,verify}",),
    "limits": ("app.core.guards.rate_limit.*",),
    "locks": ("app.core.guards.locks.*",),
    "mails": (
        "app.core.email.backends.*.send",
        "app.core.email.delivery.deliver_email",
    ),
    "opens-session": tuple(FACTORIES),
    "releases": (RELEASE,),
}
"""Effects of functions of the core, beside those of libraries in `facts/effects.toml`."""
