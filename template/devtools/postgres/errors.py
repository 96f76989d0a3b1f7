"""What goes wrong when a PostgreSQL server is to be had."""


class PostgresUnavailable(RuntimeError):
    """There is no PostgreSQL server to be had; the message says what to do about it."""
