"""The running service keeps to its OpenAPI document, for valid and invalid requests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role, User, UserSession
from app.accounts.tokens import hash_token, new_token
from tests.serving import serving

ROOT = Path(__file__).parents[1]
SERVED = """
from app.core.guards.rate_limit import Allowance, InMemoryRateLimitBackend
from app.main import create_app

async def count_nothing(self, key, **_):
    return Allowance(is_exceeded=False, remaining=1, seconds=0)

InMemoryRateLimitBackend.hit = count_nothing  # otherwise most requests are rejected early
"""
ENDING_THE_SESSION = ("delete_me", "end_session", "log_out")


@pytest.fixture
def service(committed_database: AsyncEngine, tmp_path: Path) -> Iterator[str]:
    """The address of the real service, in a process and on a database of its own."""
    environment = {
        "DATABASE_URL": committed_database.url.render_as_string(hide_password=False),
        "PASSWORD_MEMORY_KIB": "32",
        "PASSWORD_ROUNDS": "1",
    }
    with serving(SERVED, folder=tmp_path, environment=environment) as server:
        logging = Thread(target=lambda: print(server.process.stdout.read()))  # noqa: T201 - shown on failure
        logging.start()  # A full pipe would stop the service.
        yield server.address
        server.process.kill()
        logging.join()


@pytest.fixture
async def admin_token(committed_database: AsyncEngine, session: AsyncSession) -> str:
    """The token of an administrator, in the database that the service uses."""
    assert committed_database
    token, end = new_token(), datetime.now(UTC) + timedelta(days=1)
    admin = User(email="root@example.com", email_key="root@example.com", password_hash="-")
    admin.role = Role.ADMIN
    session.add(admin)
    await session.flush()
    opened = UserSession(user_id=admin.id, token_hash=hash_token(token))
    opened.last_seen_at, opened.expires_at, opened.ends_at = datetime.now(UTC), end, end
    session.add(opened)
    await session.commit()
    return token


def test_the_service_keeps_the_contract_of_its_document(service: str, tmp_path: Path) -> None:
    check_contract(service, tmp_path, "--phases=coverage")


def test_the_service_keeps_the_contract_for_an_administrator(
    service: str, tmp_path: Path, admin_token: str
) -> None:
    left_out = [f"--exclude-operation-id={name}" for name in ENDING_THE_SESSION]
    check_contract(service, tmp_path, f"--header=Authorization: Bearer {admin_token}", *left_out)


def check_contract(service: str, tmp_path: Path, *options: str) -> None:
    schemathesis = str(Path(sys.executable).with_name("st"))
    config = ["--config-file", str(ROOT / "schemathesis.toml"), "--no-color"]
    checks = ["--checks", "all", "--max-examples", "5", "--seed", "1"]
    done = subprocess.run(
        [schemathesis, *config, "run", f"{service}/openapi.json", *checks, *options],
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": str(ROOT / "tests" / "contract_hooks.py")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
