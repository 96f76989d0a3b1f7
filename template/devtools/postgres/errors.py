"""The error for a machine without a usable PostgreSQL."""


class PostgresUnavailable(RuntimeError):
    """No PostgreSQL server is available; the message says what to do."""
