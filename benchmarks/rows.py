"""The rows of the measures of size: few or many, with the same ones among them.

Symbol n, user n and their candles and alerts are the same in every database, however many there
are: a symbol's candles open a minute apart, and a user has a hundred alerts.
"""

from dataclasses import dataclass

from benchmarks.serving import Bench
from benchmarks.sql import execute

ALERTS_OF_USER = 100
SESSIONS = 10
WITHOUT_CHECKS = ("SET session_replication_role = replica", "SET maintenance_work_mem = '512MB'")
"""Foreign keys are right by construction: checking each of ten million rows takes minutes."""

ALERT_INDEXES = """
    SELECT indexdef, 'DROP INDEX ' || indexname FROM pg_indexes
    WHERE tablename = 'alerts' AND indexname LIKE 'ix%'
"""


@dataclass(frozen=True)
class Size:
    """The numbers of rows.

    Attributes:
        rows: Of symbols, candles and alerts each.
        charts: The symbols that have candles, all as many.
    """

    rows: int
    charts: int

    @property
    def users(self) -> int:
        """The users, all with as many alerts."""
        return self.rows // ALERTS_OF_USER

    def statements(self) -> tuple[str, ...]:
        """Return the statements that add the rows."""
        return (
            f"""INSERT INTO symbols (id, ticker, name, currency, created_at, updated_at)
                SELECT {key(8, "n")}, 'T' || lpad(n::text, 8, '0'), 'A symbol',
                    (ARRAY['USD', 'EUR', 'GBP', 'JPY'])[n % 4 + 1], {second("n")}, {second("n")}
                FROM generate_series(1, {self.rows}) n""",
            f"""INSERT INTO candles
                    (symbol_id, interval, open_time, open, high, low, close, volume)
                SELECT {key(8, "s")}, '1m', {second("n * 60")}, 10, 12, 9, 11, 1000
                FROM generate_series(1, {self.charts}) s,
                    generate_series(1, {self.rows // self.charts}) n""",
            f"""INSERT INTO users (id, email, email_key, role, created_at, updated_at)
                SELECT {key(9, "n")}, n || '@example.com', n || '@example.com', 'user',
                    {second("n")}, {second("n")}
                FROM generate_series(1, {self.users}) n""",
            f"""INSERT INTO alerts (id, owner_id, symbol_id, condition, threshold, active, version,
                    created_at, updated_at)
                SELECT {key(10, "n")}, {key(9, f"n % {self.users} + 1")}, {key(8, "n % 10 + 1")},
                    (ARRAY['price_above', 'price_below', 'volume_above'])[n % 3 + 1], 100,
                    n % 2 = 0, 1, {second("n")}, {second("n")}
                FROM generate_series(1, {self.rows}) n""",
            f"""INSERT INTO sessions (id, user_id, token_hash, created_at, last_seen_at,
                    expires_at, ends_at)
                SELECT {key(11, "n")}, {key(9, "n")}, sha256(('token-' || n)::bytea), now(), now(),
                    now() + interval '1 day', now() + interval '1 day'
                FROM generate_series(1, {SESSIONS}) n""",
        )


SMALL = Size(rows=10_000, charts=10)
LARGE = Size(rows=10_000_000, charts=1000)


def key(kind: int, number: str) -> str:
    """Return the SQL of the id of a row, in the order of creation as those of the service are."""
    return f"('01900000-0000-7000-8{kind:03}-' || lpad(to_hex({number}), 12, '0'))::uuid"


def second(number: str) -> str:
    """Return the SQL of a time, as many seconds after the start of 2020."""
    return f"timestamptz '2020-01-01Z' + ({number}) * interval '1 second'"


def fill(bench: Bench, url: str, size: Size) -> None:
    """Add the rows to an empty database, and gather its statistics."""
    # An index on owners gets its entries in no order: built afterwards it takes a minute, not ten.
    indexes = execute(bench, ALERT_INDEXES, url=url)
    execute(
        bench,
        *WITHOUT_CHECKS,
        *(dropping for _, dropping in indexes),
        *size.statements(),
        *(building for building, _ in indexes),
        "VACUUM ANALYZE",
        url=url,
    )
