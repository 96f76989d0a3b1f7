"""Which failures of the database a client can do something about, by PostgreSQL's SQLSTATE.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy.exc import DBAPIError

from app.core.db.connecting import DatabaseUnavailable
from app.core.errors import AppError, Conflict, Unavailable, Unprocessable


class AlreadyExists(Conflict):
    """A unique constraint was violated."""

    code = "already_exists"
    message = "There is one like this already."


class ForeignKeyViolated(Conflict):
    """A foreign key was violated."""

    code = "foreign_key_violated"
    message = "This refers to something that does not exist, or something still refers to this."


class ConstraintViolated(Conflict):
    """A check, not-null or exclusion constraint was violated."""

    code = "constraint_violated"
    message = "These values break a rule of what they describe."


class InvalidValue(Unprocessable):
    """A value has the right type but is out of the column's range, or holds NUL."""

    code = "invalid_value"
    message = "A value is too long, too large, or has characters that cannot be stored."


class DatabaseBusy(Unavailable):
    """The statement was given up: a deadlock, a lock held by another, or a time limit."""

    code = "database_busy"
    message = "The database is too busy for this. Try again as Retry-After says."


class PoolExhausted(Unavailable):
    """Every connection is in use, and none came free in time."""

    code = "too_busy"
    message = "The service is too busy for this. Try again as Retry-After says."


_BY_STATE: Mapping[str, type[AppError]] = MappingProxyType(
    {
        "23505": AlreadyExists,
        "23503": ForeignKeyViolated,
        "23001": ForeignKeyViolated,
        "23502": ConstraintViolated,
        "23514": ConstraintViolated,
        "23P01": ConstraintViolated,
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


def explain_database_error(error: DBAPIError) -> AppError | None:
    """Return what to tell the client of a driver's error, or `None` if it is a fault of ours."""
    if error.connection_invalidated:
        return DatabaseUnavailable()
    state = str(getattr(error.orig, "sqlstate", None) or "")
    known = _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
    return known() if known else None
