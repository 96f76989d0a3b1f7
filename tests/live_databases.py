"""A service with a running database server, copies of its databases, and their snapshots."""

import shlex
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.commands import CommandFailed
from tests.history import git
from tests.services import Service

# For each table: the number of rows and their checksum; then everything that defines it.
SNAPSHOT = r"""
SELECT format('SELECT %L, count(*), md5(string_agg(t::text, E''\n'' ORDER BY t::text)) FROM %I t',
              tablename, tablename)
FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' \gexec
SELECT table_name, concat_ws(' ', ordinal_position, column_name, data_type,
                             character_maximum_length, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
UNION ALL SELECT tablename, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    AND conrelid <> 'alembic_version'::regclass
UNION ALL SELECT sequencename, 'a sequence' FROM pg_sequences WHERE schemaname = 'public'
ORDER BY 1, 2;
"""

DATA = """
INSERT INTO users (id, email, email_key, password_hash, role)
SELECT gen_random_uuid(), n || '@example.com', n || '@example.com', 'x', 'user'
FROM generate_series(1, 50) n;
INSERT INTO sessions (id, user_id, token_hash, last_seen_at, expires_at, ends_at)
SELECT gen_random_uuid(), id, sha256(email::bytea), now(), now(), now() FROM users;
INSERT INTO symbols (id, ticker, name, currency)
SELECT gen_random_uuid(), 'T' || n, 'Name' || n, 'EUR' FROM generate_series(1, 20) n;
INSERT INTO candles (symbol_id, interval, open_time, open, high, low, close, volume)
SELECT id, '1d', now() - n * interval '1 day', n, n + 2, n, n + 1, n
FROM symbols, generate_series(1, 50) n;
INSERT INTO alerts (id, owner_id, symbol_id, condition, threshold, active, version)
SELECT gen_random_uuid(), (SELECT min(id::text)::uuid FROM users), id, 'price_above', 1, true, 1
FROM symbols;
"""

# With a NULL, an empty string, a quote, a comma and a line break, which CSV must distinguish.
MORE_DATA = r"""
INSERT INTO jobs (id, name, key, state, due_at, attempts)
SELECT gen_random_uuid(), 'paddle_cancel_subscription', n::text, 'waiting', now(), 0
FROM generate_series(1, 3) n;
INSERT INTO resend_emails (id, key, kind, address, address_key, subject, state, state_at, error)
SELECT gen_random_uuid(), n::text, '', 'a', 'a', E'A "quote", a comma\nand a line', 'sent', now(),
    CASE n % 2 WHEN 0 THEN '' END
FROM generate_series(1, 30) n;
INSERT INTO resend_events (id, email_id, type, occurred_at)
SELECT id::text, id, 'email.sent', now() FROM resend_emails;
INSERT INTO resend_suppressions (id, address_key, reason)
VALUES (gen_random_uuid(), 'a', 'bounced');
INSERT INTO paddle_events (event_id, type, occurred_at, payload, state)
SELECT 'evt_' || n, 'customer.created', now(), '{"a": [1, "b"]}', 'kept'
FROM generate_series(1, 40) n;
INSERT INTO paddle_customers (id, occurred_at, event_id, changed_at, user_id)
SELECT 'ctm_' || email, now(), '', now(), id FROM users;
INSERT INTO paddle_subscriptions
    (id, occurred_at, event_id, changed_at, customer_id, status, price_ids, product_ids,
     currency_code)
SELECT 'sub_' || id, now(), '', now(), id, 'active', '{pri_1,pri_2}', '{}', 'EUR'
FROM paddle_customers;
INSERT INTO paddle_transactions
    (id, occurred_at, event_id, changed_at, customer_id, status, currency_code, subtotal, discount,
     tax, total, grand_total)
SELECT 'txn_' || id, now(), '', now(), id, 'paid', 'EUR', 1, 0, 0, 1, 1 FROM paddle_customers;
INSERT INTO paddle_checkouts (user_id, transaction_id, claimed_until)
SELECT id, 'txn_' || email, now() FROM users;
INSERT INTO paddle_reconciliations (id, kind) VALUES (1, 'customers');
INSERT INTO blob_files (id, owner_id, name, content_type, size, pathname, state)
SELECT gen_random_uuid(), id, 'a.png', 'image/png', 9, email, 'stored' FROM users;
INSERT INTO blob_usage (holder, used_bytes) SELECT id, 9 FROM users;
"""

UPGRADE = ".venv/bin/alembic upgrade heads"
SECONDS_TO_WAIT = 120
Snapshot = dict[str, list[str]]


@dataclass(frozen=True)
class LiveService:
    """A service in git, and databases of it on a running server.

    Attributes:
        service: Its folder; each state that a test uses has a tag.
        sockets: The folder of the server's sockets.
        programs: The folder of its `psql`.
    """

    service: Service
    sockets: str
    programs: str

    @property
    def folder(self) -> Path:
        return self.service.folder

    def go_to(self, tag: str) -> None:
        """Check out a state, and install its packages."""
        git(self.folder, "checkout", "--quiet", "--force", "--detach", tag)
        git(self.folder, "clean", "--quiet", "--force", "-d")
        self.service.run("uv sync --quiet --frozen")

    def keep(self, tag: str) -> None:
        """Commit the files and tag them as a state."""
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--message", tag)
        git(self.folder, "tag", "--force", tag)

    def address(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.sockets}&port=5432"

    def run(self, command: str, *, database: str, **environment: str) -> str:
        """Run a command on one of the service's databases."""
        return Service(self.folder, self._environment(database, environment)).run(command)

    def start(self, command: str, *, database: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a program that the caller may kill."""
        return subprocess.Popen(
            shlex.split(command),
            cwd=self.folder,
            env=self._environment(database, environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _environment(self, database: str, more: Mapping[str, str]) -> dict[str, str]:
        return {**self.service.environment, "DATABASE_URL": self.address(database), **more}

    def fails(self, command: str, *, database: str, **environment: str) -> str:
        """Run a command that must fail; return its output."""
        try:
            printed = self.run(command, database=database, **environment)
        except CommandFailed as failure:
            return str(failure)
        message = f"{command} did not fail:\n{printed}"
        raise AssertionError(message)

    def sql(self, database: str, statements: str) -> str:
        """Run SQL; return the selected rows, one a line."""
        psql = self._psql(database)
        done = subprocess.run(psql, input=statements, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _psql(self, database: str) -> list[str]:
        return [f"{self.programs}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.address(database)]

    @contextmanager
    def locked(self, database: str, table: str) -> Iterator[None]:
        """Lock a table while the block runs."""
        with subprocess.Popen(
            self._psql(database), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdin is not None
            assert holder.stdout is not None
            print(f"BEGIN; LOCK TABLE {table}; SELECT 'held';", file=holder.stdin, flush=True)
            assert holder.stdout.readline() == "held\n"
            yield
            holder.stdin.close()

    def wait_for_waiting(self, database: str) -> None:
        """Return once a session of the database waits for a lock."""
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while self.sql(database, f"{waiting} AND datname = '{database}'") != "1\n":
            assert time.monotonic() < deadline, "no session waits for a lock"
            time.sleep(0.05)

    def copy(self, database: str, *, to: str) -> str:
        """Copy a database, replacing an earlier copy; return the name of the copy."""
        self.sql("postgres", f'DROP DATABASE IF EXISTS "{to}"')
        self.sql("postgres", f'CREATE DATABASE "{to}" TEMPLATE "{database}"')
        return to

    def snapshot(self, database: str) -> Snapshot:
        """Return the definition of each table, and the number and the checksum of its rows."""
        found: Snapshot = defaultdict(list)
        for line in self.sql(database, SNAPSHOT).splitlines():
            table, _, rest = line.partition("|")
            found[table.strip('"')].append(rest)
        return dict(found)

    def upgrade(self, database: str, **environment: str) -> str:
        """Apply the newest migrations, as a deployment does."""
        return self.run(UPGRADE, database=database, **environment)

    def check(self, database: str) -> None:
        """Fail unless the database matches the models."""
        self.run(".venv/bin/alembic check", database=database)


@contextmanager
def live(service: Service) -> Iterator[LiveService]:
    """Keep the service's PostgreSQL running."""
    report = 'echo "$PGHOST"; dirname "$(command -v psql)"; exec sleep 100000'
    command = (
        f"exec uv run python -m devtools.with_database --no-migrate sh -c {shlex.quote(report)}"
    )
    with subprocess.Popen(
        ["sh", "-c", command],
        cwd=service.folder,
        env=service.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        try:
            assert holder.stdout is not None
            sockets, programs = (holder.stdout.readline().strip() for _ in range(2))
            yield LiveService(service, sockets, programs)
        finally:
            holder.terminate()


def without(snapshot: Snapshot, tables: set[str]) -> Snapshot:
    """Return a snapshot without some tables."""
    return {table: lines for table, lines in snapshot.items() if table not in tables}
