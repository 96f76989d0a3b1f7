import io
import sys

import pytest
from httpx2 import AsyncClient
from sqlalchemy import URL, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.errors import WeakPassword
from app.accounts.models import User
from app.commands import make_admin
from tests.accounts.examples import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    Mailbox,
    Register,
    bearer,
    log_in,
)
from tests.conftest import ClientFor
from tests.processes import Finished, run_module


def run(address: URL, email: str, password: str, **settings: str) -> Finished:
    environment = {
        "DATABASE_URL": address.render_as_string(hide_password=False),
        "PASSWORD_MEMORY_KIB": "32",
        "PASSWORD_ROUNDS": "1",
        **settings,
    }
    return run_module("app.commands.make_admin", email, environment=environment, typed=password)


async def test_the_first_administrator_is_created_with_the_password_that_was_given(
    client: AsyncClient, committed_database: AsyncEngine
) -> None:
    made = run(committed_database.url, "Ada@example.com", f"{PASSWORD}\n")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == "Ada@example.com is an administrator now, with this password.\n"
    opened = await log_in(client)
    headers = {"Authorization": f"Bearer {opened.json()['data']['token']}"}
    listed = await client.get("/api/v1/users", headers=headers)
    assert listed.json()["data"][0]["role"] == "admin"


async def test_an_existing_user_is_promoted_and_keeps_the_password(
    client: AsyncClient, committed_database: AsyncEngine, register: Register, session: AsyncSession
) -> None:
    await register(ADA)
    await session.rollback()
    made = run(committed_database.url, ADA.upper(), "")  # asks for none
    assert (made.returncode, made.stdout) == (0, "ADA@EXAMPLE.COM is an administrator now.\n")
    assert (await log_in(client)).status_code == 201
    session.expunge_all()
    assert await session.scalar(select(User.role)) == "admin"


async def test_an_account_of_a_stranger_gives_no_access_to_the_administrator(
    client: AsyncClient, committed_database: AsyncEngine, client_for: ClientFor, mailbox: Mailbox
) -> None:
    stranger = await client_for(ADA)
    await client.post("/api/v1/password-resets", json={"email": ADA})
    async with committed_database.begin() as connection:  # as an older version left it
        await connection.execute(update(User).values(verified_at=None))
    refused = run(committed_database.url, ADA, "")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Nobody has verified {ADA} yet, so a password is needed: run the command in a terminal, "
        "or write one to its standard input. Nothing was changed.\n"
    )
    assert run(committed_database.url, ADA, f"{OTHER_PASSWORD}\n").returncode == 0
    assert (await stranger.get("/api/v1/users/me")).status_code == 401
    assert (await log_in(client, ADA, PASSWORD)).status_code == 401
    reset = {"token": mailbox.token(), "password": PASSWORD}
    old_link = await client.post("/api/v1/password-resets/confirmations", json=reset)
    assert old_link.status_code == 400
    opened = await log_in(client, ADA, OTHER_PASSWORD)
    me = await client.get("/api/v1/users/me", headers=bearer(opened))
    assert me.json()["data"]["role"] == "admin"


async def test_without_mail_no_address_is_proven_so_a_password_is_needed(
    client_for: ClientFor, committed_database: AsyncEngine
) -> None:
    stranger = await client_for(ADA)
    refused = run(committed_database.url, ADA, "", ACCOUNT_MAIL="off")
    assert "a password is needed" in refused.stderr
    made = run(committed_database.url, ADA, f"{OTHER_PASSWORD}\n", ACCOUNT_MAIL="off")
    assert (made.returncode, made.stderr) == (0, "")
    assert (await stranger.get("/api/v1/users/me")).status_code == 401


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short\n", "A password has 12 to 128 characters."),
        (f"{'x' * 129}\n", "A password has 12 to 128 characters."),
        ("Password1234!\n", WeakPassword.message),
        (f"{ADA}\n", WeakPassword.message),
    ],
)
async def test_a_password_that_will_not_do_changes_nothing(
    committed_database: AsyncEngine, session: AsyncSession, password: str, reason: str
) -> None:
    refused = run(committed_database.url, ADA, password)
    assert refused.returncode == 1
    assert refused.stderr == f"{reason} Nothing was changed.\n"
    assert await session.scalar(select(User)) is None


def test_an_invalid_address_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        make_admin.main(["ada"])
    assert "'ada' is not a valid email address" in capsys.readouterr().err


def test_a_database_that_is_away_is_named_plainly() -> None:
    nowhere = URL.create("postgresql", host="127.0.0.1", port=1, database="a")
    refused = run(nowhere, ADA, "", DATABASE_CONNECT_SECONDS="0.5")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Stopped: DatabaseUnavailable")


async def test_two_passwords_that_differ_change_nothing(
    committed_database: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter([PASSWORD, "another"])

    def answer(_: str) -> str:
        return next(answers)

    monkeypatch.setattr(make_admin, "getpass", answer)
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert committed_database
    with pytest.raises(make_admin.InvalidPassword, match="The two passwords differ"):
        await make_admin.make_admin(ADA)
