"""The truth after a run: the data of the service and of its vendors."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import asyncpg

from proof.chaos.ledger import Ledger
from proof.service import RunningService

SECONDS_FOR_RETRIES = 200  # the lease of a killed worker, and the pauses of a few failures
WAITING = """
SELECT count(*) FROM jobs WHERE state = 'waiting' AND due_at < now() + make_interval(secs => $1)
"""
POLL_SECONDS = 0.5
Row = dict[str, Any]

QUERIES = {
    "alerts": """
        SELECT a.id::text, u.email AS owner, floor(a.threshold)::bigint AS marker, a.version,
            ((a.threshold - floor(a.threshold)) * 100000000)::int AS changes
        FROM alerts a JOIN users u ON u.id = a.owner_id""",
    "users": "SELECT email, verified_at IS NOT NULL AS is_verified FROM users",
    "sessions": "SELECT u.email FROM sessions s JOIN users u ON u.id = s.user_id",
    "jobs": "SELECT name, state, error FROM jobs WHERE state <> 'done'",
    "files": "SELECT name, size, state, pathname FROM blob_files",
    "usage": """
        SELECT holder::text, used_bytes, COALESCE((
            SELECT sum(size) FROM blob_files f
            WHERE f.owner_id = holder OR holder = '00000000-0000-0000-0000-000000000000'
        ), 0)::bigint AS stored FROM blob_usage""",
    "mails": "SELECT id::text, kind, address, state FROM resend_emails",
    "resend_events": "SELECT id FROM resend_events",
    "paddle_events": "SELECT event_id AS id, state FROM paddle_events",
    "subscriptions": """
        SELECT s.id, s.status, u.email FROM paddle_subscriptions s
        JOIN paddle_customers c ON c.id = s.customer_id LEFT JOIN users u ON u.id = c.user_id""",
}


@dataclass(frozen=True)
class Truth:
    """The data after a run.

    Attributes:
        rows: The rows of each query above.
        vendors: The state of each vendor.
        ledger: The ledger, which gets the findings.
    """

    rows: dict[str, list[Row]]
    vendors: dict[str, dict[str, Any]]
    ledger: Ledger

    @property
    def has_late_mails(self) -> bool:
        """Whether jobs that send mails still wait: a mail is then late, and not missing."""
        return any(
            job["state"] == "waiting" and job["name"].startswith("send_")
            for job in self.rows["jobs"]
        )


async def wait_for_jobs(service: RunningService, *, seconds: float) -> None:
    """Return once no job waits that is due soon, or after some seconds."""
    connection = await asyncpg.connect(service.database_url)
    deadline = monotonic() + seconds
    while await connection.fetchval(WAITING, SECONDS_FOR_RETRIES) and monotonic() < deadline:  # noqa: ASYNC110 - in a database
        await asyncio.sleep(POLL_SECONDS)
    await connection.close()


async def read_truth(service: RunningService, ledger: Ledger) -> Truth:
    """Read the database in one snapshot, and ask every vendor."""
    connection = await asyncpg.connect(service.database_url)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = {name: _rows(await connection.fetch(query)) for name, query in QUERIES.items()}
    await connection.close()
    vendors = {name: service.vendor_state(name) for name in service.vendors}
    return Truth(rows, vendors, ledger)


def _rows(records: Sequence[asyncpg.Record]) -> list[Row]:
    return [dict(record) for record in records]
