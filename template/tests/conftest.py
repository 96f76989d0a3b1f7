"""The real app on a real database; each test's changes are rolled back, commits included.

Fixtures for your tests: `client` (HTTP), `client_for` (HTTP, logged in), `session` (the database),
`assert_queries`, `sent_by`, `stopped_rate_limits`, and `committed_database` for tests of real
commits, several connections and locks.
"""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx2
import pytest
from asyncpg.prepared_stmt import PreparedStatement
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import URL, Text, cast, event, func, literal_column, or_, select, table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.accounts.models import Role, User, UserSession
from app.accounts.passwords import PasswordHasher
from app.accounts.settings import AccountSettings
from app.accounts.tokens import hash_token, new_token
from app.core.api import normalized_email
from app.core.context import current_request
from app.core.db import AsyncSessionLocal, Base, ReadSessionLocal
from app.core.db.session import create_engine, transactional
from app.core.services import get
from app.main import create_app
from app.settings import Environment, Settings
from devtools.postgres import PostgresUnavailable
from devtools.test_databases import copy_database, drop_database, migrated_template, test_server

FAST_PASSWORDS = AccountSettings(
    environment=Environment.TEST, password_memory_kib=32, password_rounds=1
)
PASSWORD = "correct horse battery"
"""The password of every user that `client_for` creates."""

ClientFor = Callable[..., Awaitable[httpx2.AsyncClient]]
SentBy = Callable[[Callable[[], Awaitable[None]]], Awaitable[list[str]]]
AssertQueries = Callable[[int], AbstractContextManager[list[str]]]


@pytest.fixture(scope="session")
def server() -> URL:
    """A PostgreSQL server: TEST_DATABASE_URL, or an embedded one."""
    try:
        return test_server()
    except PostgresUnavailable as error:
        if os.environ.get("CI") or os.environ.get("TEST_DATABASE_URL"):
            pytest.exit(f"no PostgreSQL for the tests: {error}", returncode=1)
        pytest.skip(f"no PostgreSQL for the tests: {error}")


@pytest.fixture(scope="session")
async def database_template(server: URL) -> str:
    """The name of a database that has all migrations."""
    return await migrated_template(server)


@pytest.fixture(scope="session")
async def database_url(server: URL, database_template: str) -> AsyncIterator[URL]:
    """The database that this run shares among its tests."""
    async with _copy(server, database_template) as url:
        yield url


@pytest.fixture(scope="session")
def settings(database_url: URL) -> Settings:
    """The settings that the app under test runs with."""
    return settings_for(database_url)


def settings_for(url: URL) -> Settings:
    """Return test settings for a database, without the default rate limit."""
    address = SecretStr(url.render_as_string(hide_password=False))
    return Settings(environment=Environment.TEST, database_url=address, rate_limit="off")


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The real app, started."""
    app = create_app(settings, FAST_PASSWORDS)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def database(
    request: pytest.FixtureRequest, app: FastAPI, server: URL, database_template: str
) -> AsyncIterator[AsyncConnection | AsyncEngine]:
    """The engine or connection that the session factories use during a test."""
    assert app
    if "committed_database" in request.fixturenames:
        async with _copy(server, database_template) as url, _open(settings_for(url)) as engine:
            yield engine
    else:
        async with _rolled_back() as connection:
            yield connection


@pytest.fixture
async def committed_database(database: AsyncEngine) -> AsyncEngine:
    """A database of this test alone, with real commits; dropped after the test."""
    return database


@pytest.fixture
async def session(database: AsyncConnection | AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A session on the app's database. The app sees its rows once they are committed."""
    assert database
    async with AsyncSessionLocal() as session:
        yield session


@pytest.fixture
async def client(
    app: FastAPI, database: AsyncConnection | AsyncEngine
) -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client of the app; an unexpected error is a response with status 500."""
    assert database
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
async def client_for(app: FastAPI, session: AsyncSession) -> AsyncIterator[ClientFor]:
    """Log a user in: `ada = await client_for("ada@example.com")`; creates users that are new."""
    async with AsyncExitStack() as opened:

        async def log_in(email: str, *, role: Role = Role.USER) -> httpx2.AsyncClient:
            user = await session.scalar(
                select(User).where(User.email_key == normalized_email(email))
            )
            if user is None:
                user = User(email=email, email_key=normalized_email(email), role=role)
                user.verified_at = datetime.now(UTC)
                user.password_hash = await get(PasswordHasher).hash(SecretStr(PASSWORD))
                session.add(user)
                await session.flush()
            token, later = new_token(), datetime.now(UTC) + timedelta(days=1)
            session.add(
                UserSession(
                    user_id=user.id,
                    token_hash=hash_token(token),
                    last_seen_at=datetime.now(UTC),
                    expires_at=later,
                    ends_at=later,
                )
            )
            await session.commit()
            client = httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app, raise_app_exceptions=False),
                base_url="http://test",
                headers={"Authorization": f"Bearer {token}"},
            )
            return await opened.enter_async_context(client)

        yield log_in


async def delete_account(client: httpx2.AsyncClient) -> httpx2.Response:
    """Delete the account of a client of `client_for`."""
    given = {"current_password": PASSWORD}
    return await client.post("/api/v1/users/me/deletions", json=given)


async def tables_that_name(session: AsyncSession, *words: str) -> set[str]:
    """Return the tables with a row that holds one of the words, as text or as bytes."""
    found = set()
    for name in Base.metadata.tables:
        row = cast(literal_column(f'"{name}"'), Text)
        forms = [form for word in words for form in (word, word.encode().hex())]
        holds = or_(*(row.icontains(form, autoescape=True) for form in forms))
        rows = select(func.count()).select_from(table(name)).where(holds)  # of every owner
        if await session.scalar(rows):
            found.add(name)
    return found


@pytest.fixture
def assert_queries(database: AsyncConnection | AsyncEngine) -> AssertQueries:
    """Check how many statements the code inside sends: `with assert_queries(2): …`."""

    @contextmanager
    def count(expected: int) -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                seen.append(statement)

        watched = _sync_side(database)
        event.listen(watched, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(watched, "before_cursor_execute", note)
        assert len(seen) == expected, "\n".join([f"{len(seen)} statements:", *seen])

    return count


@pytest.fixture
def sent_by(monkeypatch: pytest.MonkeyPatch) -> SentBy:
    """List the calls for which a request waits for the database: `await sent_by(send)`."""
    sent: list[str] = []

    def noting(send: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(self: Any, *args: Any, **options: Any) -> Any:
            sql = self.get_query() if isinstance(self, PreparedStatement) else args[0]
            if current_request():  # the worker of jobs has none
                sent.append(_verb_and_table(sql))
            return await send(self, *args, **options)

        return call

    for driver, name in (
        (PreparedStatement, "fetch"),
        (asyncpg.Connection, "execute"),
        (asyncpg.Connection, "prepare"),
    ):
        monkeypatch.setattr(driver, name, noting(getattr(driver, name)))

    async def collect(request: Callable[[], Awaitable[None]]) -> list[str]:
        sent.clear()
        await request()
        return list(sent)

    return collect


def _verb_and_table(sql: str) -> str:
    """Return the first word of a statement and its first table: `SELECT sessions`."""
    verb, table = re.match(r"\w+", sql), re.search(r"\b(?:FROM|INTO|UPDATE) (\w+)", sql)
    return " ".join([verb[0] if verb else sql, *(table.groups() if table else ())])


@pytest.fixture
def stopped_rate_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give no client a request back during a test, however long it takes."""
    monkeypatch.setattr("app.core.guards.rate_limit.monotonic_ns", lambda: 10**15)


def _sync_side(database: AsyncConnection | AsyncEngine) -> object:
    if isinstance(database, AsyncEngine):
        return database.sync_engine
    return database.sync_connection


@asynccontextmanager
async def _copy(server: URL, template: str) -> AsyncIterator[URL]:
    url = await copy_database(server, template=template)
    try:
        yield url
    finally:
        await drop_database(server, name=str(url.database))


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(settings)
    try:
        with _bound(transactional(engine), engine):
            yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def _rolled_back() -> AsyncIterator[AsyncConnection]:
    engine: AsyncEngine = AsyncSessionLocal.kw["bind"]
    async with engine.connect() as connection:
        outer = await connection.begin()
        with _bound(connection, connection, join_transaction_mode="create_savepoint"):
            yield connection
        await outer.rollback()


@contextmanager
def _bound(writes: object, reads: object, **options: Any) -> Iterator[None]:
    """Bind the session factories to another engine or connection inside the block."""
    before = [(factory, dict(factory.kw)) for factory in (AsyncSessionLocal, ReadSessionLocal)]
    AsyncSessionLocal.configure(bind=writes, **options)
    ReadSessionLocal.configure(bind=reads, **options)
    try:
        yield
    finally:
        for factory, options_before in before:
            factory.kw = options_before
