"""Errors of the database that a client can act on, by PostgreSQL's SQLSTATE.

The exception handlers translate them, so a service function need not catch `IntegrityError`: a
duplicate becomes 409 `already_exists`. Catch it, or check first, to send a code of your own.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError

from app.core.db.connecting import DatabaseUnavailable
from app.core.errors import AppError, Conflict, Unavailable, Unprocessable


class AlreadyExists(Conflict):
    """A unique constraint was violated."""

    code = "already_exists"
    message = "A record with these values already exists."


class ForeignKeyViolated(Conflict):
    """A foreign key was violated."""

    code = "reference_violated"
    message = "A referenced record does not exist, or this record is still referenced."


class ConstraintViolated(Conflict):
    """A check, not-null or exclusion constraint was violated."""

    code = "constraint_violated"
    message = "These values violate a constraint of the record; send other values."


class InvalidValue(Unprocessable):
    """A value is out of its column's range, or contains NUL."""

    code = "invalid_value"
    message = "A value is too long, too large or contains unsupported characters such as NUL."


class DatabaseBusy(Unavailable):
    """The statement was cancelled: a deadlock, a lock timeout or a statement timeout."""

    code = "database_busy"
    message = "The database is busy. Retry after the time in Retry-After."


class SchemaChanged(Unavailable):
    """A migration has changed a table that this transaction reads; the next attempt succeeds."""

    code = "schema_changed"
    message = "The service is being updated. Retry after the time in Retry-After."


class PoolExhausted(Unavailable):
    """Every connection of the pool is in use, and none became free in time."""

    code = "too_busy"
    message = "The service is busy. Retry after the time in Retry-After."


_BY_STATE: Mapping[str, type[AppError]] = MappingProxyType(
    {
        "23505": AlreadyExists,
        "23503": ForeignKeyViolated,
        "23001": ForeignKeyViolated,
        "23502": ConstraintViolated,
        "23514": ConstraintViolated,
        "23P01": ConstraintViolated,
        "25006": DatabaseUnavailable,  # read-only: a replica after a failover, or beyond a quota
        "25P03": DatabaseBusy,  # the transaction was idle for too long
        "25P04": DatabaseBusy,  # the transaction took too long
        "57014": DatabaseBusy,  # query_canceled: a statement timeout
        "55P03": DatabaseBusy,  # lock_not_available
    }
)
_BY_CLASS: Mapping[str, type[AppError]] = MappingProxyType(
    {
        "08": DatabaseUnavailable,  # connection exception
        "22": InvalidValue,  # data exception
        "40": DatabaseBusy,  # deadlock, serialization failure
        "53": DatabaseUnavailable,  # out of connections, memory or disk
        "57": DatabaseUnavailable,  # shutting down, starting up
    }
)


def is_stale_plan(error: BaseException | None) -> bool:
    """Return whether a prepared statement failed because a column or a type was changed."""
    # Other errors with the SQLSTATE of the first, "feature not supported", are bugs of the service.
    if isinstance(error, AsyncAdapt_asyncpg_dbapi.InternalServerError):
        return "cache lookup failed" in str(error)  # of a type that was created anew
    return isinstance(error, AsyncAdapt_asyncpg_dbapi.InvalidCachedStatementError)


def is_outage(error: Exception) -> bool:
    """Return whether the database failed, and not the request or the code."""
    failure = translate_database_error(error) if isinstance(error, DBAPIError) else error
    return isinstance(failure, Unavailable)


def translate_database_error(error: DBAPIError) -> AppError | None:
    """Return the error to send to the client, or `None` if the failure is a bug of the service."""
    if error.connection_invalidated:
        return DatabaseUnavailable()
    if is_stale_plan(error.orig):
        return SchemaChanged()
    state = str(getattr(error.orig, "sqlstate", None) or "")
    known = _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
    return known() if known else None
